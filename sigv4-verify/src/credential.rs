//! The credential of a request, `AKIDEXAMPLE/20260102/eu-west-1/execute-api/aws4_request`: an
//! access key id and the scope that its signature is for.
//!
//! Source: IAM User Guide, "Elements of an AWS API request signature", credential scope.

use std::fmt;

use thiserror::Error;

use crate::amz_date::AmzDate;
use crate::found::Found;

/// The last part of every credential scope.
pub const TERMINATOR: &str = "aws4_request";

/// A credential of the right shape; whether it is the right one is for [`CredentialScope::check`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credential<'a> {
    /// Who signed.
    pub access_key_id: &'a str,
    /// For which day, region and service.
    pub scope: CredentialScope<'a>,
}

/// What a signature is limited to. `Display` writes it as the string to sign has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CredentialScope<'a> {
    /// The day of signing, `20260102`.
    pub day: &'a str,
    /// The region, `eu-west-1`.
    pub region: &'a str,
    /// The service's signing name, `execute-api`.
    pub service: &'a str,
    /// [`TERMINATOR`], in a good one.
    pub terminator: &'a str,
}

/// A credential that has not exactly five parts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the credential is {found:?}, expected keyid/date/region/service/aws4_request")]
pub struct CredentialError {
    /// What was there instead.
    pub found: Found,
}

/// A scope that is not the one that the service expects.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ScopeMismatch {
    /// Every part that differs, in the order in which AWS complains of them; at least one.
    pub differences: Vec<Difference>,
    /// The request's date, which the day must be of.
    pub date: AmzDate,
}

/// A part of a scope that differs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the scope's {} is {found:?}, expected {expected:?}", part.name())]
pub struct Difference {
    /// Which part.
    pub part: ScopePart,
    /// What the request says.
    pub found: Found,
    /// What the service wants.
    pub expected: String,
}

/// The parts of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopePart {
    /// The region.
    Region,
    /// The service.
    Service,
    /// The last part.
    Terminator,
    /// The day.
    Day,
}

impl ScopePart {
    fn name(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Service => "service",
            Self::Terminator => "terminator",
            Self::Day => "day",
        }
    }
}

impl<'a> Credential<'a> {
    /// Splits a credential at its slashes.
    ///
    /// # Errors
    ///
    /// [`CredentialError`] unless there are five parts.
    pub fn parse(text: &'a str) -> Result<Self, CredentialError> {
        let parts: Vec<&str> = text.split('/').collect();
        let [access_key_id, day, region, service, terminator] = parts[..] else {
            return Err(CredentialError { found: Found::credential(text) });
        };
        let scope = CredentialScope { day, region, service, terminator };
        Ok(Self { access_key_id, scope })
    }
}

impl CredentialScope<'_> {
    /// Compares every part, by exact case, so that one refusal names all that is wrong.
    ///
    /// # Errors
    ///
    /// [`ScopeMismatch`] with each part that differs.
    pub fn check(&self, region: &str, service: &str, date: AmzDate) -> Result<(), ScopeMismatch> {
        let day = date.day();
        let differences: Vec<Difference> = [
            (ScopePart::Region, self.region, region),
            (ScopePart::Service, self.service, service),
            (ScopePart::Terminator, self.terminator, TERMINATOR),
            (ScopePart::Day, self.day, &day),
        ]
        .into_iter()
        .filter(|(_, found, expected)| found != expected)
        .map(|(part, found, expected)| {
            let (found, expected) = (Found::short(found), expected.to_owned());
            Difference { part, found, expected }
        })
        .collect();
        if differences.is_empty() { Ok(()) } else { Err(ScopeMismatch { differences, date }) }
    }
}

impl fmt::Display for CredentialScope<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { day, region, service, terminator } = self;
        write!(formatter, "{day}/{region}/{service}/{terminator}")
    }
}

impl fmt::Debug for Credential<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{:?}", Found::credential(self.access_key_id), self.scope)
    }
}

impl fmt::Debug for CredentialScope<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { day, region, service, terminator } = self;
        let [day, region, service, terminator] =
            [day, region, service, terminator].map(|part| Found::short(part));
        write!(formatter, "{day}/{region}/{service}/{terminator}")
    }
}

impl fmt::Display for ScopeMismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for difference in &self.differences {
            write!(formatter, "{separator}{difference}")?;
            separator = "; ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIAL: &str = "AKIAIOSFODNN7EXAMPLE/20260102/eu-west-1/execute-api/aws4_request";

    fn check_scope(credential: &str, mismatch: &str) {
        let date = AmzDate::parse("20260102T030405Z").expect("a date");
        let parsed = Credential::parse(credential).expect(credential);
        let error = parsed.scope.check("eu-west-1", "execute-api", date).expect_err(credential);
        assert_eq!(error.to_string(), mismatch);
    }

    fn check_refused(text: &str) {
        assert_eq!(
            Credential::parse(text),
            Err(CredentialError { found: Found::credential(text) })
        );
    }

    #[test]
    fn five_parts_are_read_and_written_back() {
        let credential = Credential::parse(CREDENTIAL).expect("a credential");
        assert_eq!(credential.access_key_id, "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(credential.scope.to_string(), "20260102/eu-west-1/execute-api/aws4_request");
        assert_eq!(format!("{credential:?}"), CREDENTIAL);
    }

    #[test]
    fn fewer_or_more_parts_are_refused() {
        check_refused("");
        check_refused("AKIDEXAMPLE");
        check_refused("20260102/eu-west-1/execute-api/aws4_request");
        check_refused(&format!("{CREDENTIAL}/"));
        check_refused(&format!("/{CREDENTIAL}"));
    }

    #[test]
    fn each_wrong_part_is_named() {
        check_scope(
            "A/20260102/us-east-1/execute-api/aws4_request",
            r#"the scope's region is "us-east-1", expected "eu-west-1""#,
        );
        check_scope(
            "A/20260102/eu-west-1/sts/aws4_request",
            r#"the scope's service is "sts", expected "execute-api""#,
        );
        check_scope(
            "A/20260102/eu-west-1/execute-api/aws4",
            r#"the scope's terminator is "aws4", expected "aws4_request""#,
        );
        check_scope(
            "A/20260103/eu-west-1/execute-api/aws4_request",
            r#"the scope's day is "20260103", expected "20260102""#,
        );
        check_scope(
            "A/20260102/EU-WEST-1//aws4_request",
            r#"the scope's region is "EU-WEST-1", expected "eu-west-1"; the scope's service is "", expected "execute-api""#,
        );
    }

    #[test]
    fn debug_cannot_carry_a_token() {
        let text = format!("{CREDENTIAL}_X-Amz-Security-Token=MARKER");
        let credential = Credential::parse(&text).expect("five parts");
        assert!(!format!("{credential:?} {:?}", credential.scope).contains("MARKER"));
    }
}
