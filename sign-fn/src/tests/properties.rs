//! What holds for any names and values.

use proptest::prelude::*;
use sigv4_verify::{Expected, Key, Keys, SecretKey, SessionToken, Verified, WireRequest, verify};

use super::{refusals::check_refused, *};
use crate::names::is_reserved_parameter;

/// Text in which every character is written by chance as it is, or as `escape` writes it.
fn escaped(text: &str, by_chance: &[bool], escape: fn(char) -> String) -> String {
    text.chars()
        .zip(by_chance.iter().cycle())
        .map(|(letter, escaped)| if *escaped { escape(letter) } else { letter.to_string() })
        .collect()
}

/// A name that only Countersign and Signature Version 4 set, in any case.
fn reserved_names() -> impl Strategy<Value = String> {
    "([Gg][Rr][Aa][Nn][Tt]\\.|[Xx]-[Aa][Mm][Zz]-)[A-Za-z0-9.-]{0,12}"
}

fn requested() -> impl Strategy<Value = Vec<(String, String)>> {
    let text = || any::<String>().prop_map(|text| text.replace(char::is_control, ""));
    prop::collection::btree_map(text(), text(), 0..4).prop_map(|parameters| {
        parameters
            .into_iter()
            .filter(|(name, _)| !name.is_empty() && !is_reserved_parameter(name))
            .collect()
    })
}

/// The one key, whatever its id.
struct OneKey;

impl Keys for OneKey {
    fn find(&self, _: &str) -> Option<Key> {
        let session_token = Some(SessionToken::new(TOKEN));
        Some(Key { secret: SecretKey::new(SECRET), session_token, expires: None })
    }
}

/// The verdict of API Gateway's side on a handshake with this URL.
fn verdict(url: &str) -> Result<Verified, sigv4_verify::Refusal> {
    let (host, target) = url.strip_prefix("wss://").unwrap().split_once('/').unwrap();
    let (target, headers) = (format!("/{target}"), [("Host", host)]);
    let request = WireRequest { method: "GET", target: &target, headers: &headers, body: b"" };
    let now = (UNIX_EPOCH + Duration::from_secs(NOW)).into();
    verify(&request, &Expected { region: "eu-west-1", service: "execute-api", now }, &OneKey)
}

proptest! {
    #[test]
    fn no_reserved_name_gets_through(
        name in reserved_names(),
        by_chance in prop::collection::vec(any::<bool>(), 1..20),
    ) {
        let in_json = escaped(&name, &by_chance, |letter| format!("\\u{:04x}", u32::from(letter)));
        check_refused(ANY, &format!(r#"{{"query":{{"{in_json}":"1"}}}}"#), 400, "reserved_name", &name);

        let in_url = escaped(&name, &by_chance, |letter| format!("%{:02x}", u32::from(letter)));
        let url = format!("wss://abc123.execute-api.eu-west-1.amazonaws.com/prod?a=b&{in_url}=1");
        check_refused(ANY, &json!({ "url": url }).to_string(), 400, "reserved_name", &name);
    }

    #[test]
    fn what_is_asked_for_is_signed_and_can_be_verified(requested in requested(), in_url in any::<bool>()) {
        let query: serde_json::Map<String, Value> =
            requested.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let body = if in_url {
            let mut url = url::Url::parse("wss://abc123.execute-api.eu-west-1.amazonaws.com/prod").unwrap();
            url.query_pairs_mut().extend_pairs(&requested);
            json!({ "url": url.as_str() })
        } else {
            json!({ "query": query })
        };
        let reply = reply_to(ANY, ending(3600), counting, event_with(&body.to_string()));
        // Names and values by chance are short enough for most URLs, not for all.
        prop_assume!(reply.status() != 400 || !reply.body().windows(12).any(|part| part == b"url_too_long"));
        let answer = json_of(&reply, 201, "application/json");
        let url = answer["url"].as_str().unwrap();

        let verdict = verdict(url);
        prop_assert!(verdict.is_ok(), "{:?}", verdict);

        let parsed = url::Url::parse(url).unwrap();
        let mut found: Vec<(String, String)> =
            parsed.query_pairs().take(requested.len()).map(|(name, value)| (name.into(), value.into())).collect();
        found.sort();
        prop_assert_eq!(found, requested);
    }
}
