//! The request context: what is known of a request besides principal, action and resource.

use std::collections::BTreeMap;

/// Condition keys and their values, as a service hands them to the policy evaluation.
///
/// Key names are case-insensitive (IAM User Guide, "IAM policy elements: Variables and tags"); that
/// holds for the tag in `aws:RequestTag/TAG` too. A key without a value is absent, so a key that
/// `local` cannot know is simply left out.
///
/// Text forms: booleans `true` and `false`; times in RFC 3339 or epoch seconds; addresses without a
/// prefix; binary values in base64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// A context that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// This context with `key` set to one value, in place of any it had.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set(key, [value]);
        self
    }

    /// This context with a multivalued `key` such as `dynamodb:LeadingKeys`. No values: absent.
    #[must_use]
    pub fn with_values<V: Into<String>>(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.set(key, values);
        self
    }

    /// Sets `key` to `values`, in place of any it had. No values: absent.
    pub fn set<V: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = V>) {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        self.values.insert(key.to_ascii_lowercase(), values);
    }

    /// The values of `key`; none when it is absent.
    pub fn values(&self, key: &str) -> &[String] {
        self.values.get(&key.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The value of a key that has exactly one.
    pub fn single(&self, key: &str) -> Option<&str> {
        match self.values(key) {
            [value] => Some(value),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_case_insensitive_and_the_last_value_counts() {
        let context =
            Context::new().with("aws:SourceIp", "10.0.0.1").with("AWS:sourceip", "10.0.0.2");
        assert_eq!(context.single("aws:SOURCEIP"), Some("10.0.0.2"));
    }

    #[test]
    fn a_key_without_values_is_absent() {
        let context = Context::new().with_values("dynamodb:LeadingKeys", Vec::<String>::new());
        assert_eq!(context.values("dynamodb:LeadingKeys"), Context::new().values("aws:SourceIp"));
    }

    #[test]
    fn a_multivalued_key_is_no_single_value() {
        let context = Context::new().with_values("dynamodb:LeadingKeys", ["a", "b"]);
        assert_eq!(context.single("dynamodb:LeadingKeys"), None);
        assert_eq!(context.values("dynamodb:leadingkeys"), ["a", "b"]);
    }
}
