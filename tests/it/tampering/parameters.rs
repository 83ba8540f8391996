//! Each parameter of the URL, dropped, repeated, renamed, emptied; and parameters added.

use super::{Attempt, Signed, meaning};

/// Changes of one parameter `name=value`, each with what it is.
fn changes(parameter: &str) -> Vec<(&'static str, Vec<String>)> {
    let (name, value) = parameter.split_once('=').unwrap();
    let own = || parameter.to_owned();
    vec![
        ("dropped", vec![]),
        ("repeated", vec![own(), own()]),
        ("repeated with another value", vec![own(), format!("{name}=other")]),
        ("preceded by another value", vec![format!("{name}=other"), own()]),
        ("repeated without a value", vec![own(), name.to_owned()]),
        ("renamed", vec![format!("{name}x={value}")]),
        ("with its name in lower case", vec![format!("{}={value}", name.to_lowercase())]),
        ("with its name in upper case", vec![format!("{}={value}", name.to_uppercase())]),
        ("repeated in lower case", vec![own(), format!("{}={value}", name.to_lowercase())]),
        ("without its value", vec![format!("{name}=")]),
        ("with a space behind", vec![format!("{parameter}%20")]),
        ("with a zero byte behind", vec![format!("{parameter}%00")]),
        ("escaped twice", vec![parameter.replace('%', "%25")]),
        ("with a broken escape behind", vec![format!("{parameter}%2")]),
        ("with name and value exchanged", vec![format!("{value}={name}")]),
    ]
}

/// What is added to the query as one more parameter.
const ADDED: [&str; 12] = [
    "admin=1",
    "admin",
    "=",
    "grant.userId=somebody",
    "Grant.userId=somebody",
    "%67rant.userId=somebody",
    "grant.expires=9999999999",
    "grant.nonce=AAAAAAAAAAAAAAAAAAAAAA",
    "x-amz-signature=0",
    "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD",
    "X-Amz-Expires=604800",
    "X-Amz-Algorithm=",
];

fn joined(path: &str, parameters: &[String]) -> String {
    format!("{path}?{}", parameters.join("&"))
}

#[tokio::test]
async fn every_parameter_counts() {
    let signed = Signed::new().await;
    let (path, parameters) = signed.parts();
    let parameters: Vec<_> = parameters.into_iter().map(ToOwned::to_owned).collect();
    let names: Vec<_> = parameters.iter().map(|text| text.split('=').next().unwrap()).collect();
    // All the kinds there are: requested, granted, and the signature's own.
    for name in ["room", "Na%2Fme", "empty", "grant.expires", "grant.nonce", "X-Amz-Signature"] {
        assert!(names.contains(&name), "{name} among {names:?}");
    }
    let mut attempts = Vec::new();
    let mut attempt = |what: String, parameters: &[String]| {
        let target = joined(path, parameters);
        if target != signed.target {
            assert_ne!(meaning(&target), meaning(&signed.target), "{what}");
            attempts.push(Attempt::target(what, target));
        }
    };
    for (index, parameter) in parameters.iter().enumerate() {
        for (what, replacement) in changes(parameter) {
            let mut changed = parameters.clone();
            changed.splice(index..=index, replacement);
            attempt(format!("{}: {what}", names[index]), &changed);
        }
    }
    for added in ADDED {
        for index in [0, parameters.len() / 2, parameters.len()] {
            let mut changed = parameters.clone();
            changed.insert(index, added.to_owned());
            attempt(format!("{added} added at {index}"), &changed);
        }
    }
    attempt("all parameters dropped".to_owned(), &[]);
    attempts.push(Attempt::target("no query at all", path.to_owned()));
    signed.check_refused(attempts).await;
}

#[tokio::test]
async fn values_cannot_be_exchanged() {
    let signed = Signed::new().await;
    let (path, parameters) = signed.parts();
    let split: Vec<_> = parameters.iter().map(|text| text.split_once('=').unwrap()).collect();
    let mut attempts = Vec::new();
    for first in 0..split.len() {
        for second in first + 1..split.len() {
            let mut changed = split.clone();
            (changed[first].1, changed[second].1) = (split[second].1, split[first].1);
            let changed: Vec<_> =
                changed.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let what = format!("the values of {} and {}", split[first].0, split[second].0);
            attempts.push(Attempt::target(what, joined(path, &changed)));
        }
    }
    signed.check_refused(attempts).await;
}

#[tokio::test]
async fn the_path_counts() {
    let signed = Signed::new().await;
    let query = signed.target.strip_prefix("/prod").unwrap();
    let paths = [
        "/",
        "//",
        "/prod/",
        "//prod",
        "/prod//",
        "/./prod",
        "/x/../prod",
        "/pro%64",
        "/%70rod",
        "/PROD",
        "/prod;x",
        "/prod/$connect",
        "/prod/@connections/x",
        "/dev",
        "/prod%3F",
        "/prod%00",
        "/prod%20",
    ];
    let attempts = paths.map(|path| Attempt::target(path, format!("{path}{query}")));
    signed.check_refused(attempts.into()).await;
}
