//! What holds for any names and values.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn encode(text: &str) -> String {
    percent_decode_str(text).fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
        encoded
    })
}

/// The signature of a presigned URL of the stage `prod`, derived from nothing but its text and the
/// secret key, by the recipe of the IAM User Guide.
fn derived_signature(url: &str) -> String {
    let (start, query) = url.split_once('?').unwrap();
    let host = start.strip_prefix("wss://").unwrap().strip_suffix("/prod").unwrap();
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let empty = hex(&Sha256::digest(b""));
    let canonical = format!("GET\n/prod\n{}\nhost:{host}\n\nhost\n{empty}", query.join("&"));
    let scope = "20260102/eu-west-1/execute-api/aws4_request";
    let digest = hex(&Sha256::digest(canonical.as_bytes()));
    let steps = scope.split('/').map(str::to_owned);
    let string_to_sign = format!("AWS4-HMAC-SHA256\n20260102T030405Z\n{scope}\n{digest}");
    let key = format!("AWS4{SECRET}").into_bytes();
    hex(&steps.chain([string_to_sign]).fold(key, |key, text| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }))
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

        let (_, signature) = url.rsplit_once("&X-Amz-Signature=").unwrap();
        prop_assert_eq!(signature, derived_signature(url));

        let parsed = url::Url::parse(url).unwrap();
        let mut found: Vec<(String, String)> =
            parsed.query_pairs().take(requested.len()).map(|(name, value)| (name.into(), value.into())).collect();
        found.sort();
        prop_assert_eq!(found, requested);
    }
}
