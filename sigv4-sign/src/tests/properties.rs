//! What is signed is what is sent: `sigv4-verify`, which shares no code with the signer, accepts it.

use proptest::prelude::*;
use sigv4_verify::{Expected, Key, Keys, SecretKey, SessionToken, Verified, WireRequest, verify};
use time::OffsetDateTime;

use super::*;

/// One key, known by any id.
struct OneKey<'a>(Option<&'a str>);

impl Keys for OneKey<'_> {
    fn find(&self, _: &str) -> Option<Key> {
        let session_token = self.0.map(SessionToken::new);
        Some(Key { secret: SecretKey::new(SECRET), session_token, expires: None })
    }
}

/// The verdict on a handshake with this URL and these headers, byte for byte.
fn verdict(
    url: &str,
    headers: &[(String, String)],
    token: Option<&str>,
) -> Result<Verified, sigv4_verify::Refusal> {
    let (_, rest) = url.split_once("://").unwrap();
    let (host, target) = rest.split_at(rest.find('/').unwrap());
    let mut lines = vec![("Host", host)];
    lines.extend(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let request = WireRequest { method: "GET", target, headers: &lines, body: b"" };
    let now = OffsetDateTime::from(at(TIME));
    verify(&request, &Expected { region: REGION, service: crate::SERVICE, now }, &OneKey(token))
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
    let parameters = prop::collection::vec((any::<String>(), any::<String>()), 0..5);
    parameters.prop_filter("names that signing keeps for itself", |parameters| {
        parameters.iter().all(|(name, _)| !name.to_ascii_lowercase().starts_with("x-amz-"))
    })
}

proptest! {
    #[test]
    fn a_presigned_url_is_signed_as_it_is_sent(
        endpoint in endpoints(),
        parameters in parameters(),
        token in prop::option::of("[ -~]{1,40}"),
    ) {
        let credentials = credentials(token.as_deref());
        let signer = Signer { credentials: &credentials, region: REGION, time: at(TIME) };
        let url = signer.presigned_url(&Url::parse(endpoint).unwrap(), &parameters, LIFETIME).unwrap();
        let verdict = verdict(url.secret_text(), &[], token.as_deref());
        prop_assert!(verdict.is_ok(), "{:?}", verdict);

        // The parameters come out as they went in, and a browser has nothing to rewrite.
        let parsed = Url::parse(url.secret_text()).unwrap();
        prop_assert_eq!(parsed.as_str(), url.secret_text());
        let received: Vec<(String, String)> =
            parsed.query_pairs().into_owned().take(parameters.len()).collect();
        prop_assert_eq!(received, parameters);
    }

    #[test]
    fn signed_headers_are_signed_as_they_are_sent(
        endpoint in endpoints(),
        parameters in parameters(),
        names in prop::collection::btree_set("[A-Za-z][a-z0-9-]{0,8}", 0..4),
        value in "([!-~]([ -~]{0,20}[!-~])?)?",
        token in prop::option::of("[!-~]{1,40}"),
    ) {
        let lower: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        prop_assume!(!lower.iter().any(|name| ["host", "x-amz-"].iter().any(|own| name.starts_with(own))));
        prop_assume!((1..lower.len()).all(|index| !lower[..index].contains(&lower[index])));
        let headers: Vec<(String, String)> =
            names.into_iter().map(|name| (name, value.clone())).collect();
        let credentials = credentials(token.as_deref());
        let signer = Signer { credentials: &credentials, region: REGION, time: at(TIME) };
        let endpoint = Url::parse(endpoint).unwrap();
        let signed = signer.signed_headers(&endpoint, &parameters, &headers).unwrap();

        prop_assert_eq!(&signed.secret_pairs()[..headers.len()], headers.as_slice());
        let verified = verdict(signed.url(), signed.secret_pairs(), token.as_deref());
        prop_assert!(verified.is_ok(), "{:?}", verified);
        for name in lower {
            prop_assert!(verified.as_ref().unwrap().signed_headers.contains(&name), "{} is not signed", name);
        }
    }
}
