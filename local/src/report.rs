//! What the log says of refusals and faults. Never a signature, a token or a query.

use std::error::Error;
use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::jwt;
use crate::rule::{GatewayRule, Rule};
use crate::wire::Head;

/// The whole chain of an error, as `outer: inner: innermost`.
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl fmt::Display + 'a {
    Chain(error)
}

struct Chain<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(formatter, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

/// What a request was refused for, as the log and the trace say it. As a text:
/// `rule 20 (the URL has at most 4,096 characters): it has 5,012; shorten …; see docs/troubleshooting.md#rule-20`;
/// as JSON: `{"rule":20,"name":…,"found":…,"advice":…,"section":"docs/troubleshooting.md#rule-20"}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The rule.
    pub rule: Rule,
    /// What was found; without secrets.
    pub found: String,
    /// What to do.
    pub advice: &'static str,
}

/// A request that was refused, in one line: what was broken and found, what to do, and where there is more.
/// `handshake refused: ` and what [`Broken`] says.
pub fn refused(what: &str, head: &Head, rule: impl Into<Rule>, found: impl fmt::Display) -> Broken {
    let rule = rule.into();
    log(what, head, rule, rule.advice(), found)
}

/// A handshake whose signature, or what belongs to it, was refused; likewise.
pub fn refused_handshake(what: &str, head: &Head, refusal: &sigv4_verify::Refusal) -> Broken {
    refused(what, head, refusal.rule(), refusal.found())
}

/// The same of any other request, which the client itself signs.
pub fn refused_call(what: &str, head: &Head, refusal: &sigv4_verify::Refusal) {
    let rule = Rule::from(refusal.rule());
    log(what, head, rule, rule.advice_for_calls(), refusal.found());
}

/// A request whose token was refused, or that has none: what was found, what to do, and where there is more.
pub fn refused_token(head: &Head, refusal: &jwt::refusal::Refusal) {
    let (advice, section) = (refusal.advice(), jwt::refusal::SECTION);
    let line = format_args!("{refusal}; {advice}; see {section}");
    tracing::info!(request = ?head, "request refused by its JWT authorizer: {line}");
}

fn log(
    what: &str,
    head: &Head,
    rule: Rule,
    advice: &'static str,
    found: impl fmt::Display,
) -> Broken {
    let broken = Broken { rule, found: found.to_string(), advice };
    let line = format_args!("{what} refused: {broken}");
    match rule {
        // Whoever runs the stack can mend these; the others are the client's.
        Rule::Gateway(GatewayRule::FunctionAnswers) => tracing::error!(request = ?head, "{line}"),
        Rule::Gateway(GatewayRule::Policy) => tracing::warn!(request = ?head, "{line}"),
        Rule::Gateway(_) | Rule::Signature(_) => tracing::info!(request = ?head, "{line}"),
    }
    broken
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, found, advice } = self;
        write!(formatter, "{rule}: {found}; {advice}; see {}", rule.section())
    }
}

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { rule, found, advice } = self;
        let mut members = serializer.serialize_struct("Broken", 5)?;
        members.serialize_field("rule", &rule.number())?;
        members.serialize_field("name", rule.name())?;
        members.serialize_field("found", found)?;
        members.serialize_field("advice", advice)?;
        members.serialize_field("section", &rule.section())?;
        members.end()
    }
}
