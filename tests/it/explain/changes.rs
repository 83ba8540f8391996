//! A signature that does not match: the single change that explains it is found.

use local::explain::report::Status;
use local::explain::{Account, Known, Listener, Question, explain, stage_of};
use local::template::Authorization;
use sigv4_verify::credential::CredentialScope;
use sigv4_verify::{Key, Keys, SecretKey, SessionToken};
use time::{Duration, OffsetDateTime};

use super::url::{
    HOST, NOW, SECRET, TOKEN, check_hides, check_refused, explained, first_finding, good,
    signed_as, signed_with, time, unsigned,
};

/// That the explanation of a mismatch ends so.
#[track_caller]
fn check(url: &str, change: &str) {
    check_refused(url, Some(SECRET), Some(19), "with one difference: ");
    let report = explained(url, Some(SECRET));
    assert_eq!(report.signing.unwrap().change.as_deref(), Some(change));
}

/// The good URL with something changed after it was signed.
#[track_caller]
fn check_changed(from: &str, to: &str, change: &str) {
    let changed = good().replacen(from, to, 1);
    assert_ne!(changed, good(), "{from}");
    check(&changed, change);
}

/// A URL of these parameters, signed in another way.
#[track_caller]
fn check_signed(unsigned: &str, sign: impl FnOnce(&str) -> String, change: &str) {
    check(&signed_as(unsigned, sign), change);
}

/// The canonical request with one line changed: 0 the method, 1 the path, 2 the query.
fn line(at: usize, change: impl Fn(&str) -> String) -> impl Fn(&str) -> String {
    move |text| {
        let lines = text.split('\n').enumerate();
        let lines: Vec<_> = lines
            .map(|(other, line)| if other == at { change(line) } else { line.to_owned() })
            .collect();
        lines.join("\n")
    }
}

fn replaced(from: &'static str, to: &'static str) -> impl Fn(&str) -> String {
    move |text| text.replace(from, to)
}

#[test]
fn a_path_in_another_form() {
    check_changed("/$default", "/%24default", "the path with /$default for /%24default");
    check_changed("/$default?", "/$default/?", "the path without the slash at its end");
    let slash = unsigned().replacen("/$default?", "/$default/?", 1);
    let slash = signed_as(&slash, str::to_owned).replacen("/$default/?", "/$default?", 1);
    check(&slash, "the path with a slash at its end");
    let encoded = unsigned().replacen("/$default", "/%24default", 1);
    let swapped = signed_as(&encoded, str::to_owned).replacen("/%24default", "/$default", 1);
    check(&swapped, "the path with /%24default for /$default");
    let once = line(1, replaced("%24", "$"));
    check_signed(&unsigned(), once, "the path as it is sent, not encoded once more");
    let of_encoded = unsigned().replacen("/$default", "/pr%6Fd", 1);
    check_signed(&of_encoded, line(1, |_| "/prod".to_owned()), "the path decoded, then encoded");
    check_signed(&unsigned(), line(1, |_| "/".to_owned()), "the path /, without a stage");
}

#[test]
fn a_host_in_another_form() {
    let with_host = |host: &str| {
        let host = format!("host:{host}");
        move |text: &str| text.replace(&format!("host:{HOST}"), &host)
    };
    let port = format!("{HOST}:443");
    check_signed(&unsigned(), with_host(&port), &format!("the host {port}"));
    let upper = unsigned().replacen("abc123", "ABC123", 1);
    check(&signed_as(&upper, str::to_owned), &format!("the host {}", HOST.replace("abc", "ABC")));
    let local = unsigned().replacen(HOST, "127.0.0.1:3001", 1);
    let without_port = local.replacen(":3001", "", 1);
    let signed = signed_as(&without_port, str::to_owned).replacen("127.0.0.1", "127.0.0.1:3001", 1);
    check(&signed, "the host 127.0.0.1");
}

#[test]
fn the_two_names_of_loopback() {
    let check = |sent: &str, signed: &str| {
        let url = signed_as(&unsigned().replacen(HOST, signed, 1), str::to_owned);
        check(&url.replacen(signed, sent, 1), &format!("the host {signed}"));
    };
    check("localhost:3001", "127.0.0.1:3001");
    check("127.0.0.1:3001", "localhost:3001");
}

#[test]
fn a_path_in_another_case() {
    let prod = signed_as(&unsigned().replacen("/$default?", "/prod?", 1), str::to_owned);
    check(&prod.replacen("/prod?", "/Prod?", 1), "the path in lower case");
}

#[test]
fn a_parameter_that_was_not_signed() {
    let without = |name: &'static str| {
        line(2, move |query| {
            let kept: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(name)).collect();
            kept.join("&")
        })
    };
    for name in ["X-Amz-Security-Token", "X-Amz-Expires", "room", "grant.nonce"] {
        check_signed(&unsigned(), without(name), &format!("without the parameter {name}"));
    }
    check_changed("&tags", "&added=1&tags", "without the parameter added");
    check(&(good() + "&x=1"), "without the parameter x");
}

#[test]
fn a_lifetime_that_was_changed_or_taken_away() {
    check_changed("Expires=300", "Expires=3600", "X-Amz-Expires=300");
    check_changed("&X-Amz-Expires=300", "", "X-Amz-Expires=300");
}

#[test]
fn a_value_that_was_changed() {
    check_changed("=free", "=Free", "the value of grant.plan in lower case");
    check_changed("=free", "=freed", "the value of grant.plan without its last character");
    check_changed("=free", "=%20free", "the value of grant.plan without the spaces around it");
    check_changed("my%20lobby", "my%2520lobby", "every name and value encoded once less");
    let upper = signed_as(&unsigned().replacen("=free", "=FREE", 1), str::to_owned);
    check(&upper.replacen("=FREE", "=free", 1), "the value of grant.plan in upper case");
    let empty = signed_as(&unsigned().replacen("=free", "=", 1), str::to_owned);
    check(&empty.replacen("plan=&", "plan=free&", 1), "the value of grant.plan empty");
    let one = line(2, replaced("a%2Fb", "a/b"));
    check_signed(&unsigned(), one, "the value of tags with / as it is");
}

#[test]
fn a_name_or_value_with_one_character_changed() {
    check_changed("my%20lobby", "my%20lobbz", "room=my lobby");
    check_changed("my%20lobby", "my%20loby", "room=my lobby");
    check_changed("my%20lobby", "mylobby", "room=my lobby");
    check_changed("my%20lobby", "my%20lobyb", "room=my lobby");
    check_changed(
        "grant.expires=1767323145",
        "grant.expires=1767323185",
        "grant.expires=1767323145",
    );
    check_changed("grant.plan", "grants.plan", "grant.plan=free");
}

#[test]
fn a_signer_that_encodes_in_another_way() {
    let query = |from, to| line(2, replaced(from, to));
    let all = |how: &str| format!("every name and value {how}");
    check_signed(&unsigned(), query("%20", "+"), &all("with + for each space"));
    check_signed(&unsigned(), query("%2F", "/"), &all("with / as it is"));
    check_signed(&unsigned(), query("%", "%25"), &all("encoded twice"));
    let lower =
        line(2, |query| query.replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d"));
    check_signed(&unsigned(), lower, &all("with lower-case hexadecimal"));
    let marks = unsigned().replacen("my%20lobby", "%28it%27s%29%21", 1);
    let component = line(2, replaced("%28it%27s%29%21", "(it's)!"));
    check_signed(&marks, component, &all("with !'()* as they are"));
    let plain = line(2, |query| {
        query.replace("%20", " ").replace("%2F", "/").replace("%2B", "+").replace("%3D", "=")
    });
    check_signed(&unsigned(), plain, &all("not encoded"));

    let plus = unsigned().replacen("my%20lobby", "my+lobby", 1);
    let kept = line(2, replaced("my%20lobby", "my%2Blobby"));
    check_signed(&plus, kept, "a + itself where the URL has a +, which is read as a space");
    let space = line(2, replaced("my%20lobby", "my%2Blobby"));
    check_signed(&unsigned(), space, &all("with a plus for each space"));
    let as_sent = unsigned();
    let as_sent = as_sent.split_once('?').unwrap().1.to_owned();
    let unsorted = line(2, move |_| as_sent.clone());
    check_signed(&unsigned(), unsorted, "the query as it is sent");
}

#[test]
fn another_scope() {
    let check = |change: fn(&mut CredentialScope<'_>), expected: &str| {
        check(&signed_with(&unsigned(), str::to_owned, SECRET, change), expected);
    };
    check(|scope| scope.region = "us-east-1", "the region us-east-1 in its signing key");
    check(
        |scope| scope.service = "iotdevicegateway",
        "the service iotdevicegateway in its signing key",
    );
    check(|scope| scope.day = "20260103", "the day 20260103 in its signing key");
}

#[test]
fn a_scope_that_was_changed_in_the_url_is_found_beside_the_rule_that_it_breaks() {
    let report = explained(&good().replacen("%2Feu-west-1%2F", "%2Feu-west-3%2F", 1), Some(SECRET));
    assert_eq!(first_finding(&report).and_then(|check| check.rule), Some(13));
    let change = report.signing.unwrap().change;
    // The helper signs for eu-west-1 whatever the URL says.
    assert_eq!(change.as_deref(), Some("the region eu-west-1 in its credential"));
}

#[test]
fn what_clings_to_a_secret_key() {
    let check = |secret: &str, expected: &str| {
        check(&signed_with(&unsigned(), str::to_owned, secret, |_| {}), expected);
    };
    check(&format!("{SECRET}\n"), "a line break behind the secret key");
    check(&format!("{SECRET}\r\n"), "a Windows line break behind the secret key");
    check(&format!("{SECRET} "), "a space behind the secret key");
    check(&format!(" {SECRET}"), "a space before the secret key");
    check(&format!("\"{SECRET}\""), "quotes around the secret key");
    check(&SECRET.replace('+', " "), "a space for each + of the secret key");
    check(&SECRET.replace('/', "%2F").replace('+', "%2B"), "the secret key percent-encoded");

    let report = explained(&good(), Some(&format!("{SECRET} ")));
    let change = report.signing.unwrap().change;
    assert_eq!(change.as_deref(), Some("the secret key without the spaces around it"));
}

#[test]
fn another_method_or_body() {
    check_signed(&unsigned(), line(0, |_| "POST".to_owned()), "the method POST");
    check_signed(&unsigned(), line(6, |_| "UNSIGNED-PAYLOAD".to_owned()), "UNSIGNED-PAYLOAD");
    check_signed(&unsigned(), line(6, |_| String::new()), "no hash of the body");
}

#[test]
fn two_changes_are_not_explained_by_one() {
    let changed = good().replacen("=free", "=gold", 1);
    check_refused(&changed, Some(SECRET), Some(19), "no single change explains it");
    check_refused(&good(), Some("other"), Some(19), "another secret key, or more than one change");
}

#[test]
fn what_was_to_be_signed_is_shown_without_the_token() {
    let signing = explained(&good(), Some(SECRET)).signing.unwrap();
    assert!(signing.matches && signing.change.is_none());
    let [method, path, query, host, empty, headers, hash] = &signing.canonical_request[..] else {
        panic!("{:?}", signing.canonical_request);
    };
    assert_eq!((method.as_str(), path.as_str(), empty.as_str()), ("GET", "/%24default", ""));
    assert_eq!((host, headers.as_str()), (&format!("host:{HOST}"), "host"));
    assert!(query.contains("&X-Amz-Security-Token=(hidden)&"), "{query}");
    assert!(query.ends_with("&room=my%20lobby&tags=a%2Fb"), "{query}");
    assert_eq!(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let [algorithm, date, scope, hash] = &signing.string_to_sign[..] else {
        panic!("{:?}", signing.string_to_sign);
    };
    assert_eq!((algorithm.as_str(), date.as_str()), ("AWS4-HMAC-SHA256", "20260102T030405Z"));
    assert_eq!((scope.as_str(), hash.len()), ("20260102/eu-west-1/execute-api/aws4_request", 64));
}

/// An account with one session, whose policies let it connect to one of two stages.
struct OneSession;

impl Keys for OneSession {
    fn find(&self, access_key_id: &str) -> Option<Key> {
        (access_key_id == "ASIAIOSFODNN7EXAMPLE").then(|| Key {
            secret: SecretKey::new(SECRET),
            session_token: Some(SessionToken::new(
                TOKEN.replace("%2B", "+").replace("%2F", "/").replace("%3D", "="),
            )),
            expires: Some(time(NOW) + Duration::HOUR),
        })
    }
}

impl Account for OneSession {
    fn keys(&self) -> &dyn Keys {
        self
    }

    fn region(&self) -> &str {
        "eu-west-1"
    }

    fn reached(&self, host: &str, _: Option<Listener>) -> Result<(), String> {
        if host == HOST { Ok(()) } else { Err("it is another's".to_owned()) }
    }

    fn paths(&self) -> Vec<String> {
        ["/$default", "/other"].map(str::to_owned).into()
    }

    fn stage(&self, path: &str) -> Result<String, String> {
        match stage_of(path).as_deref() {
            Some(stage @ ("$default" | "other")) => Ok(stage.to_owned()),
            _ => Err("it is no stage's".to_owned()),
        }
    }

    fn authorization(&self, _: &str) -> Authorization {
        Authorization::AwsIam
    }

    fn policy(&self, _: &str, path: &str) -> Result<String, String> {
        if self.stage(path)? == "$default" {
            Ok("arn:of:signer".to_owned())
        } else {
            Err("not authorized".to_owned())
        }
    }
}

/// What the account says of a text: its verdict's rule, and the change.
fn of_account(text: &str, now: OffsetDateTime) -> (Option<u8>, Option<String>) {
    let question = Question { now, region: None, host: None, known: Known::Account(&OneSession) };
    let report = explain(text, &question);
    check_hides(&report, text);
    (report.verdict.rule, report.signing.and_then(|signing| signing.change))
}

#[test]
fn an_account_knows_its_keys_stages_and_policies() {
    let check = |from: &str, to: &str, rule, change: Option<&str>| {
        let text = good().replacen(from, to, 1);
        assert_eq!(of_account(&text, time(NOW)), (rule, change.map(str::to_owned)), "{to}");
    };
    check("", "", None, None);
    check("/$default", "/nothing", Some(22), Some("the path /$default"));
    check("/$default", "/other", Some(19), Some("the path /$default"));
    check("/$default", "/$Default", Some(22), Some("the path /$default"));
    check("ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLF", Some(14), None);
    check("Token=IQoJ", "Token=IQoK", Some(15), None);
    let other = signed_as(&unsigned().replacen("/$default", "/other", 1), str::to_owned);
    assert_eq!(of_account(&other, time(NOW)), (Some(25), None));

    let token = format!("&X-Amz-Security-Token={TOKEN}");
    let missing = Some("X-Amz-Security-Token, which is missing");
    check(&token, "", Some(15), missing);
    // The first that is broken is the age; the session has ended as well.
    assert_eq!(of_account(&good(), time(NOW) + Duration::hours(2)), (Some(7), None));
}

#[test]
fn what_a_wrong_path_breaks_besides_is_no_finding() {
    let question =
        Question { now: time(NOW), region: None, host: None, known: Known::Account(&OneSession) };
    let check = |path: &str, words: &str| {
        let report = explain(&good().replacen("/$default?", path, 1), &question);
        let found: Vec<_> =
            report.checks.iter().filter(|check| check.status == Status::Finding).collect();
        let [stage] = found[..] else { panic!("{report}") };
        assert_eq!(stage.rule, Some(22), "{report}");
        assert!(report.verdict.sentence.contains(words), "{report}");
        for rule in [19, 25] {
            let check = report.checks.iter().find(|check| check.rule == Some(rule)).unwrap();
            assert_eq!(check.status, Status::NotChecked, "{report}");
        }
    };
    check("/nothing?", "with one difference: the path /$default");
    check("/$default/more?", "with one difference: the path /$default");
}

#[test]
fn what_to_do_about_another_signature_is_not_to_ask_explain() {
    let check = |url: &str, secret: &str, words: &str| {
        let advice = explained(url, Some(secret)).verdict.advice.unwrap();
        assert!(advice.contains(words) && !advice.contains("explain"), "{advice}");
    };
    check(&(good() + "&x=1"), SECRET, "they differ in this alone");
    check(&good(), "other", "compare the canonical request above");
    let cut = &good()[..good().len() - 1];
    let advice = explained(cut, None).verdict.advice.unwrap();
    assert_eq!(advice, "send the signature whole and as it was made");
}

#[test]
fn long_lines_are_wrapped_below_what_was_found() {
    let report = explained(&good().replacen("X-Amz-Date=2026", "X-Amz-Date=2025", 1), Some(SECRET));
    let text = report.to_string();
    let checks: Vec<_> = text.split("\n\n").nth(1).unwrap().lines().collect();
    assert!(checks.len() > report.checks.len(), "{text}");
    for line in checks {
        assert!(line.chars().count() <= 120, "{line}");
    }
}
