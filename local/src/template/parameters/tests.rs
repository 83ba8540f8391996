//! One declaration `P`, and the value that is given for it.

use super::*;

/// One declaration `P` and the value given for it, if any.
fn check(declaration: &str, given: Option<&str>, expected: Result<ParameterValue, &str>) {
    let members = super::super::parse::parse(declaration).unwrap();
    let mut values = ParameterValues::default();
    if let Some(given) = given {
        values.set("P", given);
    }
    let found = Declaration::read(&members, "Parameters.P")
        .and_then(|declaration| resolve(&BTreeMap::from([("P".to_owned(), declaration)]), &values));
    match (found, expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found["P"], expected, "{declaration}"),
        (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected, "{declaration}"),
        (found, _) => panic!("{declaration}: {found:?}"),
    }
}

fn text(text: &str) -> Result<ParameterValue, &'static str> {
    Ok(ParameterValue::Text(text.to_owned()))
}

fn list(items: &[&str]) -> Result<ParameterValue, &'static str> {
    Ok(ParameterValue::List(items.iter().map(|item| item.to_string()).collect()))
}

#[test]
fn values_are_taken_by_type() {
    check("Type: String", Some(" a,b "), text(" a,b "));
    check("{Type: String, Default: b}", None, text("b"));
    check("{Type: String, Default: b}", Some(""), text(""));
    check("{Type: String, Default: true}", None, text("true"));
    check("{Type: Number, Default: 30}", None, text("30"));
    check("Type: Number", Some("-1.5"), text("-1.5"));
    check("Type: CommaDelimitedList", Some("a, b ,c"), list(&["a", "b", "c"]));
    check("{Type: CommaDelimitedList, Default: ''}", None, list(&[""]));
    check("Type: List<Number>", Some("1, 2"), list(&["1", "2"]));
    check("Type: AWS::EC2::KeyPair::KeyName", Some("key"), text("key"));
    check("Type: List<AWS::EC2::Subnet::Id>", Some("a,b"), list(&["a", "b"]));
    check("{Type: String, NoEcho: true, Description: d}", Some("x"), text("x"));
}

#[test]
fn constraints_hold_for_the_whole_value() {
    let pattern = "{Type: String, AllowedPattern: '[a-z]+|[0-9]'}";
    check(pattern, Some("abc"), text("abc"));
    check(pattern, Some("12"), Err("Parameter 'P' must match pattern [a-z]+|[0-9]"));
    check(pattern, Some("a\n"), Err("Parameter 'P' must match pattern [a-z]+|[0-9]"));
    check("{Type: String, AllowedPattern: '^a$'}", Some("a"), text("a"));
    let described = "{Type: String, AllowedPattern: a, ConstraintDescription: must be a}";
    check(described, Some("b"), Err("Parameter P failed to satisfy constraint: must be a"));
    let allowed = "{Type: String, AllowedValues: [IAM, NONE, 7]}";
    check(allowed, Some("7"), text("7"));
    check(allowed, Some("none"), Err("Parameter 'P' must be one of AllowedValues"));
    let length = "{Type: String, MinLength: 2, MaxLength: '3'}";
    check(length, Some("éé"), text("éé"));
    check(length, Some("a"), Err("Parameter 'P' must contain at least 2 characters"));
    check(length, Some("abcd"), Err("Parameter 'P' must contain at most 3 characters"));
    let bounds = "{Type: Number, MinValue: 1, MaxValue: 300}";
    check(bounds, Some("300"), text("300"));
    check(bounds, Some("0"), Err("Parameter 'P' must be a number not less than 1"));
    check(bounds, Some("300.5"), Err("Parameter 'P' must be a number not greater than 300"));
    check(bounds, Some("NaN"), Err("Parameter 'P' must be a number"));
    check(bounds, Some(""), Err("Parameter 'P' must be a number"));
    check("Type: List<Number>", Some("1,x"), Err("Parameter 'P' must be a number"));
    let items = "{Type: CommaDelimitedList, AllowedValues: [a, b]}";
    check(items, Some("a,b"), list(&["a", "b"]));
    check(items, Some("a,c"), Err("Parameter 'P' must be one of AllowedValues"));
    check(
        "{Type: Number, Default: 9, MaxValue: 8}",
        None,
        Err("Parameter 'P' must be a number not greater than 8"),
    );
    let long = "x".repeat(MAXIMUM_VALUE_BYTES + 1);
    check("Type: String", Some(&long), Err("Parameter 'P' must have at most 4096 bytes"));
}

#[test]
fn missing_and_unknown_names_are_refused() {
    check("Type: String", None, Err("Parameters: [P] must have values"));
    let mut values = ParameterValues::default();
    values.set("B", "1");
    values.set("A", "2");
    let error = resolve(&BTreeMap::new(), &values).unwrap_err();
    assert_eq!(error.to_string(), "Parameters: [A, B] do not exist in the template");
}

#[test]
fn wrong_declarations_are_refused() {
    let no_member = |name: &str| {
        format!("Parameters.P.{name}: expected no member of this name in a parameter of this type")
    };
    check("Default: x", None, Err("Parameters.P.Type: expected a parameter type"));
    check("{Type: String, Minimum: 1}", None, Err(&no_member("Minimum")));
    check("{Type: String, MinValue: 1}", None, Err(&no_member("MinValue")));
    check("{Type: Number, AllowedPattern: a}", None, Err(&no_member("AllowedPattern")));
    check("{Type: String, Default: [a]}", None, Err("Parameters.P.Default: expected a string"));
    check(
        "{Type: String, NoEcho: maybe}",
        None,
        Err("Parameters.P.NoEcho: expected true or false"),
    );
    check("{Type: String, MinLength: x}", None, Err("Parameters.P.MinLength: expected a number"));
    check(
        "{Type: String, AllowedValues: a}",
        None,
        Err("Parameters.P.AllowedValues: expected a list of strings"),
    );
    for unsupported in ["Json", "AWS::SSM::Parameter::Value<String>", "List<String>"] {
        let members = super::super::parse::parse(&format!("Type: {unsupported}")).unwrap();
        let error = Declaration::read(&members, "Parameters.P").unwrap_err().to_string();
        let expected =
            format!("Parameters.P.Type: the parameter type {unsupported} is not supported");
        assert!(error.starts_with(&expected), "{error}");
    }
    for pattern in ["(?=a)b", "(", "a)|(b", r"(a)\\1"] {
        let members =
            super::super::parse::parse(&format!("{{Type: String, AllowedPattern: \"{pattern}\"}}"))
                .unwrap();
        let error = Declaration::read(&members, "Parameters.P").unwrap_err();
        assert!(matches!(error, ParameterError::Pattern { .. }), "{pattern}: {error}");
    }
}

#[test]
fn a_refusal_does_not_show_the_value() {
    let members = super::super::parse::parse("{Type: String, MaxLength: 1, NoEcho: true}").unwrap();
    let declaration = Declaration::read(&members, "Parameters.P").unwrap();
    let error = declaration.value("P", "MARKER").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("MARKER"));
}

#[test]
fn values_are_shown_but_for_masked_ones() {
    let declare = |text: &str| {
        Declaration::read(&super::super::parse::parse(text).unwrap(), "Parameters.P").unwrap()
    };
    let declarations = BTreeMap::from([
        ("L".to_owned(), declare("{Type: CommaDelimitedList, Default: 'a, b'}")),
        ("S".to_owned(), declare("{Type: String, Default: MARKER, NoEcho: 'true'}")),
        ("T".to_owned(), declare("{Type: String, Default: t, NoEcho: false}")),
    ]);
    let values = resolve(&declarations, &ParameterValues::default()).unwrap();
    let shown: Vec<_> = shown(&declarations, &values).into_iter().collect();
    let expected = [("L", "a,b"), ("S", "****"), ("T", "t")];
    assert_eq!(shown, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}
