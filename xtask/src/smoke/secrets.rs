//! What must not be shown, and takes it out of what is.

use std::cell::RefCell;
use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use super::wire::address::WireUrl;

/// A shorter value may stand in a text by chance, and is no secret.
const SHORTEST: usize = 16;

/// What stands where a secret stood.
const HIDDEN: &str = "(hidden)";

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

    /// What a signed URL holds: every value of its query, as it stands there and decoded.
    pub(super) fn meet_url(&self, url: &WireUrl) {
        for parameter in url.parameters() {
            if let Some((_, value)) = parameter.split_once('=') {
                self.meet(value);
                self.meet(&percent_decode_str(value).decode_utf8_lossy());
            }
        }
    }

    /// The text without any of them. What AWS says of a signature may repeat what was signed.
    pub(super) fn hide(&self, text: &str) -> String {
        // The longest first: one may be part of another.
        let mut secrets: Vec<_> = self.0.borrow().iter().cloned().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
    }
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
    fn one_that_holds_another_is_hidden_whole() {
        let secrets = Secrets::default();
        secrets.meet("0123456789abcdef");
        secrets.meet("0123456789abcdef0123456789abcdef");
        assert_eq!(secrets.hide("x0123456789abcdef0123456789abcdefx"), format!("x{HIDDEN}x"));
    }
}
