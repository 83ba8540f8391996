//! One condition: operator, key, values.
//!
//! IAM User Guide, "Condition operators", "Conditions with multiple context keys or values" and
//! "Single-valued vs. multivalued context keys".

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::document::Effect;
use super::variables::Template;
use crate::iam::context::Context;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) key: String,
    pub(crate) quantifier: Quantifier,
    pub(crate) sense: Sense,
    pub(crate) missing_key: MissingKey,
    pub(crate) test: Test,
}

/// `ForAllValues:` and `ForAnyValue:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// No prefix; meant for keys of one value. AWS does not say what it does with several: here an
    /// operator holds when any value matches, and a negated one when none does.
    One,
    All,
    Any,
}

/// Whether the operator has a `Not` in its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sense {
    Plain,
    Negated,
}

/// What an absent key means; `Holds` is the suffix `IfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingKey {
    MatchesNothing,
    Holds,
}

/// The comparison of one request value with the policy's values, any of which may match.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Text(TextComparison, Vec<Template>),
    Number(Relation, Vec<f64>),
    Date(Relation, Vec<OffsetDateTime>),
    Binary(Vec<Vec<u8>>),
    Address(Vec<Network>),
    /// `Null`: `true` asks for an absent key.
    Absent(Vec<bool>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextComparison {
    Exact,
    IgnoringCase,
    Wildcards,
    /// Both `ArnLike` and `ArnEquals`: they behave alike.
    Arn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// An address range in CIDR form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

impl Condition {
    /// Whether the condition holds for a request.
    ///
    /// `effect` is that of the statement. It matters in one corner: a negated operator whose value
    /// holds a variable that the request cannot fill. AWS says only that such a statement may become
    /// invalid, so `local` takes the refusing side: it does not allow, and it does deny.
    pub(crate) fn holds(&self, context: &Context, effect: Effect) -> bool {
        let values = context.values(&self.key);
        if let Test::Absent(expected) = &self.test {
            return expected.contains(&values.is_empty());
        }
        // To the set operators a key of empty texts only is a key without values.
        let is_missing = match self.quantifier {
            Quantifier::One => values.is_empty(),
            Quantifier::All | Quantifier::Any => values.iter().all(String::is_empty),
        };
        if is_missing {
            return match (self.quantifier, self.missing_key) {
                (Quantifier::All, _) | (_, MissingKey::Holds) => true,
                (Quantifier::Any, MissingKey::MatchesNothing) => false,
                (Quantifier::One, MissingKey::MatchesNothing) => self.sense == Sense::Negated,
            };
        }
        let mut outcomes = values.iter().map(|value| self.value_holds(value, context, effect));
        match (self.quantifier, self.sense) {
            (Quantifier::All, _) | (Quantifier::One, Sense::Negated) => outcomes.all(|held| held),
            (Quantifier::Any, _) | (Quantifier::One, Sense::Plain) => outcomes.any(|held| held),
        }
    }

    fn value_holds(&self, value: &str, context: &Context, effect: Effect) -> bool {
        match (self.sense, self.test.matches(value, context)) {
            (Sense::Plain, outcome) => outcome == Match::Yes,
            (Sense::Negated, Match::Unresolved) => effect == Effect::Deny,
            (Sense::Negated, outcome) => outcome == Match::No,
        }
    }
}

impl Condition {
    /// Its key, and those of the variables in its values.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let templates = match &self.test {
            Test::Text(_, templates) => templates.as_slice(),
            _ => &[],
        };
        std::iter::once(self.key.as_str()).chain(templates.iter().flat_map(Template::keys))
    }
}

/// Whether something matched any of several values, some of which may hold variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    Yes,
    No,
    /// Nothing matched, but a value could not be resolved.
    Unresolved,
}

impl Match {
    /// The outcome over several values; `None` stands for an unresolved one.
    pub(crate) fn any(outcomes: impl IntoIterator<Item = Option<bool>>) -> Self {
        let mut result = Self::No;
        for outcome in outcomes {
            match outcome {
                Some(true) => return Self::Yes,
                Some(false) => {}
                None => result = Self::Unresolved,
            }
        }
        result
    }
}

impl Test {
    fn matches(&self, value: &str, context: &Context) -> Match {
        match self {
            Self::Text(comparison, templates) => Match::any(
                templates.iter().map(|template| comparison.matches(template, value, context)),
            ),
            Self::Number(relation, numbers) => {
                let found = parse_number(value);
                Match::any(numbers.iter().map(|n| Some(found.is_some_and(|v| relation.of(&v, n)))))
            }
            Self::Date(relation, dates) => {
                let found = parse_date(value);
                Match::any(dates.iter().map(|d| Some(found.is_some_and(|v| relation.of(&v, d)))))
            }
            Self::Binary(expected) => {
                let found = BASE64.decode(value).ok();
                Match::any(expected.iter().map(|bytes| Some(found.as_ref() == Some(bytes))))
            }
            Self::Address(networks) => {
                let found = value.parse::<IpAddr>().ok();
                Match::any(networks.iter().map(|n| Some(found.is_some_and(|a| n.contains(a)))))
            }
            // Decided by the caller, from the key's presence alone.
            Self::Absent(_) => Match::No,
        }
    }
}

impl TextComparison {
    fn matches(self, template: &Template, value: &str, context: &Context) -> Option<bool> {
        match self {
            Self::Exact => template.text(context).map(|text| text == value),
            Self::IgnoringCase => {
                template.text(context).map(|text| text.to_lowercase() == value.to_lowercase())
            }
            Self::Wildcards => template.pattern(context).map(|pattern| pattern.matches(value)),
            Self::Arn => template.pattern(context).map(|pattern| pattern.matches_arn(value)),
        }
    }
}

impl Relation {
    fn of<T: PartialOrd>(self, value: &T, expected: &T) -> bool {
        match self {
            Self::Equal => value == expected,
            Self::Less => value < expected,
            Self::LessOrEqual => value <= expected,
            Self::Greater => value > expected,
            Self::GreaterOrEqual => value >= expected,
        }
    }
}

impl Network {
    /// Reads `203.0.113.0/24`, `2001:db8::/32`, or an address alone, which is a range of one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|bits| *bits <= longest)?,
            None => longest,
        };
        Some(Self { address, prefix_bits })
    }

    /// An IPv4 address and an IPv6 range (or the other way round) never match.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let difference = u128::from(network.to_bits() ^ address.to_bits());
                difference >> (32 - self.prefix_bits) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                // A shift by all 128 bits, the range of everything, is none in Rust.
                let difference = network.to_bits() ^ address.to_bits();
                difference.checked_shr(u32::from(128 - self.prefix_bits)).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// An integer or decimal number. Infinity and NaN are none.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A date of the W3C's ISO 8601 profile (`2026`, `2026-11`, `2026-11-20`, `2026-11-20T10:00Z`,
/// `2026-11-20T10:00:00.5+01:00`) or epoch seconds. Four digits are a year.
pub(crate) fn parse_date(text: &str) -> Option<OffsetDateTime> {
    if !text.is_ascii() {
        return None;
    }
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let complete = match text.len() {
        4 if digits_only => format!("{text}-01-01T00:00:00Z"),
        _ if digits_only => return OffsetDateTime::from_unix_timestamp(text.parse().ok()?).ok(),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => match text.split_at_checked(16) {
            // Minutes without seconds: RFC 3339 wants both.
            Some((minutes, zone)) if zone.starts_with(['Z', '+', '-']) => {
                format!("{minutes}:00{zone}")
            }
            _ => text.to_owned(),
        },
    };
    OffsetDateTime::parse(&complete, &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_network(network: &str, address: &str, expected: bool) {
        let network = Network::parse(network).expect("a network");
        assert_eq!(
            network.contains(address.parse().expect("an address")),
            expected,
            "{network:?} {address}"
        );
    }

    fn check_date(text: &str, expected_epoch_seconds: Option<i64>) {
        assert_eq!(
            parse_date(text).map(OffsetDateTime::unix_timestamp),
            expected_epoch_seconds,
            "{text}"
        );
    }

    #[test]
    fn networks_contain_their_addresses() {
        check_network("203.0.113.0/24", "203.0.113.255", true);
        check_network("203.0.113.0/24", "203.0.114.0", false);
        check_network("203.0.113.77/24", "203.0.113.1", true);
        check_network("203.0.113.7", "203.0.113.7", true);
        check_network("203.0.113.7", "203.0.113.8", false);
        check_network("0.0.0.0/0", "255.1.2.3", true);
        check_network("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:1::2", true);
        check_network("2001:DB8:1234:5678::/64", "2001:db8:1234:5679::2", false);
        check_network("::/0", "ffff::1", true);
        check_network("::1", "::1", true);
        check_network("0.0.0.0/0", "::1", false);
        check_network("::/0", "1.2.3.4", false);
    }

    #[test]
    fn what_is_no_network_is_none() {
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "*"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_have_all_of_the_w3c_forms() {
        check_date("2026", Some(1_767_225_600));
        check_date("2026-11", Some(1_793_491_200));
        check_date("2026-11-20", Some(1_795_132_800));
        check_date("2026-11-20T10:00Z", Some(1_795_168_800));
        check_date("2026-11-20T10:00+01:00", Some(1_795_165_200));
        check_date("2026-11-20T10:00:01Z", Some(1_795_168_801));
        check_date("2026-11-20T10:00:01.25-01:00", Some(1_795_172_401));
        check_date("1795168800", Some(1_795_168_800));
        check_date("0", Some(0));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["", "20-11", "2026-13", "2026-11-20T10Z", "2026-11-20T10:00", "soon", "９９９９"]
        {
            check_date(text, None);
        }
    }

    #[test]
    fn numbers_are_finite() {
        assert_eq!(parse_number("10"), Some(10.0));
        assert_eq!(parse_number("-0.5"), Some(-0.5));
        for text in ["", "ten", "inf", "NaN", "1e999", "${aws:EpochTime}"] {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }
}
