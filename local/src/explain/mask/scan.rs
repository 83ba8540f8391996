//! Where the secrets of a text are: behind their names, before a host, and by their look.

use std::ops::Range;

use sigv4_verify::found::{Found, long_run};

use super::HIDDEN;
use super::names::{Kind, SIGNATURE_NAMES, is_literal};
use super::reading::Reading;

/// Characters of the longest name in an ARN: a role's, or a session's. (IAM User Guide, "IAM and AWS STS quotas")
const LONGEST_NAME: usize = 64;

/// Characters of the longest ARN. (IAM API Reference, `arnType`)
const LONGEST_ARN: usize = 2_048;

/// Characters of a word that is shown whole; a credential has fewer, a session token several times as many.
const LONGEST_WORD: usize = 96;

/// The beginning of what could be a secret, which is shown.
const BEGINNING: usize = 8;

/// A piece of a text that is not shown.
pub(super) struct Piece {
    /// Where it is in the text as it is.
    pub(super) place: Range<usize>,
    /// What stands for it.
    pub(super) shown: String,
}

/// All of a text, by where they begin. They may overlap.
pub(super) fn secrets(reading: &Reading<'_>) -> Vec<Piece> {
    let mut scan = Scan { reading, pieces: Vec::new(), strings: Vec::new() };
    let mut at = 0;
    while let Some(byte) = reading.at(at) {
        at = match byte {
            b':' => scan.user(at),
            b'"' | b'\n' => scan.string(at, byte),
            byte if is_of_word(byte) => scan.word(at),
            _ => at + 1,
        };
    }
    scan.pieces.sort_by_key(|piece| piece.place.start);
    scan.pieces
}

struct Scan<'a> {
    reading: &'a Reading<'a>,
    pieces: Vec<Piece>,
    /// How often the quotes are encoded of the strings that are read, one within the other.
    strings: Vec<u8>,
}

/// What is between a name and its value.
struct Separator<'a> {
    place: usize,
    /// What ends the name, as in JSON; may be empty.
    quote: &'a str,
}

impl Scan<'_> {
    fn hide(&mut self, places: Range<usize>, shown: String) {
        self.pieces.push(Piece { place: self.reading.source(&places), shown });
    }

    /// A string begins, or ends; the quotes of one within it are encoded once more. None goes over lines.
    fn string(&mut self, place: usize, byte: u8) -> usize {
        let level = self.reading.level(place);
        self.strings.retain(|outer| *outer <= level && byte == b'"');
        match self.strings.last() {
            Some(outer) if *outer == level => _ = self.strings.pop(),
            _ if byte == b'"' => self.strings.push(level),
            _ => {}
        }
        place + 1
    }

    /// Whether the string that is read ends there, or one that it is in.
    fn ends_string(&self, place: usize, byte: u8) -> bool {
        byte == b'"' && self.strings.last() >= Some(&self.reading.level(place))
    }

    /// Hides the user whom a URL has behind this colon, and his password. Gives the end of what was read; likewise below.
    fn user(&mut self, colon: usize) -> usize {
        let reading = self.reading;
        let start = colon + "://".len();
        if !reading.bytes()[colon..].starts_with(b"://") {
            return colon + 1;
        }
        let end = reading.find(start, |_, byte| is_blank(byte) || b"/?#\"<>".contains(&byte));
        let user = reading.bytes()[start..end].iter().rposition(|byte| *byte == b'@');
        let host = start + user.unwrap_or_default();
        if user.is_some() {
            self.hide(start..host, HIDDEN.to_owned());
        }
        // A password may have a `/`: then nothing tells it from a host and a path.
        self.cut(host..reading.find(host, |_, byte| !is_of_word(byte)));
        // A host is no name, though a port may be behind it.
        reading.find(host, |_, byte| !is_of_word(byte) || byte == b'/')
    }

    /// Cuts a word that could be a secret, and hides the value whose name it is.
    fn word(&mut self, start: usize) -> usize {
        let reading = self.reading;
        if let Some(end) = end_of_arn(reading, start) {
            return end;
        }
        let end = reading.find(start, |_, byte| !is_of_word(byte));
        self.cut(start..end);
        let word = reading.text(start..end);
        let lower = word.to_ascii_lowercase();
        let names = SIGNATURE_NAMES.iter().filter_map(|name| Some(lower.find(name)? + name.len()));
        if let Some(length) = names.min().filter(|length| *length < word.len()) {
            let end = reading.find(start + length, |place, byte| {
                byte == b'&' || is_end_of_line(byte) || self.ends_string(place, byte)
            });
            self.hide(start + length..end, format!("={HIDDEN}"));
            return end;
        }
        if lower == "bearer" {
            let next = reading.find(end, |_, byte| !is_blank(byte) && byte != b',');
            return if next > end { self.value(Kind::Secret, b' ', "", next) } else { end };
        }
        let kind = Kind::of(word);
        match separator(reading, end).filter(|_| kind.is_secret()) {
            Some(Separator { place, quote }) => {
                if reading.at(end) == Some(b'"') {
                    self.strings.pop();
                }
                self.value(kind, reading.bytes()[place], quote, place + 1)
            }
            None => end,
        }
    }

    /// Where a `+` has become a blank, a secret is more than a word.
    fn cut(&mut self, word: Range<usize>) {
        let reading = self.reading;
        let end = end_of_random_words(reading, word.clone());
        let text = reading.text(word.start..end);
        let first = match long_run(text) {
            _ if Found::credential(text).to_string() == text => return,
            Some(run) => run.start,
            None if word.len() > LONGEST_WORD => 0,
            None => return,
        };
        let behind_padding = reading.find(end, |_, byte| byte != b'=');
        self.hide(word.start + first + BEGINNING..behind_padding, "…".to_owned());
    }

    /// Hides the value that begins behind `start`, as its separator and the quotes around its name have it end.
    fn value(&mut self, kind: Kind, separator: u8, quote: &str, start: usize) -> usize {
        let reading = self.reading;
        let level = reading.level(start - 1);
        let first = reading.find(start, |_, byte| !is_blank(byte) || is_end_of_line(byte));
        let is_line = kind == Kind::SecretLine && quote.is_empty();
        match reading.at(first) {
            Some(mark @ (b'"' | b'\'')) if !is_line => {
                let end = end_of_string(reading, first, mark);
                self.hide(first + 1..end, HIDDEN.to_owned());
                return end + 1;
            }
            Some(b'{' | b'[') if !is_line && separator == b':' => {
                let end = end_of_structure(reading, first);
                self.hide(first..end, format!("{quote}{HIDDEN}{quote}"));
                return end;
            }
            _ => {}
        }
        let end = reading.find(first, |place, byte| {
            // What is encoded more often than the separator is the value's own.
            let ends = |marks: &[u8]| marks.contains(&byte) && reading.level(place) <= level;
            match separator {
                _ if is_end_of_line(byte) || self.ends_string(place, byte) => true,
                _ if !quote.is_empty() => b",}]".contains(&byte) || is_blank(byte),
                b':' if is_line => false,
                _ if is_line || separator == b':' => ends(b"&"),
                _ => ends(b"&<> \t"),
            }
        });
        if !is_literal(reading.text(first..end)) {
            self.hide(first..end, format!("{quote}{HIDDEN}{quote}"));
        }
        end
    }
}

fn separator<'a>(reading: &Reading<'a>, end: usize) -> Option<Separator<'a>> {
    let is_quoted = matches!(reading.at(end), Some(b'"' | b'\''));
    let behind = end + usize::from(is_quoted);
    let place = reading.find(behind, |_, byte| !is_blank(byte));
    let quote = reading.as_it_is(&(end..behind));
    matches!(reading.at(place), Some(b'=' | b':')).then_some(Separator { place, quote })
}

/// Where the quote is that ends a string: one inside it is encoded once more.
fn end_of_string(reading: &Reading<'_>, start: usize, mark: u8) -> usize {
    let level = reading.level(start);
    reading.find(start + 1, |place, byte| byte == mark && reading.level(place) == level)
}

/// Behind the object or the list that begins there.
fn end_of_structure(reading: &Reading<'_>, start: usize) -> usize {
    let (mut depth, mut place) = (0_usize, start);
    while let Some(byte) = reading.at(place) {
        match byte {
            b'"' => place = end_of_string(reading, place, byte),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        place += 1;
        if depth == 0 {
            return place;
        }
    }
    reading.bytes().len()
}

/// Behind an ARN, with names that people and CloudFormation make: those of roles and sessions are long.
fn end_of_arn(reading: &Reading<'_>, start: usize) -> Option<usize> {
    // Few words are one: the others are not read ahead of.
    if !(0..).zip(b"arn:").all(|(at, byte)| reading.at(start + at) == Some(*byte)) {
        return None;
    }
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,@$".contains(&byte);
    let end = reading.find(start, |place, byte| {
        place - start > LONGEST_ARN || byte != b':' && !is_of_word(byte)
    });
    let text = reading.text(start..end);
    let mut names = text.split([':', '/']);
    let is_arn = end - start <= LONGEST_ARN
        && text.split(':').count() >= 6
        && names.all(|name| name.len() <= LONGEST_NAME && name.bytes().all(is_of_name));
    is_arn.then_some(end)
}

/// Behind the words, one blank between them, of which none is one of a language, nor a number.
fn end_of_random_words(reading: &Reading<'_>, word: Range<usize>) -> usize {
    let Range { mut start, mut end } = word.clone();
    // More are looked at from their own words on.
    while end - word.start <= LONGEST_WORD
        && reading.at(end) == Some(b' ')
        && !is_plain(reading.text(start..end))
    {
        let next = reading.find(end + 1, |_, byte| !is_of_word(byte));
        if next == end + 1 || is_plain(reading.text(end + 1..next)) {
            break;
        }
        (start, end) = (end + 1, next);
    }
    end
}

/// `word`, `Word`, `WORD`, `1234`, or several of them.
fn is_plain(word: &str) -> bool {
    let mut parts = word.split(|character: char| !character.is_ascii_alphanumeric());
    parts.all(|part| {
        let all = |part: &str, is: fn(&u8) -> bool| part.bytes().all(|byte| is(&byte));
        all(part, u8::is_ascii_digit)
            || all(part, u8::is_ascii_uppercase)
            || all(part.get(1..).unwrap_or_default(), u8::is_ascii_lowercase)
    })
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"&;,=:?\"'`(){}[]<>|#\\".contains(&byte)
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control()
}

fn is_end_of_line(byte: u8) -> bool {
    b"\n\r".contains(&byte)
}
