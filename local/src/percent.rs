//! Percent-decoding of a path's segment.

/// Decodes once. What is not an escape stays as it is, and what is not UTF-8 is replaced: the
/// result is only compared with names that hold neither.
pub fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
