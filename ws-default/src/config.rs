//! What the function is told by its environment.

use connections::TableName;
use lambda_entry::configuration::{ConfigurationError, Variables};

use crate::ConnectionsUrl;

/// The configuration, checked. The variables are described in the [crate's documentation](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `CONNECTIONS_TABLE`.
    pub connections_table: TableName,
    /// `CONNECTIONS_URL`.
    pub connections_url: ConnectionsUrl,
}

impl Config {
    /// Reads all variables.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] for the first that is missing or cannot be worked with.
    pub fn read(
        variables: &Variables<impl Fn(&str) -> Option<String>>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            connections_table: variables.parsed(
                "CONNECTIONS_TABLE",
                "the name of a DynamoDB table",
                str::parse,
            )?,
            connections_url: variables.parsed(
                "CONNECTIONS_URL",
                "the https URL of the WebSocket API's stage (http for loopback only)",
                str::parse,
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: Option<&str>, url: Option<&str>) -> Result<Config, ConfigurationError> {
        Config::read(&Variables::new(|name: &str| {
            let value = match name {
                "CONNECTIONS_TABLE" => table,
                "CONNECTIONS_URL" => url,
                _ => None,
            };
            value.map(str::to_owned)
        }))
    }

    #[track_caller]
    fn check_refused(table: Option<&str>, url: Option<&str>, expected: &str) {
        let error = read(table, url).expect_err("it is refused");
        assert_eq!(lambda_entry::chain(&error).to_string(), expected);
    }

    #[test]
    fn both_variables_are_read() {
        let config =
            read(Some("connections"), Some("https://api.example/prod")).expect("both are good");
        assert_eq!(config.connections_table.as_str(), "connections");
        assert_eq!(Ok(config.connections_url), "https://api.example/prod".parse());
    }

    #[test]
    fn neither_may_be_missing() {
        check_refused(
            None,
            Some("https://api.example/prod"),
            "CONNECTIONS_TABLE is not set, expected the name of a DynamoDB table",
        );
        check_refused(
            Some("connections"),
            None,
            "CONNECTIONS_URL is not set, expected the https URL of the WebSocket API's stage (http \
             for loopback only)",
        );
    }

    #[test]
    fn a_bad_value_is_named_with_its_reason() {
        check_refused(
            Some("connections"),
            Some("http://api.example/prod"),
            "CONNECTIONS_URL is \"http://api.example/prod\", expected the https URL of the WebSocket \
             API's stage (http for loopback only): plain http leaves this machine",
        );
    }
}
