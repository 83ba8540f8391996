//! The rules of the signature, with what is good to know of each.

use sigv4_verify::amz_date::AmzDate;
use sigv4_verify::auth_parameters::AuthParameters;
use sigv4_verify::canonical_query::CanonicalQuery;
use sigv4_verify::credential::Credential;
use sigv4_verify::presigned_query::{EXPIRES, SECURITY_TOKEN};
use sigv4_verify::signing_key::SigningKey;
use sigv4_verify::validity::VALIDITY;
use sigv4_verify::{
    Expected, Key, Keys, Lack, Refusal, Rule, SecretKey, SessionToken, WireRequest, examine,
    presigned_query,
};
use time::{Duration, OffsetDateTime};

use super::address::Address;
use super::report::{Check, Signing, Status};
use super::search::{SEARCH_BYTES, SHORT_SEARCH_BYTES, Search, single_change};
use super::to_sign::ToSign;
use super::{Known, NOT_ASKED_FOR, Question, admission, mask};

const SERVICE: &str = "execute-api";

/// Digits of a signature.
pub(super) const SIGNATURE_LENGTH: usize = 64;

/// A handshake with the URL, and what it says of its own signature.
pub(super) struct Signed<'a> {
    pub(super) address: &'a Address<'a>,
    pub(super) host: &'a str,
    pub(super) query: Option<&'a CanonicalQuery<'a>>,
    pub(super) parameters: Option<AuthParameters<'a>>,
    target: &'a str,
    question: &'a Question<'a>,
}

/// What `$connect` asks of a handshake.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// A signature, and that the policies allow it.
    Signature,
    /// Nothing.
    Open,
}

/// How long is searched for what explains another signature.
#[derive(Clone, Copy)]
pub(super) enum Effort {
    /// As long as somebody waits for it.
    Whole,
    /// A little: another rule is broken as well.
    Short,
    /// Not at all.
    None,
}

/// What is found.
pub(super) struct Findings {
    pub(super) checks: Vec<Check>,
    pub(super) signing: Option<Signing>,
}

impl Findings {
    /// Of an API that asks for no signature.
    pub(super) fn not_asked_for() -> Self {
        let check = |rule| Check::rule(rule, Status::NotChecked, NOT_ASKED_FOR.to_owned());
        Self { checks: Rule::ALL.into_iter().map(check).collect(), signing: None }
    }
}

/// One secret key, whoever it belongs to, with the token that the URL itself has.
struct OneSecret<'a> {
    secret: &'a SecretKey,
    token: Option<&'a str>,
}

impl Keys for OneSecret<'_> {
    fn find(&self, _: &str) -> Option<Key> {
        let session_token = self.token.map(SessionToken::new);
        Some(Key { secret: self.secret.clone(), session_token, expires: None })
    }
}

impl<'a> Signed<'a> {
    pub(super) fn read(
        address: &'a Address<'a>,
        host: &'a str,
        target: &'a str,
        query: Option<&'a CanonicalQuery<'a>>,
        question: &'a Question<'a>,
    ) -> Self {
        let parameters = query.and_then(|query| presigned_query::read(query).ok());
        Self { address, host, query, parameters, target, question }
    }

    /// Every rule, the signature itself last, and what was to be signed.
    pub(super) fn checks(&self, effort: Effort) -> Findings {
        let headers = [("host", self.host)];
        let request =
            WireRequest { method: "GET", target: self.target, headers: &headers, body: b"" };
        let (region, origin) = self.region();
        let expected = Expected { region: &region, service: SERVICE, now: self.question.now };
        let token =
            self.parameters.as_ref().and_then(|parameters| parameters.session_token.as_ref());
        let token = token.map(|token| token.expose());
        let one;
        let keys: Option<&dyn Keys> = match self.question.known {
            Known::Nothing => None,
            Known::Secret(secret) => {
                one = OneSecret { secret, token };
                Some(&one)
            }
            Known::Account(account) => Some(account.keys()),
        };
        let examination = examine(&request, &expected, keys);
        let only_signature = |refusal: &Refusal| refusal.rule() == Rule::Signature;
        let budget = match effort {
            Effort::None => 0,
            Effort::Whole if examination.first_broken().is_none_or(only_signature) => SEARCH_BYTES,
            Effort::Whole | Effort::Short => SHORT_SEARCH_BYTES,
        };
        let (signing, search) = keys.and_then(|keys| self.signing(&request, keys, budget)).unzip();
        let search = search.flatten();
        let mut checks = Vec::new();
        for (rule, outcome) in examination.outcomes() {
            let mut check = match outcome {
                sigv4_verify::Outcome::Kept => {
                    Check::rule(rule, Status::Ok, self.kept(rule, origin))
                }
                sigv4_verify::Outcome::Broken(refusal) => {
                    Check::rule(rule, Status::Finding, self.broken(rule, refusal, origin))
                }
                sigv4_verify::Outcome::NotLookedAt(Lack::Rule(first)) => {
                    let detail = format!("rule {} comes first", first.number());
                    Check::rule(rule, Status::NotChecked, detail)
                }
                sigv4_verify::Outcome::NotLookedAt(Lack::Keys) => {
                    Check::rule(rule, Status::NotChecked, "no secret key is given".to_owned())
                }
            };
            match rule {
                Rule::KnownKey | Rule::SessionToken | Rule::LiveCredentials => {
                    self.without_account(rule, &mut check);
                }
                Rule::Signature => self.with_signature(&mut check, search.as_ref()),
                _ => {}
            }
            checks.push(check);
            if rule == Rule::NotEarly {
                checks.push(self.lifetime());
            }
        }
        Findings { checks, signing }
    }

    /// What becomes of a URL against which nothing speaks, and until when.
    pub(super) fn prospect(&self, gate: Gate) -> String {
        let now = self.question.now;
        let until = |end: OffsetDateTime| {
            format!("until {} ({} s left)", AmzDate::from_time(end), (end - now).whole_seconds())
        };
        let mut prospect = match (gate, self.date()) {
            (Gate::Signature, Some(date)) => {
                format!("API Gateway takes it {}", until(date.time().saturating_add(VALIDITY)))
            }
            (Gate::Signature, None) => "API Gateway takes it".to_owned(),
            (Gate::Open, _) => "API Gateway takes it, signed or not".to_owned(),
        };
        prospect += "; whether $connect's function does, only it can say";
        if let Some(end) = admission::end(self.address.query()) {
            prospect += &format!(" (a URL is good once, and this one {})", until(end));
        }
        prospect
    }

    pub(super) fn access_key_id(&self) -> Option<&str> {
        Some(self.credential()?.access_key_id)
    }

    pub(super) fn credential(&self) -> Option<Credential<'_>> {
        Credential::parse(&self.parameters.as_ref()?.credential).ok()
    }

    pub(super) fn date(&self) -> Option<AmzDate> {
        AmzDate::parse(&self.parameters.as_ref()?.date).ok()
    }

    /// The paths of the API's stages, where they are known.
    pub(super) fn paths(&self) -> Vec<String> {
        match self.question.known {
            Known::Account(account) => account.paths(),
            Known::Nothing | Known::Secret(_) => Vec::new(),
        }
    }

    /// The API's region, and how it is known.
    fn region(&self) -> (String, &'static str) {
        if let Some(region) = self.question.region {
            (region.to_owned(), "as --region says")
        } else if let Known::Account(account) = self.question.known {
            (account.region().to_owned(), "as the running stack says")
        } else if let Some(region) = self.address.region() {
            (region, "as the host says")
        } else {
            let own = self.credential().map_or("", |credential| credential.scope.region);
            (own.to_owned(), "taken from the URL itself: --region would check it")
        }
    }

    /// What is good to know of a rule that is kept.
    fn kept(&self, rule: Rule, origin: &str) -> String {
        let now = self.question.now;
        let age = self.date().map(|date| (now - date.time()).whole_seconds());
        match (rule, age) {
            (Rule::NotExpired, Some(age)) if age >= 0 => {
                format!("{age} s old, {} s left", VALIDITY.whole_seconds() - age)
            }
            (Rule::NotEarly, Some(age)) if age < 0 => format!("it is {} s ahead", -age),
            (Rule::DateForm, Some(_)) => {
                self.date().map_or_else(String::new, |date| date.to_string())
            }
            (Rule::CredentialForm, _) => mask::text(self.access_key_id().unwrap_or_default()),
            (Rule::Scope, _) => {
                let region = self.credential().map_or("", |credential| credential.scope.region);
                format!("{}, {origin}", mask::text(region))
            }
            _ => String::new(),
        }
    }

    /// What was found of a rule that is broken, and what it may come from.
    fn broken(&self, rule: Rule, refusal: &Refusal, origin: &str) -> String {
        let mut detail = refusal.found().to_string();
        let hint = match rule {
            Rule::Authenticated | Rule::Complete => self.other_spelling(),
            Rule::NotExpired => self.date().map(|date| {
                let late = self.question.now - date.time() - VALIDITY;
                format!("{} s too late", late.whole_seconds())
            }),
            Rule::NotEarly => self.date().map(|date| ahead(date.time() - self.question.now)),
            Rule::CredentialForm => self
                .parameters
                .as_ref()
                .filter(|parameters| parameters.credential.to_ascii_lowercase().contains("%2f"))
                .map(|_| "it is encoded twice".to_owned()),
            Rule::Scope => Some(format!("the region is {origin}")),
            Rule::SignedHeadersPresent => Some("a URL brings no header but host".to_owned()),
            _ => None,
        };
        if let Some(hint) = hint {
            detail = format!("{detail} ({hint})");
        }
        detail
    }

    /// Where a parameter of the signature is there under a name in another case or encoded.
    fn other_spelling(&self) -> Option<String> {
        const NAMES: [&str; 7] = [
            presigned_query::ALGORITHM,
            presigned_query::CREDENTIAL,
            presigned_query::DATE,
            EXPIRES,
            SECURITY_TOKEN,
            presigned_query::SIGNED_HEADERS,
            presigned_query::SIGNATURE,
        ];
        let parameters = crate::events::query::parameters(self.address.query());
        let others = parameters.iter().find_map(|(found, _)| {
            let of_case = |name: &&&str| found != **name && found.eq_ignore_ascii_case(name);
            let name = NAMES.iter().find(of_case)?;
            Some(format!("it has {found}: names count in exactly this case, {name}"))
        });
        others.or_else(|| {
            let last = parameters.last()?;
            let is_cut = last.0 != presigned_query::SIGNATURE;
            is_cut
                .then(|| format!("it ends with {}: has its end been cut off?", mask::text(&last.0)))
        })
    }

    /// `X-Amz-Expires`, which says what does not count.
    fn lifetime(&self) -> Check {
        const NAME: &str = "X-Amz-Expires promises what API Gateway keeps";
        let seconds = VALIDITY.whole_seconds();
        let check = |status, detail| Check::other(NAME, status, detail);
        let values = self.query.map(|query| query.values(EXPIRES).collect::<Vec<_>>());
        match values.as_deref() {
            None => check(Status::NotChecked, "rule 1 comes first".to_owned()),
            Some([]) => {
                check(Status::Ok, format!("it is not there: a URL is good for {seconds} s"))
            }
            Some([text, ..]) => match text.parse::<i64>() {
                Ok(promised) if self.is_kept(promised) => check(
                    Status::Ok,
                    format!(
                        "{promised} s, kept by grant.expires; API Gateway's own are {seconds} s"
                    ),
                ),
                Ok(promised) if promised == seconds => check(Status::Ok, format!("{seconds} s")),
                Ok(promised) => check(
                    Status::Warning,
                    format!(
                        "it says {promised} s, but a URL is good for {seconds} s whatever it says"
                    ),
                ),
                Err(_) => check(Status::Warning, "it is no number of seconds".to_owned()),
            },
        }
    }

    /// Whether ws-connect ends what API Gateway would go on to take.
    fn is_kept(&self, promised: i64) -> bool {
        let end = admission::end(self.address.query());
        let life = end.zip(self.date()).map(|(end, date)| (end - date.time()).whole_seconds());
        promised < VALIDITY.whole_seconds() && life.is_some_and(|life| life <= promised)
    }

    /// What can be said of the key where its account is not asked: rules 14 to 16.
    fn without_account(&self, rule: Rule, check: &mut Check) {
        if matches!(self.question.known, Known::Account(_)) {
            return;
        }
        let Some(access_key_id) = self.access_key_id() else { return };
        let has_token = self.parameters.as_ref().is_some_and(|it| it.session_token.is_some());
        // (IAM User Guide, "IAM identifiers", unique ids: ASIA temporary keys, AKIA long-term keys)
        let who_knows = self.address.who_knows();
        (check.status, check.detail) = match (rule, access_key_id.get(..4), has_token) {
            (Rule::SessionToken, Some("ASIA"), false) => (
                Status::Finding,
                "the key is temporary (ASIA…), but there is no X-Amz-Security-Token".to_owned(),
            ),
            (Rule::SessionToken, Some("AKIA"), true) => (
                Status::Finding,
                "the key is a long-term one (AKIA…), but there is an X-Amz-Security-Token"
                    .to_owned(),
            ),
            (Rule::SessionToken, _, true) => {
                let detail = format!("one is there; whether it is the key's, {who_knows}");
                (Status::NotChecked, detail)
            }
            (Rule::SessionToken, _, false) => {
                let detail = format!("none is there; whether the key has one, {who_knows}");
                (Status::NotChecked, detail)
            }
            _ => (Status::NotChecked, who_knows.to_owned()),
        };
    }

    /// What can be said of the signature itself, also without a key.
    fn with_signature(&self, check: &mut Check, search: Option<&Search>) {
        if check.status == Status::Ok {
            return;
        }
        let form = self.parameters.as_ref().and_then(|it| wrong_form(it.signature.expose()));
        if let Some(found) = form {
            check.status = Status::Finding;
            check.detail = found;
        } else if let (Status::Finding, Some(search)) = (check.status, search) {
            check.detail = match search {
                Search { change: Some(change), .. } => {
                    format!("it is the signature of the same request with one difference: {change}")
                }
                Search { tried: 0, .. } => {
                    "it is another; what explains it was not searched for".to_owned()
                }
                Search { tried, is_cut: true, .. } => {
                    format!(
                        "none of {tried} single changes explains it; it was not searched further"
                    )
                }
                Search { .. } => {
                    "no single change explains it: another secret key, or more than one change"
                        .to_owned()
                }
            };
        }
    }

    /// What was to be signed, and with what difference it would match.
    fn signing(
        &self,
        request: &WireRequest<'_>,
        keys: &dyn Keys,
        budget: usize,
    ) -> Option<(Signing, Option<Search>)> {
        let (query, parameters) = (self.query?, self.parameters.as_ref()?);
        let Credential { access_key_id, scope } = self.credential()?;
        let key = keys.find(access_key_id)?;
        let to_sign = ToSign::of(request, query, parameters)?;
        let signature = SigningKey::derive(&key.secret, &scope).sign(&to_sign.string_to_sign);
        let matches = parameters.signature.is(signature.expose());
        let search =
            (!matches).then(|| single_change(self, &key, &to_sign.payload_hash, budget)).flatten();
        let signing = Signing {
            canonical_request: to_sign.canonical_request_shown(),
            string_to_sign: to_sign.string_to_sign_shown(),
            matches,
            change: search.as_ref().and_then(|search| search.change.clone()),
        };
        Some((signing, search))
    }
}

/// By how much a signature is too early; whole hours have a cause of their own.
fn ahead(by: Duration) -> String {
    const HOUR: i64 = 3_600;
    let (seconds, slack) = (by.whole_seconds(), VALIDITY.whole_seconds());
    let hours = (seconds + HOUR / 2) / HOUR;
    if hours > 0 && (seconds - hours * HOUR).abs() <= slack {
        format!("{seconds} s ahead, about {hours} h: was it signed in local time, not in UTC?")
    } else {
        format!("{seconds} s ahead")
    }
}

/// What is wrong with a signature that can be none.
fn wrong_form(signature: &str) -> Option<String> {
    let length = signature.chars().count();
    let is_hex = signature.bytes().all(|byte| byte.is_ascii_hexdigit());
    if length < SIGNATURE_LENGTH && is_hex {
        Some(format!(
            "the signature has {length} of {SIGNATURE_LENGTH} characters: its end was cut off"
        ))
    } else if length != SIGNATURE_LENGTH || !is_hex {
        Some(format!(
            "the signature has {length} characters, expected {SIGNATURE_LENGTH} hexadecimal digits and nothing behind them"
        ))
    } else if signature.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Some("the signature is in upper case, expected lower case".to_owned())
    } else {
        None
    }
}
