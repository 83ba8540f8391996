//! What holds for any text.

use proptest::prelude::*;

use super::search::SEARCH_BYTES;
use super::*;

fn check_no_panic(text: &str, secret: Option<&SecretKey>) {
    let now = OffsetDateTime::from_unix_timestamp(1_767_323_105).expect("a time");
    let known = secret.map_or(Known::Nothing, Known::Secret);
    let report = explain(text, &Question { now, region: None, host: None, known });
    assert!(exit_code(&report) <= 2);
    assert!(!report.to_string().is_empty());
}

/// What is said of the signature of a URL with this path and these parameters, which nobody signed.
fn of_signature(path: &str, parameters: &str) -> String {
    let now = OffsetDateTime::from_unix_timestamp(1_767_323_105).expect("a time");
    let text = format!(
        "wss://abc123.execute-api.eu-west-1.amazonaws.com{path}?{parameters}\
         &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260102T030405Z&X-Amz-SignedHeaders=host\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request\
         &X-Amz-Signature={}",
        "0".repeat(64)
    );
    let secret = SecretKey::new("secret");
    let known = Known::Secret(&secret);
    let report = explain(&text, &Question { now, region: None, host: None, known });
    let check = report.checks.into_iter().find(|check| check.rule == Some(19));
    check.expect("the signature's rule").detail
}

#[test]
fn a_search_ends_with_its_budget() {
    let check = |parameters: String| {
        let detail = of_signature("/prod", &parameters);
        let tried = detail
            .strip_prefix("none of ")
            .and_then(|rest| {
                rest.strip_suffix(" single changes explains it; it was not searched further")
            })
            .and_then(|tried| tried.parse::<usize>().ok());
        let tried = tried.unwrap_or_else(|| panic!("{detail}"));
        assert!(tried > 1_000 && tried * parameters.len() <= SEARCH_BYTES, "{tried}");
    };
    check(["A=A"; 870].join("&"));
    check(format!("a={}", "a".repeat(3_600)));
    check(format!("a={}", "é".repeat(600)));
}

#[test]
fn nothing_is_searched_for_where_the_url_is_too_long_or_has_no_stage() {
    let nothing = "it is another; what explains it was not searched for";
    assert_eq!(of_signature("/prod", &["A=A"; 1_500].join("&")), nothing);
    let no_stage = of_signature(&"/%".repeat(25_000), &["A=A"; 700].join("&"));
    assert_eq!(no_stage, "rule 22 comes first");
    let whole = "no single change explains it: another secret key, or more than one change";
    assert_eq!(of_signature("/prod", "a=b"), whole);
}

proptest! {
    #[test]
    fn any_text_is_explained(text in any::<String>()) {
        check_no_panic(&text, None);
    }

    #[test]
    fn any_mixture_of_the_pieces_of_a_url_is_explained(
        pieces in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec![
                    "wss://", "https:", "//", "h.execute-api.eu-west-1.amazonaws.com", "/", "prod", "$default", "?",
                    "&", "=", "%", "%2", "%25", "+", " ", "#", "@", ":", "443", "\\", "\"", "&amp;", "\\u0026", "…",
                    "X-Amz-Algorithm=AWS4-HMAC-SHA256&", "X-Amz-Date=20260102T030405Z&", "X-Amz-SignedHeaders=host&",
                    "X-Amz-Credential=ASIAEXAMPLE%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request&",
                    "X-Amz-Signature=0&", "X-Amz-Security-Token=é", "grant.expires=99999999999999999999&",
                    "grant.expires=-1&", "grant.nonce=1", "\u{200b}", "\n",
                ]).prop_map(str::to_owned),
                any::<String>(),
            ],
            0..16,
        ),
    ) {
        check_no_panic(&pieces.concat(), Some(&SecretKey::new("secret")));
    }
}
