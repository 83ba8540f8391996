//! What the log says of refusals and faults. Never a signature, a token or a query.

use std::error::Error;
use std::fmt;

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

/// A request whose signature, or what belongs to it, was refused.
pub fn refused_signature(what: &str, head: &Head, refusal: &sigv4_verify::Refusal) {
    tracing::info!(request = ?head, "{what} refused: {}", refusal.finding());
}
