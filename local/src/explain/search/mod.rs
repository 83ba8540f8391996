//! Which single change explains a signature that does not match: each is tried.
//!
//! A change is told as what was signed in place of what the URL says. Either the signer erred, or the URL was
//! changed on its way; which of the two, the reader knows.

mod characters;
mod encodings;
mod form;

use std::borrow::Cow;
use std::fmt;

use sigv4_verify::amz_date::AmzDate;
use sigv4_verify::percent::{decode, recode};
use sigv4_verify::presigned_query::{CREDENTIAL, EXPIRES, SECURITY_TOKEN};
use sigv4_verify::signing_key::SigningKey;
use sigv4_verify::{Key, SecretKey, SessionToken};
use time::Duration;

use self::encodings::{ENCODINGS, VALUES};
use self::form::{Form, Lines, Pair, Scope, encoded, joined, wire_pairs};
use super::mask;
use super::signature::Signed;

/// Regions that are tried. (AWS General Reference, "Amazon API Gateway endpoints and quotas")
const REGIONS: [&str; 34] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
];

/// Services that are taken for API Gateway's by mistake.
const SERVICES: [&str; 8] =
    ["execute-api", "apigateway", "lambda", "iotdevicegateway", "iotdata", "s3", "sts", "appsync"];

/// Methods that a signer may have had in mind.
const METHODS: [&str; 5] = ["POST", "CONNECT", "HEAD", "OPTIONS", "get"];

/// Last lines of a canonical request, other than the hash of no body.
const PAYLOADS: [&str; 2] = ["UNSIGNED-PAYLOAD", ""];

/// Usual values of X-Amz-Expires.
const LIFETIMES: [&str; 16] = [
    "10", "15", "30", "60", "90", "120", "180", "240", "300", "600", "900", "1800", "3600",
    "43200", "86400", "604800",
];

/// Bytes of canonical requests that one search may hash. Somebody waits for it; a URL as /sign makes them, with all
/// its names and values one character off, takes less.
pub(super) const SEARCH_BYTES: usize = 32 * 1024 * 1024;

/// The same where another rule is broken, too, which is to be mended first.
pub(super) const SHORT_SEARCH_BYTES: usize = SEARCH_BYTES / 32;

/// How a search ended.
pub(super) struct Search {
    /// What was signed in place of what the URL says.
    pub(super) change: Option<String>,
    /// Requests that were tried.
    pub(super) tried: usize,
    /// Whether there was more to be tried than the budget allows.
    pub(super) is_cut: bool,
}

/// Looks for the one change that explains the signature, as long as not more than so many bytes are to be hashed.
pub(super) fn single_change(
    signed: &Signed<'_>,
    key: &Key,
    payload_hash: &str,
    budget: usize,
) -> Option<Search> {
    let form = Form::of(signed, &key.secret, payload_hash)?;
    let signature = &signed.parameters.as_ref()?.signature;
    let (mut left, mut tried) = (budget, 0);
    for candidate in candidates(&form, signed, key.session_token.as_ref()) {
        let Some(rest) = left.checked_sub(candidate.request.len()) else {
            return Some(Search { change: None, tried, is_cut: true });
        };
        (left, tried) = (rest, tried + 1);
        if signature.is(&form.signature(&candidate)) {
            let change = Some(candidate.what.to_string());
            return Some(Search { change, tried, is_cut: false });
        }
    }
    Some(Search { change: None, tried, is_cut: false })
}

/// A request that may have been signed.
struct Candidate {
    what: What,
    /// The canonical request.
    request: String,
    /// Another one in the string to sign.
    scope: Option<Scope>,
    /// Another one that signs.
    key: Option<SigningKey>,
}

/// What differs: put into words only for what is found.
enum What {
    Text(Cow<'static, str>),
    Pair(Pair),
}

impl<T: Into<Cow<'static, str>>> From<T> for What {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// `room=lobby`
impl fmt::Display for What {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Pair((name, value)) => {
                let (name, value) = (decode(name), decode(value));
                write!(formatter, "{}={}", mask::text(&name), mask::value(&name, &value))
            }
        }
    }
}

impl Form {
    fn candidate(&self, what: impl Into<What>, lines: Lines<'_>) -> Candidate {
        Candidate { what: what.into(), request: lines.text(), scope: None, key: None }
    }

    fn with_query(&self, what: impl Into<What>, query: &str) -> Candidate {
        self.candidate(what, Lines { query, ..self.lines() })
    }

    fn with_pairs(&self, what: impl Into<What>, mut pairs: Vec<Pair>) -> Candidate {
        pairs.sort();
        self.with_query(what, &joined(&pairs))
    }
}

/// Every change, the likeliest first.
fn candidates<'a>(
    form: &'a Form,
    signed: &'a Signed<'_>,
    token: Option<&'a SessionToken>,
) -> impl Iterator<Item = Candidate> + 'a {
    paths(form, signed)
        .chain(hosts(form, signed))
        .chain(missing(form, signed, token))
        .chain(left_out(form))
        .chain(of_all(form, signed))
        .chain(of_one(form))
        .chain(scopes(form, signed))
        .chain(secrets(form))
        .chain(rest(form))
        .chain(characters::changed(form))
}

fn paths<'a>(form: &'a Form, signed: &'a Signed<'_>) -> impl Iterator<Item = Candidate> + 'a {
    let path = signed.address.path();
    let stages = signed.paths().into_iter().map(|path| {
        let encoded = encoded(&path);
        (Cow::from(format!("the path {path}")), encoded)
    });
    let lower = (Cow::from("the path in lower case"), encoded(&path.to_lowercase()));
    let decoded = decode(path).into_owned();
    let without_slash = path.strip_suffix('/').unwrap_or(path).to_owned();
    [
        (
            "the path with /$default for /%24default",
            encoded(&path.replace("/%24default", "/$default")),
        ),
        (
            "the path with /%24default for /$default",
            encoded(&path.replace("/$default", "/%24default")),
        ),
        ("the path with a slash at its end", encoded(&format!("{path}/"))),
        ("the path without the slash at its end", encoded(&without_slash)),
        ("the path as it is sent, not encoded once more", path.to_owned()),
        ("the path decoded, then encoded", encoded(&decoded)),
        ("the path decoded", decoded),
        ("the path encoded twice more", encoded(&encoded(path))),
        ("the path /, without a stage", "/".to_owned()),
        ("no path", String::new()),
    ]
    .map(|(what, path)| (Cow::from(what), path))
    .into_iter()
    .chain(stages)
    .chain([lower])
    .filter(|(_, other)| *other != form.path)
    .map(|(what, path)| form.candidate(what, Lines { path: &path, ..form.lines() }))
}

fn hosts<'a>(form: &'a Form, signed: &'a Signed<'_>) -> impl Iterator<Item = Candidate> + 'a {
    let address = signed.address;
    let without_port = match form.host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name.to_owned(),
        _ => form.host.clone(),
    };
    [443, 80, address.default_port()]
        .map(|port| format!("{without_port}:{port}"))
        .into_iter()
        .chain([
            without_port.clone(),
            address.host_header(),
            address.host().to_owned(),
            form.host.to_ascii_lowercase(),
            form.host.to_ascii_uppercase(),
            form.host.replacen("localhost", "127.0.0.1", 1),
            form.host.replacen("127.0.0.1", "localhost", 1),
        ])
        .filter(|host| *host != form.host)
        .map(|host| {
            form.candidate(format!("the host {host}"), Lines { host: &host, ..form.lines() })
        })
}

/// Parameters that are not there, or have another usual value.
fn missing<'a>(
    form: &'a Form,
    signed: &'a Signed<'_>,
    token: Option<&'a SessionToken>,
) -> impl Iterator<Item = Candidate> + 'a {
    let without = |name: &str| {
        form.pairs.iter().filter(|(other, _)| other != name).cloned().collect::<Vec<_>>()
    };
    let lifetimes = LIFETIMES.into_iter().map(move |seconds| {
        let mut pairs = without(EXPIRES);
        pairs.push((EXPIRES.to_owned(), seconds.to_owned()));
        form.with_pairs(format!("{EXPIRES}={seconds}"), pairs)
    });
    let has_token = signed.parameters.as_ref().is_some_and(|it| it.session_token.is_some());
    let token = token.filter(|_| !has_token).and_then(|token| {
        let value =
            recode(&token.expose().replace('%', "%25").replace('+', "%2B")).ok()?.into_owned();
        let mut pairs = form.pairs.clone();
        pairs.push((SECURITY_TOKEN.to_owned(), value));
        Some(form.with_pairs(format!("{SECURITY_TOKEN}, which is missing"), pairs))
    });
    lifetimes.chain(token)
}

fn left_out(form: &Form) -> impl Iterator<Item = Candidate> + '_ {
    form.pairs.iter().enumerate().map(|(at, (name, _))| {
        let mut pairs = form.pairs.clone();
        pairs.remove(at);
        form.with_pairs(format!("without the parameter {}", mask::text(&decode(name))), pairs)
    })
}

/// A flaw of the signer's, in all names and values alike.
fn of_all<'a>(form: &'a Form, signed: &'a Signed<'_>) -> impl Iterator<Item = Candidate> + 'a {
    let raw = signed.address.query();
    let sorted = |mut pairs: Vec<Pair>| {
        pairs.sort();
        pairs
    };
    let plus = wire_pairs(raw, |side| recode(&side.replace('+', "%2B")).map(Into::into).ok());
    let as_sent = wire_pairs(raw, |side| Some(side.to_owned()));
    let unsorted = wire_pairs(raw, |side| recode(side).map(Into::into).ok());
    let named = [
        ("a + itself where the URL has a +, which is read as a space", plus.map(sorted)),
        ("the query as it is sent, only sorted", as_sent.clone().map(sorted)),
        ("the query as it is sent", as_sent),
        ("the query in the order of the URL, not sorted", unsorted),
    ];
    let encodings = ENCODINGS.into_iter().map(move |(how, encode)| {
        let pairs = form.pairs.iter().map(|(name, value)| Some((encode(name)?, encode(value)?)));
        (format!("every name and value {how}"), pairs.collect::<Option<Vec<_>>>().map(sorted))
    });
    named.map(|(what, pairs)| (what.to_owned(), pairs)).into_iter().chain(encodings).filter_map(
        move |(what, pairs)| {
            let pairs = pairs.filter(|pairs| *pairs != form.pairs)?;
            Some(form.with_query(what, &joined(&pairs)))
        },
    )
}

fn of_one(form: &Form) -> impl Iterator<Item = Candidate> + '_ {
    let places = form.pairs.iter().enumerate();
    places.flat_map(move |(at, (name, value))| {
        ENCODINGS.into_iter().chain(VALUES).filter_map(move |(how, change)| {
            let other = change(value).filter(|other| other != value)?;
            let shown = mask::text(&decode(name));
            let query = form.query_with(at, &(name.clone(), other));
            Some(form.with_query(format!("the value of {shown} {how}"), &query))
        })
    })
}

/// Another region, service or day: in the signing key alone, or in the credential too.
fn scopes<'a>(form: &'a Form, signed: &'a Signed<'_>) -> impl Iterator<Item = Candidate> + 'a {
    let Scope { day, region, service } = form.scope.clone();
    let with = {
        let (day, region, service) = (day.clone(), region.clone(), service.clone());
        move |what: String, change: &dyn Fn(&mut Scope)| {
            let mut scope =
                Scope { day: day.clone(), region: region.clone(), service: service.clone() };
            change(&mut scope);
            (what, scope)
        }
    };
    let days = [-1, 0, 1].into_iter().filter_map(|days| {
        let date = signed.date()?.time().checked_add(Duration::days(days))?;
        Some(AmzDate::from_time(date).day())
    });
    let mut scopes = Vec::new();
    for other in REGIONS
        .into_iter()
        .chain(signed.address.region().as_deref())
        .filter(|other| *other != region)
    {
        scopes.push(with(format!("the region {other}"), &|scope| {
            other.clone_into(&mut scope.region);
        }));
    }
    for other in SERVICES.into_iter().filter(|other| *other != service) {
        scopes.push(with(format!("the service {other}"), &|scope| {
            other.clone_into(&mut scope.service);
        }));
    }
    for other in days.filter(|other| *other != day) {
        scopes.push(with(format!("the day {other}"), &|scope| other.clone_into(&mut scope.day)));
    }
    let access_key_id = signed.access_key_id().unwrap_or_default().to_owned();
    scopes.into_iter().flat_map(move |(what, scope)| {
        let key = SigningKey::derive(&form.secret, &scope.borrowed());
        let in_key = form.candidate(format!("{what} in its signing key"), form.lines());
        let credential = format!("{access_key_id}/{}", scope.borrowed()).replace('/', "%2F");
        let mut pairs = form.pairs.clone();
        for (_, value) in pairs.iter_mut().filter(|(name, _)| name == CREDENTIAL) {
            value.clone_from(&credential);
        }
        let in_both = form.with_pairs(format!("{what} in its credential"), pairs);
        [
            Candidate { key: Some(key.clone()), ..in_key },
            Candidate { key: Some(key), scope: Some(scope), ..in_both },
        ]
    })
}

/// What clings to a secret key that is read from a file or pasted.
fn secrets(form: &Form) -> impl Iterator<Item = Candidate> + '_ {
    let secret = form.secret.expose();
    [
        ("a line break behind the secret key", format!("{secret}\n")),
        ("a Windows line break behind the secret key", format!("{secret}\r\n")),
        ("a space behind the secret key", format!("{secret} ")),
        ("a space before the secret key", format!(" {secret}")),
        ("quotes around the secret key", format!("\"{secret}\"")),
        ("the secret key without the spaces around it", secret.trim().to_owned()),
        ("the secret key percent-encoded", encoded(secret).replace('/', "%2F")),
        ("a space for each + of the secret key", secret.replace('+', " ")),
    ]
    .into_iter()
    .filter(move |(_, other)| other != secret)
    .map(|(what, secret)| {
        let key = SigningKey::derive(&SecretKey::new(secret), &form.scope.borrowed());
        Candidate { key: Some(key), ..form.candidate(what, form.lines()) }
    })
}

fn rest(form: &Form) -> impl Iterator<Item = Candidate> + '_ {
    let methods = METHODS.into_iter().map(|method| {
        form.candidate(format!("the method {method}"), Lines { method, ..form.lines() })
    });
    let payloads = PAYLOADS.into_iter().map(|payload| {
        let what = if payload.is_empty() { "no hash of the body" } else { payload };
        form.candidate(what, Lines { payload, ..form.lines() })
    });
    methods.chain(payloads)
}
