//! A CloudFormation template: the input is its text.

use local::template::{Environment, Error, ParameterValues, Stack, Template};

/// Checks one template: what becomes of it depends on nothing but its text.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match (evaluate(text), evaluate(text)) {
        (Ok(one), Ok(other)) => assert_eq!(one, other),
        (Err(one), Err(other)) => {
            let said = |error| local::report::chain(error).to_string();
            assert_eq!(said(&one), said(&other));
        }
        (one, other) => panic!("once {:?}, once {:?}", one.err(), other.err()),
    }
}

fn evaluate(text: &str) -> Result<Stack, Error> {
    let environment = Environment {
        account_id: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        partition: "aws".to_owned(),
        stack_name: "fuzz".to_owned(),
    };
    let mut values = ParameterValues::default();
    // That of the one parameter of our own template that has no default.
    if text.contains("SignAuthorization") {
        values.set("SignAuthorization", "NONE");
    }
    Template::parse(text)?.evaluate(&values, &environment)
}
