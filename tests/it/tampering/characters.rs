//! Every character of path and query, changed, left out, doubled.

use std::collections::BTreeMap;

use super::{Attempt, Signed, meaning};

/// A change of one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// The digit or letter that follows; an `x` in place of anything else.
    Next,
    OtherCase,
    LeftOut,
    Doubled,
}

impl Change {
    const ALL: [Self; 4] = [Self::Next, Self::OtherCase, Self::LeftOut, Self::Doubled];

    fn of(self, character: char) -> String {
        match self {
            Self::Next => next(character).to_string(),
            Self::OtherCase if character.is_ascii_lowercase() => {
                character.to_ascii_uppercase().to_string()
            }
            Self::OtherCase => character.to_ascii_lowercase().to_string(),
            Self::LeftOut => String::new(),
            Self::Doubled => format!("{character}{character}"),
        }
    }

    /// The reason why the URL still means the same, if there is one.
    fn equality(self, before: &str, character: char, after: &str) -> Option<&'static str> {
        let in_escape = before.bytes().rev().take(2).any(|byte| byte == b'%');
        match (self, character) {
            (Self::OtherCase, 'A'..='F') if in_escape => {
                Some("the digits of an escape count in either case")
            }
            (Self::Doubled, '&') => Some("nothing between two & is no parameter"),
            (Self::LeftOut, '=') if after.starts_with('&') => {
                Some("a name without = has an empty value")
            }
            _ => None,
        }
    }
}

fn next(character: char) -> char {
    match character {
        '9' => '0',
        'z' => 'a',
        'Z' => 'A',
        '0'..='8' | 'a'..='y' | 'A'..='Y' => char::from(character as u8 + 1),
        _ => 'x',
    }
}

#[tokio::test]
async fn every_character_counts() {
    let signed = Signed::new().await;
    let target = &signed.target;
    let mut attempts = Vec::new();
    let mut reasons = BTreeMap::<&str, usize>::new();
    for (position, character) in target.char_indices() {
        let (before, after) = (&target[..position], &target[position + 1..]);
        let mut changes = 0;
        for change in Change::ALL {
            let changed = format!("{before}{}{after}", change.of(character));
            if changed == *target {
                continue;
            }
            let what = format!("{change:?} of {character:?} at {position}");
            let equality = change.equality(before, character, after);
            assert_eq!(meaning(&changed) == meaning(target), equality.is_some(), "{what}");
            match equality {
                Some(reason) => *reasons.entry(reason).or_default() += 1,
                None => {
                    changes += 1;
                    attempts.push(Attempt::target(what, changed));
                }
            }
        }
        assert!(changes >= 1, "{character:?} at {position}");
    }
    // Each of the three is there; that they do connect is shown in `equal`.
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    signed.check_refused(attempts).await;
}
