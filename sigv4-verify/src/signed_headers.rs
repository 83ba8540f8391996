//! `SignedHeaders`: the names of the headers that the signature covers, `host;x-amz-date`.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", signed headers.

use thiserror::Error;

use crate::found::Found;

/// A list of header names in lower case, sorted, none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders(String);

/// A list that is not of that form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignedHeadersError {
    /// A name that is empty, or has an upper-case letter or a character that no header name has
    /// (RFC 9110 §5.1).
    #[error("the signed headers are {found:?}, expected header names in lower case")]
    Name {
        /// The whole list.
        found: Found,
    },
    /// The names are not in ascending order, or one is there twice.
    #[error("the signed headers are {found:?}, expected them sorted and each once")]
    Order {
        /// The whole list.
        found: Found,
    },
}

impl SignedHeaders {
    /// Reads names separated by `;`.
    ///
    /// # Errors
    ///
    /// [`SignedHeadersError`] for a name that is none, and for a wrong order.
    pub fn parse(text: &str) -> Result<Self, SignedHeadersError> {
        if !text.split(';').all(is_lower_case_name) {
            return Err(SignedHeadersError::Name { found: Found::new(text) });
        }
        if !text.split(';').is_sorted_by(|one, next| one < next) {
            return Err(SignedHeadersError::Order { found: Found::new(text) });
        }
        Ok(Self(text.to_owned()))
    }

    /// The list as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split(';')
    }

    /// Whether a header is covered; `name` in lower case.
    pub fn contains(&self, name: &str) -> bool {
        self.names().any(|signed| signed == name)
    }
}

/// A token of RFC 9110 §5.6.2 without upper-case letters.
fn is_lower_case_name(name: &str) -> bool {
    let is_name_byte = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
    };
    !name.is_empty() && name.bytes().all(is_name_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_name_refused(text: &str) {
        assert_eq!(
            SignedHeaders::parse(text),
            Err(SignedHeadersError::Name { found: Found::new(text) })
        );
    }

    fn check_order_refused(text: &str) {
        assert_eq!(
            SignedHeaders::parse(text),
            Err(SignedHeadersError::Order { found: Found::new(text) })
        );
    }

    #[test]
    fn a_sorted_list_is_read() {
        let list = SignedHeaders::parse("host;x-amz-date;x_tag").expect("a list");
        assert_eq!(list.as_str(), "host;x-amz-date;x_tag");
        assert_eq!(list.names().collect::<Vec<_>>(), ["host", "x-amz-date", "x_tag"]);
        assert!(list.contains("x-amz-date") && !list.contains("x-amz") && !list.contains("date"));
    }

    #[test]
    fn what_is_no_lower_case_name_is_refused() {
        check_name_refused("");
        check_name_refused("Host");
        check_name_refused("host;");
        check_name_refused(";host");
        check_name_refused("host; x-amz-date");
        check_name_refused("host,x-amz-date");
        check_name_refused("host:");
        check_name_refused("hôst");
    }

    #[test]
    fn a_wrong_order_or_a_repeat_is_refused() {
        check_order_refused("x-amz-date;host");
        check_order_refused("host;host");
        check_order_refused("a;host;b");
    }
}
