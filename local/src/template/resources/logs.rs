//! `AWS::Logs::LogGroup`: checked only, for logs are not kept.

use super::{Resource, Result};

pub(super) fn check(resource: &Resource) -> Result<()> {
    resource.read(|properties| {
        if let Some(name) = properties.text("LogGroupName")? {
            let is_valid = (1..=512).contains(&name.len())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "._/#-".contains(c));
            if !is_valid {
                return Err(
                    properties.invalid("LogGroupName", "1 to 512 letters, digits and ._/#-")
                );
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{check_refused, stack};

    #[test]
    fn a_log_group_is_accepted() {
        stack(
            "L: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 30, LogGroupName: /aws/lambda/f}}",
        );
    }

    #[test]
    fn what_is_not_played_is_refused() {
        check_refused(
            "L: {Type: AWS::Logs::LogGroup, Properties: {DataProtectionPolicy: {}}}",
            "Resources.L.Properties.DataProtectionPolicy: AWS::Logs::LogGroup: this property is not supported",
        );
        check_refused(
            "L: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: 'a b'}}",
            "Resources.L.Properties.LogGroupName: expected 1 to 512 letters",
        );
        check_refused(
            "L: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: []}}",
            "Resources.L.Properties.RetentionInDays: expected a string",
        );
    }
}
