//! What is said of rule 28 is what ws-connect itself decides.

use connections::MemoryStore;
use lambda_entry::configuration::Variables;
use lambda_entry::metrics::{FUNCTION_NAME_VARIABLE, Metrics};
use lambda_entry::read_event;
use local::events::query::{all_values, parameters};
use local::explain::report::Status;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use ws_connect::{Config, ConnectEvent};

use super::url::{NOW, explained, good, time};

const EVENT: &str = include_str!("../../fixtures/events/websocket/connect.json");

/// The status of a handshake with this query at [`NOW`].
fn status(query: &str) -> u64 {
    let mut event: Value = serde_json::from_str(EVENT).unwrap();
    event["multiValueQueryStringParameters"] = json!(all_values(&parameters(query)));
    event["requestContext"]["requestTimeEpoch"] = json!(time(NOW).unix_timestamp() * 1_000);
    let event: ConnectEvent = read_event(event).unwrap();
    let variables = Variables::new(|name: &str| {
        let value = match name {
            "CONNECTIONS_TABLE" => "connections",
            "NONCES_TABLE" => "nonces",
            "SIGNER_ROLE_ID" => "AROAIOSFODNN7EXAMPLE1",
            "SUBPROTOCOLS" => "chat.v1",
            "ALLOWED_ORIGINS" => "*",
            FUNCTION_NAME_VARIABLE => "connect",
            _ => return None,
        };
        Some(value.to_owned())
    });
    let config = Config::read(&variables).unwrap();
    let metrics = Metrics::new(&variables, std::io::sink()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = MemoryStore::default();
    let reply = runtime.block_on(ws_connect::handle(&config, &store, &metrics, event));
    serde_json::to_value(reply.unwrap()).unwrap()["statusCode"].as_u64().unwrap()
}

#[track_caller]
fn check(url: &str) {
    let report = explained(url, None);
    let takes = report
        .checks
        .iter()
        .filter(|check| check.rule == Some(28))
        .all(|check| check.status == Status::Ok);
    let (_, query) = url.split_once('?').unwrap();
    assert_eq!(takes, status(query) == 200, "{report}");
}

#[test]
fn the_good_url_is_taken_by_both() {
    check(&good());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn both_decide_alike(
        pairs in prop::collection::vec(
            (
                select(vec![
                    "grant.expires", "grant.nonce", "grant.plan", "Grant.plan", "GRANT.nonce", "grant.", "grant", "room",
                    "Room", "", "x-amz-other", "X-Amz-Date", "%67rant.plan",
                ]),
                prop_oneof![
                    Just("1"), Just(""), Just("q83vEjRWeJCrze8SNFZ4kA"), Just("1767323145"), Just("1767323105"),
                    Just("1767323106"), Just("1767323465"), Just("1767323466"), Just("-1"), Just("%2B1767323145"),
                    Just("99999999999999999999"), Just("9999999999999"),
                ],
            ),
            0..3,
        ),
        drop in select(vec!["", "&grant.expires=1767323145", "&grant.nonce=q83vEjRWeJCrze8SNFZ4kA"]),
    ) {
        let mut url = good().replacen(drop, "", 1);
        for (name, value) in pairs {
            url = url.replacen('?', &format!("?{name}={value}&"), 1);
        }
        check(&url);
    }
}
