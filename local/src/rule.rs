//! What a handshake must keep to, by number: what a refusal's line in the log names, what `explain` checks,
//! and what `docs/troubleshooting.md` has a section for.

use std::fmt;

/// A rule of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// One of the signature's, 1 to 19.
    Signature(sigv4_verify::Rule),
    /// One of the gateway's, from 20 on.
    Gateway(GatewayRule),
}

/// What API Gateway asks beside the signature. The numbers go on behind the signature's and are names, not
/// an order: 20 to 24 are asked before the signature, the others after it. Of 24, the account's new connections are
/// counted behind the policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GatewayRule {
    /// The URL is not too long.
    UrlLength = 20,
    /// The headers are not too large.
    HeadersSize,
    /// The path is a stage's.
    Stage,
    /// It asks for a WebSocket.
    Upgrade,
    /// There are not too many at once.
    Rate,
    /// The policies allow it.
    Policy,
    /// The WebSocket handshake has its form.
    HandshakeForm,
    /// `$connect`'s function could be asked.
    FunctionAnswers,
    /// `$connect`'s function said yes.
    FunctionAccepts,
}

impl Rule {
    /// Every rule, by number.
    pub fn all() -> impl Iterator<Item = Self> {
        let signature = sigv4_verify::Rule::ALL.into_iter().map(Self::Signature);
        signature.chain(GatewayRule::ALL.into_iter().map(Self::Gateway))
    }

    /// The number, from 1.
    pub fn number(self) -> u8 {
        match self {
            Self::Signature(rule) => rule.number(),
            Self::Gateway(rule) => rule as u8,
        }
    }

    /// The name, as a sentence that holds when the rule is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature(rule) => rule.name(),
            Self::Gateway(rule) => rule.name(),
        }
    }

    /// What to do about a request that breaks it: a short sentence, lower case, without a full stop.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Signature(rule) => signature_advice(rule),
            Self::Gateway(rule) => rule.advice(),
        }
    }

    /// The same about a call of an SDK, which signs each request itself.
    pub fn advice_for_calls(self) -> &'static str {
        use sigv4_verify::Rule;
        match self {
            Self::Signature(Rule::Authenticated) => {
                "give the client credentials, so that it signs its calls"
            }
            Self::Signature(Rule::NotExpired) => {
                "set the client's clock: a signature is good for five minutes"
            }
            Self::Signature(Rule::Signature) => {
                "give the client the secret key of this access key, and see that nothing changes its calls on their way"
            }
            _ => self.advice(),
        }
    }

    /// Where the documentation says more.
    pub fn section(self) -> String {
        format!("docs/troubleshooting.md#rule-{}", self.number())
    }
}

impl GatewayRule {
    /// Every one, by number.
    pub const ALL: [Self; 9] = [
        Self::UrlLength,
        Self::HeadersSize,
        Self::Stage,
        Self::Upgrade,
        Self::Rate,
        Self::Policy,
        Self::HandshakeForm,
        Self::FunctionAnswers,
        Self::FunctionAccepts,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::UrlLength => "the URL has at most 4,096 characters",
            Self::HeadersSize => "the headers have at most 10,240 bytes",
            Self::Stage => "the path is that of a stage",
            Self::Upgrade => "the request asks for a WebSocket",
            Self::Rate => "the API takes this many at once",
            Self::Policy => "the policies allow it",
            Self::HandshakeForm => "the handshake has WebSocket's form",
            Self::FunctionAnswers => "$connect's function answers",
            Self::FunctionAccepts => "$connect's function accepts",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::UrlLength => {
                "shorten names and values of parameters: the session token alone takes a good part of it"
            }
            Self::HeadersSize => {
                "send fewer or shorter headers: cookies count, and what a proxy adds"
            }
            Self::Stage => {
                "open the path of a stage alone (at a custom domain, its base path), at an endpoint that is switched on"
            }
            Self::Upgrade => {
                "open it as a WebSocket (ws:// or wss://): a GET with `Upgrade: websocket`"
            }
            Self::Rate => {
                "try again after a pause that grows, or raise the stage's throttling settings"
            }
            Self::Policy => {
                "allow this action on this resource in a policy of the role that signs, and see that none denies it"
            }
            Self::HandshakeForm => {
                "leave the handshake to a WebSocket library: it sends the headers of RFC 6455, version 13"
            }
            Self::FunctionAnswers => {
                "read the function's own lines; then its time limit, its AWS::Lambda::Permission and the form of its answer"
            }
            Self::FunctionAccepts => {
                "read the function's own line with this connection id: it has the reason"
            }
        }
    }
}

fn signature_advice(rule: sigv4_verify::Rule) -> &'static str {
    use sigv4_verify::Rule;
    match rule {
        Rule::DecodableQuery => {
            "write two hexadecimal digits behind every %, and a % itself as %25"
        }
        Rule::OnePlacement => "sign in the query or in the Authorization header, not in both",
        Rule::Authenticated => {
            "open the signed URL whole, in quotes in a shell: the names X-Amz-… count in exactly this case"
        }
        Rule::NoRepeats => "send each parameter of the signature once, as the signer wrote it",
        Rule::Complete => "open the signed URL whole: quote it in a shell, where & ends a command",
        Rule::DateForm => "write the date as 20260102T030405Z, in UTC",
        Rule::NotExpired => {
            "sign anew: a URL is good for five minutes from its date, whatever X-Amz-Expires says"
        }
        Rule::NotEarly => "set the signer's clock: a date may be at most five minutes ahead",
        Rule::SignedHeadersForm => {
            "list the signed headers in lower case, sorted, each once, with ; between them"
        }
        Rule::HostSigned => "add host to the signed headers, and sign anew",
        Rule::Algorithm => "sign with AWS4-HMAC-SHA256, and write its name in exactly this case",
        Rule::CredentialForm => {
            "write the credential as KEY/DAY/REGION/SERVICE/aws4_request, each / as %2F in a query"
        }
        Rule::Scope => {
            "sign for the region and the service that is called (execute-api), on the day of the date"
        }
        Rule::KnownKey => {
            "sign anew, with a key of this account: a local run forgets its keys when it ends"
        }
        Rule::SessionToken => {
            "send the token that came with the key, whole and encoded once; none with a key that has none"
        }
        Rule::LiveCredentials => {
            "sign anew with fresh credentials: a URL ends with those that signed it"
        }
        Rule::PayloadHash => {
            "send the SHA-256 of the body as X-Amz-Content-SHA256, or leave it out"
        }
        Rule::SignedHeadersPresent => "send every header that was signed, or sign host alone",
        Rule::Signature => {
            "send path, query and host exactly as signed: `countersign explain` looks for what has changed"
        }
    }
}

impl From<sigv4_verify::Rule> for Rule {
    fn from(rule: sigv4_verify::Rule) -> Self {
        Self::Signature(rule)
    }
}

impl From<GatewayRule> for Rule {
    fn from(rule: GatewayRule) -> Self {
        Self::Gateway(rule)
    }
}

/// `rule 7 (the signature is not too old)`
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "rule {} ({})", self.number(), self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_go_on_without_a_gap() {
        let numbers: Vec<_> = Rule::all().map(Rule::number).collect();
        assert_eq!(numbers, (1..=28).collect::<Vec<_>>());
    }

    #[test]
    fn every_rule_has_an_advice_of_its_own_that_fits_into_a_log_line() {
        let advice: HashSet<_> = Rule::all().map(Rule::advice).collect();
        assert_eq!(advice.len(), Rule::all().count());
        for one in advice.into_iter().chain(Rule::all().map(Rule::advice_for_calls)) {
            assert!(one.starts_with(|c: char| c.is_ascii_lowercase()), "{one}");
            assert!(!one.ends_with('.') && !one.contains('\n') && one.len() <= 120, "{one}");
        }
    }

    #[test]
    fn a_signatures_rule_reads_as_the_verifier_has_it() {
        for rule in sigv4_verify::Rule::ALL {
            assert_eq!(Rule::from(rule).to_string(), rule.to_string());
        }
    }
}
