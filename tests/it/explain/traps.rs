//! What may be harmless, or not: a warning, and no finding.

use local::explain::report::{Outcome, Status};

use super::url::{HOST, SECRET, explained, good, signed_as, unsigned};

/// That a URL signed well from these parameters passes, with this warning.
#[track_caller]
fn check_warned(from: &str, to: &str, words: &str) {
    let changed = unsigned().replacen(from, to, 1);
    assert_ne!(changed, unsigned(), "{from}");
    check_url(&signed_as(&changed, str::to_owned), words);
}

#[track_caller]
fn check_url(url: &str, words: &str) {
    let report = explained(url, Some(SECRET));
    let mut warnings = report.checks.iter().filter(|check| check.status == Status::Warning);
    assert!(warnings.any(|check| check.detail.contains(words)), "{words}: {report}");
    assert_eq!(report.verdict.outcome, Outcome::Pass, "{report}");
    assert!(report.verdict.sentence.ends_with("; there is a warning"), "{report}");
}

#[test]
fn traps_of_encoding_are_named_with_the_parameter() {
    check_warned("my%20lobby", "my+lobby", "room: a + is read as a space");
    check_warned("my%20lobby", "my%2520lobby", "room: it looks encoded twice");
    check_warned("a%2Fb", "a%2fb", "tags: its escapes are in lower case");
    check_warned("my%20lobby", "it's", "room: browsers percent-encode");
    check_warned("my%20lobby", "é", "room: browsers percent-encode");
    check_warned("/$default", "/%24default", "/$default is another");
    check_warned("/$default", "/pr%6Fd", "no client may decode it");
}

#[test]
fn what_may_be_a_values_own_is_no_damage() {
    // The client encodes what is not ASCII: then the signature holds.
    let check = |to: &str| {
        let url = signed_as(&unsigned().replacen("my%20lobby", to, 1), str::to_owned);
        let report = explained(&url, Some(SECRET));
        assert_eq!(report.verdict.outcome, Outcome::Pass, "{to}: {report}");
    };
    check("wait…for-it");
    check("👩\u{200d}👧");
    check("می\u{200c}خواهم");
    check("a\u{a0}b");
    check("a\\b");
    check("a\\");
    // Parameters behind the signature are signed as well, as the last value is.
    let last = |value: &str| {
        let url = format!("{}&zone={value}", unsigned());
        let signed = signed_as(&url, str::to_owned);
        let (_, signature) = signed.rsplit_once('&').unwrap();
        let url = url.replacen('?', &format!("?{signature}&"), 1);
        let report = explained(&url, Some(SECRET));
        assert_eq!(report.verdict.outcome, Outcome::Pass, "{value}: {report}");
    };
    last("it's'");
    last("more...");
    last("more…");
}

#[test]
fn a_length_is_that_of_what_is_sent() {
    let with = |value: String| {
        let url = signed_as(&unsigned().replacen("my%20lobby", &value, 1), str::to_owned);
        let report = explained(&url, Some(SECRET));
        report.checks.into_iter().find(|check| check.rule == Some(20)).unwrap()
    };
    let short = with(String::new());
    assert_eq!(short.detail, format!("{} characters", good().len() - "my%20lobby".len()));
    let left = 4_096 - (good().len() - "my%20lobby".len());
    assert_eq!(with("x".repeat(left)).status, Status::Ok);
    assert_eq!(with("x".repeat(left + 1)).status, Status::Finding);
    assert_eq!(with("é".repeat(left / 6)).status, Status::Ok);
    assert_eq!(with("é".repeat(left / 6 + 1)).status, Status::Finding);
}

#[test]
fn a_secret_key_in_the_wrong_place_is_not_shown() {
    let check = |from: &str, to: &str| {
        let url = good().replacen(from, to, 1);
        assert_ne!(url, good(), "{from}");
        // It looks for the secret key itself.
        explained(&url, Some(SECRET));
    };
    let encoded = SECRET.replace('/', "%2F").replace('+', "%2B");
    check("ASIAIOSFODNN7EXAMPLE", &encoded);
    check("ASIAIOSFODNN7EXAMPLE", SECRET);
    check("ASIAIOSFODNN7EXAMPLE%2F", &format!("ASIAIOSFODNN7EXAMPLE%2F{encoded}%2F"));
    check("wss://", &format!("wss://me:{}@", SECRET.replace(['/', '+'], "")));
    check("wss://", &format!("wss://me:{SECRET}@"));
    check("?room=", &format!("?secret={SECRET}&room="));
    check("?room=", &format!("?secret={encoded}&room="));
    check("?room=", &format!("?{encoded}&room="));
    check("/$default", &format!("/{SECRET}"));
    check("X-Amz-Date=2", &format!("X-Amz-Date={SECRET}2"));
    check("Headers=host", &format!("Headers={SECRET}"));
    check("AWS4-HMAC-SHA256", &encoded);
    let twice = encoded.replace('%', "%25");
    check("Headers=host", &format!("Headers={twice}"));
    check("X-Amz-Date=2", &format!("X-Amz-Date={twice}2"));
    check("eu-west-1%2F", &format!("{}%2F", SECRET.replace(['/', '+'], "")));
}

#[test]
fn a_lifetime_that_does_not_hold_is_named() {
    check_warned("Expires=300", "Expires=3600", "it says 3600 s, but a URL is good for 300 s");
    check_warned("Expires=300", "Expires=60", "it says 60 s, but a URL is good for 300 s");
    check_warned("Expires=300", "Expires=1h", "no number");
}

#[test]
fn a_lifetime_that_grant_expires_keeps_is_no_trap() {
    let report = explained(&good().replacen("Expires=300", "Expires=100", 1), None);
    assert!(report.checks.iter().all(|check| check.status != Status::Warning), "{report}");
}

#[test]
fn an_address_that_clients_change_is_named() {
    let good = good();
    check_url(&good.replacen(HOST, &format!("{HOST}:443"), 1), "the scheme's own port");
    check_url(&good.replacen("abc123", "ABC123", 1), "upper-case letters");
    check_url(&good.replacen("wss://", "https://", 1), "some clients want wss");
    check_url(&good.replacen("wss://", "wss://me@", 1), "a user name");
}

#[test]
fn white_space_around_a_url_is_nothing() {
    let report = explained(&format!("  {}\r\n", good()), Some(SECRET));
    assert!(report.checks.iter().all(|check| check.status != Status::Warning), "{report}");
    assert_eq!(report.verdict.outcome, Outcome::Pass, "{report}");
}

#[test]
fn a_signature_in_capital_letters_is_no_key_id() {
    let signature = "0123456789ABCDEF".repeat(4);
    for (from, to) in
        [("my%20lobby", signature.clone()), ("ASIAIOSFODNN7EXAMPLE", signature.clone())]
    {
        let report = explained(&good().replacen(from, &to, 1), Some(SECRET));
        assert!(!report.to_string().contains(&signature[..16]), "{from}: {report}");
    }
}

#[test]
fn what_moves_a_terminals_cursor_is_escaped() {
    let url = signed_as(&unsigned().replacen("my%20lobby", "a%1b%5b31mb", 1), str::to_owned);
    let report = explained(&url.replacen("room=", "roon=", 1), Some(SECRET));
    let shown = report.to_string();
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(shown.contains("room=a\\u{1b}[31mb"), "{shown}");
}
