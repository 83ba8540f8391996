//! Every vector that botocore made: accepted, and every text on the way equal to botocore's.

use sigv4_verify::canonical_query::CanonicalQuery;
use sigv4_verify::canonical_request::CanonicalRequest;
use sigv4_verify::credential::Credential;
use sigv4_verify::rules::read_parameters;
use sigv4_verify::signed_headers::SignedHeaders;
use sigv4_verify::signing_key::SigningKey;
use sigv4_verify::string_to_sign::string_to_sign;
use sigv4_verify::{Keys, payload_hash};

use crate::vector::{Vector, all, named};

#[test]
fn there_are_vectors_of_both_placements() {
    let queries = all().iter().filter(|vector| vector.name.starts_with("query/")).count();
    assert!(queries >= 29 && all().len() - queries >= 16, "{queries} of {}", all().len());
}

#[test]
fn every_vector_is_accepted() {
    for vector in all() {
        let verified =
            vector.verify().unwrap_or_else(|refusal| panic!("{}: {refusal:?}", vector.name));
        assert_eq!(verified.access_key_id, vector.credentials.access_key_id, "{}", vector.name);
        assert_eq!(verified.placement, vector.placement(), "{}", vector.name);
        assert_eq!(verified.date, vector.date(), "{}", vector.name);
        let signed = verified.signed_headers.as_str().to_owned();
        let canonical = vector.canonical_request();
        assert_eq!(Some(signed.as_str()), canonical.lines().nth_back(1), "{}", vector.name);
    }
}

#[test]
fn every_text_on_the_way_is_equal() {
    for vector in all() {
        check_texts(vector);
    }
}

fn check_texts(vector: &Vector) {
    let name = &vector.name;
    let headers = vector.request.headers();
    let request = vector.request.on_the_wire(&headers);
    let query = CanonicalQuery::parse(request.query()).expect(name);
    let parameters = read_parameters(&request, &query).expect(name);
    assert_eq!(parameters.signature.expose(), vector.signature, "{name}");

    let signed_headers = SignedHeaders::parse(&parameters.signed_headers).expect(name);
    let placement = parameters.placement;
    let payload_hash = payload_hash::check(&request, placement).expect(name);
    let canonical =
        CanonicalRequest::build(&request, &query, placement, &signed_headers, &payload_hash)
            .expect(name);
    assert_eq!(canonical.expose(), vector.canonical_request(), "{name}");

    let credential = Credential::parse(&parameters.credential).expect(name);
    let to_sign = string_to_sign(vector.date(), &credential.scope, &canonical.hash());
    assert_eq!(to_sign, vector.string_to_sign(), "{name}");

    let key = vector.credentials.find(credential.access_key_id).expect(name);
    let signature = SigningKey::derive(&key.secret, &credential.scope).sign(&to_sign);
    assert_eq!(signature.expose(), vector.signature, "{name}");
}

/// Signatures on which botocore and aws-sigv4 were found to agree, so that a vector that is made
/// anew cannot drift.
#[test]
fn known_signatures_stay() {
    for (name, signature) in [
        ("stage-default", "4fbadac187f8f9fdf77cb52d16c0b763cc4bcd70860b4a000f4fe024ff6cfd88"),
        (
            "empty-value-space-apostrophe",
            "e172dd53ee3d6e1377209f45d16952f5dce90329ae679073fddb5cc62e9a392e",
        ),
        ("plus-is-space", "cfc87e9d9c4eca655fe1c30bc78924421c9ccb8f127bcd879d74117974dc3529"),
        ("space", "cfc87e9d9c4eca655fe1c30bc78924421c9ccb8f127bcd879d74117974dc3529"),
        ("literal-plus", "6d34a8add5ccd917eba9f04ed06cb33840047d329e50acda5ce393a13e7b2c80"),
        ("no-equals", "96725ddc78849d6bc7f54ba587dab868ebf306c9b8dd4908be62b0859967a3b7"),
        ("empty-value", "96725ddc78849d6bc7f54ba587dab868ebf306c9b8dd4908be62b0859967a3b7"),
        ("repeated", "a23473313fc561433b96a476ca80e2659d07842c1c110c20cf915bf7b8571f28"),
    ] {
        assert_eq!(named(&format!("query/{name}")).signature, signature, "{name}");
    }
}

/// What the crate's documentation lists as the same to the canonical form.
#[test]
fn changes_that_the_canonical_form_makes_equal_are_accepted() {
    for (name, on_the_wire, changed) in [
        ("space", "a=x%20y", "a=x+y"),
        ("space", "a=x%20y", "%61=%78%20y"),
        ("space", "a=x%20y", "&&a=x%20y&"),
        ("empty-value", "a=&", "a&"),
        ("literal-plus", "%2B", "%2b"),
        ("repeated", "a=1&a=2", "a=2&a=1"),
        ("unreserved", "a-_.~=A-_.~9", "%61%2D%5F%2E%7E=A-_.%7e9"),
        ("sub-delimiters", "%21%24%27%28%29%2A", "!$'()*"),
        ("grants", "X-Amz-Credential=ASIA", "%58-Amz-Credential=%41SIA"),
    ] {
        let mut vector = named(&format!("query/{name}")).clone();
        assert!(vector.request.target.contains(on_the_wire), "{name}: {on_the_wire}");
        vector.request.target = vector.request.target.replace(on_the_wire, changed);
        assert!(vector.verify().is_ok(), "{name}: {changed}");
    }
}

#[test]
fn parameters_in_another_order_are_accepted() {
    for vector in all() {
        let mut vector = vector.clone();
        if let Some((path, query)) = vector.request.target.split_once('?') {
            let reversed: Vec<&str> = query.split('&').rev().collect();
            vector.request.target = format!("{path}?{}", reversed.join("&"));
        }
        assert!(vector.verify().is_ok(), "{}", vector.name);
    }
}

#[test]
fn headers_in_another_case_and_unsigned_ones_are_accepted() {
    for vector in all() {
        let mut vector = vector.clone();
        let mut headers: Vec<(String, String)> = vector
            .request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_uppercase(), format!("\t {value}  ")))
            .collect();
        headers.push(("User-Agent".to_owned(), "any".to_owned()));
        vector.request.set_headers(&headers);
        assert!(vector.verify().is_ok(), "{}", vector.name);
    }
}
