//! Conditions and rules over a parameter `P` (`p`) and a list `L` (`a`, `b`).

use super::super::Environment;
use super::super::intrinsics::MAXIMUM_EVALUATED_BYTES;
use super::super::parameters::ParameterValue;
use super::super::parse::parse;
use super::*;
use std::cell::Cell;

fn with_evaluator<T>(section: Section, run: impl FnOnce(Evaluator<'_>) -> T) -> T {
    let parameters = BTreeMap::from([
        ("P".to_owned(), ParameterValue::Text("p".to_owned())),
        ("L".to_owned(), ParameterValue::List(vec!["a".to_owned(), "b".to_owned()])),
    ]);
    run(Evaluator {
        environment: &Environment::sample(),
        parameters: &parameters,
        mappings: &Map::new(),
        conditions: &BTreeMap::new(),
        resources: &BTreeMap::new(),
        section,
        budget: &Cell::new(MAXIMUM_EVALUATED_BYTES),
    })
}

/// The conditions that hold, in alphabetical order; or the refusal.
fn check(text: &str, expected: Result<&str, &str>) {
    let declarations = parse(text).unwrap();
    let found =
        with_evaluator(Section::Conditions, |evaluator| conditions(&declarations, evaluator));
    let found = found.map(|values| {
        values.into_iter().filter(|(_, holds)| *holds).map(|(name, _)| name).collect::<String>()
    });
    let found = found.map_err(|error| error.to_string());
    assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{text}");
}

#[test]
fn conditions_are_evaluated() {
    check("{A: !Equals [p, !Ref P], B: !Equals [P, p]}", Ok("A"));
    check("{A: !Equals [1, '1'], B: !Equals [true, 'true']}", Ok("AB"));
    check("{A: !Not [!Equals [a, b]], B: !Not [!Equals [a, a]]}", Ok("A"));
    check(
        "{A: !And [!Equals [a, a], !Equals [b, c]], B: !Or [!Equals [a, a], !Equals [b, c]]}",
        Ok("B"),
    );
    check("{A: !Equals [!Join ['', !Ref L], ab], B: !Equals [!Select [1, !Ref L], b]}", Ok("AB"));
    check(
        "{A: !Not [!Condition B], B: !And [{Condition: C}, !Condition C], C: !Equals [a, b]}",
        Ok("A"),
    );
    check("{A: !Equals [!If [B, x, y], x], B: !Equals [a, a]}", Ok("AB"));
}

#[test]
fn wrong_conditions_are_refused() {
    check(
        "{A: !Condition B, B: !Not [!Condition A]}",
        Err("Circular dependency between conditions: [A, B]"),
    );
    check(
        "A: !Condition X",
        Err(
            "Unresolved condition dependency X in the Conditions block of the template (at Conditions.A)",
        ),
    );
    check("A: true", Err("Conditions.A: expected a condition function"));
    check("A: {B: c}", Err("Conditions.A: expected a condition function"));
    check("A: !And [!Equals [a, a]]", Err("Conditions.A.Fn::And: expected 2 to 10 conditions"));
    check(
        "A: !Not [!Equals [a, a], !Equals [a, a]]",
        Err("Conditions.A.Fn::Not: expected one condition"),
    );
    check("A: !Equals [a]", Err("Conditions.A.Fn::Equals: expected two values"));
    check("A: !Equals [a, !Ref L]", Err("Conditions.A.Fn::Equals[1]: expected a string"));
    check(
        "A: !Equals [a, !Ref Table]",
        Err(
            "Unresolved resource dependencies [Table] in the Conditions block of the template (at Conditions.A.Fn::Equals[1].Ref)",
        ),
    );
    check(
        "A: !Contains [[a], a]",
        Err("Conditions.A.Fn::Contains: Fn::Contains cannot be used in Conditions"),
    );
    check("A: !Ref P", Err("Conditions.A.Ref: expected a list"));
    check(
        "A: !Join ['', [a]]",
        Err("Conditions.A.Fn::Join: Fn::Join cannot be used in Conditions"),
    );
}

#[test]
fn conditions_that_share_others_are_evaluated_once() {
    // Evaluated anew for each use, 40 levels would take 2^40 steps.
    let mut text = String::from("C0: !Equals [a, a]\n");
    for level in 1..40 {
        let below = level - 1;
        text.push_str(&format!("C{level}: !And [!Condition C{below}, !Condition C{below}]\n"));
    }
    let declarations = parse(&text).unwrap();
    let values =
        with_evaluator(Section::Conditions, |evaluator| conditions(&declarations, evaluator));
    assert!(values.unwrap().into_values().all(|holds| holds));
}

#[test]
fn a_long_chain_of_conditions_needs_no_stack() {
    let mut text = String::from("C0: !Equals [a, a]\n");
    for level in 1..20_000 {
        text.push_str(&format!("C{level}: !Not [!Condition C{}]\n", level - 1));
    }
    let declarations = parse(&text).unwrap();
    let values =
        with_evaluator(Section::Conditions, |evaluator| conditions(&declarations, evaluator));
    assert!(!values.unwrap()["C19999"]);
}

fn check_one_rule(text: &str, expected: Result<(), &str>) {
    let rule = Value::Object(parse(text).unwrap());
    let found =
        with_evaluator(Section::Rules, |evaluator| check_rule(&evaluator, &rule, "Rules.R"));
    assert_eq!(found.map_err(|error| error.to_string()), expected.map_err(str::to_owned), "{text}");
}

#[test]
fn rules_are_checked() {
    let check = check_one_rule;
    check("Assertions: []", Ok(()));
    check("Assertions: [{Assert: !Contains [[o, p], !Ref P]}]", Ok(()));
    check(
        "Assertions: [{Assert: !Contains [[o], !Ref P]}]",
        Err("Rules.R.Assertions[0]: assertion failed"),
    );
    check(
        "Assertions: [{Assert: !Equals [a, a]}, {Assert: !Equals [a, b], AssertDescription: a is b}]",
        Err("Rules.R.Assertions[1]: assertion failed: a is b"),
    );
    check("{RuleCondition: !Equals [a, b], Assertions: [{Assert: !Equals [a, b]}]}", Ok(()));
    check(
        "{RuleCondition: !Equals [a, a], Assertions: [{Assert: !Equals [a, b]}]}",
        Err("Rules.R.Assertions[0]: assertion failed"),
    );
    check("Assertions: [{Assert: !EachMemberIn [!Ref L, [a, b, c]]}]", Ok(()));
    check(
        "Assertions: [{Assert: !EachMemberIn [!Ref L, [a]]}]",
        Err("Rules.R.Assertions[0]: assertion failed"),
    );
    check("Assertions: [{Assert: !EachMemberEquals [[p, p], !Ref P]}]", Ok(()));
    check(
        "Assertions: [{Assert: !EachMemberEquals [!Ref L, a]}]",
        Err("Rules.R.Assertions[0]: assertion failed"),
    );
    check(
        "Assertions: [{Assert: !And [!Not [!Equals [a, b]], !Or [!Equals [a, b], !Equals [c, c]]]}]",
        Ok(()),
    );
}

#[test]
fn wrong_rules_are_refused() {
    let check = check_one_rule;
    check("Rule: x", Err("Rules.R.Rule: expected only RuleCondition and Assertions"));
    check(
        "RuleCondition: !Equals [a, a]",
        Err("Rules.R.Assertions: expected a list of assertions"),
    );
    check("Assertions: [{}]", Err("Rules.R.Assertions[0]: expected an Assert"));
    check(
        "Assertions: [{Assert: !Equals [a, a], Why: x}]",
        Err("Rules.R.Assertions[0].Why: expected only Assert and AssertDescription"),
    );
    check(
        "Assertions: [{Assert: {Condition: C}}]",
        Err("Rules.R.Assertions[0].Assert: expected a condition function"),
    );
    check(
        "Assertions: [{Assert: !Contains [a, a]}]",
        Err("Rules.R.Assertions[0].Assert.Fn::Contains[0]: expected a list of strings"),
    );
    check(
        "Assertions: [{Assert: !Contains [[a]]}]",
        Err(
            "Rules.R.Assertions[0].Assert.Fn::Contains: expected a list and what it is compared with",
        ),
    );
    check(
        "Assertions: [{Assert: !RefAll [a]}]",
        Err("Rules.R.Assertions[0].Assert.Fn::RefAll: Fn::RefAll cannot be used in Rules"),
    );
    check(
        "Assertions: [{Assert: !Equals [!Ref Table, a]}]",
        Err(
            "Unresolved resource dependencies [Table] in the Rules block of the template (at Rules.R.Assertions[0].Assert.Fn::Equals[0].Ref)",
        ),
    );
}
