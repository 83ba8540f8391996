//! What every store promises, as a suite to be run over it: in memory here, over DynamoDB in the
//! end-to-end tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::{Admission, Admit, Connection, Find, Nonce, Remove};

/// How many admissions with one nonce are tried at once.
const RIVALS: usize = 20;

/// Checks every promise of [`Admit`], [`Find`] and [`Remove`] over one pair of tables.
///
/// All ids and nonces that it uses begin with `prefix` (at most 20 characters), so that it can run
/// over tables that are in use.
///
/// # Panics
///
/// Where a promise is not kept, or the store fails.
pub async fn check<A, C>(admissions: Arc<A>, connections: Arc<C>, prefix: &str)
where
    A: Admit + Send + Sync + 'static,
    C: Find + Remove,
{
    what_was_admitted_is_found_whole(&*admissions, &*connections, prefix).await;
    a_second_use_of_a_nonce_changes_nothing(&*admissions, &*connections, prefix).await;
    one_of_many_rivals_gets_in(admissions, &*connections, prefix).await;
    what_is_unknown_is_not_found(&*connections, prefix).await;
    removing_twice_is_no_error(&*connections, prefix).await;
}

/// A connection with something in every field; some of it hard to store.
pub fn connection(connection_id: &str) -> Connection {
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let connected_at = 1_767_323_045_678;
    Connection {
        connection_id: connection_id.to_owned(),
        granted: BTreeMap::from([text("userId", "u-1"), text("empty", "")]),
        requested: BTreeMap::from([text("room", "l\u{f6}bby \u{1f6aa} & co."), text("a.b", "=")]),
        headers: BTreeMap::from([text("x-client-version", "3")]),
        connected_at,
        source_ip: "192.0.2.1".to_owned(),
        user_agent: Some("test/1".to_owned()),
        caller: "arn:aws:sts::123456789012:assumed-role/signer/sign-fn".to_owned(),
        api_id: "abc123".to_owned(),
        stage: "prod".to_owned(),
        expires_at: Connection::expiry(connected_at),
    }
}

async fn what_was_admitted_is_found_whole(
    admissions: &impl Admit,
    connections: &(impl Find + Remove),
    prefix: &str,
) {
    let whole = connection(&format!("{prefix}-whole="));
    let bare = Connection {
        granted: BTreeMap::new(),
        requested: BTreeMap::new(),
        headers: BTreeMap::new(),
        user_agent: None,
        ..connection(&format!("{prefix}-bare="))
    };
    for connection in [whole, bare] {
        let nonce = nonce(&connection.connection_id);
        let admission = admissions.admit(&connection, &nonce).await.expect("the store answers");
        assert_eq!(admission, Admission::Admitted);
        assert_eq!(find(connections, &connection.connection_id).await, Some(connection.clone()));
        connections.remove(&connection.connection_id).await.expect("the store answers");
        assert_eq!(find(connections, &connection.connection_id).await, None);
    }
}

async fn a_second_use_of_a_nonce_changes_nothing(
    admissions: &impl Admit,
    connections: &(impl Find + Remove),
    prefix: &str,
) {
    let (first, second) = (format!("{prefix}-first="), format!("{prefix}-second="));
    let nonce = nonce(&first);
    let outcome = admissions.admit(&connection(&first), &nonce).await;
    assert_eq!(outcome.expect("the store answers"), Admission::Admitted);
    let outcome = admissions.admit(&connection(&second), &nonce).await;
    assert_eq!(outcome.expect("the store answers"), Admission::NonceSpent);
    assert_eq!(find(connections, &second).await, None, "the refused one was stored");
    assert!(find(connections, &first).await.is_some(), "the admitted one was lost");

    connections.remove(&first).await.expect("the store answers");
    let outcome = admissions.admit(&connection(&second), &nonce).await;
    assert_eq!(outcome.expect("the store answers"), Admission::NonceSpent, "after a disconnect");
}

async fn one_of_many_rivals_gets_in<A>(
    admissions: Arc<A>,
    connections: &(impl Find + Remove),
    prefix: &str,
) where
    A: Admit + Send + Sync + 'static,
{
    let mut rivals = JoinSet::new();
    for number in 0..RIVALS {
        let admissions = Arc::clone(&admissions);
        let connection = connection(&format!("{prefix}-rival-{number}="));
        let nonce = nonce(&format!("{prefix}-rivals"));
        rivals.spawn(async move {
            let admission = admissions.admit(&connection, &nonce).await;
            (connection.connection_id, admission.expect("the store answers"))
        });
    }
    let mut admitted = 0;
    for (connection_id, admission) in rivals.join_all().await {
        let stored = find(connections, &connection_id).await.is_some();
        assert_eq!(stored, admission == Admission::Admitted, "{connection_id}");
        admitted += usize::from(stored);
        connections.remove(&connection_id).await.expect("the store answers");
    }
    assert_eq!(admitted, 1, "of {RIVALS} rivals");
}

async fn what_is_unknown_is_not_found(connections: &impl Find, prefix: &str) {
    assert_eq!(find(connections, &format!("{prefix}-unknown=")).await, None);
}

async fn removing_twice_is_no_error(connections: &impl Remove, prefix: &str) {
    let connection_id = format!("{prefix}-never=");
    for _ in 0..2 {
        connections.remove(&connection_id).await.expect("removing what is not there is no error");
    }
}

async fn find(connections: &impl Find, connection_id: &str) -> Option<Connection> {
    connections.find(connection_id).await.expect("the store answers")
}

fn nonce(value: &str) -> Nonce {
    Nonce::new(value, 1_767_323_105)
}
