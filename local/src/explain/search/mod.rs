//! Which single change explains a signature that does not match: each is tried.
//!
//! A change is told as what was signed in place of what the URL says. Either the signer erred, or the URL was
//! changed on its way; which of the two, the reader knows.

mod characters;
mod encodings;
mod form;

use sigv4_verify::amz_date::AmzDate;
use sigv4_verify::percent::{decode, recode};
use sigv4_verify::presigned_query::{CREDENTIAL, EXPIRES, SECURITY_TOKEN};
use sigv4_verify::{Key, SecretKey, SessionToken};
use time::Duration;

use self::encodings::{ENCODINGS, VALUES};
use self::form::{Form, Scope, encoded, wire_pairs};
use super::mask;
use super::signature::Signed;
use crate::limits::WEBSOCKET_URL_CHARACTERS;

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

/// What was signed in place of what the URL says, where one change explains the signature.
pub(super) fn single_change(signed: &Signed<'_>, key: &Key, payload_hash: &str) -> Option<String> {
    if signed.address.query().len() > WEBSOCKET_URL_CHARACTERS {
        return None;
    }
    let form = Form::of(signed, key.secret.clone(), payload_hash)?;
    let signature = &signed.parameters.as_ref()?.signature;
    let found = candidates(&form, signed, key.session_token.as_ref()).find(|candidate| {
        candidate.form.signature(signed).is_some_and(|other| signature.is(&other))
    });
    found.map(|candidate| candidate.what)
}

/// A request that may have been signed.
struct Candidate {
    what: String,
    form: Form,
}

impl Form {
    fn but(&self, what: impl Into<String>, change: impl FnOnce(&mut Self)) -> Candidate {
        let mut form = self.clone();
        change(&mut form);
        Candidate { what: what.into(), form }
    }

    /// With another name and value at a place of the query.
    fn with_pair(&self, what: impl Into<String>, at: usize, pair: (String, String)) -> Candidate {
        let mut query = self.query.clone();
        query[at] = pair;
        self.with_query(what, query)
    }

    fn with_query(&self, what: impl Into<String>, mut query: Vec<(String, String)>) -> Candidate {
        query.sort();
        self.but(what, |form| form.query = query)
    }
}

/// Every change, the likeliest first.
fn candidates<'a>(
    form: &'a Form,
    signed: &'a Signed<'_>,
    token: Option<&'a SessionToken>,
) -> impl Iterator<Item = Candidate> + 'a {
    paths(form, signed.address.path())
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

fn paths<'a>(form: &'a Form, path: &'a str) -> impl Iterator<Item = Candidate> + 'a {
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
    .into_iter()
    .filter(|(_, other)| *other != form.path)
    .map(|(what, path)| form.but(what, |form| form.path = path))
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
        ])
        .filter(|host| *host != form.host)
        .map(|host| form.but(format!("the host {host}"), |form| form.host = host.clone()))
}

/// Parameters that are not there, or have another usual value.
fn missing<'a>(
    form: &'a Form,
    signed: &'a Signed<'_>,
    token: Option<&'a SessionToken>,
) -> impl Iterator<Item = Candidate> + 'a {
    let without = |name: &str| {
        form.query.iter().filter(|(other, _)| other != name).cloned().collect::<Vec<_>>()
    };
    let lifetimes = LIFETIMES.into_iter().map(move |seconds| {
        let mut query = without(EXPIRES);
        query.push((EXPIRES.to_owned(), seconds.to_owned()));
        form.with_query(format!("{EXPIRES}={seconds}"), query)
    });
    let has_token = signed.parameters.as_ref().is_some_and(|it| it.session_token.is_some());
    let token = token.filter(|_| !has_token).and_then(|token| {
        let value =
            recode(&token.expose().replace('%', "%25").replace('+', "%2B")).ok()?.into_owned();
        let mut query = form.query.clone();
        query.push((SECURITY_TOKEN.to_owned(), value));
        Some(form.with_query(format!("{SECURITY_TOKEN}, which is missing"), query))
    });
    lifetimes.chain(token)
}

fn left_out(form: &Form) -> impl Iterator<Item = Candidate> + '_ {
    form.query.iter().enumerate().map(|(at, (name, _))| {
        let mut query = form.query.clone();
        query.remove(at);
        form.with_query(format!("without the parameter {}", mask::shown_name(&decode(name))), query)
    })
}

/// A flaw of the signer's, in all names and values alike.
fn of_all<'a>(form: &'a Form, signed: &'a Signed<'_>) -> impl Iterator<Item = Candidate> + 'a {
    let raw = signed.address.query();
    let other_query = move |what: &str, pairs: Option<Vec<(String, String)>>| {
        let pairs = pairs.filter(|pairs| *pairs != form.query)?;
        Some(form.but(what.to_owned(), |form| form.query = pairs))
    };
    let sorted = |mut pairs: Vec<(String, String)>| {
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
        let pairs = form.query.iter().map(|(name, value)| Some((encode(name)?, encode(value)?)));
        (format!("every name and value {how}"), pairs.collect::<Option<Vec<_>>>().map(sorted))
    });
    named
        .map(|(what, pairs)| (what.to_owned(), pairs))
        .into_iter()
        .chain(encodings)
        .filter_map(move |(what, pairs)| other_query(&what, pairs))
}

fn of_one(form: &Form) -> impl Iterator<Item = Candidate> + '_ {
    let places = form.query.iter().enumerate();
    places.flat_map(move |(at, (name, value))| {
        ENCODINGS.into_iter().chain(VALUES).filter_map(move |(how, change)| {
            let other = change(value).filter(|other| other != value)?;
            let shown = mask::shown_name(&decode(name));
            Some(form.with_pair(format!("the value of {shown} {how}"), at, (name.clone(), other)))
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
        let in_key =
            form.but(format!("{what} in its signing key"), |form| form.key_scope = scope.clone());
        let credential = format!("{access_key_id}/{}", scope.borrowed()).replace('/', "%2F");
        let in_both = form.but(format!("{what} in its credential"), |form| {
            form.key_scope = scope.clone();
            form.scope = scope;
            for (name, value) in &mut form.query {
                if name == CREDENTIAL {
                    value.clone_from(&credential);
                }
            }
        });
        [in_key, in_both]
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
    .map(|(what, secret)| form.but(what, |form| form.secret = SecretKey::new(secret)))
}

fn rest(form: &Form) -> impl Iterator<Item = Candidate> + '_ {
    let methods = METHODS.into_iter().map(|method| {
        form.but(format!("the method {method}"), |form| method.clone_into(&mut form.method))
    });
    let payloads = PAYLOADS.into_iter().map(|payload| {
        let what = if payload.is_empty() { "no hash of the body" } else { payload };
        form.but(what, |form| payload.clone_into(&mut form.payload))
    });
    methods.chain(payloads)
}
