//! What AWS documents, case by case. Put a new case under the page of the IAM User Guide that it follows.

use serde_json::{Value, json};

use super::document::{Policy, PolicyUse};
use super::evaluate::{Request, Verdict, evaluate};
use crate::iam::context::Context;

#[derive(Debug, PartialEq)]
enum Outcome {
    Allowed,
    ExplicitlyDenied,
    NotAllowed,
}
use Outcome::{Allowed, ExplicitlyDenied, NotAllowed};

const ITEM: &str = "dynamodb:GetItem";
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/Connections";

fn check_in(version: &str, statements: Value, request: Request<'_>, expected: Outcome) {
    let document = json!({"Version": version, "Statement": statements});
    let policy = Policy::parse("policy", &document, PolicyUse::Permissions)
        .unwrap_or_else(|error| panic!("{error}: {document}"));
    let found = match evaluate([&policy], request) {
        Verdict::Allowed(_) => Allowed,
        Verdict::ExplicitlyDenied(_) => ExplicitlyDenied,
        Verdict::NotAllowed => NotAllowed,
    };
    assert_eq!(found, expected, "{document} to {request:?}");
}

fn check(statements: Value, action: &str, resource: &str, expected: Outcome) {
    let request = Request { action, resource, context: &Context::new() };
    check_in("2012-10-17", statements, request, expected);
}

fn check_action(actions: Value, action: &str, expected: Outcome) {
    check(json!({"Effect": "Allow", "Action": actions, "Resource": "*"}), action, TABLE, expected);
}

fn check_resource(resources: Value, resource: &str, expected: Outcome) {
    check(
        json!({"Effect": "Allow", "Action": "*", "Resource": resources}),
        ITEM,
        resource,
        expected,
    );
}

fn context(keys: &[(&str, &[&str])]) -> Context {
    keys.iter().fold(Context::new(), |context, (key, values)| {
        context.with_values(key, values.iter().copied())
    })
}

/// Whether a condition holds for a request with these keys.
fn check_condition(condition: Value, keys: &[(&str, &[&str])], expected: bool) {
    let statement =
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    let context = context(keys);
    let request = Request { action: ITEM, resource: TABLE, context: &context };
    check_in("2012-10-17", statement, request, if expected { Allowed } else { NotAllowed });
}

/// "Policy evaluation logic", "The difference between explicit and implicit denies".
#[test]
fn policy_evaluation_logic() {
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let allow_other = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    let deny = json!({"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"});
    let deny_other = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
    check(json!([allow]), ITEM, TABLE, Allowed);
    check(json!([allow_other]), ITEM, TABLE, NotAllowed);
    check(json!([deny_other]), ITEM, TABLE, NotAllowed);
    check(json!([deny]), ITEM, TABLE, ExplicitlyDenied);
    check(json!([allow, deny]), ITEM, TABLE, ExplicitlyDenied);
    check(json!([deny, allow]), ITEM, TABLE, ExplicitlyDenied);
    check(json!([allow, deny_other]), ITEM, TABLE, Allowed);
    check(json!([allow_other, allow]), ITEM, TABLE, Allowed);
}

/// "IAM JSON policy elements: Action": names without case, wildcards in the name.
#[test]
fn action() {
    check_action(json!("dynamodb:GetItem"), ITEM, Allowed);
    check_action(json!("DYNAMODB:getitem"), ITEM, Allowed);
    check_action(json!("dynamodb:*"), ITEM, Allowed);
    check_action(json!("dynamodb:Get*"), ITEM, Allowed);
    check_action(json!("dynamodb:*Item"), ITEM, Allowed);
    check_action(json!("dynamodb:*tIt*"), ITEM, Allowed);
    check_action(json!("dynamodb:?etItem"), ITEM, Allowed);
    check_action(json!("*"), ITEM, Allowed);
    check_action(json!(["s3:GetObject", "dynamodb:GetItem"]), ITEM, Allowed);
    check_action(json!("dynamodb:Get"), ITEM, NotAllowed);
    check_action(json!("dynamodb:GetItem?"), ITEM, NotAllowed);
    check_action(json!("dynamodb:GetItem"), "dynamodb:GetItems", NotAllowed);
    check_action(json!("dynamodbstreams:*"), ITEM, NotAllowed);
}

/// "IAM JSON policy elements: NotAction".
#[test]
fn not_action() {
    let all_but = |effect: &str| json!({"Effect": effect, "NotAction": ["s3:*", "IAM:Get*"], "Resource": "*"});
    check(all_but("Allow"), ITEM, TABLE, Allowed);
    check(all_but("Allow"), "s3:GetObject", TABLE, NotAllowed);
    check(all_but("Allow"), "iam:GetUser", TABLE, NotAllowed);
    check(all_but("Deny"), ITEM, TABLE, ExplicitlyDenied);
    check(all_but("Deny"), "s3:GetObject", TABLE, NotAllowed);
}

/// "IAM JSON policy elements: Resource": case counts; a wildcard reaches over `/`, and at the end of a part
/// over `:`.
#[test]
fn resource() {
    check_resource(json!(TABLE), TABLE, Allowed);
    check_resource(json!("*"), TABLE, Allowed);
    check_resource(json!(["arn:aws:s3:::b", TABLE]), TABLE, Allowed);
    check_resource(json!(TABLE), &format!("{TABLE}/index/ByUser"), NotAllowed);
    check_resource(json!(format!("{TABLE}/index/*")), &format!("{TABLE}/index/ByUser"), Allowed);
    check_resource(json!(format!("{TABLE}/*")), &format!("{TABLE}/index/ByUser"), Allowed);
    check_resource(json!(format!("{TABLE}/*")), TABLE, NotAllowed);
    check_resource(
        json!("arn:aws:dynamodb:eu-west-1:123456789012:table/connections"),
        TABLE,
        NotAllowed,
    );
    check_resource(
        json!("arn:aws:dynamodb:eu-west-1:123456789012:table/Connection?"),
        TABLE,
        Allowed,
    );
    check_resource(json!("arn:aws:dynamodb:*:*:table/Connections"), TABLE, Allowed);
    check_resource(json!("arn:aws:dynamodb:us-*:*:table/Connections"), TABLE, NotAllowed);
    check_resource(json!("arn:aws:dynamodb:eu-west-1:123456789012:*"), TABLE, Allowed);
    check_resource(json!("arn:aws:dynamodb:*"), TABLE, Allowed);
    check_resource(json!("arn:*:dynamodb:*:*:*"), TABLE, Allowed);
    check_resource(json!("arn:aws-cn:dynamodb:*:*:*"), TABLE, NotAllowed);
}

/// "Controlling access to a WebSocket API with IAM authorization" (API Gateway Developer Guide), with
/// the wildcard rule: a REST-like `STAGE/*/*` has a slash too many for `STAGE/$connect`.
#[test]
fn execute_api_resources() {
    let connect = "arn:aws:execute-api:eu-west-1:123456789012:a1/prod/$connect";
    let api = |end: &str| json!(format!("arn:aws:execute-api:eu-west-1:123456789012:a1{end}"));
    check_resource(api("/prod/$connect"), connect, Allowed);
    check_resource(api("/prod/*"), connect, Allowed);
    check_resource(api("/*"), connect, Allowed);
    check_resource(api("/*/$connect"), connect, Allowed);
    check_resource(api("/prod/*/*"), connect, NotAllowed);
    check_resource(api("/dev/$connect"), connect, NotAllowed);
    check_resource(api("/prod/$default"), connect, NotAllowed);
    let post =
        "arn:aws:execute-api:eu-west-1:123456789012:a1/prod/POST/@connections/{connectionId}";
    check_resource(api("/prod/POST/@connections/*"), post, Allowed);
    check_resource(api("/prod/GET/@connections/*"), post, NotAllowed);
}

/// "IAM JSON policy elements: NotResource".
#[test]
fn not_resource() {
    let all_but = |effect: &str| json!({"Effect": effect, "Action": "*", "NotResource": ["arn:aws:s3:::b", format!("{TABLE}*")]});
    check(all_but("Allow"), ITEM, "arn:aws:s3:::c", Allowed);
    check(all_but("Allow"), ITEM, TABLE, NotAllowed);
    check(all_but("Deny"), ITEM, "arn:aws:s3:::c", ExplicitlyDenied);
    check(all_but("Deny"), ITEM, TABLE, NotAllowed);
}

/// "Condition operators", string.
#[test]
fn string_operators() {
    let team: &[(&str, &[&str])] = &[("aws:PrincipalTag/team", &["Blue"])];
    let check = |operator: &str, values: Value, expected: bool| {
        check_condition(json!({operator: {"aws:PrincipalTag/team": values}}), team, expected);
    };
    check("StringEquals", json!("Blue"), true);
    check("StringEquals", json!("blue"), false);
    check("StringEquals", json!(["Red", "Blue"]), true);
    check("StringEquals", json!("B*"), false);
    check("StringNotEquals", json!("Blue"), false);
    check("StringNotEquals", json!(["Red", "Blue"]), false);
    check("StringNotEquals", json!(["Red", "Green"]), true);
    check("StringEqualsIgnoreCase", json!("bLUE"), true);
    check("StringNotEqualsIgnoreCase", json!("bLUE"), false);
    check("StringLike", json!("B*"), true);
    check("StringLike", json!("B??e"), true);
    check("StringLike", json!("b*"), false);
    check("StringNotLike", json!("B*"), false);
    check("StringNotLike", json!("R*"), true);
}

/// "Condition operators", numeric and Boolean: JSON numbers and booleans are as good as texts.
#[test]
fn numeric_and_boolean_operators() {
    let keys: &[(&str, &[&str])] = &[("s3:max-keys", &["10"]), ("aws:SecureTransport", &["false"])];
    let check = |operator: &str, value: Value, expected: bool| {
        check_condition(json!({operator: {"s3:max-keys": value}}), keys, expected);
    };
    check("NumericEquals", json!("10.0"), true);
    check("NumericEquals", json!(10), true);
    check("NumericEquals", json!("9"), false);
    check("NumericNotEquals", json!("10"), false);
    check("NumericLessThan", json!("10"), false);
    check("NumericLessThan", json!("10.5"), true);
    check("NumericLessThanEquals", json!("10"), true);
    check("NumericGreaterThan", json!("9"), true);
    check("NumericGreaterThan", json!("10"), false);
    check("NumericGreaterThanEquals", json!("10"), true);
    check("NumericLessThan", json!(["1", "2"]), false);
    check_condition(json!({"Bool": {"aws:SecureTransport": "false"}}), keys, true);
    check_condition(json!({"Bool": {"aws:SecureTransport": false}}), keys, true);
    check_condition(json!({"Bool": {"aws:SecureTransport": "true"}}), keys, false);
}

/// "Condition operators", date: ISO 8601 or epoch seconds, on either side.
#[test]
fn date_operators() {
    let keys: &[(&str, &[&str])] =
        &[("aws:CurrentTime", &["2026-11-20T10:00:00Z"]), ("aws:EpochTime", &["1795168800"])];
    let check = |operator: &str, value: &str, expected: bool| {
        for key in ["aws:CurrentTime", "aws:EpochTime"] {
            check_condition(json!({operator: {key: value}}), keys, expected);
        }
    };
    check("DateEquals", "2026-11-20T10:00:00Z", true);
    check("DateEquals", "2026-11-20T11:00:00+01:00", true);
    check("DateEquals", "1795168800", true);
    check("DateNotEquals", "2026-11-20T10:00:00Z", false);
    check("DateNotEquals", "2026-11-20", true);
    check("DateLessThan", "2026-11-21", true);
    check("DateLessThan", "2026-11-20T10:00:00Z", false);
    check("DateLessThanEquals", "2026-11-20T10:00:00Z", true);
    check("DateGreaterThan", "2026-11-20T10:00:00Z", false);
    check("DateGreaterThan", "2026", true);
    check("DateGreaterThanEquals", "2026-11-20T10:00Z", true);
}

/// "Condition operators", IP address, and binary.
#[test]
fn address_and_binary_operators() {
    let v4: &[(&str, &[&str])] = &[("aws:SourceIp", &["203.0.113.9"])];
    let v6: &[(&str, &[&str])] = &[("aws:SourceIp", &["2001:db8:1234:5678::9"])];
    let ranges = json!(["203.0.113.0/24", "2001:DB8:1234:5678::/64"]);
    check_condition(json!({"IpAddress": {"aws:SourceIp": ranges}}), v4, true);
    check_condition(json!({"IpAddress": {"aws:SourceIp": ranges}}), v6, true);
    check_condition(json!({"NotIpAddress": {"aws:SourceIp": ranges}}), v4, false);
    check_condition(json!({"IpAddress": {"aws:SourceIp": "203.0.113.8"}}), v4, false);
    check_condition(json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.8"}}), v4, true);
    let binary: &[(&str, &[&str])] = &[("some:key", &["QmluYXJ5VmFsdWVJbkJhc2U2NA=="])];
    let equals = |value: &str| json!({"BinaryEquals": {"some:key": value}});
    check_condition(equals("QmluYXJ5VmFsdWVJbkJhc2U2NA=="), binary, true);
    check_condition(equals("QmluYXJ5"), binary, false);
}

/// "Condition operators", ARN: part by part, `ArnEquals` with wildcards like `ArnLike`.
#[test]
fn arn_operators() {
    let source: &[(&str, &[&str])] =
        &[("aws:SourceArn", &["arn:aws:some:us-east-2:999999999999:store/abc:1:finance/doc"])];
    let check = |operator: &str, value: &str, expected: bool| {
        check_condition(json!({operator: {"aws:SourceArn": value}}), source, expected);
    };
    check("ArnLike", "arn:aws:some:*:999999999999:store/*", true);
    check("ArnEquals", "arn:aws:some:*:999999999999:store/*", true);
    check("ArnLike", "arn:aws:some:*:1:finance/*", false);
    check("StringLike", "arn:aws:some:*:1:finance/*", true);
    check("ArnNotLike", "arn:aws:some:*:1:finance/*", true);
    check("ArnNotEquals", "arn:aws:some:*:*:store/*", false);
    check("ArnEquals", "arn:aws:some:us-east-2:999999999999:STORE/*", false);
}

/// "Condition operators", the note on missing keys, `…IfExists`, and `Null`.
#[test]
fn missing_keys() {
    let check = |operator: &str, value: &str, expected: bool| {
        check_condition(json!({operator: {"some:key": value}}), &[], expected);
    };
    check("StringEquals", "x", false);
    check("StringLike", "*", false);
    check("StringNotEquals", "x", true);
    check("StringNotLike", "*", true);
    check("ArnNotLike", "*", true);
    check("NotIpAddress", "10.0.0.0/8", true);
    check("NumericNotEquals", "1", true);
    check("DateNotEquals", "2026", true);
    check("IpAddress", "0.0.0.0/0", false);
    check("Bool", "false", false);
    check("StringEqualsIfExists", "x", true);
    check("StringNotEqualsIfExists", "x", true);
    check("BoolIfExists", "true", true);
    check("NumericLessThanIfExists", "1", true);
    check("Null", "true", true);
    check("Null", "false", false);
    let present: &[(&str, &[&str])] = &[("some:key", &["y"])];
    check_condition(json!({"StringEqualsIfExists": {"some:key": "x"}}), present, false);
    check_condition(json!({"Null": {"some:key": "true"}}), present, false);
    check_condition(json!({"Null": {"some:key": "false"}}), present, true);
}

/// "Conditions with multiple context keys or values": all operators and keys, any value, none of the
/// values of a negated operator. Keys have no case ("Condition").
#[test]
fn several_keys_and_values() {
    let keys: &[(&str, &[&str])] = &[("aws:userid", &["AIDA1"]), ("aws:SourceIp", &["10.0.0.1"])];
    let both = |user: &str, network: &str| json!({"StringEquals": {"AWS:UserID": user}, "IpAddress": {"aws:sourceip": network}});
    check_condition(both("AIDA1", "10.0.0.0/8"), keys, true);
    check_condition(both("AIDA2", "10.0.0.0/8"), keys, false);
    check_condition(both("AIDA1", "11.0.0.0/8"), keys, false);
    let two_keys =
        |address: &str| json!({"StringLike": {"aws:userid": "AIDA*", "aws:SourceIp": address}});
    check_condition(two_keys("10.*"), keys, true);
    check_condition(two_keys("11.*"), keys, false);
    check_condition(json!({}), keys, true);
}

/// "Single-valued vs. multivalued context keys" and the DynamoDB Developer Guide's "Using conditions".
#[test]
fn set_operators() {
    let condition =
        |operator: &str| json!({operator: {"dynamodb:Attributes": ["ID", "Message", "Tags"]}});
    let check = |operator: &str, values: &[&str], expected: bool| {
        check_condition(condition(operator), &[("dynamodb:Attributes", values)], expected);
    };
    check("ForAllValues:StringEquals", &["ID", "Tags"], true);
    check("ForAllValues:StringEquals", &["ID", "User"], false);
    check("ForAllValues:StringEquals", &[], true);
    check("ForAllValues:StringEquals", &[""], true);
    check("ForAnyValue:StringEquals", &["User", "ID"], true);
    check("ForAnyValue:StringEquals", &["User", "Name"], false);
    check("ForAnyValue:StringEquals", &[], false);
    check("ForAnyValue:StringEquals", &[""], false);
    check("ForAnyValue:StringEqualsIfExists", &[], true);
    check("ForAllValues:StringNotEquals", &["User", "Name"], true);
    check("ForAllValues:StringNotEquals", &["User", "ID"], false);
    check("ForAnyValue:StringNotEquals", &["User", "ID"], true);
    check("ForAnyValue:StringNotEquals", &["Tags", "ID"], false);
    check("ForAnyValue:StringNotEquals", &[], false);
    check("ForAllValues:StringLike", &["ID", "message"], false);
}

/// "IAM policy elements: Variables and tags".
#[test]
fn variables() {
    let allowed_at = |home: &str| json!({"Effect": "Allow", "Action": "*", "Resource": format!("arn:aws:s3:::b/{home}")});
    let check = |version: &str, home: &str, keys: &[(&str, &[&str])], path: &str, expected| {
        let context = context(keys);
        let resource = format!("arn:aws:s3:::b/{path}");
        let request = Request { action: ITEM, resource: &resource, context: &context };
        check_in(version, allowed_at(home), request, expected);
    };
    let ada: &[(&str, &[&str])] =
        &[("aws:username", &["ada"]), ("aws:PrincipalTag/team", &["x y"])];
    check("2012-10-17", "${aws:username}/*", ada, "ada/file", Allowed);
    check("2012-10-17", "${AWS:USERNAME}/*", ada, "ada/file", Allowed);
    check("2012-10-17", "${aws:username}/*", ada, "bob/file", NotAllowed);
    check("2012-10-17", "${aws:PrincipalTag/team}/*", ada, "x y/file", Allowed);
    check("2012-10-17", "${aws:username}/*", &[], "ada/file", NotAllowed);
    check("2012-10-17", "${aws:username, 'guest'}/*", &[], "guest/file", Allowed);
    check("2012-10-17", "${*}/${?}/${$}", ada, "*/?/$", Allowed);
    check("2012-10-17", "${*}/${?}/${$}", ada, "a/b/c", NotAllowed);
    // A wildcard in a value is no wildcard.
    let star: &[(&str, &[&str])] = &[("aws:username", &["*"])];
    check("2012-10-17", "${aws:username}/x", star, "*/x", Allowed);
    check("2012-10-17", "${aws:username}/x", star, "ada/x", NotAllowed);
    // The older version has no variables: the text stands for itself.
    check("2008-10-17", "${aws:username}/x", ada, "ada/x", NotAllowed);
    check("2008-10-17", "${aws:username}/x", ada, "${aws:username}/x", Allowed);
    // In conditions.
    let tagged: &[(&str, &[&str])] =
        &[("aws:PrincipalTag/team", &["blue"]), ("aws:ResourceTag/team", &["blue"])];
    let same = json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}});
    check_condition(same.clone(), tagged, true);
    check_condition(same, &[("aws:ResourceTag/team", &["blue"])], false);
    let arn: &[(&str, &[&str])] =
        &[("aws:SourceArn", &["arn:aws:sns:::t"]), ("aws:PrincipalArn", &["arn:aws:sns:::t"])];
    check_condition(json!({"ArnEquals": {"aws:SourceArn": "${aws:PrincipalArn}"}}), arn, true);
    check_condition(
        json!({"StringLike": {"s3:prefix": ["", "home/${aws:username}/*"]}}),
        &[("aws:username", &["ada"]), ("s3:prefix", &["home/ada/x"])],
        true,
    );
}

/// "IAM policy elements: Variables and tags", first note: an unresolved variable may make the statement
/// invalid. In a negated comparison `local` then refuses: the allow is void, the deny is not.
#[test]
fn unresolved_variables_in_negated_comparisons() {
    let unlike = |effect: &str| {
        json!([
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": effect, "Action": "*", "Resource": "*",
             "Condition": {"StringNotEquals": {"aws:userid": "${aws:username}"}}}
        ])
    };
    let outside = |effect: &str| json!({"Effect": effect, "Action": "*", "NotResource": "arn:aws:s3:::b/${aws:username}"});
    let context = Context::new().with("aws:userid", "AROA1:x");
    let table = Request { action: ITEM, resource: TABLE, context: &context };
    let bucket = Request { action: "s3:GetObject", ..table };
    check_in("2012-10-17", unlike("Allow"), table, NotAllowed);
    check_in("2012-10-17", unlike("Deny"), bucket, ExplicitlyDenied);
    check_in("2012-10-17", outside("Allow"), table, NotAllowed);
    check_in("2012-10-17", outside("Deny"), table, ExplicitlyDenied);
}
