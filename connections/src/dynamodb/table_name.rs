//! The name of a table.

use std::fmt;
use std::str::FromStr;

/// A DynamoDB table's name: 3 to 255 letters, digits, `_`, `-` and `.` ("Naming rules", DynamoDB
/// developer guide).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName(String);

impl TableName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TableName {
    type Err = InvalidTableName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if (3..=255).contains(&name.len()) && name.bytes().all(allowed) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidTableName)
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A text that cannot be a table's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a table name has 3 to 255 letters, digits, _, - and .")]
pub struct InvalidTableName;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, valid: bool) {
        assert_eq!(name.parse::<TableName>().is_ok(), valid, "{name:?}");
    }

    #[test]
    fn a_name_of_cloudformation_is_valid() {
        check("countersign-ConnectionsTable-1ABC.x_y", true);
    }

    #[test]
    fn lengths_are_limited() {
        check("", false);
        check("ab", false);
        check("abc", true);
        check(&"a".repeat(255), true);
        check(&"a".repeat(256), false);
    }

    #[test]
    fn other_characters_are_refused() {
        check("a table", false);
        check("table/1", false);
        check("t\u{e4}ble", false);
    }
}
