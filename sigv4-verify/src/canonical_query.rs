//! The query as Signature Version 4 reads it: every name and value decoded and encoded again,
//! sorted by the encoded name, then by the encoded value.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", canonical query string. What the page
//! leaves open: a `+` is a space; a name without `=` has an empty value; nothing between two `&` is
//! no parameter; repeats all stay.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use crate::percent::{BadEscape, decode, recode};

/// The parameters of a query in canonical order. `Debug` counts them: a value may be a token, and
/// where an `=` was lost a name holds one.
#[derive(Clone)]
pub struct CanonicalQuery<'a> {
    parameters: Vec<Parameter<'a>>,
}

/// A name and a value, encoded as the canonical query has them. The order is the canonical one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Parameter<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

/// A query with an escape that is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("parameter {number} of the query cannot be decoded")]
pub struct CanonicalQueryError {
    /// Which one, in the order of the wire, from 1.
    pub number: usize,
    /// The escape.
    pub source: BadEscape,
}

impl<'a> CanonicalQuery<'a> {
    /// Reads what follows the `?` of a request-target.
    ///
    /// # Errors
    ///
    /// [`CanonicalQueryError`] where a `%` is not followed by two hexadecimal digits.
    pub fn parse(raw: &'a str) -> Result<Self, CanonicalQueryError> {
        let mut parameters = raw
            .split('&')
            .filter(|pair| !pair.is_empty())
            .enumerate()
            .map(|(index, pair)| {
                Parameter::parse(pair)
                    .map_err(|source| CanonicalQueryError { number: index + 1, source })
            })
            .collect::<Result<Vec<_>, _>>()?;
        parameters.sort_unstable();
        Ok(Self { parameters })
    }

    /// The decoded values of a parameter; `name` is matched by exact case. Only names of unreserved
    /// characters can be found, which all `X-Amz-*` are.
    pub fn values(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.parameters
            .iter()
            .filter(move |parameter| parameter.name == name)
            .map(|parameter| decode(&parameter.value))
    }

    /// Appends the canonical query to `text`, without the parameter `except`.
    pub fn write(&self, text: &mut String, except: Option<&str>) {
        let mut separator = "";
        for Parameter { name, value } in &self.parameters {
            if Some(name.as_ref()) != except {
                for part in [separator, name, "=", value] {
                    text.push_str(part);
                }
                separator = "&";
            }
        }
    }
}

impl<'a> Parameter<'a> {
    fn parse(pair: &'a str) -> Result<Self, BadEscape> {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok(Self { name: recode(name)?, value: recode(value)? })
    }
}

impl fmt::Debug for CanonicalQuery<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CanonicalQuery({} parameters)", self.parameters.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, canonical: &str) {
        let mut text = String::new();
        CanonicalQuery::parse(raw).expect(raw).write(&mut text, Some("X-Amz-Signature"));
        assert_eq!(text, canonical, "{raw}");
    }

    #[test]
    fn names_then_values_are_sorted_as_encoded() {
        check("b=1&a=2", "a=2&b=1");
        check("a=2&a=10&a=1&a=", "a=&a=1&a=10&a=2");
        check("a-=1&a=1&A=1&_=1&%20=1", "%20=1&A=1&_=1&a=1&a-=1");
    }

    #[test]
    fn both_sides_are_encoded_again() {
        check("%61=%2f&q=it's+%2B", "a=%2F&q=it%27s%20%2B");
        check("%c3%a9=%ff", "%C3%A9=%FF");
    }

    #[test]
    fn the_first_equals_sign_ends_the_name() {
        check("k=a=b==", "k=a%3Db%3D%3D");
        check("=v", "=v");
    }

    #[test]
    fn a_name_alone_has_an_empty_value() {
        check("a", "a=");
        check("a=", "a=");
    }

    #[test]
    fn nothing_is_no_parameter() {
        check("", "");
        check("&&a=1&", "a=1");
    }

    #[test]
    fn only_the_signature_is_left_out() {
        check("X-Amz-Signature=1&x-amz-signature=2&%58-Amz-Signature=3", "x-amz-signature=2");
    }

    #[test]
    fn a_bad_escape_is_refused_by_its_parameter() {
        let error = CanonicalQuery::parse("a=1&&b=x%2&c=%").expect_err("a bad escape");
        assert_eq!(error, CanonicalQueryError { number: 2, source: BadEscape { position: 1 } });
    }

    #[test]
    fn values_are_found_by_exact_case_and_decoded() {
        let query = CanonicalQuery::parse("T=a%2Fb&t=c&%54=d").expect("a query");
        assert_eq!(query.values("T").collect::<Vec<_>>(), ["a/b", "d"]);
    }

    #[test]
    fn debug_shows_no_parameter() {
        let query = CanonicalQuery::parse("X-Amz-Security-Token=MARKER&MARKER").expect("a query");
        assert_eq!(format!("{query:?}"), "CanonicalQuery(2 parameters)");
    }
}
