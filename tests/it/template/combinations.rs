//! Every combination of the template's conditions, as parameters.

use std::collections::BTreeMap;

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

/// Those at the corners: nothing or everything, for each way to sign. What is wrong anywhere is wrong in one of them.
pub(super) fn corners() -> Vec<Combination> {
    let addresses = addresses();
    let everything = OPTIONS.iter().chain(CONCURRENCIES.last()).copied().flatten();
    let mut corners = Vec::new();
    for signing in SIGNING {
        for (addresses, options) in [
            (addresses.first(), everything.clone().take(0)),
            (addresses.first(), everything.clone().take(usize::MAX)),
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
fn the_combinations_are_all_there_are() {
    let (all, corners) = (all(), corners());
    let addresses = HTTP_DOMAINS.len() * WEBSOCKET_DOMAINS.len() + 2 * 2;
    assert_eq!(all.len(), SIGNING.len() * addresses * (1 << OPTIONS.len()) * CONCURRENCIES.len());
    assert!(corners.iter().all(|corner| all.contains(corner)));
    // Each condition of the template holds in one and does not in another.
    let mut tree = tests::template::tree();
    let conditions = tests::template::at(&mut tree, "Conditions").as_mapping().unwrap().len();
    assert_eq!(conditions, 15, "a new condition needs a place here");
}
