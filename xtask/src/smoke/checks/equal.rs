//! What looks different and is not: each opens a URL of its own.

use serde_json::json;

use super::opening::echo;
use super::{said, skipped, unexpected};
use crate::smoke::fidelity::Row;
use crate::smoke::record::Checked;
use crate::smoke::stack::{Stack, opened};
use crate::smoke::wire::websocket::Answer;

/// A value with a space, which is signed as `%20`.
const SPACED: &str = "lobby 7";

pub(super) async fn run(stack: &Stack) {
    let order = || opens(stack, |parameters| parameters.iter().rev().cloned().collect(), &[]);
    stack.check("equal: parameters in another order", "101", order).await;
    let hex =
        || opens(stack, |parameters| parameters.iter().map(|text| lower_hex(text)).collect(), &[]);
    stack.check("equal: escapes in lower case", "101", hex).await;
    let escape =
        || opens(stack, |parameters| parameters.iter().map(|text| escaped(text)).collect(), &[]);
    stack.check("equal: names that need not be escaped", "101", escape).await;
    let headers = [("X-Smoke", "a header that is not signed")];
    let header = || opens(stack, <[String]>::to_vec, &headers);
    stack.check("equal: a header more", "101", header).await;
    stack.check("equal: + for a space", "101, or another signature", || plus(stack)).await;
}

async fn opens(
    stack: &Stack,
    change: impl FnOnce(&[String]) -> Vec<String>,
    headers: &[(&str, &str)],
) -> Checked {
    let signed = stack.sign_any().await?;
    let parameters = change(&signed.url.parameters());
    let url = signed.url.with_parameters(&parameters);
    let mut socket = opened(stack.open(&url, headers).await?)?;
    echo(&mut socket, "hello").await?;
    Ok("101".to_owned())
}

/// `%2F` as `%2f`.
fn lower_hex(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_at_checked(2) {
        Some((digits, rest)) => format!("{text}%{}{rest}", digits.to_ascii_lowercase()),
        None => format!("{text}%{part}"),
    })
}

/// `X-Amz-Date` as `%58-Amz-Date`.
fn escaped(text: &str) -> String {
    match text.chars().next() {
        Some(first) if first.is_ascii_alphanumeric() => {
            format!("%{:02X}{}", first as u32, &text[1..])
        }
        _ => text.to_owned(),
    }
}

async fn plus(stack: &Stack) -> Checked {
    let Some(name) = &stack.parameter else { return skipped("no parameter may be requested") };
    let signed = stack.sign(&json!({name: SPACED})).await?;
    let mut parameters = signed.url.parameters();
    let Some(own) = parameters.iter_mut().find(|text| text.ends_with("=lobby%207")) else {
        return unexpected("the URL has no %20");
    };
    *own = own.replace("%20", "+");
    match stack.open(&signed.url.with_parameters(&parameters), &[]).await? {
        Answer::Refused(reply) => {
            stack.observe(Row::PlusSigned, false, &said("sent as +", &reply));
            Ok(said("refused", &reply))
        }
        Answer::Open(mut socket) => {
            stack.observe(Row::PlusSigned, true, "what was signed as %20 opens as +");
            let echo = echo(&mut socket, "hello").await?;
            let found = &echo["connection"]["requested"][name];
            stack.observe(Row::PlusInEvent, *found == SPACED, &format!("a + came as {found}"));
            Ok(format!("101, it came as {found}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_change_and_letters_do_not() {
        assert_eq!(lower_hex("A%2FB%C3%AB=C%"), "A%2fB%c3%ab=C%");
        assert_eq!(escaped("X-Amz-Date=1"), "%58-Amz-Date=1");
        assert_eq!(escaped("%58=1"), "%58=1");
    }
}
