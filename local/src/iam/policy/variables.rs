//! Policy variables: `${aws:username}`, `${key, 'default'}` and the escapes `${*}` `${?}` `${$}`.
//!
//! IAM User Guide, "IAM policy elements: Variables and tags".

use std::borrow::Cow;

use super::document::Version;
use super::pattern::Pattern;
use crate::iam::context::Context;

/// Text with variables, resolved anew for each request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    parts: Vec<Part>,
    /// The pattern for every request, where there is no variable.
    fixed: Option<Pattern>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// As written in the policy: `*` and `?` are wildcards where the element has wildcards.
    Written(String),
    /// `${*}`, `${?}` or `${$}`: the character itself.
    Escaped(&'static str),
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// What is wrong with a `${…}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// A `${` without a `}`.
    #[error("a policy variable is not closed: {0:?}")]
    NotClosed(String),
    /// The braces hold no condition key. Often a `${Name}` that was meant for `Fn::Sub`.
    #[error("{0:?} is not a policy variable (expected \"${{service:key}}\")")]
    NotAVariable(String),
    /// What follows the comma is not a text in single quotes.
    #[error("the default value of {0:?} is not in single quotes")]
    DefaultNotQuoted(String),
}

impl Template {
    /// Reads `text`. Only version 2012-10-17 has variables; before it `${…}` is plain text.
    pub(crate) fn parse(text: &str, version: Version) -> Result<Self, VariableError> {
        let mut parts = Vec::new();
        let mut rest = text;
        if version == Version::V2012_10_17 {
            while let Some((before, after)) = rest.split_once("${") {
                let Some((inside, remainder)) = after.split_once('}') else {
                    return Err(VariableError::NotClosed(format!("${{{after}")));
                };
                if !before.is_empty() {
                    parts.push(Part::Written(before.to_owned()));
                }
                parts.push(parse_variable(inside)?);
                rest = remainder;
            }
        }
        if !rest.is_empty() {
            parts.push(Part::Written(rest.to_owned()));
        }
        let mut template = Self { parts, fixed: None };
        if !template.has_variables() {
            template.fixed = template.resolve(&Context::new());
        }
        Ok(template)
    }

    /// The pattern for one request; `None` when a variable has no value there and no default.
    pub(crate) fn pattern(&self, context: &Context) -> Option<Cow<'_, Pattern>> {
        match &self.fixed {
            Some(pattern) => Some(Cow::Borrowed(pattern)),
            None => self.resolve(context).map(Cow::Owned),
        }
    }

    fn resolve(&self, context: &Context) -> Option<Pattern> {
        let mut pattern = Pattern::default();
        for part in &self.parts {
            match part {
                Part::Written(text) => pattern.push_wildcards(text),
                resolved => pattern.push_literal(resolved.value(context)?),
            }
        }
        Some(pattern)
    }

    /// The plain text for one request; `None` when a variable has no value there and no default.
    pub(crate) fn text(&self, context: &Context) -> Option<String> {
        self.parts.iter().map(|part| part.value(context)).collect()
    }

    /// The condition keys of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(key.as_str()),
            Part::Written(_) | Part::Escaped(_) => None,
        })
    }

    /// Whether a variable (not an escape) occurs.
    pub(crate) fn has_variables(&self) -> bool {
        self.keys().next().is_some()
    }
}

impl Part {
    fn value<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        match self {
            Self::Written(text) => Some(text),
            Self::Escaped(character) => Some(character),
            Self::Variable { key, default } => context.single(key).or(default.as_deref()),
        }
    }
}

fn parse_variable(inside: &str) -> Result<Part, VariableError> {
    let shown = || format!("${{{inside}}}");
    match inside {
        "*" => return Ok(Part::Escaped("*")),
        "?" => return Ok(Part::Escaped("?")),
        "$" => return Ok(Part::Escaped("$")),
        _ => {}
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            let quoted = quoted.ok_or_else(|| VariableError::DefaultNotQuoted(shown()))?;
            (key, Some(quoted.to_owned()))
        }
    };
    let key = key.trim();
    let is_key = key.split_once(':').is_some_and(|(service, name)| {
        !service.is_empty() && !name.is_empty() && !service.contains('$')
    });
    if !is_key {
        return Err(VariableError::NotAVariable(shown()));
    }
    Ok(Part::Variable { key: key.to_owned(), default })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pattern_is_the_same_read_once_or_for_each_request(
            text in r"([a-z*?:]|\$\{\*\}|\$\{\?\}|\$\{aws:username\}|\$\{aws:userid, 'b'\}){0,12}",
            values in prop::collection::vec("[a-c*?]{0,3}", 0..2),
        ) {
            for version in [Version::V2008_10_17, Version::V2012_10_17] {
                let template = Template::parse(&text, version).expect("a template");
                let context = Context::new().with_values("aws:username", values.clone());
                let resolved = template.resolve(&context);
                let pattern = template.pattern(&context);
                prop_assert_eq!(pattern.as_deref(), resolved.as_ref(), "{}", text);
            }
        }
    }

    fn check(text: &str, expected: Option<&str>) {
        let context = Context::new()
            .with("aws:username", "ada")
            .with("aws:PrincipalTag/team", "a*b")
            .with_values("dynamodb:LeadingKeys", ["x", "y"]);
        let template = Template::parse(text, Version::V2012_10_17).expect("a template");
        assert_eq!(template.text(&context).as_deref(), expected, "{text}");
    }

    fn check_refused(text: &str, expected: &str) {
        let error = Template::parse(text, Version::V2012_10_17).expect_err(text);
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn variables_take_the_requests_value() {
        check("home/${aws:username}/x", Some("home/ada/x"));
        check("${AWS:UserName}", Some("ada"));
        check("${aws:username}${aws:username}", Some("adaada"));
        check("${aws:PrincipalTag/team}", Some("a*b"));
        check("no variable: $ { } $x", Some("no variable: $ { } $x"));
    }

    #[test]
    fn a_missing_value_leaves_the_template_unresolved() {
        check("home/${aws:userid}", None);
        check("${dynamodb:LeadingKeys}", None);
    }

    #[test]
    fn a_default_stands_in_for_a_missing_value() {
        check("home/${aws:userid, 'anonymous'}", Some("home/anonymous"));
        check("home/${aws:username, 'anonymous'}", Some("home/ada"));
        check("home/${aws:userid, ''}", Some("home/"));
    }

    #[test]
    fn escapes_stand_for_themselves() {
        check("${*}${?}${$}", Some("*?$"));
        check("${$}{aws:username}", Some("${aws:username}"));
    }

    #[test]
    fn a_wildcard_in_a_value_is_literal() {
        let context = Context::new().with("aws:username", "*");
        let template =
            Template::parse("home/${aws:username}/*", Version::V2012_10_17).expect("a template");
        let pattern = template.pattern(&context).expect("resolved");
        assert!(pattern.matches("home/*/file"));
        assert!(!pattern.matches("home/ada/file"));
    }

    #[test]
    fn version_2008_has_no_variables() {
        let context = Context::new().with("aws:username", "ada");
        let template = Template::parse("${aws:username}", Version::V2008_10_17).expect("text");
        assert_eq!(template.text(&context).as_deref(), Some("${aws:username}"));
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        check_refused("a${aws:username", "a policy variable is not closed: \"${aws:username\"");
        check_refused(
            "${Table}",
            "\"${Table}\" is not a policy variable (expected \"${service:key}\")",
        );
        check_refused("${}", "\"${}\" is not a policy variable (expected \"${service:key}\")");
        check_refused(
            "${aws:userid, x}",
            "the default value of \"${aws:userid, x}\" is not in single quotes",
        );
    }
}
