//! A name or value that differs by one character from the one that was signed.

use sigv4_verify::percent::{decode, recode};

use super::Candidate;
use super::form::Form;
use crate::explain::mask;

/// What is put in the place of a character: what names and values are mostly made of.
const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~ +/=:,@";

/// Characters of names and values that are looked at. Each costs some 150 signatures, and somebody waits.
const MAXIMUM_CHARACTERS: usize = 128;

/// Every name and value that is not the signature's own, with one character changed, added, left out,
/// or two exchanged.
pub(super) fn changed(form: &Form) -> impl Iterator<Item = Candidate> + '_ {
    let is_own = |name: &str| name.to_ascii_lowercase().starts_with("x-amz-");
    let mut left = MAXIMUM_CHARACTERS;
    let mut fits = move |length| {
        let rest = left.checked_sub(length);
        left = rest.unwrap_or(left);
        rest.is_some()
    };
    form.query
        .iter()
        .enumerate()
        .filter(move |(_, (name, value))| !is_own(name) && fits(name.len() + value.len()))
        .flat_map(move |(at, (name, value))| {
            let values = edits(value).map(move |other| (name.clone(), other));
            let names = edits(name).map(move |other| (other, value.clone()));
            values.chain(names).map(move |pair| form.with_pair(shown(&pair), at, pair))
        })
}

/// Every text that is one edit away; both in the canonical form.
fn edits(text: &str) -> impl Iterator<Item = String> + '_ {
    let characters: Vec<char> = decode(text).chars().collect();
    (0..=characters.len()).flat_map(move |at| {
        let (before, behind) = characters.split_at(at);
        let text = |middle: &[char], rest: &[char]| -> String {
            before.iter().chain(middle).chain(rest).collect()
        };
        let mut found: Vec<String> = ALPHABET.chars().map(|other| text(&[other], behind)).collect();
        if let [first, rest @ ..] = behind {
            found.extend(ALPHABET.chars().map(|other| text(&[other], rest)));
            found.push(text(&[], rest));
            if let [second, rest @ ..] = rest {
                found.push(text(&[*second, *first], rest));
            }
        }
        found.into_iter().filter_map(|other| canonical(&other))
    })
}

fn canonical(text: &str) -> Option<String> {
    let escaped = text.replace('%', "%25").replace('+', "%2B");
    recode(&escaped).map(Into::into).ok()
}

/// `room=lobby`
fn shown((name, value): &(String, String)) -> String {
    format!("{}={}", mask::shown_name(&decode(name)), mask::shown_name(&decode(value)))
}
