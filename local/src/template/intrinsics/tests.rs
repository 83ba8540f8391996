//! One value under `A`, with parameters `P` (`p,q`), `L` (list `a`, `b`), conditions `Yes` and `No`, the
//! mapping `M`, and a table `T`.

use super::super::parse::parse;
use super::super::resources::ResourceType;
use super::*;
use serde_json::json;

fn evaluated(text: &str) -> Result<Option<Value>> {
    let environment = Environment::sample();
    let parameters = BTreeMap::from([
        ("P".to_owned(), ParameterValue::Text("p,q".to_owned())),
        ("L".to_owned(), ParameterValue::List(vec!["a".to_owned(), "b".to_owned()])),
    ]);
    let conditions = BTreeMap::from([("Yes".to_owned(), true), ("No".to_owned(), false)]);
    let mappings = json!({"M": {"eu-west-1": {"one": "1", "many": ["x", "y"], "number": 7}}});
    let table = Identity::new(
        &environment,
        ResourceType::Table,
        "T",
        json!({"TableName": "things"}).as_object().unwrap(),
    );
    let evaluator = Evaluator {
        environment: &environment,
        parameters: &parameters,
        mappings: mappings.as_object().unwrap(),
        conditions: &conditions,
        resources: &BTreeMap::from([("T".to_owned(), table.unwrap())]),
        section: Section::Resources,
        budget: &Cell::new(MAXIMUM_EVALUATED_BYTES),
    };
    let document = Value::Object(parse(text).unwrap());
    evaluator.evaluate(&document, "").map(|value| value.unwrap().get("A").cloned())
}

fn check(text: &str, expected: Value) {
    assert_eq!(evaluated(text).unwrap(), Some(expected), "{text}");
}

fn check_refused(text: &str, expected: &str) {
    assert_eq!(evaluated(text).unwrap_err().to_string(), expected, "{text}");
}

#[test]
fn values_without_functions_stay() {
    check(
        "A: {B: [1, true, text, {Condition: {C: d}}]}",
        json!({"B": [1, true, "text", {"Condition": {"C": "d"}}]}),
    );
}

#[test]
fn references() {
    check("A: !Ref P", json!("p,q"));
    check("A: !Ref L", json!(["a", "b"]));
    check("A: !Ref T", json!("things"));
    check("A: {Ref: AWS::Region}", json!("eu-west-1"));
    check("A: !Ref AWS::AccountId", json!("123456789012"));
    check("A: !Ref AWS::Partition", json!("aws"));
    check("A: !Ref AWS::StackName", json!("shop"));
    check("A: !Ref AWS::URLSuffix", json!("amazonaws.com"));
    check("A: !Ref AWS::NotificationARNs", json!([]));
    check_refused(
        "A: !Ref X",
        "Unresolved resource dependencies [X] in the Resources block of the template (at .A.Ref)",
    );
    check_refused(
        "A: !Ref AWS::Nothing",
        "Unresolved resource dependencies [AWS::Nothing] in the Resources block of the template (at .A.Ref)",
    );
    check_refused("A: !Ref [P]", ".A.Ref: expected the name of a parameter or resource");
    check_refused("A: {Ref: P, B: c}", ".A: Ref must be the only key of its mapping");
}

#[test]
fn no_value_takes_its_place_away() {
    check("A: {B: !Ref AWS::NoValue, C: [1, !Ref AWS::NoValue, 2]}", json!({"C": [1, 2]}));
    assert_eq!(evaluated("A: !Ref AWS::NoValue").unwrap(), None);
    check("A: !Join ['-', [a, !Ref AWS::NoValue, b]]", json!("a-b"));
    check_refused("A: !Sub ['${X}', {X: !Ref AWS::NoValue}]", ".A.Fn::Sub.X: expected a string");
    check_refused("A: !Base64 {Ref: AWS::NoValue}", ".A.Fn::Base64: expected a string");
}

#[test]
fn attributes() {
    let arn = json!("arn:aws:dynamodb:eu-west-1:123456789012:table/things");
    check("A: !GetAtt T.Arn", arn.clone());
    check("A: !GetAtt [T, Arn]", arn.clone());
    check("A: {'Fn::GetAtt': [T, !Join ['', [A, rn]]]}", arn);
    check_refused(
        "A: !GetAtt T.StreamArn",
        ".A.Fn::GetAtt: AWS::DynamoDB::Table has no attribute StreamArn; known: Arn",
    );
    check_refused(
        "A: !GetAtt X.Arn",
        "Unresolved resource dependencies [X] in the Resources block of the template (at .A.Fn::GetAtt)",
    );
    check_refused(
        "A: !GetAtt P.Arn",
        "Unresolved resource dependencies [P] in the Resources block of the template (at .A.Fn::GetAtt)",
    );
    check_refused("A: !GetAtt T", ".A.Fn::GetAtt: expected a resource and one of its attributes");
}

#[test]
fn substitution() {
    check(
        "A: !Sub '${AWS::Region}/${P}/${T}/${T.Arn}/$default'",
        json!("eu-west-1/p,q/things/arn:aws:dynamodb:eu-west-1:123456789012:table/things/$default"),
    );
    check("A: !Sub '${!P}'", json!("${P}"));
    check("A: !Sub ['${X}-${P}', {X: !Ref T}]", json!("things-p,q"));
    check("A: !Sub ['${P}', {P: 7}]", json!("7"));
    check("A: !Sub ['${P}', {P: '${T}'}]", json!("${T}"));
    check_refused("A: !Sub '${L}'", ".A.Fn::Sub.L: expected a string");
    check_refused(
        "A: !Sub '${X.Y}'",
        "Unresolved resource dependencies [X] in the Resources block of the template (at .A.Fn::Sub.X.Y)",
    );
    check_refused("A: !Sub '${a b}'", ".A.Fn::Sub: the text of Fn::Sub cannot be read");
    check_refused("A: !Sub [a]", ".A.Fn::Sub: expected a text and a mapping of variables");
    check_refused(
        "A: !Sub {a: b}",
        ".A.Fn::Sub: expected a text, or a text and a mapping of variables",
    );
}

#[test]
fn lists_and_texts() {
    check("A: !Join [':', [a, 1, !Ref T]]", json!("a:1:things"));
    check("A: !Join ['', !Ref L]", json!("ab"));
    check("A: !Join [',', []]", json!(""));
    check_refused("A: !Join [',']", ".A.Fn::Join: expected a delimiter and a list");
    check_refused("A: !Join [',', a]", ".A.Fn::Join: expected a list of strings");
    check_refused("A: !Join [[], [a]]", ".A.Fn::Join: expected a delimiter that is a string");

    check("A: !Select [1, [a, b]]", json!("b"));
    check("A: !Select ['0', !Ref L]", json!("a"));
    check("A: !Select [1, !Split [',', !Ref P]]", json!("q"));
    check_refused(
        "A: !Select [2, [a, b]]",
        "Fn::Select cannot select nonexistent value at index 2 (at .A.Fn::Select)",
    );
    check_refused(
        "A: !Select [-1, [a]]",
        "Fn::Select cannot select nonexistent value at index -1 (at .A.Fn::Select)",
    );
    check_refused("A: !Select [0, a]", ".A.Fn::Select: expected a list to select from");

    check("A: !Split ['/', a//b]", json!(["a", "", "b"]));
    check_refused(
        "A: !Split ['', a]",
        ".A.Fn::Split: expected a delimiter that is a string and not empty",
    );
    check_refused("A: !Split [',', !Ref L]", ".A.Fn::Split: expected a string");

    check("A: !Base64 hé", json!("aMOp"));
}

#[test]
fn mappings() {
    check("A: !FindInMap [M, !Ref AWS::Region, one]", json!("1"));
    check("A: !FindInMap [M, eu-west-1, many]", json!(["x", "y"]));
    check_refused(
        "A: !FindInMap [M, us-east-1, one]",
        "Unable to get mapping for M::us-east-1::one (at .A.Fn::FindInMap)",
    );
    check_refused(
        "A: !FindInMap [N, a, b]",
        "Unable to get mapping for N::a::b (at .A.Fn::FindInMap)",
    );
    check_refused(
        "A: !FindInMap [M, a, b, {DefaultValue: c}]",
        ".A.Fn::FindInMap: expected a mapping and two keys",
    );
}

#[test]
fn choices() {
    check("A: !If [Yes, a, !Ref Missing]", json!("a"));
    check("A: !If [No, !Ref Missing, {B: !Ref P}]", json!({"B": "p,q"}));
    assert_eq!(evaluated("A: !If [No, a, !Ref AWS::NoValue]").unwrap(), None);
    check_refused(
        "A: !If [Maybe, a, b]",
        "Unresolved condition dependency Maybe in the Resources block of the template (at .A.Fn::If)",
    );
    check_refused("A: !If [!Equals [a, a], a, b]", ".A.Fn::If: expected the name of a condition");
    check_refused("A: !If [Yes, a]", ".A.Fn::If: expected a condition and two values");
}

#[test]
fn functions_that_are_not_played_are_refused_by_name() {
    for name in [
        "ImportValue",
        "Transform",
        "GetAZs",
        "Cidr",
        "Length",
        "ToJsonString",
        "RefAll",
        "ValueOf",
        "ValueOfAll",
    ] {
        let error = evaluated(&format!("A: {{'Fn::{name}': x}}")).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!(".A.Fn::{name}: Fn::{name} is not supported: ")),
            "{error}"
        );
    }
    let error = evaluated("A: {'Fn::ForEach::Loop': []}").unwrap_err().to_string();
    assert!(error.contains("Fn::ForEach::Loop is not supported"), "{error}");
    check_refused("A: {'Fn::Joni': x}", ".A.Fn::Joni: unknown function Fn::Joni");
    for name in ["Equals", "And", "Or", "Not", "Contains", "EachMemberIn", "EachMemberEquals"] {
        check_refused(
            &format!("A: {{'Fn::{name}': [a, a]}}"),
            &format!(".A.Fn::{name}: Fn::{name} cannot be used in Resources"),
        );
    }
}

#[test]
fn growth_is_bounded() {
    // Each level makes of n commas about 64 n: five levels would give a thousand million.
    let mut value = "','".to_owned();
    for _ in 0..5 {
        value = format!("!Join ['{}', !Split [',', {value}]]", ",".repeat(64));
    }
    let error = evaluated(&format!("A: {value}")).unwrap_err();
    assert!(matches!(error, EvaluationError::TooLarge { .. }), "{error}");
}
