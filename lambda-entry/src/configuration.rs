//! The configuration of a function: environment variables, read once through a look-up function.
//!
//! `main` passes the real environment, tests pass a map. A variable that is set to nothing counts as
//! given: whether nothing is a good value is for its parser to say.

use std::error::Error;

/// A variable that is missing, or that holds what the function cannot work with.
///
/// It shows the value that it found: configuration holds no secrets.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The variable is not set (or is not UTF-8).
    #[error("{variable} is not set, expected {expected}")]
    Missing {
        /// The variable's name.
        variable: &'static str,
        /// What a good value is.
        expected: &'static str,
    },
    /// The variable is set to something else than what was expected.
    #[error("{variable} is {found:?}, expected {expected}")]
    Invalid {
        /// The variable's name.
        variable: &'static str,
        /// Its value.
        found: String,
        /// What a good value is.
        expected: &'static str,
        /// What the parser of the value said.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// The variables of a function's environment.
pub struct Variables<F>(F);

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    /// The variables that `lookup` finds by name.
    pub fn new(lookup: F) -> Self {
        Self(lookup)
    }

    /// The value of a variable, where it is set.
    fn optional(&self, variable: &'static str) -> Option<String> {
        (self.0)(variable)
    }

    /// The value of a variable that must be set, as `parse` reads it; `expected` describes a good
    /// value, to be read after the word "expected".
    ///
    /// # Errors
    ///
    /// [`ConfigurationError::Missing`]; [`ConfigurationError::Invalid`] where `parse` fails, with
    /// its error as the source.
    pub fn parsed<T, E>(
        &self,
        variable: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigurationError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        match self.optional(variable) {
            None => Err(ConfigurationError::Missing { variable, expected }),
            Some(found) => read(variable, found, expected, parse),
        }
    }

    /// The same for a variable that need not be set: `None` where it is not.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError::Invalid`] where it is set and `parse` fails: never a silent default.
    pub fn parsed_optional<T, E>(
        &self,
        variable: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigurationError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.optional(variable).map(|found| read(variable, found, expected, parse)).transpose()
    }
}

/// The items of a comma-separated list, without the spaces around them. Nothing is an empty list.
///
/// # Errors
///
/// [`EmptyItem`] where nothing stands between two commas, or before the first or after the last.
pub fn comma_separated(value: &str) -> Result<Vec<&str>, EmptyItem> {
    if value.trim().is_empty() {
        return Ok(Vec::new());
    }
    value
        .split(',')
        .enumerate()
        .map(|(index, item)| match item.trim() {
            "" => Err(EmptyItem { position: index + 1 }),
            item => Ok(item),
        })
        .collect()
}

/// An item of a comma-separated list that holds nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("item {position} of the list is empty")]
pub struct EmptyItem {
    /// Which item, counted from 1.
    pub position: usize,
}

fn read<T, E>(
    variable: &'static str,
    found: String,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, ConfigurationError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    parse(&found).map_err(|error| ConfigurationError::Invalid {
        variable,
        found,
        expected,
        source: error.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS: &str = "URL_TTL_SECONDS";

    fn variables(value: Option<&str>) -> Variables<impl Fn(&str) -> Option<String>> {
        Variables::new(move |name| value.filter(|_| name == SECONDS).map(str::to_owned))
    }

    #[track_caller]
    fn check_required(value: Option<&str>, expected: Result<u16, &str>) {
        let read = variables(value).parsed(SECONDS, "a whole number", str::parse::<u16>);
        assert_eq!(
            read.map_err(|error| crate::chain(&error).to_string()),
            expected.map_err(str::to_owned)
        );
    }

    #[track_caller]
    fn check_optional(value: Option<&str>, expected: Result<Option<u16>, &str>) {
        let read = variables(value).parsed_optional(SECONDS, "a whole number", str::parse::<u16>);
        assert_eq!(
            read.map_err(|error| crate::chain(&error).to_string()),
            expected.map_err(str::to_owned)
        );
    }

    #[track_caller]
    fn check_list(value: &str, expected: Result<&[&str], usize>) {
        let expected = expected.map(<[&str]>::to_vec).map_err(|position| EmptyItem { position });
        assert_eq!(comma_separated(value), expected);
    }

    #[test]
    fn a_good_value_is_parsed() {
        check_required(Some("60"), Ok(60));
        check_optional(Some("60"), Ok(Some(60)));
    }

    #[test]
    fn a_missing_variable_is_named() {
        check_required(None, Err("URL_TTL_SECONDS is not set, expected a whole number"));
    }

    #[test]
    fn a_missing_variable_may_be_optional() {
        check_optional(None, Ok(None));
    }

    #[test]
    fn a_bad_value_is_named_and_shown() {
        let message =
            r#"URL_TTL_SECONDS is "soon", expected a whole number: invalid digit found in string"#;
        check_required(Some("soon"), Err(message));
        check_optional(Some("soon"), Err(message));
    }

    #[test]
    fn nothing_is_a_value() {
        let message = r#"URL_TTL_SECONDS is "", expected a whole number: cannot parse integer from empty string"#;
        check_required(Some(""), Err(message));
        check_optional(Some(""), Err(message));
    }

    #[test]
    fn a_list_of_nothing_is_empty() {
        check_list("", Ok(&[]));
        check_list(" ", Ok(&[]));
    }

    #[test]
    fn spaces_around_the_items_of_a_list_do_not_count() {
        check_list("a, b ,c", Ok(&["a", "b", "c"]));
    }

    #[test]
    fn an_empty_item_of_a_list_is_an_error() {
        check_list("a,,b", Err(2));
        check_list(",a", Err(1));
        check_list("a,", Err(2));
    }
}
