//! What holds for any request: what aws-sigv4 signs is accepted, and what botocore signed is
//! refused once one character of it differs, unless the canonical form makes the two equal.

use aws_sigv4::http_request::SigningInstructions;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sigv4_verify::{Expected, Placement, WireRequest, verify};
use time::OffsetDateTime;
use url::form_urlencoded;

use crate::vector::{Credentials, Request, Vector, all};
use crate::witness::{Unsigned, signed};

proptest! {
    #[test]
    fn what_aws_sigv4_signs_is_accepted(
        credentials in credentials(),
        placement in select(vec![Placement::Query, Placement::Header]),
        method in select(vec!["GET", "POST", "DELETE"]),
        host in "[a-z][a-z0-9.-]{0,20}[a-z](:[1-9][0-9]{1,3})?",
        path in path(),
        query in query(),
        headers in headers(),
        body in any::<Vec<u8>>(),
        service in select(vec!["execute-api", "sts", "dynamodb"]),
        seconds in 0..4_102_444_800_i64,
    ) {
        let now = OffsetDateTime::from_unix_timestamp(seconds).expect("a time before 2100");
        let url = format!("wss://{host}{path}{query}");
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let unsigned = Unsigned {
            placement,
            method,
            url: &url,
            headers: &headers,
            body: &body,
            region: "eu-west-1",
            service,
            expires: Some(300),
            time: now.into(),
        };
        let (instructions, _) = signed(&unsigned, &credentials);
        let (target, headers) = applied(instructions, &unsigned, &host);
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = WireRequest { method, target: &target, headers: &headers, body: &body };
        let expected = Expected { region: "eu-west-1", service, now };
        let verdict = verify(&request, &expected, &credentials);
        prop_assert!(verdict.is_ok(), "{verdict:?} of {target} {headers:?}");
    }

    #[test]
    fn what_botocore_signed_is_refused_with_one_character_changed(
        vector in select(all()),
        place in any::<Index>(),
        position in any::<Index>(),
        replacement in prop_oneof![prop::char::range(' ', '~'), Just('\t'), Just('é')],
    ) {
        let places = places(&vector);
        check_changed(&vector, place.get(&places), position, replacement);
    }
}

/// Every position of every vector's target, with one other character.
#[test]
fn every_position_of_a_target_counts() {
    for vector in all() {
        for position in 0..vector.request.target.chars().count() {
            let mut changed = vector.clone();
            let replacement = match vector.request.target.chars().nth(position) {
                Some('x') => 'y',
                _ => 'x',
            };
            changed.request.target = replaced(&vector.request.target, position, replacement);
            let verdict = changed.verify();
            assert!(verdict.is_err(), "{}: {}", vector.name, changed.request.target);
        }
    }
}

/// A text of a vector that the signature depends on.
#[derive(Debug, Clone, Copy)]
enum Place {
    Method,
    Target,
    HeaderName(usize),
    HeaderValue(usize),
    Body,
    KeyId,
    Secret,
    Token,
}

/// The places of a vector; all its headers are signed, or hold the signature.
fn places(vector: &Vector) -> Vec<Place> {
    let headers = 0..vector.request.headers().len();
    let mut places = vec![Place::Method, Place::Target, Place::KeyId, Place::Secret];
    places.extend(headers.clone().map(Place::HeaderName));
    places.extend(headers.map(Place::HeaderValue));
    places.extend((!vector.request.body.is_empty()).then_some(Place::Body));
    places.extend(vector.credentials.session_token.is_some().then_some(Place::Token));
    places
}

fn check_changed(vector: &Vector, place: &Place, position: Index, replacement: char) {
    let mut changed = vector.clone();
    let change = |text: &str| match text.chars().count() {
        0 => replacement.to_string(),
        length => replaced(text, position.index(length), replacement),
    };
    let mut headers: Vec<(String, String)> = vector
        .request
        .headers()
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    match *place {
        Place::Method => changed.request.method = change(&vector.request.method),
        Place::Target => changed.request.target = change(&vector.request.target),
        Place::HeaderName(index) => headers[index].0 = change(&headers[index].0),
        Place::HeaderValue(index) => headers[index].1 = change(&headers[index].1),
        Place::Body => changed.request.body = change(&vector.request.body),
        Place::KeyId => {
            changed.credentials.access_key_id = change(&vector.credentials.access_key_id);
        }
        Place::Secret => {
            changed.credentials.secret_access_key = change(&vector.credentials.secret_access_key);
        }
        Place::Token => {
            changed.credentials.session_token =
                vector.credentials.session_token.as_deref().map(change);
        }
    }
    let name_broken = headers.iter().any(|(name, _)| name.contains([':', ' ']));
    if name_broken {
        return; // No HTTP server takes such a line for a header.
    }
    changed.request.set_headers(&headers);

    let equal = changed.credentials == vector.credentials
        && meaning(&changed.request) == meaning(&vector.request);
    let verdict = changed.verify();
    assert_eq!(
        verdict.is_ok(),
        equal,
        "{} with another {place:?}: {verdict:?} of {:?}",
        vector.name,
        changed.request
    );
    if let Err(refusal) = verdict {
        let shown = format!("{refusal} {refusal:?} {}", refusal.finding());
        let signature = &vector.signature;
        let (start, end) = (&signature[..16], &signature[48..]);
        for secret in [start, end, "secret/EX", "K7MDENG", "TOK/", "TOK%2F", "/A+b9/Zz0", "%2FZz0"]
        {
            assert!(!shown.contains(secret), "{} shows {secret}: {shown}", vector.name);
        }
    }
}

/// What a request says, read by other means than the crate's: two requests that mean the same have
/// one signature.
fn meaning(request: &Request) -> impl PartialEq + use<> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let mut pairs: Vec<(String, String)> =
        form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    pairs.sort();
    let mut headers: Vec<(String, Vec<String>)> = request
        .headers()
        .iter()
        .map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let separators: &[char] =
                if name == "authorization" { &[' ', ',', '\t'] } else { &[' '] };
            let value = value.trim_matches([' ', '\t']);
            let words = value.split(separators).filter(|word| !word.is_empty());
            let words = words.map(str::to_owned).collect();
            (name, words)
        })
        .collect();
    headers.sort_by(|(one, _), (other, _)| one.cmp(other)); // Stable: repeats keep their order.
    (request.method.clone(), path.to_owned(), pairs, headers, request.body.clone())
}

fn replaced(text: &str, position: usize, replacement: char) -> String {
    text.chars()
        .enumerate()
        .map(|(index, c)| if index == position { replacement } else { c })
        .collect()
}

/// The target and the headers that a client would send.
fn applied(
    instructions: SigningInstructions,
    unsigned: &Unsigned<'_>,
    host: &str,
) -> (String, Vec<(String, String)>) {
    let mut request = http::Request::builder().uri(unsigned.url).body(()).expect("a request");
    instructions.apply_to_request_http1x(&mut request);
    let target = request.uri().path_and_query().expect("a path").as_str().to_owned();
    let given = unsigned.headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let added = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("ASCII").to_owned()));
    let host = ("Host".to_owned(), host.to_owned());
    (target, std::iter::once(host).chain(given).chain(added).collect())
}

fn credentials() -> impl Strategy<Value = Credentials> {
    ("[A-Z0-9]{4,20}", "[A-Za-z0-9/+]{1,80}", prop::option::of("[A-Za-z0-9/+]{1,200}={0,2}"))
        .prop_map(|(access_key_id, secret_access_key, session_token)| Credentials {
            access_key_id,
            secret_access_key,
            session_token,
        })
}

/// A path without `//` and dot segments, which aws-sigv4 would normalise.
fn path() -> impl Strategy<Value = String> {
    "(/([A-Za-z0-9$@=+:;,!~'()*&_-]|%[0-9A-Fa-f]{2}){1,12}){1,4}/?"
}

/// Names and values as a browser or a client of ours would send them, and as none should: all that
/// a URL may hold.
fn query() -> impl Strategy<Value = String> {
    let escaped =
        any::<String>().prop_map(|text| form_urlencoded::byte_serialize(text.as_bytes()).collect());
    let part = prop_oneof![
        "[A-Za-z0-9 +!$'()*,:;@/?._~-]{0,8}".prop_map(|raw| raw.replace(' ', "%20")),
        escaped
    ];
    let pair = (part.clone(), prop::option::of(part)).prop_map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => name,
    });
    prop_oneof![
        Just(String::new()),
        prop::collection::vec(pair, 0..6).prop_map(|pairs| format!("?{}", pairs.join("&"))),
    ]
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("X-[A-Za-z0-9-]{1,6}", "[ -~]{0,20}"), 0..4).prop_map(|headers| {
        headers.into_iter().map(|(name, value)| (format!("{name}-h"), value)).collect()
    })
}
