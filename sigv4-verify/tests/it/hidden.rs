//! Nothing that can be printed holds a secret, a session token or a signature.

use std::fmt::Debug;

use sigv4_verify::canonical_query::CanonicalQuery;
use sigv4_verify::canonical_request::CanonicalRequest;
use sigv4_verify::credential::Credential;
use sigv4_verify::rules::read_parameters;
use sigv4_verify::secret::Hidden;
use sigv4_verify::signed_headers::SignedHeaders;
use sigv4_verify::signing_key::SigningKey;
use sigv4_verify::string_to_sign::string_to_sign;
use sigv4_verify::{Expected, Keys, payload_hash, verify};

use crate::vector::{Vector, all, named};

/// The secrets of a vector, and what their parts look like on the wire.
fn secrets(vector: &Vector) -> Vec<String> {
    let token = vector.credentials.session_token.clone().unwrap_or_default();
    let encoded: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    [vector.credentials.secret_access_key.clone(), vector.signature.clone(), token, encoded]
        .into_iter()
        .filter(|secret| !secret.is_empty())
        .collect()
}

fn check_hidden(vector: &Vector, shown: &str) {
    for secret in secrets(vector) {
        assert!(!shown.contains(&secret), "{} shows a secret: {shown}", vector.name);
    }
}

#[test]
fn no_debug_text_of_a_public_type_holds_a_secret() {
    for vector in all() {
        let name = &vector.name;
        let headers = vector.request.headers();
        let request = vector.request.on_the_wire(&headers);
        let query = CanonicalQuery::parse(request.query()).expect(name);
        let parameters = read_parameters(&request, &query).expect(name);
        let signed_headers = SignedHeaders::parse(&parameters.signed_headers).expect(name);
        let placement = parameters.placement;
        let hash = payload_hash::check(&request, placement).expect(name);
        let canonical =
            CanonicalRequest::build(&request, &query, placement, &signed_headers, &hash)
                .expect(name);
        let credential = Credential::parse(&parameters.credential).expect(name);
        let key = vector.credentials.find(credential.access_key_id).expect(name);
        let to_sign = string_to_sign(vector.date(), &credential.scope, &canonical.hash());
        let signing_key = SigningKey::derive(&key.secret, &credential.scope);
        let signature = signing_key.sign(&to_sign);
        let now = vector.date().time();
        let expected = Expected { region: &vector.region, service: &vector.service, now };
        let verified = verify(&request, &expected, &vector.credentials).expect(name);

        let printable: [&dyn Debug; 13] = [
            &request,
            &query,
            &parameters,
            &signed_headers,
            &hash,
            &canonical,
            &credential,
            &key,
            &to_sign,
            &signing_key,
            &signature,
            &expected,
            &verified,
        ];
        for value in printable {
            check_hidden(vector, &format!("{value:?} {value:#?}"));
        }
    }
}

/// Every character of a signed URL replaced by letters, digits and what separates: two parameters
/// may become one, a name swallow its value. Whatever refuses it must not repeat the token or the
/// signature.
#[test]
fn no_refusal_repeats_a_secret_that_a_wrong_character_moved() {
    for name in ["query/stage-default", "query/grants", "query/sts", "header/connections-post"] {
        let vector = named(name);
        for position in 0..vector.request.target.len() {
            for replacement in ["x", "=", "&", "%", "/", ";", ""] {
                let mut changed = vector.clone();
                changed.request.target.replace_range(position..=position, replacement);
                check_refusal_hides(vector, &changed);
            }
        }
    }
}

#[test]
fn no_refusal_repeats_a_secret_of_a_broken_authorization_header() {
    let vector = named("header/sts-assume-role");
    let headers = vector.request.headers();
    for (index, (_, value)) in headers.iter().enumerate() {
        for position in 0..value.len() {
            for replacement in ["x", "=", ",", " ", "/", ";", ""] {
                let mut owned: Vec<(String, String)> = headers
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect();
                owned[index].1.replace_range(position..=position, replacement);
                let mut changed = vector.clone();
                changed.request.set_headers(&owned);
                check_refusal_hides(vector, &changed);
            }
        }
    }
}

fn check_refusal_hides(vector: &Vector, changed: &Vector) {
    let headers = changed.request.headers();
    check_hidden(vector, &format!("{:?}", changed.request.on_the_wire(&headers)));
    if let Err(refusal) = changed.verify() {
        let shown = format!("{refusal} {refusal:?} {refusal:#?} {}", refusal.finding());
        check_hidden(vector, &shown);
        // Nor a part of them: what is cut is cut before them.
        for part in ["TOK/", "IQoJb3JpZ2lu", &vector.signature[..12], &vector.signature[52..]] {
            assert!(!shown.contains(part), "{} shows {part}: {shown}", vector.name);
        }
    }
}

#[test]
fn what_was_sent_is_hidden() {
    assert_eq!(format!("{:?}", Hidden::new("MARKER")), "(hidden)");
}
