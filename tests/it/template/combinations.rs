//! Every combination of the template's conditions, as parameters.

use std::collections::{BTreeMap, BTreeSet};

use local::template::Template;
use tests::template::{self, at};
use yaml_serde::Value;

use super::{environment, values};

/// Parameters by name.
pub(super) type Combination = BTreeMap<&'static str, String>;

type Choice = &'static [(&'static str, &'static str)];

/// The domains: each alone, with and without a base path; and without the addresses of API Gateway where that goes.
const HTTP_DOMAINS: [Choice; 3] = [
    &[],
    &[("HttpDomainName", "api.example.com")],
    &[("HttpDomainName", "api.example.com"), ("HttpBasePath", "v1/signing")],
];
const WEBSOCKET_DOMAINS: [Choice; 3] = [
    &[],
    &[("WebSocketDomainName", "ws.example.com")],
    &[("WebSocketDomainName", "ws.example.com"), ("WebSocketBasePath", "live")],
];

const SIGNING: [Choice; 4] = [
    &[("SignAuthorization", "NONE")],
    &[("SignAuthorization", "IAM")],
    &[
        ("SignAuthorization", "JWT"),
        ("JwtIssuer", "https://issuer.example.com/pool"),
        ("JwtAudience", "page,app"),
    ],
    &[
        ("SignAuthorization", "JWT"),
        ("JwtIssuer", "https://issuer.example.com/pool"),
        ("JwtAudience", "page"),
        ("JwtScopes", "sign,sign.all"),
        ("ClaimGrants", r#"{"sub":"userId","org":"tenant"}"#),
    ],
];

/// What is there or not, whatever else is.
const OPTIONS: [Choice; 3] = [
    &[("AllowedOrigins", "https://app.example.com,http://*")],
    &[("WebSocketAccessLogs", "ENABLED")],
    &[("AlarmTopicArn", "arn:aws:sns:eu-west-1:111122223333:alarms")],
];

/// On each of these conditions hangs one property of one function, and nothing on two of them: so none, each alone, and
/// all.
const CONCURRENCIES: [Choice; 6] = [
    &[],
    &[("SignConcurrency", "11")],
    &[("ConnectConcurrency", "0")],
    &[("DefaultConcurrency", "13")],
    &[("DisconnectConcurrency", "14")],
    &[
        ("SignConcurrency", "11"),
        ("ConnectConcurrency", "0"),
        ("DefaultConcurrency", "13"),
        ("DisconnectConcurrency", "14"),
    ],
];

/// What has no condition, and another value than by default everywhere, so that a value which does not follow its
/// parameter is seen.
const ALWAYS: Choice = &[
    ("StageName", "live"),
    ("LogRetentionDays", "90"),
    ("SignRateLimit", "101"),
    ("SignBurstLimit", "202"),
    ("ConnectRateLimit", "303"),
    ("ConnectBurstLimit", "404"),
];

/// All of them.
pub(super) fn all() -> Vec<Combination> {
    let mut all = Vec::new();
    for signing in SIGNING {
        for addresses in addresses() {
            for chosen in 0..1_u32 << OPTIONS.len() {
                for concurrency in CONCURRENCIES {
                    let options = OPTIONS.iter().enumerate();
                    let options = options.filter(|(index, _)| chosen & (1 << index) != 0);
                    let options = options.flat_map(|(_, choice)| *choice).chain(concurrency);
                    let mut combination = addresses.clone();
                    combination.extend(own(signing.iter().chain(options).chain(ALWAYS)));
                    all.push(combination);
                }
            }
        }
    }
    all
}

/// Those at the corners: nothing or everything, and domains at their roots, for each way to sign. What is wrong anywhere
/// is wrong in one of them.
pub(super) fn corners() -> Vec<Combination> {
    let addresses = addresses();
    let is_root = |one: &&Combination| {
        let without = ["HttpBasePath", "WebSocketBasePath", "ExecuteApiEndpoint"];
        let both = ["HttpDomainName", "WebSocketDomainName"];
        both.iter().all(|name| one.contains_key(name))
            && !without.iter().any(|name| one.contains_key(name))
    };
    let everything = OPTIONS.iter().chain(CONCURRENCIES.last()).copied().flatten();
    let mut corners = Vec::new();
    for signing in SIGNING {
        for (addresses, options) in [
            (addresses.first(), everything.clone().take(0)),
            (addresses.first(), everything.clone().take(usize::MAX)),
            (addresses.iter().find(is_root), everything.clone().take(0)),
            (addresses.last(), everything.clone().take(usize::MAX)),
        ] {
            let mut combination = addresses.cloned().unwrap_or_default();
            combination.extend(own(signing.iter().chain(options).chain(ALWAYS)));
            corners.push(combination);
        }
    }
    corners
}

fn addresses() -> Vec<Combination> {
    let mut all = Vec::new();
    for http in HTTP_DOMAINS {
        for websocket in WEBSOCKET_DOMAINS {
            let mut one: Combination = own(http.iter().chain(websocket)).collect();
            if !one.is_empty() {
                one.insert("HostedZoneId", "Z0123456789ABCDEFGHIJ".to_owned());
            }
            all.push(one.clone());
            if !http.is_empty() && !websocket.is_empty() {
                one.insert("ExecuteApiEndpoint", "DISABLED".to_owned());
                all.push(one);
            }
        }
    }
    all
}

fn own<'a>(
    choice: impl Iterator<Item = &'a (&'static str, &'static str)>,
) -> impl Iterator<Item = (&'static str, String)> {
    choice.map(|(name, value)| (*name, (*value).to_owned()))
}

#[test]
fn the_corners_are_among_the_combinations_and_none_is_there_twice() {
    let all = all();
    assert!(corners().iter().all(|corner| all.contains(corner)));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

/// An output for each condition shows where it holds.
#[test]
fn each_condition_holds_in_one_corner_and_not_in_another() {
    let mut conditions = BTreeSet::new();
    let text = template::with(|tree| {
        let names = at(tree, "Conditions").as_mapping().unwrap().keys();
        conditions.extend(names.map(|name| name.as_str().unwrap().to_owned()));
        let outputs = conditions.iter().map(|name| {
            let output = format!("{{Condition: {name}, Value: holds}}");
            (name.as_str().into(), yaml_serde::from_str(&output).unwrap())
        });
        *at(tree, "Outputs") = Value::Mapping(outputs.collect());
    });
    let template = Template::parse(&text).unwrap();
    let (mut hold, mut fail) = (BTreeSet::new(), BTreeSet::new());
    for corner in corners() {
        let (_, outputs) = template.resources(&values(&corner), &environment()).unwrap();
        let names: BTreeSet<_> = outputs.into_iter().map(|output| output.name).collect();
        fail.extend(conditions.difference(&names).cloned());
        hold.extend(names);
    }
    assert_eq!((&hold, &fail), (&conditions, &conditions));
}
