//! What the function is told by its environment.

use connections::TableName;
use lambda_entry::configuration::{ConfigurationError, Variables};

/// The configuration, checked. The variable is described in the [crate's documentation](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `CONNECTIONS_TABLE`.
    pub connections_table: TableName,
}

impl Config {
    /// Reads the variable.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] where it is missing or cannot be worked with.
    pub fn read(
        variables: &Variables<impl Fn(&str) -> Option<String>>,
    ) -> Result<Self, ConfigurationError> {
        let expected = "the name of a DynamoDB table";
        let connections_table = variables.parsed("CONNECTIONS_TABLE", expected, str::parse)?;
        Ok(Self { connections_table })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: Option<&str>, expected: Result<&str, &str>) {
        let config = Config::read(&Variables::new(|name: &str| {
            value.filter(|_| name == "CONNECTIONS_TABLE").map(str::to_owned)
        }));
        let table = config.map(|config| config.connections_table.to_string());
        let table = table.map_err(|error| error.to_string());
        assert_eq!(table, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn the_table_is_read() {
        check(Some("connections"), Ok("connections"));
    }

    #[test]
    fn a_missing_or_bad_table_is_named() {
        check(None, Err("CONNECTIONS_TABLE is not set, expected the name of a DynamoDB table"));
        check(Some(""), Err("CONNECTIONS_TABLE is \"\", expected the name of a DynamoDB table"));
    }
}
