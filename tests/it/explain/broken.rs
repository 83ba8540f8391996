//! One row for each way to break a URL: the first finding names it.

use local::explain::report::Outcome;
use local::explain::{Known, Question, explain};

use super::url::{self, SECRET, check_refused, explained, first_finding, good, time};

/// What is done to the good URL, the rule that its first finding is of, and words of that finding.
type Row = (fn(&str) -> String, Option<u8>, &'static str);

/// Puts one text in the place of another, which must be there.
pub(super) fn with(url: &str, from: &str, to: &str) -> String {
    assert!(url.contains(from), "{from}");
    url.replacen(from, to, 1)
}

/// Without a parameter.
pub(super) fn without(url: &str, name: &str) -> String {
    let (path, query) = url.split_once('?').unwrap();
    let prefix = format!("{name}=");
    let kept: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(&prefix)).collect();
    assert!(kept.len() < query.split('&').count(), "{name}");
    format!("{path}?{}", kept.join("&"))
}

const TEXT: [Row; 17] = [
    (|url| format!("\"{url}\""), None, "quotes"),
    (|url| format!("'{url}"), None, "quotes"),
    (|url| format!("  \"{url}\",\n"), None, "quotes"),
    (|url| format!("<{url}>"), None, "quotes"),
    (|url| with(url, "&X-Amz-Date", "&X-Amz-\nDate"), None, "line break"),
    (|url| with(url, "&X-Amz-Date", "\\\n  &X-Amz-Date"), None, "line break"),
    (|url| with(url, "room", "\u{200b}room"), None, "cannot be seen"),
    (|url| with(url, "my%20lobby", "my lobby"), None, "a space"),
    (|url| url.replace('&', "\\u0026"), None, "as JSON writes it"),
    (|url| url.replace('&', "\\&"), None, "backslashes"),
    (|url| with(url, "?", "\\?"), None, "backslashes"),
    (|url| url.replace('&', "&amp;"), None, "&amp;"),
    (
        |url| url.replace(':', "%3A").replace('/', "%2F").replace('?', "%3F"),
        None,
        "encoded as a whole",
    ),
    (|url| with(url, "wss://", ""), None, "no scheme"),
    (|url| url[..url.len() - 20].to_owned() + "...", None, "shortened"),
    (|url| format!("{}#top", url), None, "a #"),
    (|url| with(url, "my%20lobby", "my#lobby"), None, "a #"),
];

const ADDRESS: [Row; 9] = [
    (|url| with(url, "wss://", "ws://"), None, "not a connection without TLS"),
    (|url| with(url, "amazonaws.com/", "amazonaws.com:8443/"), None, "a port"),
    (
        |url| with(url, "room=", &format!("pad={}&room=", "ab.".repeat(1_300))),
        Some(20),
        "characters",
    ),
    (|url| with(url, "/$default", "/"), Some(22), "expected /STAGE"),
    (|url| with(url, "/$default", ""), Some(22), "expected /STAGE"),
    (|url| with(url, "/$default", "/$default/chat"), Some(22), "expected /STAGE"),
    (|url| with(url, "/$default", "//$default"), Some(22), "expected /STAGE"),
    (|url| with(url, "?", "%3F"), Some(22), "the ? is percent-encoded"),
    (|url| with(url, "?", "&"), Some(3), "no X-Amz-Algorithm"),
];

const SIGNATURE: [Row; 46] = [
    (|url| with(url, "my%20lobby", "100%"), Some(1), "% at byte"),
    (|url| with(url, "my%20lobby", "%zz"), Some(1), "% at byte"),
    (|url| url[..url.find("%2Feu-west-1").unwrap() + 2].to_owned(), Some(1), "% at byte"),
    (|url| without(url, "X-Amz-Algorithm"), Some(3), "no X-Amz-Algorithm"),
    (
        |url| with(url, "X-Amz-Algorithm", "x-amz-algorithm"),
        Some(3),
        "exactly this case, X-Amz-Algorithm",
    ),
    (
        |url| with(url, "&X-Amz-Date", "&X-Amz-Date=1&X-Amz-Date"),
        Some(4),
        "X-Amz-Date more than once",
    ),
    (|url| format!("{url}&X-Amz-Signature=1"), Some(4), "X-Amz-Signature more than once"),
    (
        |url| with(url, "&X-Amz-Exp", "&X-Amz-Expires=60&X-Amz-Exp"),
        Some(4),
        "X-Amz-Expires more than once",
    ),
    (|url| without(url, "X-Amz-Credential"), Some(5), "lacks X-Amz-Credential"),
    (|url| without(url, "X-Amz-Date"), Some(5), "lacks X-Amz-Date"),
    (|url| without(url, "X-Amz-SignedHeaders"), Some(5), "lacks X-Amz-SignedHeaders"),
    (|url| without(url, "X-Amz-Signature"), Some(5), "has its end been cut off?"),
    (
        |url| url.split("&X-Amz-Cred").next().unwrap().to_owned(),
        Some(5),
        "it ends with X-Amz-Algorithm",
    ),
    (|url| with(url, "Date=20260102T030405Z", "Date="), Some(5), "lacks X-Amz-Date"),
    (|url| with(url, "X-Amz-Date", "x-amz-date"), Some(5), "exactly this case, X-Amz-Date"),
    (
        |url| with(url, "X-Amz-Signature", "X-Amz-signature"),
        Some(5),
        "exactly this case, X-Amz-Signature",
    ),
    (|url| with(url, "&X-Amz-Date", "X-Amz-Date"), Some(5), "lacks X-Amz-Date"),
    (|url| with(url, "Signature=", "Signature"), Some(5), "lacks X-Amz-Signature"),
    (
        |url| with(url, "Date=20260102T030405Z", "Date=2026-01-02T03:04:05Z"),
        Some(6),
        "expected the form 20260102T030405Z",
    ),
    (|url| with(url, "Date=20260102T030405Z", "Date=1767323045"), Some(6), "expected the form"),
    (|url| with(url, "Date=20260102T030405Z", "Date=20260102T030004Z"), Some(7), "1 s too late"),
    (|url| with(url, "Date=20260102T030405Z", "Date=20260102T031006Z"), Some(8), "301 s ahead"),
    (|url| with(url, "Date=20260102T030405Z", "Date=20260102T050405Z"), Some(8), "local time"),
    (|url| with(url, "Headers=host", "Headers=Host"), Some(9), "in lower case"),
    (|url| with(url, "Headers=host", "Headers=origin;host"), Some(9), "sorted"),
    (|url| with(url, "Headers=host", "Headers=host%3B"), Some(9), "header names"),
    (|url| with(url, "Headers=host", "Headers=origin"), Some(10), "lack host"),
    (|url| with(url, "HMAC-SHA256", "HMAC-SHA1"), Some(11), "AWS4-HMAC-SHA1"),
    (|url| with(url, "AWS4-HMAC-SHA256", "aws4-hmac-sha256"), Some(11), "aws4-hmac-sha256"),
    (|url| with(url, "%2Faws4_request", ""), Some(12), "expected keyid/date"),
    (|url| with(url, "ASIAIOSFODNN7EXAMPLE%2F", ""), Some(12), "expected keyid/date"),
    (
        |url| {
            with(
                url,
                "%2F20260102%2Feu-west-1%2Fexecute-api%2F",
                "%252F20260102%252Feu-west-1%252Fexecute-api%252F",
            )
        },
        Some(12),
        "encoded twice",
    ),
    (|url| with(url, "%2Feu-west-1%2F", "%2Fus-east-1%2F"), Some(13), "region is \"us-east-1\""),
    (
        |url| with(url, "abc123.execute-api.eu-west-1", "abc123.execute-api.eu-west-2"),
        Some(13),
        "as the host says",
    ),
    (|url| with(url, "%2Fexecute-api%2F", "%2Fs3%2F"), Some(13), "service is \"s3\""),
    (|url| with(url, "%2F20260102%2F", "%2F20260101%2F"), Some(13), "day is \"20260101\""),
    (|url| with(url, "aws4_request", "aws3_request"), Some(13), "terminator"),
    (|url| without(url, "X-Amz-Security-Token"), Some(15), "no X-Amz-Security-Token"),
    (
        |url| with(url, "X-Amz-Security-Token", "x-amz-security-token"),
        Some(15),
        "no X-Amz-Security-Token",
    ),
    (|url| with(url, "ASIA", "AKIA"), Some(15), "long-term"),
    (|url| with(url, "Headers=host", "Headers=host%3Borigin"), Some(18), "no header but host"),
    (|url| url[..url.len() - 1].to_owned(), Some(19), "63 of 64 characters"),
    (|url| format!("{url}."), Some(19), "nothing behind them"),
    (|url| format!("{url}%0A"), Some(19), "nothing behind them"),
    (
        |url| format!("{}{}", &url[..url.len() - 64], url[url.len() - 64..].to_uppercase()),
        Some(19),
        "upper case",
    ),
    (|url| format!("{}{}", &url[..url.len() - 1], "g"), Some(19), "hexadecimal digits"),
];

const WS_CONNECT: [Row; 15] = [
    (|url| with(url, "&tags", "&room=2&tags"), Some(28), "room is there 2 times"),
    (|url| with(url, "&tags", "&%72oom=2&tags"), Some(28), "room is there 2 times"),
    (|url| with(url, "&tags", "&=1&tags"), Some(28), "no name"),
    (|url| with(url, "grant.plan", "Grant.plan"), Some(28), "in lower case"),
    (|url| with(url, "grant.plan", "grant."), Some(28), "and a name"),
    (|url| without(url, "grant.expires"), Some(28), "grant.expires is missing"),
    (|url| with(url, "grant.expires", "grant.Expires"), Some(28), "grant.expires is missing"),
    (|url| with(url, "expires=1767323145", "expires="), Some(28), "not a time"),
    (|url| with(url, "expires=1767323145", "expires=%2B1767323145"), Some(28), "not a time"),
    (|url| with(url, "expires=1767323145", "expires=1767323105"), Some(28), "0 s ago"),
    (|url| with(url, "expires=1767323145", "expires=1767323100"), Some(28), "5 s ago"),
    (|url| with(url, "expires=1767323145", "expires=1767323466"), Some(28), "further away"),
    (|url| without(url, "grant.nonce"), Some(28), "grant.nonce is missing"),
    (|url| with(url, "q83vEjRWeJCrze8SNFZ4kA", "q83vEjRWeJCrze8SNFZ4k"), Some(28), "22 characters"),
    (
        |url| with(url, "q83vEjRWeJCrze8SNFZ4kA", "q83vEjRWeJCrze8SNFZ4k%2B"),
        Some(28),
        "22 characters",
    ),
];

fn rows() -> impl Iterator<Item = Row> {
    TEXT.into_iter().chain(ADDRESS).chain(SIGNATURE).chain(WS_CONNECT)
}

#[test]
fn the_first_finding_names_the_way_in_which_a_url_is_broken() {
    let good = good();
    for (break_it, rule, words) in rows() {
        check_refused(&break_it(&good), None, rule, words);
    }
}

#[test]
fn a_secret_key_changes_nothing_about_what_needs_none() {
    let good = good();
    for (break_it, rule, words) in rows().filter(|(_, rule, _)| rule.is_none_or(|rule| rule < 19)) {
        check_refused(&break_it(&good), Some(SECRET), rule, words);
    }
}

#[test]
fn the_good_url_passes_with_the_secret_key_and_without() {
    let without = explained(&good(), None);
    let with = explained(&good(), Some(SECRET));
    for report in [&without, &with] {
        assert_eq!(
            (report.verdict.outcome, first_finding(report)),
            (Outcome::Pass, None),
            "{report}"
        );
    }
    let unchecked = "whether the signature matches shows only with the secret key";
    assert!(without.verdict.sentence.contains(unchecked), "{without}");
    assert!(!with.verdict.sentence.contains(unchecked), "{with}");
    let ends = "API Gateway takes it until 20260102T030905Z (240 s left); whether $connect's \
                function does, only it can say (a URL is good once, and this one until \
                20260102T030545Z (40 s left))";
    assert!(with.verdict.sentence.contains(ends), "{with}");
}

#[test]
fn what_has_no_signature_is_not_a_presigned_url() {
    let check = |text: &str, words: &str| {
        let report = explained(text, None);
        assert_eq!(report.verdict.outcome, Outcome::NotPresigned, "{report}");
        assert!(report.verdict.sentence.contains(words), "{report}");
    };
    check("", "nothing was read");
    check("hello", "does not begin with wss://");
    check(SECRET, "does not begin with wss://");
    check("ftp://h/prod?X-Amz-Algorithm=A", "another than wss");
    check("wss:///prod?X-Amz-Algorithm=A", "no host");
    check("wss://h:0/prod?X-Amz-Algorithm=A", "port");
    check("wss://h:x/prod?X-Amz-Algorithm=A", "port");
    check("wss://h/prod", "no X-Amz-… parameters");
    check(good().split("&grant").next().unwrap(), "an & that is not quoted ends the command");
}

#[test]
fn another_region_or_host_can_be_asked_about() {
    let good = good();
    let ask = |region, host| {
        let secret = sigv4_verify::SecretKey::new(SECRET);
        let question =
            Question { now: time(url::NOW), region, host, known: Known::Secret(&secret) };
        let report = explain(&good, &question);
        first_finding(&report).map(|check| (check.rule.unwrap(), check.detail.clone()))
    };
    assert_eq!(ask(Some("eu-west-1"), Some(url::HOST)), None);
    let (rule, detail) = ask(Some("eu-west-2"), None).unwrap();
    assert_eq!(rule, 13);
    assert!(detail.ends_with("(the region is as --region says)"), "{detail}");
    let (rule, detail) = ask(None, Some("ws.example.com")).unwrap();
    assert_eq!(rule, 19);
    assert!(detail.ends_with(&format!("the host {}", url::HOST)), "{detail}");
}
