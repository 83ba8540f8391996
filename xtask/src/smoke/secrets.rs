//! What must not be shown, and takes it out of what is.

use std::cell::RefCell;
use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use super::wire::address::WireUrl;

/// A shorter value may stand in a text by chance, and is no secret.
const SHORTEST: usize = 16;

/// What stands where a secret stood.
const HIDDEN: &str = "(hidden)";

/// How many digits the id of an account has (AWS Account Management Reference Guide, "View AWS account identifiers").
const ACCOUNT_DIGITS: usize = 12;

/// Every secret that was met.
#[derive(Default)]
pub(super) struct Secrets(RefCell<BTreeSet<String>>);

impl Secrets {
    /// A token, a secret access key.
    pub(super) fn meet(&self, secret: &str) {
        if secret.len() >= SHORTEST {
            self.0.borrow_mut().insert(secret.to_owned());
        }
    }

    /// A token, and each part of it: one may be told without the others.
    pub(super) fn meet_token(&self, token: &str) {
        self.meet(token);
        token.split('.').for_each(|part| self.meet(part));
    }

    /// What a signed URL holds that proves or tells something, as it stands there and decoded. Its algorithm and its
    /// date do not.
    pub(super) fn meet_url(&self, url: &WireUrl) {
        for parameter in url.parameters() {
            let Some((name, value)) = parameter.split_once('=') else { continue };
            let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
            let decoded = percent_decode_str(value).decode_utf8_lossy();
            match &*name {
                "x-amz-credential" => self.meet(decoded.split('/').next().unwrap_or_default()),
                "x-amz-signature" | "x-amz-security-token" => self.meet_both(value, &decoded),
                _ if name.starts_with("grant.") => self.meet_both(value, &decoded),
                _ => {}
            }
        }
    }

    fn meet_both(&self, value: &str, decoded: &str) {
        self.meet(value);
        self.meet(decoded);
    }

    /// The text without any of them. What AWS says of a signature may repeat what was signed.
    pub(super) fn hide(&self, text: &str) -> String {
        // The longest first: one may be part of another.
        let mut secrets: Vec<_> = self.0.borrow().iter().cloned().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let text =
            secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN));
        without_accounts(&text)
    }
}

/// Without the ids of accounts, and without the names of who asked: `arn:aws:sts::111122223333:assumed-role/x/y`.
fn without_accounts(text: &str) -> String {
    let mut shown = String::new();
    let mut digits = String::new();
    // The blank ends the last run of digits.
    for character in without_names(text).chars().chain([' ']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let run = std::mem::take(&mut digits);
        shown.push_str(if run.len() == ACCOUNT_DIGITS { HIDDEN } else { &run });
        shown.push(character);
    }
    shown.pop();
    shown
}

fn without_names(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let is_of_a_principal = |start: &usize| {
            let service = word[*start..].split(':').nth(2);
            service.is_some_and(|service| ["iam", "sts"].contains(&service))
        };
        match word.find("arn:").filter(is_of_a_principal) {
            Some(start) => {
                let kept: Vec<_> = word[start..].splitn(4, ':').take(3).collect();
                format!("{}{}:{HIDDEN}", &word[..start], kept.join(":"))
            }
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_holds_is_hidden_encoded_and_decoded() {
        let secrets = Secrets::default();
        let token = "a+token/of+some/length";
        let encoded = "a%2Btoken%2Fof%2Bsome%2Flength";
        let url = format!("wss://a.example/prod?room=lobby&X-Amz-Security-Token={encoded}");
        secrets.meet_url(&WireUrl::parse(&url).unwrap());
        let text = format!("lobby: {encoded}, and {token}");
        assert_eq!(secrets.hide(&text), format!("lobby: {HIDDEN}, and {HIDDEN}"));
    }

    #[test]
    fn what_proves_nothing_is_shown() {
        let secrets = Secrets::default();
        let own = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260102T030405Z&room=a+long+name+of+a+room";
        let key = "AKIASMOKESMOKESMOKES";
        let scope = "20260102%2Feu-west-1%2Fexecute-api%2Faws4_request";
        let url = format!("wss://a.example/prod?{own}&%58-Amz-Credential={key}%2F{scope}");
        secrets.meet_url(&WireUrl::parse(&url).unwrap());
        assert_eq!(secrets.hide(own), own);
        assert_eq!(secrets.hide(key), HIDDEN);
    }

    #[test]
    fn a_part_of_a_token_is_hidden_alone() {
        let secrets = Secrets::default();
        secrets.meet_token("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.AbcQ");
        assert_eq!(secrets.hide("its claims: eyJzdWIiOiJhbGljZSJ9"), "its claims: (hidden)");
    }

    #[test]
    fn accounts_and_names_are_hidden_and_other_numbers_are_not() {
        let check = |text: &str, shown: &str| assert_eq!(Secrets::default().hide(text), shown);
        check(
            "User: arn:aws:sts::111122223333:assumed-role/admin/alice is not authorized on resource: \
             arn:aws:execute-api:eu-west-1:********3333:a1b2/prod/$connect",
            "User: arn:aws:sts:(hidden) is not authorized on resource: \
             arn:aws:execute-api:eu-west-1:********3333:a1b2/prod/$connect",
        );
        check("account 111122223333", "account (hidden)");
        check(
            "1795158178775 12345678901 20260102T030405Z",
            "1795158178775 12345678901 20260102T030405Z",
        );
        check("", "");
    }

    #[test]
    fn one_that_holds_another_is_hidden_whole() {
        let secrets = Secrets::default();
        secrets.meet("0123456789abcdef");
        secrets.meet("0123456789abcdef0123456789abcdef");
        assert_eq!(secrets.hide("x0123456789abcdef0123456789abcdefx"), format!("x{HIDDEN}x"));
    }
}
