//! The shape of an explanation: as JSON, and as text for a terminal.
//!
//! ```json
//! {"url": "wss://…/prod?room=lobby&…&X-Amz-Signature=(hidden)",
//!  "at": "20260102T030505Z",
//!  "verdict": {"outcome": "refused", "sentence": "would be refused by rule 7 (…): …",
//!              "rule": 7, "advice": "sign anew: …"},
//!  "checks": [{"rule": 20, "name": "the URL has at most 4,096 characters",
//!              "status": "ok", "detail": "512 characters"}],
//!  "signing": {"canonicalRequest": ["GET", "/prod", "…"], "stringToSign": ["AWS4-HMAC-SHA256", "…"],
//!              "matches": false, "change": "the method POST"}}
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rule::{GatewayRule, Rule};

/// An explanation.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The URL that was read, without its secrets.
    pub url: String,
    /// The moment that it was judged at: `20260102T030405Z`.
    pub at: String,
    /// All in all.
    pub verdict: Verdict,
    /// What was looked at, in AWS's order.
    pub checks: Vec<Check>,
    /// What was to be signed; `null` without a secret key, or where the URL is too broken for it.
    pub signing: Option<Signing>,
}

/// One check.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// The number of the handshake's rule that it is; `null` for what is no rule of AWS's.
    pub rule: Option<u8>,
    /// A sentence that holds where the check is `ok`.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// What was found; why nothing can be said; what is good to know. May be empty.
    pub detail: String,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// Nothing speaks against it.
    Ok,
    /// The URL would be refused for it.
    Finding,
    /// It may be harmless, or not: that depends on the client.
    Warning,
    /// Nothing can be said.
    NotChecked,
}

/// All in all.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// What would become of the URL.
    pub outcome: Outcome,
    /// The same in a sentence, with the reason.
    pub sentence: String,
    /// The number of the first rule that is broken, if it is one.
    pub rule: Option<u8>,
    /// What to do about it.
    pub advice: Option<String>,
}

/// What would become of a URL.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It would pass, as far as can be said: what `$connect`'s function knows, only it can say.
    Pass,
    /// It would be refused.
    Refused,
    /// It is no presigned URL.
    NotPresigned,
}

/// What was to be signed. The token is hidden.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Signing {
    /// The lines of the canonical request.
    pub canonical_request: Vec<String>,
    /// The lines of the string to sign.
    pub string_to_sign: Vec<String>,
    /// Whether the URL's signature is that of this string.
    pub matches: bool,
    /// If not: what was signed in place of what the URL says, where one change explains the signature.
    pub change: Option<String>,
}

impl Check {
    /// A check of one of the handshake's rules.
    pub(super) fn rule(rule: impl Into<Rule>, status: Status, detail: String) -> Self {
        let rule = rule.into();
        Self { rule: Some(rule.number()), name: rule.name().to_owned(), status, detail }
    }

    /// A check of something that is no rule of its own.
    pub(super) fn other(name: &str, status: Status, detail: impl Into<String>) -> Self {
        Self { rule: None, name: name.to_owned(), status, detail: detail.into() }
    }
}

impl Verdict {
    pub(super) fn not_presigned(why: &str) -> Self {
        Self {
            outcome: Outcome::NotPresigned,
            sentence: format!("is not a presigned URL: {why}"),
            rule: None,
            advice: None,
        }
    }

    /// By the first finding; `prospect` is what becomes of a URL without one.
    pub(super) fn of(checks: &[Check], signing: Option<&Signing>, prospect: &str) -> Self {
        let Some(first) = checks.iter().find(|check| check.status == Status::Finding) else {
            return Self::pass(checks, prospect);
        };
        let of_number = |number| Rule::all().find(|rule| rule.number() == number);
        let Check { name, detail, .. } = first;
        let (sentence, advice) = match first.rule.and_then(of_number) {
            Some(Rule::Gateway(GatewayRule::FunctionAccepts)) => {
                let is_whole = checks.iter().all(|check| check.status != Status::NotChecked);
                let taken = if is_whole { "" } else { ", as far as can be said" };
                let sentence = format!(
                    "would be taken by API Gateway{taken}, but refused by ws-connect (rule 28): {detail}"
                );
                (sentence, Some(SIGN_ANEW))
            }
            Some(rule @ Rule::Signature(sigv4_verify::Rule::Signature)) => {
                (format!("would be refused by {rule}: {detail}"), Some(signature_advice(signing)))
            }
            Some(rule) => (format!("would be refused by {rule}: {detail}"), Some(rule.advice())),
            None => {
                (format!("would be refused, for not all holds that must ({name}): {detail}"), None)
            }
        };
        let advice = advice.map(str::to_owned);
        Self { outcome: Outcome::Refused, sentence, rule: first.rule, advice }
    }

    fn pass(checks: &[Check], prospect: &str) -> Self {
        let count = |status| checks.iter().filter(|check| check.status == status).count();
        let mut sentence = format!("would pass, as far as can be said: {prospect}");
        let signature = Rule::from(sigv4_verify::Rule::Signature).number();
        let is_unchecked =
            |check: &Check| check.rule == Some(signature) && check.status == Status::NotChecked;
        if checks.iter().any(is_unchecked) {
            sentence += "; whether the signature matches shows only with the secret key";
        }
        match count(Status::Warning) {
            0 => {}
            1 => sentence += "; there is a warning",
            more => sentence += &format!("; there are {more} warnings"),
        }
        Self { outcome: Outcome::Pass, sentence, rule: None, advice: None }
    }
}

/// The rule's own advice is to ask `explain`.
fn signature_advice(signing: Option<&Signing>) -> &'static str {
    match signing {
        Some(Signing { change: Some(_), .. }) => {
            "sign what is sent, or send what was signed: they differ in this alone"
        }
        Some(_) => "compare the canonical request above with the one that the signer made",
        None => "send the signature whole and as it was made",
    }
}

const SIGN_ANEW: &str = "ask /sign for a new URL: each is good once, and for a short while";

impl Status {
    fn mark(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Finding => "FINDING",
            Self::Warning => "warning",
            Self::NotChecked => "-",
        }
    }
}

/// Columns of a line with a check, unless a word is longer.
const WIDTH: usize = 120;

/// A text in lines of at most so many characters, cut at its spaces.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A URL may hold anything once it is decoded, also what moves a terminal's cursor.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Lines for each check, then what was to be signed, then the verdict.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, at, verdict, checks, signing } = self;
        writeln!(formatter, "{}\nat {at}\n", printable(url))?;
        let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or_default();
        for Check { rule, name, status, detail } in checks {
            let number = rule.map(|rule| rule.to_string()).unwrap_or_default();
            let line = format!("{:7} {number:>2}  {name:width$}", status.mark());
            let margin = line.chars().count() + 2;
            let mut lines = wrapped(&printable(detail), WIDTH.saturating_sub(margin)).into_iter();
            let first = format!("{line}  {}", lines.next().unwrap_or_default());
            writeln!(formatter, "{}", first.trim_end())?;
            for line in lines {
                writeln!(formatter, "{:margin$}{line}", "")?;
            }
        }
        if let Some(signing) = signing {
            for (title, lines) in [
                ("canonical request", &signing.canonical_request),
                ("string to sign", &signing.string_to_sign),
            ] {
                writeln!(formatter, "\n{title}")?;
                for line in lines {
                    writeln!(formatter, "{}", format!("  {}", printable(line)).trim_end())?;
                }
            }
        }
        if !checks.is_empty() {
            writeln!(formatter)?;
        }
        let what = if verdict.outcome == Outcome::NotPresigned { "text" } else { "URL" };
        writeln!(formatter, "This {what} {}.", printable(&verdict.sentence))?;
        if let Some(advice) = &verdict.advice {
            writeln!(formatter, "What to do: {advice}.")?;
        }
        Ok(())
    }
}
