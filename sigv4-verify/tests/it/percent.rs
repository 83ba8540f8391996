//! The `percent-encoding` crate as a witness: decoding and encoding agree with it on every text.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};
use proptest::prelude::*;
use sigv4_verify::percent::{decode, recode};

/// RFC 3986, section 2.3.
const NOT_UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The text decoded, or where its first bad escape stands.
fn decoded(raw: &str) -> Result<Vec<u8>, usize> {
    let is_whole = |(at, _): &(usize, &str)| {
        let digits = raw.as_bytes().get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if let Some((position, _)) = raw.match_indices('%').find(|escape| !is_whole(escape)) {
        return Err(position);
    }
    Ok(percent_decode(raw.replace('+', " ").as_bytes()).collect())
}

fn check(raw: &str) {
    let expected = decoded(raw);
    let canonical = recode(raw);
    match (&expected, &canonical) {
        (Ok(bytes), Ok(canonical)) => {
            assert_eq!(*canonical, percent_encode(bytes, NOT_UNRESERVED).to_string(), "{raw}");
            assert_eq!(decode(canonical), String::from_utf8_lossy(bytes), "{raw}");
            // What is canonical stays itself, and is not copied.
            assert!(matches!(recode(canonical), Ok(Cow::Borrowed(same)) if same == canonical));
        }
        (Err(position), Err(refusal)) => assert_eq!(refusal.position, *position, "{raw}"),
        _ => panic!("{raw}: expected {expected:?}, found {canonical:?}"),
    }
}

proptest! {
    #[test]
    fn any_text_is_recoded_as_by_the_witness(raw in ".{0,40}") {
        check(&raw);
    }

    #[test]
    fn escapes_are_recoded_as_by_the_witness(
        raw in "([A-Za-z0-9._~+/=-]|%[0-9A-Fa-f]{2}|%[0-9A-F]{2}){0,40}",
    ) {
        check(&raw);
    }

    #[test]
    fn a_bad_escape_is_found_where_the_witness_finds_it(
        raw in "(a|%[0-9A-F]{2}|%[0-9a-g]{0,2}|é){0,8}",
    ) {
        check(&raw);
    }
}
