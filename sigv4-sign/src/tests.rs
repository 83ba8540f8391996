//! - here: the text of a signed URL, and what no text shows;
//! - `vectors`: the same signatures as botocore's;
//! - `properties`: what is signed is what is sent, by the verdict of `sigv4-verify`;
//! - `refusals`: what is not signed.

mod properties;
mod refusals;
mod vectors;

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
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
