//! Wildcard patterns: `*` for any run of characters, `?` for exactly one.
//!
//! A pattern is built from pieces, not from text, so that a `*` that came out of a variable's value
//! stays a plain asterisk.

/// Number of colon-separated parts of an ARN: `arn:partition:service:region:account:resource`.
/// The last part may itself hold colons.
const ARN_PARTS: usize = 6;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    Exactly(char),
    OneCharacter,
    AnyRun,
}

impl Pattern {
    /// The pattern that `text` spells: its `*` and `?` are wildcards.
    pub(crate) fn new(text: &str) -> Self {
        let mut pattern = Self::default();
        pattern.push_wildcards(text);
        pattern
    }

    /// Appends text whose `*` and `?` are wildcards.
    pub(crate) fn push_wildcards(&mut self, text: &str) {
        self.pieces.extend(text.chars().map(|character| match character {
            '*' => Piece::AnyRun,
            '?' => Piece::OneCharacter,
            other => Piece::Exactly(other),
        }));
    }

    /// Appends text that stands for itself.
    pub(crate) fn push_literal(&mut self, text: &str) {
        self.pieces.extend(text.chars().map(Piece::Exactly));
    }

    /// Whether the pattern covers the whole of `text`; a wildcard may reach over any character.
    pub(crate) fn matches(&self, text: &str) -> bool {
        pieces_match(&self.pieces, text)
    }

    /// Whether the pattern covers the ARN part by part: a wildcard does not reach over a colon of
    /// the first five (IAM User Guide, "Condition operators", ARN condition operators). `*`
    /// alone covers every text; another pattern of fewer parts none.
    pub(crate) fn matches_arn(&self, arn: &str) -> bool {
        if self.pieces == [Piece::AnyRun] {
            return true;
        }
        let pattern: Vec<&[Piece]> =
            self.pieces.splitn(ARN_PARTS, |piece| *piece == Piece::Exactly(':')).collect();
        let parts: Vec<&str> = arn.splitn(ARN_PARTS, ':').collect();
        pattern.len() == ARN_PARTS
            && parts.len() == ARN_PARTS
            && pattern.iter().zip(parts).all(|(pieces, part)| pieces_match(pieces, part))
    }
}

/// Greedy matching that remembers only the last run: enough, because an earlier run never needs to
/// grow once a later one was reached. Time is at most pieces × characters.
fn pieces_match(pieces: &[Piece], text: &str) -> bool {
    let mut next_piece = 0;
    let mut rest = text.chars();
    let mut last_run = None;
    loop {
        let mut ahead = rest.clone();
        let advanced = match (pieces.get(next_piece), ahead.next()) {
            (None, None) => return true,
            (Some(Piece::AnyRun), _) => {
                next_piece += 1;
                last_run = Some((next_piece, rest.clone()));
                continue;
            }
            (Some(Piece::OneCharacter), Some(_)) => true,
            (Some(Piece::Exactly(expected)), Some(found)) => *expected == found,
            (None, Some(_)) | (Some(_), None) => false,
        };
        if advanced {
            next_piece += 1;
            rest = ahead;
            continue;
        }
        let Some((after_run, run_end)) = &mut last_run else { return false };
        if run_end.next().is_none() {
            return false;
        }
        next_piece = *after_run;
        rest = run_end.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} over {text}");
    }

    fn check_arn(pattern: &str, arn: &str, expected: bool) {
        assert_eq!(Pattern::new(pattern).matches_arn(arn), expected, "{pattern} over {arn}");
    }

    #[test]
    fn without_wildcards_only_the_same_text() {
        check("abc", "abc", true);
        check("abc", "abcd", false);
        check("abc", "ab", false);
        check("abc", "aBc", false);
        check("", "", true);
        check("", "a", false);
    }

    #[test]
    fn a_question_mark_is_exactly_one_character() {
        check("a?c", "abc", true);
        check("a?c", "aéc", true);
        check("a?c", "ac", false);
        check("?", "", false);
    }

    #[test]
    fn an_asterisk_is_any_run() {
        check("*", "", true);
        check("a*", "a", true);
        check("a*c", "abbbc", true);
        check("a*c", "abbb", false);
        check("*a*b*", "xxaxxbxx", true);
        check("*a*b*", "xxbxxaxx", false);
        check("a**b", "ab", true);
        check("*?", "", false);
        check("*ab", "aab", true);
        check("a*b*c", "abcbd", false);
    }

    #[test]
    fn many_runs_stay_fast() {
        check(&"a*".repeat(50), &"a".repeat(5_000), true);
        check(&format!("{}b", "a*".repeat(50)), &"a".repeat(5_000), false);
    }

    #[test]
    fn a_literal_asterisk_matches_only_itself() {
        let mut pattern = Pattern::new("a/");
        pattern.push_literal("*");
        assert!(pattern.matches("a/*"));
        assert!(!pattern.matches("a/b"));
    }

    #[test]
    fn an_arn_is_compared_part_by_part() {
        let arn = "arn:aws:some:us-east-2:999999999999:store/abc:111122223333:finance/document.txt";
        check("arn:aws:some:*:111122223333:finance/*", arn, true);
        check_arn("arn:aws:some:*:111122223333:finance/*", arn, false);
        check_arn("arn:aws:some:*:999999999999:store/*", arn, true);
        check_arn("arn:aws:some:us-east-?:*:*", arn, true);
        check_arn("arn:aws:some:us-east-2:999999999999:store", arn, false);
        check_arn("*", arn, true);
        check_arn("arn:aws:some:*", arn, false);
        check_arn("arn:aws:some:*:*:*", "not an arn", false);
    }
}
