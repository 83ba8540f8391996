//! A request's headers as events carry them.

use std::collections::BTreeMap;

/// A header's value. One that is not UTF-8 is read as Latin-1, which loses nothing: an event must not hide that
/// there was one.
pub fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Lower-case names, repeated ones joined by commas, as HTTP APIs do.
pub fn joined(pairs: &[(String, String)]) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in pairs {
        headers
            .entry(name.to_ascii_lowercase())
            .and_modify(|values| {
                values.push(',');
                values.push_str(value);
            })
            .or_insert_with(|| value.clone());
    }
    headers
}
