//! Says of a presigned URL what API Gateway and ws-connect would say, check by check, and why. Pure: time, region
//! and keys are arguments.
//!
//! The checks come in the order in which AWS carries them out: the text as it was pasted, the address, the traps of
//! its encoding, the rules of the signature ([`sigv4_verify::examine`]), the policies, ws-connect. Behind the first
//! finding the others are looked at all the same, as far as they can be.
//!
//! [`report`] has the shape of the answer; [`Report`]'s `Display` is the one for a terminal.
//!
//! Nothing of the answer holds a token, a signature or a secret key: see [`mask`].

mod address;
mod admission;
mod encoding;
pub mod mask;
mod pasted;
pub mod report;
mod search;
mod signature;
#[cfg(test)]
mod tests;
pub mod to_sign;

use sigv4_verify::amz_date::AmzDate;
use sigv4_verify::{Keys, SecretKey};
use time::OffsetDateTime;

use crate::limits::WEBSOCKET_URL_CHARACTERS;
use crate::percent;
use crate::rule::GatewayRule;
use crate::template::Authorization;
use crate::wire::url_length;
use address::Address;
use pasted::Pasted;
use report::{Check, Outcome, Report, Status, Verdict};
use signature::{Effort, Findings, Gate, Signed};

/// Bytes of a text that is explained: a URL several times as long as API Gateway's limit fits in.
pub const INPUT_BYTES: usize = 64 * 1024;

/// What a URL is judged by.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// When it is used.
    pub now: OffsetDateTime,
    /// The region of the API; else that of the host, or of the URL's own credential.
    pub region: Option<&'a str>,
    /// The `Host` that the client sends; else that of the URL.
    pub host: Option<&'a str>,
    /// What is known beside the URL.
    pub known: Known<'a>,
}

/// What is known beside the URL.
#[derive(Clone, Copy)]
pub enum Known<'a> {
    /// Nothing: rules 14, 16 and 19 are not checked.
    Nothing,
    /// The secret access key that is to have signed.
    Secret(&'a SecretKey),
    /// The account and the API that the URL is for.
    Account(&'a dyn Account),
}

/// An account with the API that a URL is for.
pub trait Account {
    /// Its keys.
    fn keys(&self) -> &dyn Keys;
    /// Its region.
    fn region(&self) -> &str;
    /// Whether a handshake with this `Host` comes to the API; if not, why. `listener` is where the client connects,
    /// unless that is something which passes it on.
    fn reached(&self, host: &str, listener: Option<Listener>) -> Result<(), String>;
    /// The paths that a signer may have had in mind: those of stages, and at a custom domain its base paths.
    fn paths(&self) -> Vec<String>;
    /// The stage that a path leads to; if none, why.
    fn stage(&self, path: &str) -> Result<String, String>;
    /// What the API that a path leads to asks of a handshake.
    fn authorization(&self, path: &str) -> Authorization;
    /// Whether the policies let the owner of an access key connect to the stage that a path leads to: the owner's
    /// ARN, or AWS's words.
    fn policy(&self, access_key_id: &str, path: &str) -> Result<String, String>;
}

/// Where a client connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The port.
    pub port: u16,
    /// Whether it speaks TLS.
    pub is_tls: bool,
}

/// The port that a text which should be a URL leads to.
pub fn port(text: &str) -> Option<u16> {
    Address::parse(&Pasted::read(text).url).ok().map(|address| address.listener().port)
}

/// Explains a text that should be a presigned URL.
pub fn explain(text: &str, question: &Question<'_>) -> Report {
    let pasted = Pasted::read(text);
    let mut report = Report {
        // What is no URL may be anything, a secret key too.
        url: "(not shown: it is no URL)".to_owned(),
        at: AmzDate::from_time(question.now).to_string(),
        checks: pasted.checks,
        signing: None,
        verdict: Verdict::not_presigned(""),
    };
    let address = match Address::parse(&pasted.url) {
        Ok(address) => address,
        Err(error) => {
            report.checks.retain(|check| check.status != Status::Ok);
            report.verdict = if pasted.url.is_empty() {
                Verdict::not_presigned("nothing was read")
            } else {
                Verdict::not_presigned(&error.to_string())
            };
            return report;
        }
    };
    report.url = mask::text(&pasted.url);
    if !mask::names_signature(&pasted.url) {
        report.verdict = Verdict::not_presigned(lacking(&address));
        return report;
    }
    let host = question.host.map_or_else(|| address.host_header(), str::to_owned);
    let checks = &mut report.checks;
    checks.extend(address.checks());
    checks.extend(place(&address, &host, question));
    let (length, mut stage) = (length(&address, &host), stage(&address, question.known));
    let is_finding = |check: &Check| check.status == Status::Finding;
    let (is_long, has_no_stage) = (is_finding(&length), is_finding(&stage));
    let target = address.target();
    let query = sigv4_verify::canonical_query::CanonicalQuery::parse(address.query()).ok();
    let signed = Signed::read(&address, &host, &target, query.as_ref(), question);
    let gate = gate(&address, question.known);
    let mut findings = match gate {
        Gate::Signature if is_long => signed.checks(Effort::None),
        Gate::Signature if has_no_stage => signed.checks(Effort::Short),
        Gate::Signature => signed.checks(Effort::Whole),
        Gate::Open => Findings::not_asked_for(),
    };
    let mut policy = policy(&signed, &address, question.known);
    if has_no_stage {
        // What the path breaks besides is no finding of its own.
        let signature = findings.checks.last_mut().into_iter();
        for consequence in signature.chain([&mut policy]).filter(|check| is_finding(check)) {
            consequence.status = Status::NotChecked;
            "rule 22 comes first".clone_into(&mut consequence.detail);
        }
        if let Some(change) = findings.signing.as_ref().and_then(|it| it.change.as_ref()) {
            stage.detail += &format!("; the URL was signed with one difference: {change}");
        }
    }
    checks.extend([length, stage]);
    checks.extend(encoding::checks(&address));
    checks.extend(findings.checks);
    checks.push(policy);
    checks.extend(admission::checks(address.query(), question.now));
    report.verdict = Verdict::of(&report.checks, findings.signing.as_ref(), &signed.prospect(gate));
    report.signing = findings.signing;
    report
}

fn gate(address: &Address<'_>, known: Known<'_>) -> Gate {
    match known {
        Known::Account(account) if account.authorization(address.path()) == Authorization::None => {
            Gate::Open
        }
        _ => Gate::Signature,
    }
}

/// Whether the URL leads to the account's API, where that is known.
fn place(address: &Address<'_>, host: &str, question: &Question<'_>) -> Option<Check> {
    let Known::Account(account) = question.known else { return None };
    // A Host of its own comes by another way than the URL says.
    let listener = question.host.is_none().then(|| address.listener());
    const NAME: &str = "it leads to the API that runs";
    Some(match account.reached(host, listener) {
        Ok(()) => Check::other(NAME, Status::Ok, ""),
        Err(why) => Check::other(NAME, Status::Finding, why),
    })
}

/// What is said of signature and policy where `$connect` has no authorization.
const NOT_ASKED_FOR: &str = "$connect asks for no signature";

/// Why a URL without parameters of a signature has none.
fn lacking(address: &Address<'_>) -> &'static str {
    if address.query().is_empty() {
        "it has no X-Amz-… parameters"
    } else {
        "it has parameters, but no X-Amz-… among them: in a shell, an & that is not quoted ends the command"
    }
}

fn length(address: &Address<'_>, host: &str) -> Check {
    let characters = url_length(address.websocket_scheme(), host, &address.target_as_sent());
    let detail = format!("{characters} characters");
    if characters > WEBSOCKET_URL_CHARACTERS {
        Check::rule(GatewayRule::UrlLength, Status::Finding, detail)
    } else {
        Check::rule(GatewayRule::UrlLength, Status::Ok, detail)
    }
}

fn stage(address: &Address<'_>, known: Known<'_>) -> Check {
    let check = |status, detail: &str| Check::rule(GatewayRule::Stage, status, detail.to_owned());
    let path = mask::text(address.path());
    match (known, stage_of(address.path())) {
        (Known::Account(account), stage) => match account.stage(address.path()) {
            Ok(_) => check(Status::Ok, &path),
            Err(_) if stage.is_none() && has_lost_its_query(address) => {
                check(Status::Finding, QUERY_IS_LOST)
            }
            Err(why) => check(Status::Finding, &why),
        },
        (Known::Nothing | Known::Secret(_), _) if address.is_custom_domain() => {
            check(Status::NotChecked, "only AWS knows which base paths this domain has")
        }
        (Known::Nothing | Known::Secret(_), Some(_)) => {
            let detail = format!("{path}: whether it is, {}", address.who_knows());
            check(Status::NotChecked, &detail)
        }
        (Known::Nothing | Known::Secret(_), None) if has_lost_its_query(address) => {
            check(Status::Finding, QUERY_IS_LOST)
        }
        (Known::Nothing | Known::Secret(_), None) => check(Status::Finding, &no_stage(&path)),
    }
}

const QUERY_IS_LOST: &str = "the ? is percent-encoded, so that there are no parameters";

fn has_lost_its_query(address: &Address<'_>) -> bool {
    address.path().to_ascii_lowercase().contains("%3f")
}

/// The stage, decoded, where a path is that of one at an API's own endpoint.
pub fn stage_of(path: &str) -> Option<String> {
    let stage = path.strip_prefix('/')?;
    let stage = stage.strip_suffix('/').unwrap_or(stage);
    let decoded = percent::decode(stage);
    (!stage.is_empty() && !stage.contains('/') && !decoded.contains('?')).then_some(decoded)
}

/// What is said of a path, masked, that is no stage's.
pub fn no_stage(path: &str) -> String {
    format!("the path is {path}, expected /STAGE or /STAGE/")
}

fn policy(signed: &Signed<'_>, address: &Address<'_>, known: Known<'_>) -> Check {
    let check = |status, detail: String| Check::rule(GatewayRule::Policy, status, detail);
    let Known::Account(account) = known else {
        return check(Status::NotChecked, address.who_knows().to_owned());
    };
    if gate(address, known) == Gate::Open {
        return check(Status::NotChecked, NOT_ASKED_FOR.to_owned());
    }
    let Some(access_key_id) = signed.access_key_id() else {
        return check(Status::NotChecked, "there is no key to ask for".to_owned());
    };
    if account.keys().find(access_key_id).is_none() {
        return check(Status::NotChecked, "rule 14 comes first".to_owned());
    }
    let Ok(stage) = account.stage(address.path()) else {
        return check(Status::NotChecked, "rule 22 comes first".to_owned());
    };
    match account.policy(access_key_id, address.path()) {
        Ok(owner) => {
            check(Status::Ok, format!("execute-api:Invoke on {stage}/$connect, of {owner}"))
        }
        Err(words) => check(Status::Finding, words),
    }
}

/// What [`explain`] decided, for an exit code.
pub fn exit_code(report: &Report) -> u8 {
    match report.verdict.outcome {
        Outcome::Pass => 0,
        Outcome::Refused => 1,
        Outcome::NotPresigned => 2,
    }
}
