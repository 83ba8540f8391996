//! For the tests of this folder: templates that consist of resources only.

use crate::template::{Environment, Error, ParameterValues, Stack, Template};

/// A role and a function named `Role` and `F`, for tests of what needs one.
pub(in crate::template) const FUNCTION: &str = "
Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
F:
  Type: AWS::Lambda::Function
  Properties: {Runtime: provided.al2023, Handler: bootstrap, Code: f.zip, Role: !GetAtt Role.Arn}
";

fn evaluated(resources: &str) -> Result<Stack, Error> {
    let indented: String = resources.lines().map(|line| format!("  {line}\n")).collect();
    let template = Template::parse(&format!("Resources:\n{indented}"))?;
    template.evaluate(&ParameterValues::default(), &Environment::sample())
}

/// The stack of these resources.
pub(in crate::template) fn stack(resources: &str) -> Stack {
    evaluated(resources).unwrap_or_else(|error| panic!("{error:?}\n{resources}"))
}

/// The refusal of these resources must begin with `expected`.
pub(in crate::template) fn check_refused(resources: &str, expected: &str) {
    let error = match evaluated(resources) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("not refused: {resources}"),
    };
    assert!(error.starts_with(expected), "{error:?} does not begin with {expected:?}\n{resources}");
}
