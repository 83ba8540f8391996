//! What the function is told by its environment.

use connections::TableName;
use lambda_entry::configuration::{ConfigurationError, Variables};

use crate::{AllowedOrigins, KeptHeaders, SignerRole, Subprotocols};

/// The configuration, checked. The variables are described in the [crate's documentation](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `CONNECTIONS_TABLE`.
    pub connections_table: TableName,
    /// `NONCES_TABLE`.
    pub nonces_table: TableName,
    /// `SIGNER_ROLE_ID`.
    pub signer_role: SignerRole,
    /// `KEPT_HEADERS`.
    pub kept_headers: KeptHeaders,
    /// `SUBPROTOCOLS`.
    pub subprotocols: Subprotocols,
    /// `ALLOWED_ORIGINS`.
    pub allowed_origins: AllowedOrigins,
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
        const TABLE: &str = "the name of a DynamoDB table";
        Ok(Self {
            connections_table: variables.parsed("CONNECTIONS_TABLE", TABLE, str::parse)?,
            nonces_table: variables.parsed("NONCES_TABLE", TABLE, str::parse)?,
            signer_role: variables.parsed(
                "SIGNER_ROLE_ID",
                "the unique id of an IAM role",
                str::parse,
            )?,
            kept_headers: variables
                .parsed_optional(
                    "KEPT_HEADERS",
                    "names of headers that hold no secrets, comma separated",
                    KeptHeaders::read,
                )?
                .unwrap_or_default(),
            subprotocols: variables
                .parsed_optional(
                    "SUBPROTOCOLS",
                    "subprotocols, comma separated",
                    Subprotocols::read,
                )?
                .unwrap_or_default(),
            allowed_origins: variables
                .parsed_optional(
                    "ALLOWED_ORIGINS",
                    "origins, *, https://* or http://*, comma separated",
                    AllowedOrigins::read,
                )?
                .unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 6] = [
        ("CONNECTIONS_TABLE", "connections"),
        ("NONCES_TABLE", "nonces"),
        ("SIGNER_ROLE_ID", "AROAIOSFODNN7EXAMPLE1"),
        ("KEPT_HEADERS", "X-Client-Version"),
        ("SUBPROTOCOLS", "chat.v1, chat.v2"),
        ("ALLOWED_ORIGINS", "https://app.example.com"),
    ];

    /// Reads the good variables, one of them changed or taken away.
    fn read(variable: &str, value: Option<&str>) -> Result<Config, ConfigurationError> {
        Config::read(&Variables::new(|name: &str| {
            let good = GOOD.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
            if name == variable { value } else { good }.map(str::to_owned)
        }))
    }

    #[track_caller]
    fn check_refused(variable: &str, value: Option<&str>, expected: &str) {
        let error = read(variable, value).expect_err("it is refused");
        assert_eq!(lambda_entry::chain(&error).to_string(), expected);
    }

    #[test]
    fn every_variable_is_read() {
        let config = read("", None).expect("all are good");
        assert_eq!(config.connections_table.as_str(), "connections");
        assert_eq!(config.nonces_table.as_str(), "nonces");
        assert_eq!(Ok(config.signer_role), "AROAIOSFODNN7EXAMPLE1".parse());
        assert_eq!(Ok(config.kept_headers), KeptHeaders::read("x-client-version"));
        assert_eq!(Ok(config.subprotocols), Subprotocols::read("chat.v1,chat.v2"));
        assert_eq!(Ok(config.allowed_origins), AllowedOrigins::read("https://app.example.com"));
    }

    #[test]
    fn the_lists_may_be_missing_or_empty() {
        for list in ["KEPT_HEADERS", "SUBPROTOCOLS", "ALLOWED_ORIGINS"] {
            let missing = read(list, None).expect("it is optional");
            assert_eq!(missing, read(list, Some("")).expect("nothing is an empty list"));
            assert_ne!(missing, read("", None).expect("all are good"));
        }
    }

    #[test]
    fn the_rest_may_not_be_missing() {
        let table = "is not set, expected the name of a DynamoDB table";
        check_refused("CONNECTIONS_TABLE", None, &format!("CONNECTIONS_TABLE {table}"));
        check_refused("NONCES_TABLE", None, &format!("NONCES_TABLE {table}"));
        check_refused(
            "SIGNER_ROLE_ID",
            None,
            "SIGNER_ROLE_ID is not set, expected the unique id of an IAM role",
        );
    }

    #[test]
    fn a_bad_value_is_named_with_its_reason() {
        check_refused(
            "KEPT_HEADERS",
            Some("x-a,Cookie"),
            "KEPT_HEADERS is \"x-a,Cookie\", expected names of headers that hold no secrets, comma \
             separated: the header Cookie can hold a secret",
        );
        check_refused(
            "NONCES_TABLE",
            Some(""),
            "NONCES_TABLE is \"\", expected the name of a DynamoDB table: a table name has 3 to 255 \
             letters, digits, _, - and .",
        );
    }
}
