//! A name or value that differs by one character from the one that was signed.

use super::form::Form;
use super::{Candidate, What};

/// What is put in the place of a character: what names and values are mostly made of, in the canonical form.
const ALPHABET: &str =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%20%2B%2F%3D%3A%2C%40";

/// Every name and value that is not the signature's own, with one character changed, added, left out,
/// or two exchanged.
pub(super) fn changed(form: &Form) -> impl Iterator<Item = Candidate> + '_ {
    let is_own = |name: &str| name.to_ascii_lowercase().starts_with("x-amz-");
    form.pairs.iter().enumerate().filter(move |(_, (name, _))| !is_own(name)).flat_map(
        move |(at, (name, value))| {
            let values = edits(value).map(move |other| (name.clone(), other));
            let names = edits(name).map(move |other| (other, value.clone()));
            values.chain(names).map(move |pair| {
                let query = form.query_with(at, &pair);
                form.with_query(What::Pair(pair), &query)
            })
        },
    )
}

/// Every text that is one edit away; both in the canonical form.
fn edits(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = characters(text);
    let alphabet = characters(ALPHABET);
    (0..=parts.len()).flat_map(move |at| {
        let (before, behind) = parts.split_at(at);
        let text = |middle: &[&str], rest: &[&str]| [before, middle, rest].concat().concat();
        let mut found: Vec<String> = alphabet.iter().map(|other| text(&[other], behind)).collect();
        if let [first, rest @ ..] = behind {
            found.extend(alphabet.iter().map(|other| text(&[other], rest)));
            found.push(text(&[], rest));
            if let [second, rest @ ..] = rest {
                found.push(text(&[second, first], rest));
            }
        }
        found
    })
}

/// The characters of a text in the canonical form, each as it stands there: `a%20%C3%A9` → `a`, `%20`, `%C3%A9`.
fn characters(text: &str) -> Vec<&str> {
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let is_escape = rest.starts_with('%');
        // %80 to %BF go on with a character of UTF-8.
        let goes_on =
            is_escape && matches!(rest.as_bytes().get(1), Some(b'8' | b'9' | b'A' | b'B'));
        if !goes_on || starts.is_empty() {
            starts.push(at);
        }
        at += if is_escape { 3 } else { 1 };
    }
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| text.get(*start..end)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_character_is_what_the_canonical_form_writes_for_it() {
        let check = |text, expected: &[&str]| assert_eq!(characters(text), expected, "{text}");
        check("", &[]);
        check("ab", &["a", "b"]);
        check("a%20%C3%A9%F0%9F%8E%89b", &["a", "%20", "%C3%A9", "%F0%9F%8E%89", "b"]);
        check("%FF%80", &["%FF%80"]);
        check("%80", &["%80"]);
    }

    #[test]
    fn one_edit_is_a_character_changed_added_left_out_or_two_exchanged() {
        let found: HashSet<_> = edits("a%20b").collect();
        for expected in
            ["a%20c", "a%2Bb", "xa%20b", "a%20b%2F", "%20b", "ab", "a%20", "%20ab", "ab%20"]
        {
            assert!(found.contains(expected), "{expected}");
        }
        for other in ["a", "ba%20", "a%20bcd"] {
            assert!(!found.contains(other), "{other}");
        }
        assert_eq!(edits("").count(), characters(ALPHABET).len());
    }
}
