//! What the log says of refusals and faults. Never a signature, a token or a query.

use std::error::Error;
use std::fmt;

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

/// A request that was refused, in one line: what was broken and found, what to do, and where there is more.
/// `handshake refused: rule 20 (the URL has at most 4,096 characters): it has 5,012; shorten …; see
/// docs/troubleshooting.md#rule-20`
pub fn refused(what: &str, head: &Head, rule: impl Into<Rule>, found: impl fmt::Display) {
    let rule = rule.into();
    log(what, head, rule, rule.advice(), &format_args!("{rule}: {found}"));
}

/// A handshake whose signature, or what belongs to it, was refused; likewise.
pub fn refused_handshake(what: &str, head: &Head, refusal: &sigv4_verify::Refusal) {
    let rule = Rule::from(refusal.rule());
    log(what, head, rule, rule.advice(), &refusal.finding());
}

/// The same of any other request, which the client itself signs.
pub fn refused_call(what: &str, head: &Head, refusal: &sigv4_verify::Refusal) {
    let rule = Rule::from(refusal.rule());
    log(what, head, rule, rule.advice_for_calls(), &refusal.finding());
}

/// A request whose token was refused, or that has none: what was found, what to do, and where there is more.
pub fn refused_token(head: &Head, refusal: &jwt::refusal::Refusal) {
    let (advice, section) = (refusal.advice(), jwt::refusal::SECTION);
    let line = format_args!("{refusal}; {advice}; see {section}");
    tracing::info!(request = ?head, "request refused by its JWT authorizer: {line}");
}

fn log(what: &str, head: &Head, rule: Rule, advice: &str, finding: &dyn fmt::Display) {
    let section = rule.section();
    let line = format_args!("{what} refused: {finding}; {advice}; see {section}");
    match rule {
        // Whoever runs the stack can mend these; the others are the client's.
        Rule::Gateway(GatewayRule::FunctionAnswers) => tracing::error!(request = ?head, "{line}"),
        Rule::Gateway(GatewayRule::Policy) => tracing::warn!(request = ?head, "{line}"),
        Rule::Gateway(_) | Rule::Signature(_) => tracing::info!(request = ?head, "{line}"),
    }
}
