//! Access keys: their form, their secrecy, how long they are known.

use std::sync::Arc;

use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{account, lambda, now, role, role_arn, session};
use crate::iam::credentials::CredentialStore;
use crate::iam::{AccessKey, AssumeRoleRequest, Context, Iam};

fn open_account() -> Iam {
    account(vec![role("Worker", &[lambda(), json!({"AWS": "*"})], json!([]))])
}

fn assume(iam: &Iam, at: OffsetDateTime) -> Arc<AccessKey> {
    let request = AssumeRoleRequest {
        role_arn: role_arn("Worker"),
        role_session_name: "session".to_owned(),
        ..AssumeRoleRequest::default()
    };
    let caller = iam.developer().caller().clone();
    iam.assume_role(&caller, &request, &Context::new(), at).expect("a session").access_key
}

fn check_access_key_id(id: &str, prefix: &str) {
    let rest = id.strip_prefix(prefix).unwrap_or_else(|| panic!("{id}"));
    assert_eq!(rest.len(), 16, "{id}");
    assert!(rest.chars().all(|c| matches!(c, 'A'..='Z' | '2'..='7')), "{id}");
}

#[test]
fn long_term_keys_have_awss_form() {
    let iam = open_account();
    let developer = iam.developer().credentials();
    check_access_key_id(developer.access_key_id(), "AKIA");
    assert_eq!(developer.secret_access_key().len(), 40);
    assert_eq!(developer.session_token(), None);
    assert_eq!(developer.expires_at(), None);
    let user_id = iam.developer().caller().user_id();
    assert!(user_id.starts_with("AIDA") && user_id.len() == 21, "{user_id}");
}

#[test]
fn temporary_keys_have_awss_form() {
    let key = assume(&open_account(), now());
    let credentials = key.credentials();
    check_access_key_id(credentials.access_key_id(), "ASIA");
    assert_eq!(credentials.secret_access_key().len(), 40);
    let token = credentials.session_token().expect("a token");
    assert_eq!(token.len(), 604);
    for character in ['+', '/', '='] {
        assert!(token.contains(character), "{character} in {token}");
    }
}

#[test]
fn every_key_is_another() {
    let iam = open_account();
    let (one, other) = (assume(&iam, now()), assume(&iam, now()));
    let (one, other) = (one.credentials(), other.credentials());
    assert_ne!(one.access_key_id(), other.access_key_id());
    assert_ne!(one.secret_access_key(), other.secret_access_key());
    assert_ne!(one.session_token(), other.session_token());
}

#[test]
fn a_functions_session_has_a_token_and_no_end() {
    let iam = open_account();
    let key = session(&iam, "Worker");
    check_access_key_id(key.credentials().access_key_id(), "ASIA");
    assert!(key.credentials().session_token().is_some());
    assert_eq!(key.credentials().expires_at(), None);
    assert_eq!(key.caller().arn(), "arn:aws:sts::123456789012:assumed-role/Worker/function");
    assert_eq!(key.caller().user_id(), "AROAWORKER:function");
}

#[test]
fn no_debug_text_shows_a_secret() {
    let iam = open_account();
    let key = assume(&iam, now());
    let shown = format!("{iam:?} {key:?} {:?} {:?}", iam.developer(), key.credentials());
    assert!(shown.contains(key.credentials().access_key_id()), "{shown}");
    for credentials in [key.credentials(), iam.developer().credentials()] {
        assert!(!shown.contains(credentials.secret_access_key()));
        if let Some(token) = credentials.session_token() {
            assert!(!shown.contains(token) && !shown.contains(&token[..20]));
        }
    }
}

#[test]
fn an_unknown_key_is_not_found() {
    assert!(open_account().find_access_key("ASIAAAAAAAAAAAAAAAAA").is_none());
}

#[test]
fn an_expired_session_is_known_for_an_hour_and_then_forgotten() {
    let iam = open_account();
    let old = assume(&iam, now());
    let function = session(&iam, "Worker");
    let known = |key: &AccessKey| iam.find_access_key(key.credentials().access_key_id()).is_some();
    let end = old.credentials().expires_at().expect("an end");
    assume(&iam, end + Duration::minutes(59));
    assert!(known(&old));
    assume(&iam, end + Duration::minutes(61));
    assert!(!known(&old));
    assert!(known(&function) && known(iam.developer()));
}

#[test]
fn a_full_store_forgets_the_session_that_ends_first() {
    let iam = open_account();
    let key = |minutes: i64| assume(&iam, now() + Duration::minutes(minutes));
    let store = CredentialStore::new(2);
    let add = |key: &Arc<AccessKey>| {
        let copy =
            AccessKey { credentials: key.credentials().clone(), caller: key.caller().clone() };
        store.insert(copy, now());
    };
    let known = |key: &Arc<AccessKey>| store.find(key.credentials().access_key_id()).is_some();
    let (late, early, middle) = (key(2), key(0), key(1));
    let endless = session(&iam, "Worker");
    for one in [&late, &early, &endless, &middle] {
        add(one);
    }
    assert!(!known(&early));
    assert!(known(&late) && known(&middle) && known(&endless));
}
