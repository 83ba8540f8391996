//! A second witness: random policies and requests, decided by us and by the crate `awsim-iam-policy`.
//!
//! Only where that crate follows AWS. Left out, because it does not: condition keys in another case,
//! wildcards in the values of variables, variables in policies of 2008-10-17, `aws:userid`,
//! negated numbers and dates over several values (it wants one to differ, AWS all), ARN operators without
//! wildcards (`ArnEquals` is plain equality there), resources whose wildcard reaches over a colon, and
//! variables without a value.

use std::collections::HashMap;

use awsim_iam_policy as witness;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use super::document::{Policy, PolicyUse};
use super::evaluate::{Request, Verdict, evaluate};
use crate::iam::context::Context;

const ACCOUNT: &str = "123456789012";
const PRINCIPAL: &str = "arn:aws:iam::123456789012:user/ada";
const KEYS: [&str; 3] = ["aws:PrincipalTag/team", "s3:prefix", "dynamodb:LeadingKeys"];
const TEXTS: [&str; 5] = ["a", "ab", "abc", "B", "home/a"];
const TEXT_PATTERNS: [&str; 9] =
    ["a", "ab", "a*", "*b*", "?", "??", "B", "home/${aws:PrincipalTag/team}", "*"];
const ACTIONS: [&str; 5] =
    ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "s3:GetObject", "sts:AssumeRole"];
const ACTION_PATTERNS: [&str; 8] = [
    "dynamodb:GetItem",
    "DynamoDB:getitem",
    "dynamodb:*Item",
    "dynamodb:*",
    "dynamodb:Quer?",
    "s3:Get*",
    "sts:*",
    "*",
];
const RESOURCES: [&str; 4] = [
    "arn:aws:dynamodb:eu-west-1:123456789012:table/T",
    "arn:aws:dynamodb:eu-west-1:123456789012:table/T/index/I",
    "arn:aws:dynamodb:us-east-1:123456789012:table/U",
    "arn:aws:s3:::bucket/a/file",
];
const RESOURCE_PATTERNS: [&str; 8] = [
    "arn:aws:dynamodb:eu-west-1:123456789012:table/T",
    "arn:aws:dynamodb:eu-west-1:123456789012:table/*",
    "arn:aws:dynamodb:*:123456789012:table/?",
    "arn:aws:dynamodb:??-*-1:*:table/T/index/*",
    "arn:aws:s3:::bucket/*/file",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/file",
    "arn:aws:S3:::bucket/a/file",
    "*",
];
const TEXT_OPERATORS: [&str; 6] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];

fn values_of(all: &'static [&'static str]) -> impl Strategy<Value = Value> {
    subsequence(all, 1..=3).prop_map(|chosen| match chosen.as_slice() {
        [one] => json!(one),
        several => json!(several),
    })
}

/// An operator with its key and values, of a kind that fits the key.
fn condition() -> impl Strategy<Value = (String, String, Value)> {
    let prefix = select(&["", "ForAllValues:", "ForAnyValue:"][..]);
    let suffix = select(&["", "IfExists"][..]);
    let text = (prefix, select(&TEXT_OPERATORS[..]), suffix, values_of(&TEXT_PATTERNS))
        .prop_flat_map(|(prefix, operator, suffix, values)| {
            // Several request values are meant for the set operators, and only those agree on them.
            let keys = if prefix.is_empty() { &KEYS[..2] } else { &KEYS[..] };
            let name = format!("{prefix}{operator}{suffix}");
            select(keys).prop_map(move |key| (name.clone(), key.to_owned(), values.clone()))
        });
    let number = (
        select(
            &[
                "NumericEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ][..],
        ),
        values_of(&["1", "5", "5.0", "7.5", "10"]),
    )
        .prop_map(|(operator, values)| (operator.to_owned(), "s3:max-keys".to_owned(), values));
    let date = (
        select(&["DateEquals", "DateLessThan", "DateGreaterThanEquals"][..]),
        values_of(&["2026-11-20T10:00:00Z", "2026-11-20T11:00:00+02:00", "1795168800"]),
    )
        .prop_map(|(operator, values)| (operator.to_owned(), "aws:CurrentTime".to_owned(), values));
    let address = (
        select(&["IpAddress", "NotIpAddress"][..]),
        values_of(&["10.0.0.0/8", "10.1.2.3", "192.168.0.0/16", "2001:db8::/32", "0.0.0.0/0"]),
    )
        .prop_map(|(operator, values)| (operator.to_owned(), "aws:SourceIp".to_owned(), values));
    let fixed = (
        select(&["Bool", "Null"][..]),
        select(&["aws:SecureTransport", "aws:MultiFactorAuthPresent"][..]),
        select(&["true", "false"][..]),
    )
        .prop_map(|(operator, key, value)| (operator.to_owned(), key.to_owned(), json!(value)));
    prop_oneof![4 => text, 1 => number, 1 => date, 1 => address, 1 => fixed]
}

fn statement() -> impl Strategy<Value = Value> {
    (
        select(&["Allow", "Allow", "Deny"][..]),
        select(&["Action", "Action", "NotAction"][..]),
        values_of(&ACTION_PATTERNS),
        select(&["Resource", "Resource", "NotResource"][..]),
        values_of(&RESOURCE_PATTERNS),
        prop::collection::vec(condition(), 0..=2),
    )
        .prop_map(
            |(effect, action_element, actions, resource_element, resources, conditions)| {
                let mut by_operator = Map::new();
                for (operator, key, values) in conditions {
                    by_operator.insert(operator, json!({key: values}));
                }
                json!({
                    "Effect": effect,
                    action_element: actions,
                    resource_element: resources,
                    "Condition": by_operator,
                })
            },
        )
}

/// The keys of a request. The team is always there, so that every variable has a value.
fn context() -> impl Strategy<Value = Vec<(&'static str, Vec<&'static str>)>> {
    let sometimes = |key: &'static str, values: &'static [&'static str]| {
        prop_oneof![Just(None), select(values).prop_map(move |value| Some((key, vec![value])))]
    };
    (
        select(&TEXTS[..]),
        sometimes(KEYS[1], &TEXTS),
        subsequence(&TEXTS[..], 0..=3),
        sometimes("s3:max-keys", &["1", "5", "7"]),
        sometimes("aws:SourceIp", &["10.1.2.3", "192.168.7.7", "2001:db8::1"]),
        sometimes("aws:SecureTransport", &["true", "false"]),
        sometimes(
            "aws:CurrentTime",
            &["2026-11-20T10:00:00Z", "2026-11-20T09:00:00Z", "2026-11-21T00:00:00Z"],
        ),
    )
        .prop_map(|(team, prefix, leading, max_keys, address, transport, time)| {
            let mut keys = vec![(KEYS[0], vec![team])];
            if !leading.is_empty() {
                keys.push((KEYS[2], leading));
            }
            keys.extend([prefix, max_keys, address, transport, time].into_iter().flatten());
            keys
        })
}

fn ours(documents: &[Value], request: Request<'_>) -> witness::Decision {
    let policies: Vec<Policy> = documents
        .iter()
        .map(|document| {
            Policy::parse("policy", document, PolicyUse::Permissions)
                .unwrap_or_else(|error| panic!("{error}: {document}"))
        })
        .collect();
    match evaluate(&policies, request) {
        Verdict::Allowed(_) => witness::Decision::Allow,
        Verdict::ExplicitlyDenied(_) => witness::Decision::ExplicitDeny,
        Verdict::NotAllowed => witness::Decision::ImplicitDeny,
    }
}

fn theirs(
    documents: &[Value],
    action: &str,
    resource: &str,
    keys: &[(&str, Vec<&str>)],
) -> witness::Decision {
    let identity_policies: Vec<_> = documents
        .iter()
        .map(|document| {
            witness::parse_value(document).unwrap_or_else(|error| panic!("{error}: {document}"))
        })
        .collect();
    let context: HashMap<String, witness::ContextValue> = keys
        .iter()
        .map(|(key, values)| {
            let value = match values.as_slice() {
                [one] => witness::ContextValue::String((*one).to_owned()),
                several => witness::ContextValue::StringList(
                    several.iter().map(|value| (*value).to_owned()).collect(),
                ),
            };
            ((*key).to_owned(), value)
        })
        .collect();
    let request = witness::AuthzRequest {
        principal_arn: PRINCIPAL,
        principal_account: ACCOUNT,
        action,
        resource_arn: resource,
        context: &context,
    };
    let policies =
        witness::EvalContext { identity_policies: &identity_policies, ..Default::default() };
    witness::evaluate(&request, &policies)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn both_decide_alike(
        statements in prop::collection::vec(prop::collection::vec(statement(), 1..=3), 1..=2),
        action in select(&ACTIONS[..]),
        resource in select(&RESOURCES[..]),
        keys in context(),
    ) {
        let documents: Vec<Value> = statements
            .iter()
            .map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
            .collect();
        let context = keys.iter().fold(Context::new(), |context, (key, values)| {
            context.with_values(key, values.iter().copied())
        });
        let request = Request { action, resource, context: &context };
        prop_assert_eq!(
            ours(&documents, request),
            theirs(&documents, action, resource, &keys)
        );
    }
}
