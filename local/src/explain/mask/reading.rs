//! A text as it reads once its encodings are undone, with the place of each character in the text as it is.

use std::ops::Range;

/// How often a text is decoded. A URL in a parameter of a URL, in JSON, in a line of JSON, is encoded four times.
const DEPTH: u8 = 4;

/// Stands for every character that is not ASCII: none is part of a name or of a secret.
const OTHER: u8 = 0x80;

/// A text to be looked through.
pub(super) struct Reading<'a> {
    text: &'a str,
    characters: Vec<Character>,
    /// Their bytes: ASCII, or [`OTHER`].
    bytes: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Character {
    /// Where it stands in the text.
    start: usize,
    end: usize,
    /// How often it was encoded.
    level: u8,
}

impl<'a> Reading<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (mut characters, mut bytes) = (Vec::new(), Vec::new());
        for (start, character) in text.char_indices() {
            characters.push(Character { start, end: start + character.len_utf8(), level: 0 });
            bytes.push(u8::try_from(character).ok().filter(u8::is_ascii).unwrap_or(OTHER));
        }
        let mut reading = Self { text, characters, bytes };
        for level in 1..=DEPTH {
            if !reading.bytes.contains(&b'%') && !reading.bytes.contains(&b'\\') {
                break;
            }
            reading = reading.decoded(level);
        }
        reading
    }

    /// With what is percent-encoded, or escaped as in JSON, once decoded.
    fn decoded(&self, level: u8) -> Self {
        let (mut characters, mut bytes) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some((byte, length)) = decode(&self.bytes[at..]) {
            // Of `\\"` only the backslash is a string's own: the quote ends it.
            let is_end = matches!(self.bytes[at..at + length], [b'\\', b'"'])
                && self.level(at) > self.level(at + 1);
            let (byte, length) = if is_end { (b'\\', 1) } else { (byte, length) };
            let last = at + length - 1;
            characters.push(Character {
                start: self.characters[at].start,
                end: self.characters[last].end,
                level: if length == 1 { self.characters[at].level } else { level },
            });
            bytes.push(byte);
            at += length;
        }
        Self { text: self.text, characters, bytes }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it reads at a place, if it does not end before.
    pub(super) fn at(&self, place: usize) -> Option<u8> {
        self.bytes.get(place).copied()
    }

    /// How often what stands there was encoded.
    pub(super) fn level(&self, place: usize) -> u8 {
        self.characters.get(place).map_or(0, |character| character.level)
    }

    /// The first place from `start` on where `is_end` holds, else its end.
    pub(super) fn find(&self, start: usize, mut is_end: impl FnMut(usize, u8) -> bool) -> usize {
        let found = (start..self.bytes.len()).find(|place| is_end(*place, self.bytes[*place]));
        found.unwrap_or(self.bytes.len())
    }

    /// ASCII that stands there.
    pub(super) fn text(&self, places: Range<usize>) -> &str {
        self.bytes.get(places).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// What stands there, with its encodings.
    pub(super) fn as_it_is(&self, places: &Range<usize>) -> &'a str {
        self.text.get(self.source(places)).unwrap_or_default()
    }

    /// Where these places are in the text as it is.
    pub(super) fn source(&self, places: &Range<usize>) -> Range<usize> {
        let end_of = |place: usize| self.characters.get(place).map_or(0, |one| one.end);
        let before = places.start.checked_sub(1).map_or(0, end_of);
        let start = self.characters.get(places.start).map_or(before, |one| one.start);
        start..places.end.checked_sub(1).map_or(0, end_of).max(start)
    }
}

/// What these bytes begin with, and how many of them it takes.
fn decode(bytes: &[u8]) -> Option<(u8, usize)> {
    let hex = |digits: &[u8]| {
        let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
        let text = str::from_utf8(digits).ok().filter(|_| is_hex)?;
        let code = u16::from_str_radix(text, 16).ok()?;
        Some(u8::try_from(code).ok().filter(u8::is_ascii).unwrap_or(OTHER))
    };
    let escape = match bytes {
        [b'%', digits @ ..] => digits.get(..2).and_then(hex).map(|byte| (byte, 3)),
        [b'\\', b'u', digits @ ..] => digits.get(..4).and_then(hex).map(|byte| (byte, 6)),
        [b'\\', byte @ (b'/' | b'"' | b'\'' | b'\\'), ..] => Some((*byte, 2)),
        _ => None,
    };
    escape.or_else(|| bytes.first().map(|byte| (*byte, 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, read: &str) {
        let reading = Reading::of(text);
        assert_eq!(reading.bytes(), read.as_bytes(), "{text}");
        assert_eq!(reading.source(&(0..read.len())), 0..text.len(), "{text}");
    }

    #[test]
    fn encodings_are_undone_as_often_as_there_are() {
        check("a/b", "a/b");
        check("a%2Fb%3db", "a/b=b");
        check("a%252Fb%25252Fb", "a/b/b");
        check(r"a\/b\u002fb\\/b", "a/b/b/b");
        check(r#"\"a\\\"b%5C%22"#, r#""a"b""#);
        check(r#""a\\","b""#, r#""a\","b""#);
        check("100% %2 \\n %zz \\u00", "100% %2 \\n %zz \\u00");
    }

    #[test]
    fn a_place_is_known_in_the_text_as_it_is() {
        let check = |text: &str, places: Range<usize>, expected: &str| {
            assert_eq!(&text[Reading::of(text).source(&places)], expected);
        };
        check("é%2Fb%C3%A9c", 1..2, "%2F");
        check("é%2Fb%C3%A9c", 2..6, "b%C3%A9c");
        check("ab", 2..2, "");
        check("ab", 1..1, "");
        check("", 0..0, "");
    }
}
