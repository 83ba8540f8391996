//! A name or value that differs by one character from the one that was signed.

use super::form::Form;
use super::{Candidate, What};

/// What is put in the place of a character: what names and values are mostly made of, in the canonical form.
#[rustfmt::skip]
const ALPHABET: [&str; 73] = [
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M",
    "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z",
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m",
    "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z",
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "-", "_", ".",
    "~", "%20", "%2B", "%2F", "%3D", "%3A", "%2C", "%40",
];

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
    let starts: Vec<_> = starts(text).chain([text.len()]).collect();
    (0..starts.len()).flat_map(move |at| {
        let place = |behind: usize| starts.get(at + behind).copied();
        let (start, next) = (starts[at], place(1));
        let with = |middle: [&str; 2], from: usize| {
            [&text[..start], middle[0], middle[1], &text[from..]].concat()
        };
        let others = |from: usize| ALPHABET.iter().map(move |other| with([other, ""], from));
        let mut found: Vec<String> = others(start).collect();
        if let Some(next) = next {
            found.extend(others(next));
            found.push(with(["", ""], next));
            if let Some(behind) = place(2) {
                found.push(with([&text[next..behind], &text[start..next]], behind));
            }
        }
        found
    })
}

/// Where each character begins, of a text in the canonical form: at `a`, `%20` and `%C3%A9` of `a%20%C3%A9`.
fn starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    let mut digits = 0;
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        if byte == b'%' {
            digits = 2;
            // %80 to %BF go on with a character of UTF-8.
            let goes_on =
                at > 0 && matches!(text.as_bytes().get(at + 1), Some(b'8' | b'9' | b'A' | b'B'));
            return (!goes_on).then_some(at);
        }
        let is_digit = digits > 0;
        digits = usize::max(digits, 1) - 1;
        (!is_digit).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_character_is_what_the_canonical_form_writes_for_it() {
        let check = |text, expected: &[usize]| {
            assert_eq!(starts(text).collect::<Vec<_>>(), expected, "{text}");
        };
        check("", &[]);
        check("ab", &[0, 1]);
        check("a%20%C3%A9%F0%9F%8E%89b", &[0, 1, 4, 10, 22]);
        check("%FF%80", &[0]);
        check("%80", &[0]);
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
        assert_eq!(edits("").count(), ALPHABET.len());
    }
}
