//! What holds for any text.

use proptest::prelude::*;

use super::*;

fn check_no_panic(text: &str, secret: Option<&SecretKey>) {
    let now = OffsetDateTime::from_unix_timestamp(1_767_323_105).expect("a time");
    let known = secret.map_or(Known::Nothing, Known::Secret);
    let report = explain(text, &Question { now, region: None, host: None, known });
    assert!(exit_code(&report) <= 2);
    assert!(!report.to_string().is_empty());
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
