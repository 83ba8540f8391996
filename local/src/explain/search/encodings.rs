//! How a signer may have encoded that does not keep to the rule, and what may have become of a value since.

use sigv4_verify::percent::{decode, recode};

/// A text in its canonical form, and in another one.
pub(super) type Encoding = (&'static str, fn(&str) -> Option<String>);

/// How signers encode that do not keep to the rule. Each is tried on one value, and on all names and values.
pub(super) const ENCODINGS: [Encoding; 9] = [
    ("with + for each space", |text| Some(text.replace("%20", "+"))),
    ("with a plus for each space", |text| Some(text.replace("%20", "%2B"))),
    ("with !'()* as they are", |text| {
        let escapes = [("%21", "!"), ("%27", "'"), ("%28", "("), ("%29", ")"), ("%2A", "*")];
        Some(escapes.into_iter().fold(text.to_owned(), |text, (escape, c)| text.replace(escape, c)))
    }),
    ("with / as it is", |text| Some(text.replace("%2F", "/"))),
    ("with ~ encoded", |text| Some(text.replace('~', "%7E"))),
    ("with lower-case hexadecimal", |text| Some(lower_case_escapes(text))),
    ("not encoded", |text| Some(decode(text).into_owned())),
    ("encoded twice", |text| Some(text.replace('%', "%25"))),
    ("encoded once less", |text| recode(&decode(text).replace('+', "%2B")).map(Into::into).ok()),
];

/// What may have become of the value of one parameter.
pub(super) const VALUES: [Encoding; 5] = [
    ("in lower case", |text| {
        recode(&decode(text).to_lowercase().replace('%', "%25")).map(Into::into).ok()
    }),
    ("in upper case", |text| {
        recode(&decode(text).to_uppercase().replace('%', "%25")).map(Into::into).ok()
    }),
    ("without the spaces around it", |text| {
        let mut text = text;
        while let Some(shorter) = text.strip_prefix("%20").or_else(|| text.strip_suffix("%20")) {
            text = shorter;
        }
        Some(text.to_owned())
    }),
    ("without its last character", |text| {
        let end = text.char_indices().next_back()?.0;
        Some(text[..end].to_owned())
    }),
    ("empty", |_| Some(String::new())),
];

fn lower_case_escapes(text: &str) -> String {
    let mut escape = 0;
    let lower = |character: char| {
        escape = if character == '%' {
            2
        } else if escape > 0 {
            escape - 1
        } else {
            return character;
        };
        character.to_ascii_lowercase()
    };
    text.chars().map(lower).collect()
}
