//! How deep the brackets of a text stand inside one another, told before any of it is read as YAML.

/// How many brackets stand open inside one another at most: not fewer than the YAML scanner will find.
///
/// Whether a character begins a quoted text, a comment or a tag, which hide brackets, is known only to
/// who reads the whole. So both readings are followed, and where they meet again, the deeper one counts.
pub(super) fn open_brackets(text: &str) -> usize {
    let (mut plain, mut deepest) = (0_usize, 0);
    let [mut single, mut double, mut comment, mut tag] = [None; 4];
    let (mut before, mut escaped) = ('\n', false);
    for character in text.chars() {
        let begins = before.is_whitespace() || "[]{},:?\u{feff}".contains(before);
        let here = Some(plain);
        match character {
            '[' | '{' => plain += 1,
            ']' | '}' => plain = plain.saturating_sub(1),
            '\'' => {
                plain = plain.max(single.take().unwrap_or(0));
                // Two of them are one inside a quoted text.
                single = Some(plain).filter(|_| begins || before == '\'');
            }
            '"' => {
                let hidden = double.filter(|_| escaped);
                plain = plain.max(double.take().filter(|_| !escaped).unwrap_or(0));
                double = hidden.max(here.filter(|_| begins));
            }
            '#' if begins || "\"'".contains(before) => comment = comment.max(here),
            '!' if begins => tag = tag.max(here),
            _ if character.is_whitespace() => {
                plain = plain.max(tag.take().unwrap_or(0));
                if !matches!(character, ' ' | '\t') {
                    plain = plain.max(comment.take().unwrap_or(0));
                }
            }
            _ => {}
        }
        deepest = deepest.max(plain);
        escaped = character == '\\' && !escaped;
        before = character;
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bracket_escapes_the_count() {
        let check = |text: &str, expected| assert_eq!(open_brackets(text), expected, "{text}");
        check("A: [{B: [1]}, [2]]", 3);
        check("A: ']]' # ]]\nB: [1]", 1);
        let hiding = [
            "[ #]\n",
            "[ '\n]',\n",
            "[ ''']',\n",
            "[\"\\\"]\", ",
            "[!a] b, ",
            "[ \"]\", [\"\"#]\n",
        ];
        for hiding in hiding {
            let text = format!("A: {}", hiding.repeat(1_000));
            assert!(open_brackets(&text) >= 1_000, "{hiding:?}: {}", open_brackets(&text));
        }
    }

    #[test]
    fn a_template_that_is_written_for_people_stays_far_from_the_limit() {
        let far = crate::template::MAXIMUM_OPEN_BRACKETS / 4;
        let check = |text: &str| assert!(open_brackets(text) < far, "{}", open_brackets(text));
        check(include_str!("../../../../cloudformation/template.yaml"));
        let value = serde_json::json!({"Fn::Join": [":", ["a # b", {"Ref": "!x"}, "it's", ""]]});
        check(&serde_json::to_string_pretty(&serde_json::json!({"A": vec![value; 500]})).unwrap());
    }
}
