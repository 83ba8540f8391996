//! What the parameters may be: every value that is refused is refused in words, and so is every contradiction.

use std::collections::{BTreeMap, BTreeSet};

use local::template::Template;
use tests::template::{self, at};
use yaml_serde::Value;

use super::{environment, values};

/// Choices that contradict themselves, with the words of the assertion that says so. `SignAuthorization` is `NONE`
/// unless it is chosen.
const CONTRADICTIONS: [(&[(&str, &str)], &str); 11] = [
    (
        &[("SignAuthorization", "JWT"), ("JwtAudience", "page")],
        "SignAuthorization JWT needs a JwtIssuer.",
    ),
    (
        &[("SignAuthorization", "JWT"), ("JwtIssuer", "https://issuer.example.com")],
        "SignAuthorization JWT needs a JwtAudience.",
    ),
    (
        &[("JwtIssuer", "https://issuer.example.com")],
        "JwtIssuer means nothing unless SignAuthorization is JWT.",
    ),
    (
        &[("SignAuthorization", "IAM"), ("JwtAudience", "page")],
        "JwtAudience means nothing unless SignAuthorization is JWT.",
    ),
    (&[("JwtScopes", "sign")], "JwtScopes means nothing unless SignAuthorization is JWT."),
    (
        &[
            ("HttpDomainName", "a.example.com"),
            ("WebSocketDomainName", "a.example.com"),
            ("HostedZoneId", "Z0"),
        ],
        "HttpDomainName and WebSocketDomainName must differ. An HTTP API and a WebSocket API cannot share a domain.",
    ),
    (&[("HttpDomainName", "a.example.com")], "HttpDomainName needs a HostedZoneId."),
    (&[("WebSocketDomainName", "a.example.com")], "WebSocketDomainName needs a HostedZoneId."),
    (&[("HttpBasePath", "v1")], "HttpBasePath needs an HttpDomainName."),
    (&[("WebSocketBasePath", "v1")], "WebSocketBasePath needs a WebSocketDomainName."),
    (
        &[
            ("ExecuteApiEndpoint", "DISABLED"),
            ("WebSocketDomainName", "a.example.com"),
            ("HostedZoneId", "Z0"),
        ],
        "ExecuteApiEndpoint DISABLED needs an HttpDomainName.",
    ),
];

/// The last of them.
const NO_WEBSOCKET_DOMAIN: (&[(&str, &str)], &str) = (
    &[
        ("ExecuteApiEndpoint", "DISABLED"),
        ("HttpDomainName", "a.example.com"),
        ("HostedZoneId", "Z0"),
    ],
    "ExecuteApiEndpoint DISABLED needs a WebSocketDomainName.",
);

/// Values that are refused, for every parameter.
const BAD_VALUES: [(&str, &[&str]); 32] = [
    ("SignAuthorization", &["", "open", "jwt"]),
    ("JwtIssuer", &["http://issuer.example.com", "https://a.example/?x", "issuer"]),
    ("JwtAudience", &["a b", "page,a b", "a,,b", ",", "a,", ",a", "a, b"]),
    ("JwtScopes", &["a b", "sign,\"", "a,,b", ",", "a,", "a, b"]),
    ("ClaimGrants", &["", "sub", "[\"sub\"]"]),
    ("UrlTtlSeconds", &["0", "301", "soon"]),
    ("Grants", &["", "tenant=acme"]),
    ("Requestable", &["room\nother", "\u{7f}"]),
    ("RequestableHeaders", &["x-a\r\n", "x:a", "é"]),
    ("AllowedOrigins", &["app.example.com", "https://app.example.com/", "ftp://a.example"]),
    ("Subprotocols", &["chat/1", "a;b"]),
    ("KeptHeaders", &["x-a: b", "x\tb"]),
    ("StageName", &["", "a b", "$default"]),
    (
        "HttpDomainName",
        &[
            "API.example.com",
            "https://api.example.com",
            "localhost",
            "-a.example",
            "a.xn--",
            "a.b1",
        ],
    ),
    ("HttpBasePath", &["/v1", "v1/", "a//b", "a?b"]),
    ("WebSocketDomainName", &["ws.example.com.", "*.example.com", "ws.example.com:443"]),
    ("WebSocketBasePath", &["a/b", "/a", "a.b"]),
    ("HostedZoneId", &["/hostedzone/Z1", "example.com", "z1"]),
    ("ExecuteApiEndpoint", &["", "true", "disabled"]),
    ("SignRateLimit", &["0", "10001", "many"]),
    ("SignBurstLimit", &["0", "5001"]),
    ("ConnectRateLimit", &["0", "10001", ""]),
    ("ConnectBurstLimit", &["0", "5001"]),
    ("SignConcurrency", &["-1", "1.5", "123456"]),
    ("ConnectConcurrency", &["-1", "all"]),
    ("DefaultConcurrency", &["-1", " 1"]),
    ("DisconnectConcurrency", &["-1", "0x1"]),
    ("LogRetentionDays", &["0", "2", "31"]),
    ("WebSocketAccessLogs", &["", "on"]),
    ("AlarmTopicArn", &["", "alarms", "arn:aws:sns:eu-west-1:111122223333:a.fifo"]),
    ("Architecture", &["", "x86", "aarch64"]),
    ("HttpDomainName", &[LONG_DOMAIN]),
];

/// Of 65 characters.
const LONG_DOMAIN: &str = "a123456789.b123456789.c123456789.d123456789.e12345678.example.com";

fn refusal(template: &Template, chosen: &[(&'static str, &str)]) -> Option<String> {
    let mut all = BTreeMap::from([("SignAuthorization", "NONE".to_owned())]);
    all.extend(chosen.iter().map(|(name, value)| (*name, (*value).to_owned())));
    template.resources(&values(&all), &environment()).err().map(|error| error.to_string())
}

fn contradictions() -> impl Iterator<Item = (&'static [(&'static str, &'static str)], &'static str)>
{
    CONTRADICTIONS.into_iter().chain([NO_WEBSOCKET_DOMAIN])
}

/// The names under a section of the template.
fn names(section: &str) -> BTreeSet<String> {
    let mut tree = template::tree();
    let members = at(&mut tree, section).as_mapping().unwrap();
    members.keys().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_contradiction_is_refused_by_its_words() {
    let template = Template::parse(&template::text()).unwrap();
    for (chosen, expected) in contradictions() {
        let found = refusal(&template, chosen).unwrap_or_default();
        assert!(found.ends_with(&format!(": assertion failed: {expected}")), "{chosen:?}: {found}");
    }
}

/// Without one of them, a contradiction becomes a stack. So each is needed, and each is shown.
#[test]
fn every_assertion_is_needed() {
    let mut count = 0;
    for rule in names("Rules") {
        let path = format!("Rules.{rule}.Assertions");
        let mut tree = template::tree();
        for index in 0..at(&mut tree, &path).as_sequence().unwrap().len() {
            let mut words = String::new();
            let text = template::with(|tree| {
                let assertion = at(tree, &path).as_sequence_mut().unwrap().remove(index);
                words = assertion["AssertDescription"].as_str().unwrap().to_owned();
            });
            let template = Template::parse(&text).unwrap();
            let (chosen, _) = contradictions().find(|(_, expected)| *expected == words).unwrap();
            assert_eq!(refusal(&template, chosen), None, "{words}");
            count += 1;
        }
    }
    assert_eq!(count, contradictions().count());
}

#[test]
fn every_bad_value_is_refused_in_the_words_of_its_parameter() {
    let template = Template::parse(&template::text()).unwrap();
    let mut tree = template::tree();
    for (name, bad) in BAD_VALUES {
        let words = at(&mut tree, &format!("Parameters.{name}.ConstraintDescription"));
        let words = words.as_str().unwrap().to_owned();
        let expected = format!("Parameter {name} failed to satisfy constraint: {words}");
        for value in bad {
            assert_eq!(refusal(&template, &[(name, value)]).as_ref(), Some(&expected), "{value:?}");
        }
    }
    let refused: BTreeSet<_> = BAD_VALUES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(refused, names("Parameters"), "every parameter refuses something");
}

#[test]
fn a_domain_may_be_below_an_international_one() {
    let template = Template::parse(&template::text()).unwrap();
    let chosen =
        [("HttpDomainName", "api.xn--e1aybc.xn--p1ai"), ("WebSocketDomainName", "ws.example.com")];
    let chosen = [&chosen[..], &[("HostedZoneId", "Z0")]].concat();
    assert_eq!(refusal(&template, &chosen), None);
}

#[test]
fn every_parameter_has_a_label_and_stands_in_one_group() {
    let mut tree = template::tree();
    let interface = at(&mut tree, "Metadata.AWS::CloudFormation::Interface");
    let listed: Vec<_> = interface["ParameterGroups"]
        .as_sequence()
        .unwrap()
        .iter()
        .flat_map(|group| group["Parameters"].as_sequence().unwrap())
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    let labelled = names("Metadata.AWS::CloudFormation::Interface.ParameterLabels");
    let parameters = names("Parameters");
    assert_eq!(labelled, parameters);
    assert_eq!(listed.len(), parameters.len());
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), parameters);
}

/// Only who may sign has to be said.
#[test]
fn every_other_parameter_has_a_default() {
    let mut tree = template::tree();
    let parameters = at(&mut tree, "Parameters").as_mapping().unwrap();
    let without: Vec<_> = parameters
        .iter()
        .filter(|(_, declaration)| declaration.get("Default").is_none_or(Value::is_null))
        .map(|(name, _)| name.as_str().unwrap())
        .collect();
    assert_eq!(without, ["SignAuthorization"]);
}
