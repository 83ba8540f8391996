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
/// an order: 20 to 24 are asked before the signature, the others after it.
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
    use super::*;

    #[test]
    fn numbers_go_on_without_a_gap() {
        let numbers: Vec<_> = Rule::all().map(Rule::number).collect();
        assert_eq!(numbers, (1..=28).collect::<Vec<_>>());
    }

    #[test]
    fn a_signatures_rule_reads_as_the_verifier_has_it() {
        for rule in sigv4_verify::Rule::ALL {
            assert_eq!(Rule::from(rule).to_string(), rule.to_string());
        }
    }
}
