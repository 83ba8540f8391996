//! Which subprotocol is spoken.

use lambda_entry::configuration::{EmptyItem, comma_separated};

/// The subprotocols that this stack speaks (RFC 6455, section 1.9).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subprotocols(Vec<String>);

/// What became of a client's offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice<'a> {
    /// The client offered none.
    NoneOffered,
    /// The first of the client's that is spoken here: it names them in its order of preference (RFC
    /// 6455, section 4.1).
    Chosen(&'a str),
    /// The client offered some, none of which is spoken here.
    NoneAllowed,
}

impl Subprotocols {
    /// Reads a comma-separated list.
    ///
    /// # Errors
    ///
    /// [`InvalidSubprotocol`] for an item that is no token (RFC 9110, section 5.6.2).
    pub fn read(list: &str) -> Result<Self, InvalidSubprotocol> {
        comma_separated(list)?
            .into_iter()
            .map(|item| match is_token(item) {
                true => Ok(item.to_owned()),
                false => Err(InvalidSubprotocol::Form(item.to_owned())),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Chooses from what the values of the client's `Sec-WebSocket-Protocol` headers offer.
    pub(crate) fn choose<'a>(&self, header_values: impl Iterator<Item = &'a str>) -> Choice<'a> {
        let mut offered = header_values
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .peekable();
        if offered.peek().is_none() {
            return Choice::NoneOffered;
        }
        offered
            .find(|name| self.0.iter().any(|spoken| spoken == name))
            .map_or(Choice::NoneAllowed, Choice::Chosen)
    }
}

/// Whether the text is a token of HTTP (RFC 9110, section 5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(in_token)
}

/// An item of the list that is no subprotocol.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSubprotocol {
    /// Nothing stands between two commas.
    #[error(transparent)]
    Empty(#[from] EmptyItem),
    /// It has characters that a subprotocol may not have.
    #[error("{0:?} is not a token")]
    Form(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spoken: &str, offered: &[&str], expected: Choice<'_>) {
        let subprotocols = Subprotocols::read(spoken).expect("the list is good");
        assert_eq!(subprotocols.choose(offered.iter().copied()), expected);
    }

    #[test]
    fn no_offer_chooses_none() {
        check("chat.v1", &[], Choice::NoneOffered);
        check("", &[], Choice::NoneOffered);
        check("chat.v1", &["", " , "], Choice::NoneOffered);
    }

    #[test]
    fn the_first_of_the_client_that_is_spoken_is_chosen() {
        check("chat.v1,chat.v2", &["chat.v2, chat.v1"], Choice::Chosen("chat.v2"));
        check("chat.v1", &["chat.v2,chat.v1"], Choice::Chosen("chat.v1"));
    }

    #[test]
    fn an_offer_may_be_spread_over_headers() {
        check("chat.v1", &["chat.v3", "chat.v2 ,chat.v1"], Choice::Chosen("chat.v1"));
    }

    #[test]
    fn an_offer_of_unspoken_ones_is_not_allowed() {
        check("chat.v1", &["chat.v2"], Choice::NoneAllowed);
        check("", &["chat.v1"], Choice::NoneAllowed);
    }

    #[test]
    fn case_counts() {
        check("chat.v1", &["Chat.v1"], Choice::NoneAllowed);
    }

    #[test]
    fn what_is_no_token_is_refused_at_the_start() {
        assert_eq!(
            Subprotocols::read("chat v1"),
            Err(InvalidSubprotocol::Form("chat v1".to_owned()))
        );
        assert_eq!(
            Subprotocols::read("a,,b"),
            Err(InvalidSubprotocol::Empty(EmptyItem { position: 2 }))
        );
    }
}
