//! Put here: documents that must be refused, with the message, and odd ones that must be read.

use serde_json::{Value, json};

use super::*;

fn check_read(used_as: PolicyUse, document: Value) {
    if let Err(error) = Policy::parse("policy", &document, used_as) {
        panic!("{error}: {document}");
    }
}

fn check_refused(used_as: PolicyUse, document: Value, expected: &str) {
    match Policy::parse("policy", &document, used_as) {
        Ok(_) => panic!("read: {document}"),
        Err(error) => assert_eq!(error.to_string(), expected, "{document}"),
    }
}

/// A permissions policy of one statement, with some elements set (or, by null, taken away).
fn permissions(changes: Value) -> Value {
    statement(json!({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}), changes)
}

fn trust(changes: Value) -> Value {
    statement(
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}),
        changes,
    )
}

fn statement(mut statement: Value, changes: Value) -> Value {
    for (element, value) in changes.as_object().expect("an object of changes") {
        let elements = statement.as_object_mut().expect("a statement");
        if value.is_null() {
            elements.remove(element);
        } else {
            elements.insert(element.clone(), value.clone());
        }
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn check_permissions_refused(changes: Value, expected: &str) {
    check_refused(PolicyUse::Permissions, permissions(changes), expected);
}

fn check_trust_refused(changes: Value, expected: &str) {
    check_refused(PolicyUse::Trust, trust(changes), expected);
}

#[test]
fn one_statement_may_stand_without_a_list() {
    let document = permissions(json!({}));
    let alone = json!({"Version": "2012-10-17", "Statement": document["Statement"][0]});
    check_read(PolicyUse::Permissions, alone);
}

#[test]
fn texts_and_lists_are_both_read() {
    check_read(PolicyUse::Permissions, permissions(json!({"Action": ["a:B", "c-d:E*"]})));
    check_read(
        PolicyUse::Permissions,
        permissions(json!({"Resource": ["arn:aws:s3:::b", "arn:aws:s3:::c/*"]})),
    );
    check_read(PolicyUse::Permissions, permissions(json!({"Sid": "", "Action": "*"})));
    check_read(
        PolicyUse::Trust,
        trust(json!({"Principal": {"AWS": ["123456789012", "*"], "Service": "x.amazonaws.com"}})),
    );
}

#[test]
fn id_is_for_trust_policies() {
    let mut document = trust(json!({}));
    document["Id"] = json!("an id");
    check_read(PolicyUse::Trust, document);
    let mut document = permissions(json!({}));
    document["Id"] = json!("an id");
    check_refused(PolicyUse::Permissions, document, "Id: not allowed in a permissions policy");
}

#[test]
fn the_outer_shape_is_strict() {
    let check = |document: Value, expected: &str| {
        check_refused(PolicyUse::Permissions, document, expected);
    };
    check(json!([]), "the policy: expected an object");
    check(json!({"Version": "2012-10-17"}), "the policy: the element Statement is missing");
    check(json!({"Statement": []}), "Statement: the list is empty");
    check(json!({"Statement": "x"}), "Statement: expected an object");
    check(json!({"Statement": ["x"]}), "Statement[0]: expected an object");
    check(json!({"Statement": {}, "statement": {}}), "statement: no such element here");
    check(
        json!({"Version": "2012-10-18", "Statement": {}}),
        "Version: \"2012-10-18\" is not one of \"2012-10-17\", \"2008-10-17\"",
    );
    check(json!({"Version": 2012, "Statement": {}}), "Version: expected a text");
}

#[test]
fn statements_have_their_elements_and_no_others() {
    check_permissions_refused(
        json!({"Effekt": "Deny"}),
        "Statement[0].Effekt: no such element here",
    );
    check_permissions_refused(
        json!({"Principal": "*"}),
        "Statement[0].Principal: not allowed in a permissions policy",
    );
    check_permissions_refused(
        json!({"NotPrincipal": "*"}),
        "Statement[0].NotPrincipal: not allowed in a permissions policy",
    );
    check_trust_refused(
        json!({"Resource": "*"}),
        "Statement[0].Resource: not allowed in a trust policy",
    );
    check_permissions_refused(
        json!({"Effect": null}),
        "Statement[0]: the element Effect is missing",
    );
    check_permissions_refused(
        json!({"Effect": "allow"}),
        "Statement[0].Effect: \"allow\" is not one of \"Allow\", \"Deny\"",
    );
    check_permissions_refused(
        json!({"Action": null}),
        "Statement[0]: Action or NotAction is missing",
    );
    check_permissions_refused(
        json!({"NotAction": "*"}),
        "Statement[0]: Action and NotAction stand together, only one may",
    );
    check_permissions_refused(
        json!({"Resource": null}),
        "Statement[0]: Resource or NotResource is missing",
    );
    check_trust_refused(
        json!({"Principal": null}),
        "Statement[0]: Principal or NotPrincipal is missing",
    );
    check_permissions_refused(
        json!({"Sid": "not a sid"}),
        "Statement[0].Sid: \"not a sid\" is not a Sid (letters and digits only)",
    );
}

#[test]
fn sids_are_unique() {
    let one = permissions(json!({"Sid": "Same"}))["Statement"][0].clone();
    check_refused(
        PolicyUse::Permissions,
        json!({"Statement": [one, one]}),
        "Statement: the Sid \"Same\" is used twice",
    );
}

#[test]
fn actions_have_a_service_and_a_name() {
    for action in
        ["GetItem", "dynamodb:", ":GetItem", "dynamodb:Get Item", "d*:GetItem", "", "a:b:c"]
    {
        check_permissions_refused(
            json!({"Action": ["dynamodb:*", action]}),
            &format!(
                "Statement[0].Action[1]: {action:?} is not an action (expected \"service:Action\", \
                 wildcards after the colon, or \"*\")"
            ),
        );
    }
    check_permissions_refused(json!({"Action": []}), "Statement[0].Action: the list is empty");
    check_permissions_refused(
        json!({"Action": 1}),
        "Statement[0].Action: expected a text or a list of texts",
    );
    check_permissions_refused(
        json!({"NotAction": ["a:b", {}], "Action": null}),
        "Statement[0].NotAction[1]: expected a text",
    );
}

#[test]
fn resources_are_arns() {
    for resource in [
        "",
        "Table",
        "arn:aws:dynamodb",
        "arn:aws:dynamodb:eu-west-1:123456789012",
        "arn:aws:dynamodb:eu-west-1:123456789012:",
        "arn::dynamodb:eu-west-1:123456789012:table/T",
        "arn:aws:dyn*:eu-west-1:123456789012:table/T",
        "ARN:aws:dynamodb:eu-west-1:123456789012:table/T",
        "**",
    ] {
        check_permissions_refused(
            json!({"Resource": resource}),
            &format!(
                "Statement[0].Resource: {resource:?} is not an ARN (expected \
                 \"arn:partition:service:region:account:resource\" or \"*\")"
            ),
        );
    }
    for resource in [
        "arn:aws:dynamodb:*",
        "arn:*:logs:*:*:*:/aws-glue/*",
        "arn:aws:execute-api:eu-west-1:123456789012:a1/prod/$connect",
        "arn:aws:s3:::home/${aws:username}/*",
    ] {
        check_read(PolicyUse::Permissions, permissions(json!({"Resource": resource})));
    }
}

#[test]
fn variables_stand_only_in_the_last_part_of_an_arn() {
    check_permissions_refused(
        json!({"Resource": "arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:q"}),
        "Statement[0].Resource: \"arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:q\" has a policy \
         variable before the last part of the ARN",
    );
}

#[test]
fn an_unresolved_substitution_is_noticed() {
    check_permissions_refused(
        json!({"Resource": "arn:aws:dynamodb:eu-west-1:123456789012:table/${Table}"}),
        "Statement[0].Resource: \"${Table}\" is not a policy variable (expected \
         \"${service:key}\")",
    );
}

#[test]
fn conditions_are_checked_to_the_value() {
    let check = |condition: Value, expected: &str| {
        check_permissions_refused(
            json!({"Condition": condition}),
            &format!("Statement[0].Condition{expected}"),
        );
    };
    check(json!("x"), ": expected an object");
    check(json!({"StringEqual": {}}), ": \"StringEqual\" is not a condition operator");
    check(json!({"NullIfExists": {}}), ": \"NullIfExists\" is not a condition operator");
    check(json!({"StringEquals": "x"}), ".StringEquals: expected an object");
    check(
        json!({"StringEquals": {"SourceIp": "x"}}),
        ".StringEquals: \"SourceIp\" is not a condition key (expected \"service:name\")",
    );
    check(
        json!({"StringEquals": {"aws:userid": ["x", null]}}),
        ".StringEquals.aws:userid[1]: expected a text, a number or a boolean",
    );
    check(
        json!({"NumericEquals": {"s3:max-keys": "many"}}),
        ".NumericEquals.s3:max-keys: \"many\" is not a number",
    );
    check(
        json!({"DateLessThan": {"aws:CurrentTime": "tomorrow"}}),
        ".DateLessThan.aws:CurrentTime: \"tomorrow\" is not an ISO 8601 date or epoch seconds",
    );
    check(
        json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/33"}}),
        ".IpAddress.aws:SourceIp: \"10.0.0.0/33\" is not an IP address or CIDR range",
    );
    check(
        json!({"Bool": {"aws:SecureTransport": "yes"}}),
        ".Bool.aws:SecureTransport: \"yes\" is not true or false",
    );
    check(
        json!({"Null": {"aws:TokenIssueTime": "${aws:x}"}}),
        ".Null.aws:TokenIssueTime: \"${aws:x}\" is not true or false",
    );
    check(json!({"BinaryEquals": {"a:b": "?"}}), ".BinaryEquals.a:b: \"?\" is not base64");
}

#[test]
fn principals_have_known_classes() {
    let at = "Statement[0].Principal";
    check_trust_refused(json!({"Principal": "all"}), &format!("{at}: invalid principal \"all\""));
    check_trust_refused(json!({"Principal": {}}), &format!("{at}: the list is empty"));
    check_trust_refused(json!({"Principal": {"AWS": []}}), &format!("{at}.AWS: the list is empty"));
    check_trust_refused(
        json!({"Principal": {"Aws": "*"}}),
        &format!("{at}.Aws: no such element here"),
    );
    check_trust_refused(
        json!({"Principal": {"CanonicalUser": "79a5"}}),
        &format!("{at}.CanonicalUser: no such element here"),
    );
}
