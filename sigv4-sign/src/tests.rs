//! The signer against vectors that botocore made, and against a derivation by hand.

use std::{
    fmt::Write,
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use url::Url;

use crate::{SignedUrl, Signer, SigningError};

const SECRET: &str = "secret/EXAMPLE";
const TOKEN: &str = "TOK/+==";
const REGION: &str = "eu-west-1";
const ENDPOINT: &str = "wss://abc123.execute-api.eu-west-1.amazonaws.com/$default";
/// 2026-01-02T03:04:05Z.
const TIME: u64 = 1_767_323_045;
const LIFETIME: Duration = Duration::from_secs(300);
const NONE: &[(&str, &str)] = &[];

fn credentials(token: Option<&str>) -> Credentials {
    Credentials::new("ASIAEXAMPLE", SECRET, token.map(str::to_owned), None, "test")
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn presign(
    endpoint: &str,
    parameters: &[(&str, &str)],
    token: Option<&str>,
) -> Result<SignedUrl, SigningError> {
    let credentials = credentials(token);
    let signer = Signer { credentials: &credentials, region: REGION, time: at(TIME) };
    signer.presigned_url(&Url::parse(endpoint).unwrap(), parameters, LIFETIME)
}

mod vectors {
    //! botocore's signatures of `/$default`; the one with a repeated name is from `aws-sigv4` alone, because botocore
    //! drops all but one of the values.
    use super::*;

    #[track_caller]
    fn check(parameters: &[(&str, &str)], token: Option<&str>, signature: &str) {
        let url = presign(ENDPOINT, parameters, token).unwrap();
        let (_, found) = url.secret_text().rsplit_once("&X-Amz-Signature=").unwrap();
        assert_eq!(found, signature);
    }

    #[test]
    fn no_parameters() {
        check(&[], Some(TOKEN), "4fbadac187f8f9fdf77cb52d16c0b763cc4bcd70860b4a000f4fe024ff6cfd88");
    }

    #[test]
    fn several_parameters_unsorted_without_token() {
        check(
            &[("b", ""), ("a", "x y"), ("q", "it's")],
            None,
            "e172dd53ee3d6e1377209f45d16952f5dce90329ae679073fddb5cc62e9a392e",
        );
    }

    #[test]
    fn a_space() {
        check(
            &[("a", "x y")],
            Some(TOKEN),
            "cfc87e9d9c4eca655fe1c30bc78924421c9ccb8f127bcd879d74117974dc3529",
        );
    }

    #[test]
    fn a_plus() {
        check(
            &[("a", "x+y")],
            Some(TOKEN),
            "6d34a8add5ccd917eba9f04ed06cb33840047d329e50acda5ce393a13e7b2c80",
        );
    }

    #[test]
    fn an_empty_value() {
        check(
            &[("a", "")],
            Some(TOKEN),
            "96725ddc78849d6bc7f54ba587dab868ebf306c9b8dd4908be62b0859967a3b7",
        );
    }

    #[test]
    fn a_repeated_name_in_any_order() {
        let signature = "a23473313fc561433b96a476ca80e2659d07842c1c110c20cf915bf7b8571f28";
        check(&[("a", "1"), ("a", "2")], Some(TOKEN), signature);
        check(&[("a", "2"), ("a", "1")], Some(TOKEN), signature);
    }
}

#[test]
fn the_whole_url() {
    let url = presign("wss://host.example/prod", &[("room", "a b")], Some(TOKEN)).unwrap();
    let (unsigned, signature) = url.secret_text().rsplit_once('=').unwrap();
    assert_eq!(
        unsigned,
        "wss://host.example/prod?room=a%20b&X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=ASIAEXAMPLE%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request\
         &X-Amz-Date=20260102T030405Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host\
         &X-Amz-Security-Token=TOK%2F%2B%3D%3D&X-Amz-Signature"
    );
    assert_eq!(signature.len(), 64);
}

mod by_hand {
    //! What is signed is what is sent: the signature derived again, from the wire text alone.
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    }

    fn mac(key: &[u8], text: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    fn encode(bytes: &[u8], keep_slash: bool) -> String {
        bytes.iter().fold(String::new(), |mut text, &byte| {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    text.push(char::from(byte));
                }
                b'/' if keep_slash => text.push('/'),
                _ => write!(text, "%{byte:02X}").unwrap(),
            }
            text
        })
    }

    /// The signature of a GET with an empty body at [`TIME`], by the recipe of the IAM User Guide.
    pub(super) fn signature(url: &str, headers: &[(String, String)]) -> String {
        let (_, rest) = url.split_once("://").unwrap();
        let (host, path_and_query) = rest.split_at(rest.find('/').unwrap());
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));

        let mut pairs: Vec<(String, String)> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap())
            .filter(|(name, _)| *name != "X-Amz-Signature")
            .map(|(name, value)| {
                let recode = |text| encode(&percent_decode_str(text).collect::<Vec<u8>>(), false);
                (recode(name), recode(value))
            })
            .collect();
        pairs.sort();
        let query: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();

        let mut signed = vec![("host".to_owned(), host.to_owned())];
        signed.extend(
            headers
                .iter()
                .filter(|(name, _)| name != "authorization")
                .map(|(name, value)| (name.to_ascii_lowercase(), value.clone())),
        );
        signed.sort();
        let lines: String = signed
            .iter()
            .map(|(name, value)| format!("{name}:{}\n", single_spaced(value)))
            .collect();
        let names: Vec<&str> = signed.iter().map(|(name, _)| name.as_str()).collect();

        let canonical = format!(
            "GET\n{}\n{}\n{lines}\n{}\n{}",
            encode(path.as_bytes(), true),
            query.join("&"),
            names.join(";"),
            hex(&Sha256::digest(b"")),
        );
        let scope = "20260102/eu-west-1/execute-api/aws4_request";
        let text = format!(
            "AWS4-HMAC-SHA256\n20260102T030405Z\n{scope}\n{}",
            hex(&Sha256::digest(canonical.as_bytes()))
        );
        let key = scope
            .split('/')
            .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
        hex(&mac(&key, &text))
    }

    fn single_spaced(value: &str) -> String {
        value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

fn endpoints() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        ENDPOINT,
        "wss://host.example/prod",
        "wss://host.example",
        "wss://host.example/",
        "ws://127.0.0.1:3001/prod",
        "ws://localhost:443/%24default",
        "ws://[::1]:3001/a%2Fb/@x=/~y",
        "wss://host.example/a//b/",
        "https://host.example:8443/$default",
    ])
}

fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((any::<String>(), any::<String>()), 0..5).prop_filter(
        "names that signing keeps for itself",
        |parameters| {
            parameters.iter().all(|(name, _)| !name.to_ascii_lowercase().starts_with("x-amz-"))
        },
    )
}

proptest! {
    #[test]
    fn a_presigned_url_is_signed_as_it_is_sent(
        endpoint in endpoints(),
        parameters in parameters(),
        token in prop::option::of("[ -~]{1,40}"),
    ) {
        let pairs: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let url = presign(endpoint, &pairs, token.as_deref()).unwrap();
        let (_, found) = url.secret_text().rsplit_once("&X-Amz-Signature=").unwrap();
        prop_assert_eq!(found, by_hand::signature(url.secret_text(), &[]));

        // The parameters come out as they went in, and a browser has nothing to rewrite.
        let parsed = Url::parse(url.secret_text()).unwrap();
        prop_assert_eq!(parsed.as_str(), url.secret_text());
        let received: Vec<(String, String)> =
            parsed.query_pairs().take(parameters.len()).map(|(n, v)| (n.into(), v.into())).collect();
        prop_assert_eq!(received, parameters);
    }

    #[test]
    fn signed_headers_are_signed_as_they_are_sent(
        endpoint in endpoints(),
        parameters in parameters(),
        names in prop::collection::btree_set("[a-z][a-z0-9]{0,8}", 0..4),
        value in "([!-~]([ -~]{0,20}[!-~])?)?",
        token in prop::option::of("[!-~]{1,40}"),
    ) {
        prop_assume!(!names.contains("host") && !names.contains("authorization"));
        let headers: Vec<(String, String)> =
            names.into_iter().map(|name| (name, value.clone())).collect();
        let credentials = credentials(token.as_deref());
        let signer = Signer { credentials: &credentials, region: REGION, time: at(TIME) };
        let endpoint = Url::parse(endpoint).unwrap();
        let signed = signer.signed_headers(&endpoint, &parameters, &headers).unwrap();
        prop_assert_eq!(&signed.secret_pairs()[..headers.len()], headers.as_slice());
        let find = |wanted: &str| {
            signed.secret_pairs().iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
        };
        prop_assert_eq!(find("x-amz-security-token"), token.as_deref());
        prop_assert_eq!(find("x-amz-date"), Some("20260102T030405Z"));
        let (_, found) = find("authorization").unwrap().rsplit_once("Signature=").unwrap();
        prop_assert_eq!(found, by_hand::signature(signed.url(), signed.secret_pairs()));
    }
}

mod refusals {
    use super::*;

    #[track_caller]
    fn check_endpoint(endpoint: &str, expected: &str) {
        match presign(endpoint, NONE, None) {
            Err(SigningError::Endpoint { found }) => assert_eq!(found, expected),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_endpoint_that_is_more_than_an_endpoint() {
        check_endpoint("ftp://host/prod", "another scheme");
        check_endpoint("mailto:a@example.org", "another scheme");
        check_endpoint("wss://user@host/prod", "a user name or password");
        check_endpoint("wss://:password@host/prod", "a user name or password");
        check_endpoint("wss://host/prod?", "a query");
        check_endpoint("wss://host/prod?a=b", "a query");
        check_endpoint("wss://host/prod#", "a fragment");
    }

    #[track_caller]
    fn check_parameter(name: &str, refused: bool) {
        let found = presign(ENDPOINT, &[(name, "value")], None);
        assert_eq!(matches!(found, Err(SigningError::Parameter { .. })), refused, "{found:?}");
    }

    #[test]
    fn a_parameter_of_the_signing_scheme() {
        check_parameter("X-Amz-Signature", true);
        check_parameter("x-aMZ-anything", true);
        check_parameter("x-amz-", true);
        check_parameter("x-amz", false);
        check_parameter("x-amzé", false);
        check_parameter("ax-amz-b", false);
    }

    #[track_caller]
    fn check_headers(headers: &[(&str, &str)], offender: Option<&str>) {
        let credentials = credentials(None);
        let signer = Signer { credentials: &credentials, region: REGION, time: at(TIME) };
        let found = signer.signed_headers(&Url::parse(ENDPOINT).unwrap(), NONE, headers);
        match (found, offender) {
            (Ok(_), None) => {}
            (Err(SigningError::Header { name, .. }), Some(offender)) => assert_eq!(name, offender),
            (found, offender) => panic!("{found:?}, but expected {offender:?}"),
        }
    }

    #[test]
    fn a_header_that_cannot_be_signed_and_sent() {
        check_headers(&[("User-Agent", "a  b"), ("empty", "")], None);
        check_headers(&[("", "a")], Some(""));
        check_headers(&[("a b", "a")], Some("a b"));
        check_headers(&[("a\n", "a")], Some("a\\n"));
        check_headers(&[("Host", "a")], Some("Host"));
        check_headers(&[("Authorization", "a")], Some("Authorization"));
        check_headers(&[("X-Amz-Date", "a")], Some("X-Amz-Date"));
        check_headers(&[("One", "a"), ("oNe", "a")], Some("oNe"));
        check_headers(&[("a", " b")], Some("a"));
        check_headers(&[("a", "b ")], Some("a"));
        check_headers(&[("a", "b\tc")], Some("a"));
        check_headers(&[("a", "b\r\nc: d")], Some("a"));
        check_headers(&[("a", "é")], Some("a"));
    }

    #[track_caller]
    fn check_lifetime(lifetime: Duration, refused: bool) {
        let credentials = credentials(None);
        let signer = Signer { credentials: &credentials, region: REGION, time: at(TIME) };
        let found = signer.presigned_url(&Url::parse(ENDPOINT).unwrap(), NONE, lifetime);
        assert_eq!(matches!(found, Err(SigningError::Lifetime { .. })), refused, "{found:?}");
    }

    #[test]
    fn a_lifetime_that_cannot_be_written() {
        check_lifetime(Duration::from_secs(1), false);
        check_lifetime(Duration::from_secs(604_800), false);
        check_lifetime(Duration::ZERO, true);
        check_lifetime(Duration::from_millis(1_500), true);
        check_lifetime(Duration::from_secs(604_801), true);
    }

    #[track_caller]
    fn check_time(time: SystemTime, refused: bool) {
        let credentials = credentials(None);
        let signer = Signer { credentials: &credentials, region: REGION, time };
        let found = signer.presigned_url(&Url::parse(ENDPOINT).unwrap(), NONE, LIFETIME);
        assert_eq!(matches!(found, Err(SigningError::Time)), refused, "{found:?}");
    }

    #[test]
    fn a_time_that_cannot_be_written() {
        check_time(at(0), false);
        check_time(at(253_402_300_799), false);
        check_time(at(253_402_300_800), true);
        check_time(SystemTime::UNIX_EPOCH - Duration::from_secs(1), true);
    }

    #[test]
    fn a_url_too_long_for_the_library() {
        let value = "a".repeat(70_000);
        let found = presign(ENDPOINT, &[("a", &value)], None);
        assert!(matches!(found, Err(SigningError::Unsignable(_))), "{found:?}");
    }
}

#[test]
fn nothing_that_is_shown_holds_a_secret() {
    const MARK: &str = "MARKERTOKEN";
    let credentials = Credentials::new("MARKERID", "MARKERSECRET", Some(MARK.into()), None, "test");
    let signer = Signer { credentials: &credentials, region: REGION, time: at(TIME) };
    let endpoint = Url::parse(ENDPOINT).unwrap();

    let url = signer.presigned_url(&endpoint, &[("room", "lobby")], LIFETIME).unwrap();
    assert!(url.secret_text().contains(MARK) && url.secret_text().contains("MARKERID"));
    let (_, signature) = url.secret_text().rsplit_once('=').unwrap();
    for shown in [url.to_string(), format!("{url:?}"), format!("{url:#?}")] {
        assert!(!shown.contains("MARKER") && !shown.contains(signature), "{shown}");
        assert!(shown.contains("room=lobby"), "{shown}");
    }

    let headers = signer.signed_headers(&endpoint, NONE, &[("kept", "MARKERVALUE")]).unwrap();
    assert!(headers.secret_pairs().iter().any(|(_, value)| value == MARK));
    for shown in [format!("{headers:?}"), format!("{headers:#?}")] {
        assert!(!shown.contains("MARKER") && !shown.contains("Signature="), "{shown}");
    }

    let shown = format!("{signer:?}");
    assert!(!shown.contains(MARK) && !shown.contains("MARKERSECRET"), "{shown}");
}
