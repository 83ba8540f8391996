//! Texts as words of a POSIX shell.
//! (POSIX.1-2024, Shell Command Language, section 2.2 "Quoting")

use std::borrow::Cow;

/// A text as one word that means nothing but itself: as it is where that is plain, else in single quotes.
pub(crate) fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@,+=%".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.into()
    } else {
        format!("'{}'", text.replace('\'', r"'\''")).into()
    }
}

/// A text, and behind it what the shell puts in the place of `expansion` (`$(COMMAND)` or `$NAME`), as one word.
pub(crate) fn quoted_with(text: &str, expansion: &str) -> String {
    // These are not plain between double quotes; ! is not where a person types.
    if text.contains(['"', '$', '`', '\\', '!']) {
        format!("{}\"{expansion}\"", quoted(text))
    } else {
        format!("\"{text}{expansion}\"")
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Nothing in them may have a meaning, nor become one in its quotes.
    const TEXTS: [&str; 14] = [
        "plain",
        "https://issuer.invalid/a_b-c",
        "",
        "two words",
        "it's",
        "'",
        "\"",
        "$HOME",
        "$(echo no)",
        "`echo no`",
        "a\\b",
        "*",
        "~;&|<>#!",
        "line\nline",
    ];

    /// What a shell makes of a word.
    fn echoed(word: &str) -> String {
        let output =
            Command::new("sh").args(["-c", &format!("printf %s {word}")]).output().unwrap();
        assert!(output.status.success(), "{word}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn a_shell_reads_every_text_as_it_is() {
        for text in TEXTS {
            assert_eq!(echoed(&quoted(text)), text);
            assert_eq!(echoed(&quoted_with(text, "$(echo 'a b')")), format!("{text}a b"));
        }
    }

    #[test]
    fn what_is_plain_stays_readable() {
        for text in TEXTS.iter().take(2) {
            assert_eq!(quoted(text), *text);
        }
        assert_eq!(
            quoted_with("authorization: Bearer ", "$TOKEN"),
            r#""authorization: Bearer $TOKEN""#
        );
    }
}
