//! Who may have signed.

use std::str::FromStr;

/// The role whose sessions alone sign for this stack.
///
/// IAM lets in any principal of the account that may invoke the API; such a one could sign any
/// `grant.` parameter that it likes. So the signer itself is checked, by the one thing of a role that
/// is never given out again: its unique id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerRole {
    id: String,
}

impl SignerRole {
    /// Whether `caller` (`identity.caller` of the event, `ROLE_ID:SESSION`) is a session of the role.
    pub fn is_session(&self, caller: &str) -> bool {
        caller.split_once(':').is_some_and(|(role, session)| role == self.id && !session.is_empty())
    }
}

impl FromStr for SignerRole {
    type Err = InvalidRoleId;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self { id: id.to_owned() })
        } else {
            Err(InvalidRoleId)
        }
    }
}

/// A text that is not the unique id of a role: its name or ARN, for example.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role's unique id has letters and digits only")]
pub struct InvalidRoleId;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(caller: &str, expected: bool) {
        let role: SignerRole = "AROAEXAMPLE".parse().expect("an id");
        assert_eq!(role.is_session(caller), expected, "{caller:?}");
    }

    #[track_caller]
    fn check_id(id: &str, valid: bool) {
        assert_eq!(id.parse::<SignerRole>().is_ok(), valid, "{id:?}");
    }

    #[test]
    fn a_session_of_the_role_is_one() {
        check("AROAEXAMPLE:sign-fn", true);
    }

    #[test]
    fn others_are_not() {
        check("AROAOTHER:sign-fn", false);
        check("AIDAEXAMPLE", false);
        check("", false);
    }

    #[test]
    fn the_id_must_match_whole() {
        check("AROAEXAMPLE2:sign-fn", false);
        check("XAROAEXAMPLE:sign-fn", false);
        check("aroaexample:sign-fn", false);
        check("AROAEXAMPL:sign-fn", false);
    }

    #[test]
    fn the_session_must_have_a_name() {
        check("AROAEXAMPLE", false);
        check("AROAEXAMPLE:", false);
    }

    #[test]
    fn an_id_is_not_a_name_or_an_arn() {
        check_id("AROAIOSFODNN7EXAMPLE1", true);
        check_id("", false);
        check_id("signer-role", false);
        check_id("arn:aws:iam::123456789012:role/signer", false);
    }
}
