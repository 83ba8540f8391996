//! Percent-decoding of a path or its segment.

/// Decodes once. What is not an escape stays as it is, and what is not UTF-8 is replaced: the
/// result is compared with names that hold neither, or stands in an event, which is JSON.
pub fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
