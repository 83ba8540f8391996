//! The same signatures as botocore's: six constants, and the files under `tests/fixtures/sigv4`.

use std::path::Path;

use serde_json::Value;
use time::{PrimitiveDateTime, macros::format_description};

use super::*;

mod constants {
    //! Of `/$default`. The one with a repeated name is from `aws-sigv4` alone, because botocore as it is drops all
    //! but one of the values.
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

/// Vectors with headers that [`Signer::signed_headers`] refuses: of the signature itself, given twice, with outer
/// spaces.
const REFUSED: [&str; 3] = ["content-sha256", "header-repeated", "header-spaces"];

/// The vectors of one placement that are handshakes, by name.
fn handshakes(placement: &str) -> Vec<(String, Value)> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/sigv4").join(placement);
    let mut vectors = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let vector: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if vector["service"] == "execute-api" && vector["unsigned"]["method"] == "GET" {
            vectors.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), vector));
        }
    }
    vectors
}

fn text<'a>(vector: &'a Value, pointer: &str) -> &'a str {
    vector.pointer(pointer).and_then(Value::as_str).unwrap()
}

/// What the signer needs of a vector.
struct Input {
    credentials: Credentials,
    time: SystemTime,
    endpoint: Url,
    parameters: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

fn input(vector: &Value) -> Input {
    let credentials = Credentials::new(
        text(vector, "/credentials/accessKeyId"),
        text(vector, "/credentials/secretAccessKey"),
        vector["credentials"]["sessionToken"].as_str().map(str::to_owned),
        None,
        "vector",
    );
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let time = PrimitiveDateTime::parse(text(vector, "/time"), format).unwrap().assume_utc().into();

    let url = text(vector, "/unsigned/url");
    let mut endpoint = Url::parse(url).unwrap();
    let parameters = endpoint.query_pairs().into_owned().collect();
    endpoint.set_query(None);
    let (path, _) = url.split_once('?').unwrap_or((url, ""));
    assert!(path.ends_with(endpoint.path()), "a browser would alter {path}");

    let headers = vector["unsigned"]["headers"].as_array().unwrap().iter();
    let headers = headers
        .map(|line| line.as_str().unwrap().split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Input { credentials, time, endpoint, parameters, headers }
}

#[test]
fn presigned_urls_of_the_files() {
    let mut checked = 0;
    for (name, vector) in handshakes("query") {
        let Input { credentials, time, endpoint, parameters, headers } = input(&vector);
        if !headers.is_empty() {
            continue;
        }
        let signer = Signer { credentials: &credentials, region: text(&vector, "/region"), time };
        let lifetime = Duration::from_secs(vector["expires"].as_u64().unwrap());
        let url = signer.presigned_url(&endpoint, &parameters, lifetime).unwrap();
        let (_, found) = url.secret_text().rsplit_once("&X-Amz-Signature=").unwrap();
        assert_eq!(found, text(&vector, "/signature"), "{name}");
        checked += 1;
    }
    assert!(checked >= 26, "{checked} vectors");
}

#[test]
fn signed_headers_of_the_files() {
    let mut checked = 0;
    for (name, vector) in handshakes("header") {
        let Input { credentials, time, endpoint, parameters, headers } = input(&vector);
        let signer = Signer { credentials: &credentials, region: text(&vector, "/region"), time };
        let signed = signer.signed_headers(&endpoint, &parameters, &headers);
        if REFUSED.contains(&name.as_str()) {
            assert!(matches!(signed, Err(SigningError::Header { .. })), "{name}: {signed:?}");
            continue;
        }
        let signed = signed.unwrap();
        let mut found: Vec<String> = signed
            .secret_pairs()
            .iter()
            .map(|(name, value)| format!("{}: {value}", name.to_lowercase()))
            .collect();
        let expected = vector["request"]["headers"].as_array().unwrap().iter();
        let mut expected: Vec<String> = expected
            .map(|line| line.as_str().unwrap().split_once(": ").unwrap())
            .map(|(name, value)| format!("{}: {value}", name.to_lowercase()))
            .filter(|line| !line.starts_with("host: "))
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{name}");
        checked += 1;
    }
    assert!(checked >= 4, "{checked} vectors");
}
