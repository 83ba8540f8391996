//! Whole templates: references, conditions, order, outputs; and the template that is deployed.

use super::super::Origins;
use super::super::parse::MAXIMUM_TEMPLATE_BYTES;
use super::super::{
    Authorization, FunctionCode, HttpAuthorization, HttpRouteKey, WebSocketRouteKey,
};
use super::*;

use proptest::prelude::*;

fn evaluated(text: &str, parameters: &[&str]) -> Result<Stack, Error> {
    let mut values = ParameterValues::default();
    parameters.iter().for_each(|pair| values.set_pair(pair).unwrap());
    Template::parse(text)?.evaluate(&values, &Environment::sample())
}

fn check_refused(text: &str, expected: &str) {
    match evaluated(text, &[]) {
        Ok(_) => panic!("not refused: {text}"),
        Err(error) => assert_eq!(error.to_string(), expected, "{text}"),
    }
}

const ROLE: &str = "{Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}";

/// A role whose trust policy holds `value`.
fn role(value: &str) -> String {
    format!("{{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {{X: {value}}}}}}}")
}

#[test]
fn resources_refer_to_one_another_in_any_order() {
    let text = format!(
        "Resources: {{A: {}, B: {}, C: {ROLE}}}",
        role("!GetAtt B.RoleId"),
        role("!Sub '${C.Arn}'")
    );
    let stack = evaluated(&text, &[]).unwrap();
    assert_eq!(stack.roles[0].trust_policy["X"], stack.roles[1].id.as_str());
    assert_eq!(stack.roles[1].trust_policy["X"], stack.roles[2].arn.as_str());
}

#[test]
fn what_a_false_condition_leaves_out_is_absent() {
    let text = format!(
        "
Parameters: {{P: {{Type: String}}}}
Conditions: {{Extra: !Equals [!Ref P, 'yes']}}
Resources:
  A: {}
  B: {{Type: AWS::IAM::Role, Condition: Extra, Properties: {{AssumeRolePolicyDocument: {{}}}}}}
  C: {{Type: AWS::IAM::Role, DependsOn: B, Properties: {{AssumeRolePolicyDocument: {{}}}}}}
  D: {{Type: AWS::EC2::Instance, Condition: Extra}}
Outputs:
  O: {{Condition: Extra, Value: !Ref B}}
  Always: {{Value: !Ref P, Export: {{Name: !Sub '${{AWS::StackName}}-p'}}}}
",
        role("!If [Extra, !Ref B, none]")
    );
    let stack = evaluated(&text, &["P=no"]).unwrap();
    let names: Vec<&str> = stack.roles.iter().map(|role| role.logical_id.as_str()).collect();
    assert_eq!(names, ["A", "C"]);
    assert_eq!(stack.roles[0].trust_policy["X"], "none");
    let output = Output {
        name: "Always".to_owned(),
        value: "no".to_owned(),
        description: None,
        export_name: Some("shop-p".to_owned()),
    };
    assert!(stack.outputs == [output]);
    let error = evaluated(&text, &["P=yes"]).unwrap_err().to_string();
    let expected = "Resources.D.Type: Unrecognized resource type AWS::EC2::Instance; supported: \
                    AWS::ApiGatewayV2::Api, ";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn every_resource_can_be_looked_at_as_it_is_evaluated() {
    let text = format!(
        "
Parameters: {{P: {{Type: String, Default: x}}}}
Conditions: {{Extra: !Equals [!Ref P, 'yes']}}
Resources:
  A: {}
  B: {{Type: AWS::IAM::Role, Condition: Extra, Properties: {{AssumeRolePolicyDocument: {{}}}}}}
  C: {{Type: AWS::CloudWatch::Alarm, DependsOn: [A, B], Properties: {{AlarmName: a, AlarmActions: !If [Extra, [x], !Ref AWS::NoValue],
    Dimensions: [{{Name: RoleName, Value: !Ref D}}]}}}}
  D: {{Type: AWS::IAM::Role, DeletionPolicy: Delete, UpdateReplacePolicy: Retain, Properties: {{AssumeRolePolicyDocument: {{}}}}}}
",
        role("!Sub '${P}-${D.RoleId}'")
    );
    let template = Template::parse(&text).unwrap();
    let values = ParameterValues::default();
    let (resources, _) = template.resources(&values, &Environment::sample()).unwrap();
    let names: Vec<_> = resources.iter().map(|one| (&*one.logical_id, one.type_name)).collect();
    let (role, alarm) = ("AWS::IAM::Role", "AWS::CloudWatch::Alarm");
    assert_eq!(names, [("A", role), ("C", alarm), ("D", role)]);
    let [a, c, d] = resources.as_slice() else { panic!("{names:?}") };
    let trusted = &a.properties["AssumeRolePolicyDocument"]["X"];
    assert!(trusted.as_str().unwrap().starts_with("x-AROA"), "{trusted}");
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!((&a.depends_on, &a.needs), (&set(&[]), &set(&["D"])));
    assert_eq!((&c.depends_on, &c.needs), (&set(&["A"]), &set(&["A", "D"])));
    assert_eq!(c.reference, "a");
    assert_eq!(c.properties["Dimensions"][0]["Value"], d.reference);
    assert!(!c.properties.contains_key("AlarmActions"));
    assert_eq!(a.inert, None);
    assert!(c.inert.is_some());
    assert_eq!((a.deletion_policy.as_deref(), &a.update_replace_policy), (None, &None));
    assert_eq!(d.deletion_policy.as_deref(), Some("Delete"));
    assert_eq!(d.update_replace_policy.as_deref(), Some("Retain"));

    // It is part of the stack, and nothing of it is played.
    let stack = template.evaluate(&values, &Environment::sample()).unwrap();
    assert_eq!(stack.roles.len(), 2);
}

/// (the branch of a condition that does not hold needs nothing)
#[test]
fn what_metadata_refers_to_is_needed() {
    let text = |metadata: &str| {
        format!(
            "
Parameters: {{P: {{Type: String, Default: x}}}}
Conditions: {{Extra: !Equals [!Ref P, 'yes']}}
Resources:
  A: {{Type: AWS::IAM::Role, Metadata: {metadata}, Properties: {{AssumeRolePolicyDocument: {{}}}}}}
  B: {{Type: AWS::IAM::Role, Condition: Extra, Properties: {{AssumeRolePolicyDocument: {{}}}}}}
"
        )
    };
    let template = Template::parse(&text("{Any: !If [Extra, !Ref B, !Ref AWS::NoValue]}")).unwrap();
    for (chosen, expected) in [("x", &[][..]), ("yes", &["B".to_owned()])] {
        let mut values = ParameterValues::default();
        values.set("P", chosen);
        let (resources, _) = template.resources(&values, &Environment::sample()).unwrap();
        assert_eq!(resources[0].needs, expected.iter().cloned().collect(), "{chosen}");
    }
    check_refused(
        &text("[{Any: !GetAtt X.Arn}]"),
        "Unresolved resource dependencies [X] in the Resources block of the template (at Resources.A.Metadata[0].Any.Fn::GetAtt)",
    );
    check_refused(&text("!Ref A"), "Circular dependency between resources: [A]");
}

#[test]
fn references_to_nothing_are_refused() {
    let unresolved = |names: &str, section: &str, path: &str| {
        format!(
            "Unresolved resource dependencies [{names}] in the {section} block of the template (at {path})"
        )
    };
    let path = "Resources.A.Properties.AssumeRolePolicyDocument.X";
    check_refused(
        &format!("Resources: {{A: {}}}", role("[!Ref Y, !GetAtt X.Arn]")),
        &unresolved("X, Y", "Resources", &format!("{path}[0].Ref")),
    );
    check_refused(
        &format!("Resources: {{A: {}}}", role("!Sub '${X}'")),
        &unresolved("X", "Resources", &format!("{path}.Fn::Sub")),
    );
    check_refused(
        "Resources: {A: {Type: AWS::IAM::Role, DependsOn: X}}",
        &unresolved("X", "Resources", "Resources.A.DependsOn"),
    );
    // Also in the branch that is not taken, as CloudFormation does.
    let branch = format!(
        "Conditions: {{C: !Equals [a, a]}}\nResources: {{A: {}}}",
        role("!If [C, a, !Ref X]")
    );
    check_refused(&branch, &unresolved("X", "Resources", &format!("{path}.Fn::If[2].Ref")));
    // A resource that its condition leaves out.
    let absent = format!(
        "Conditions: {{C: !Equals [a, b]}}\nResources: {{A: {}, B: {{Type: AWS::IAM::Role, Condition: C}}}}",
        role("!Ref B")
    );
    check_refused(&absent, &unresolved("B", "Resources", &format!("{path}.Ref")));
    let output = format!(
        "Conditions: {{C: !Equals [a, b]}}\nResources: {{A: {ROLE}, B: {{Type: AWS::IAM::Role, Condition: C}}}}\n\
         Outputs: {{O: {{Value: !Ref B}}}}"
    );
    check_refused(&output, &unresolved("B", "Outputs", "Outputs.O.Value.Ref"));
    let output = format!("Resources: {{A: {ROLE}}}\nOutputs: {{O: {{Value: !GetAtt X.Arn}}}}");
    check_refused(&output, &unresolved("X", "Outputs", "Outputs.O.Value.Fn::GetAtt"));
    check_refused(
        "Resources: {A: {Type: AWS::IAM::Role, Condition: C}}",
        "Unresolved condition dependency C in the Resources block of the template (at Resources.A.Condition)",
    );
    check_refused(
        &format!("Resources: {{A: {ROLE}}}\nOutputs: {{O: {{Condition: C, Value: a}}}}"),
        "Unresolved condition dependency C in the Outputs block of the template (at Outputs.O.Condition)",
    );
}

#[test]
fn circles_are_refused() {
    let circular = |names: &str| format!("Circular dependency between resources: [{names}]");
    check_refused(&format!("Resources: {{A: {}}}", role("!Ref A")), &circular("A"));
    let two = format!(
        "Resources: {{A: {}, B: {}, C: {}}}",
        role("!GetAtt B.Arn"),
        role("!Sub '${A}'"),
        role("!Ref A")
    );
    check_refused(&two, &circular("A, B"));
    let depends =
        format!("Resources: {{A: {}, B: {{Type: AWS::IAM::Role, DependsOn: A}}}}", role("!Ref B"));
    check_refused(&depends, &circular("A, B"));
}

#[test]
fn resources_do_not_take_one_name() {
    let named = "{Type: AWS::IAM::Role, Properties: {RoleName: r, AssumeRolePolicyDocument: {}}}";
    check_refused(
        &format!("Resources: {{A: {named}, B: {named}}}"),
        "Resources.B: r is already the name of A",
    );
}

#[test]
fn outputs_are_strings() {
    check_refused(
        &format!("Resources: {{A: {ROLE}}}\nOutputs: {{O: {{Value: [a]}}}}"),
        "Outputs.O.Value: expected a string",
    );
}

#[test]
fn a_rule_stops_the_stack() {
    let text = format!(
        "Rules: {{R: {{Assertions: [{{Assert: !Equals [a, b], AssertDescription: never}}]}}}}\nResources: {{A: {ROLE}}}"
    );
    check_refused(&text, "Rules.R.Assertions[0]: assertion failed: never");
}

#[test]
fn a_long_chain_of_names_needs_no_stack() {
    let mut text = String::from("Resources:\n");
    let stage = "AWS::Logs::LogGroup, Properties: {LogGroupName: ";
    text.push_str(&format!("  L0: {{Type: {stage}l}}}}\n"));
    for level in 1..5_000 {
        text.push_str(&format!("  L{level}: {{Type: {stage}!Sub '${{L{}}}'}}}}\n", level - 1));
    }
    assert!(text.len() < MAXIMUM_TEMPLATE_BYTES);
    let error = evaluated(&text, &[]).unwrap_err().to_string();
    assert!(error.contains("l is already the name of"), "{error}");
}

fn deployed_file(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../cloudformation");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The template that is deployed, with the parameters for one machine and then `parameters`.
fn deployed(parameters: &[&str]) -> Result<Stack, Error> {
    let mut values = ParameterValues::from_json(&deployed_file("parameters.local.json")).unwrap();
    parameters.iter().for_each(|pair| values.set_pair(pair).unwrap());
    Template::parse(&deployed_file("template.yaml"))?.evaluate(&values, &Environment::sample())
}

#[test]
fn the_deployed_template_is_played() {
    let stack = deployed(&[]).unwrap();
    assert_eq!((stack.functions.len(), stack.tables.len()), (4, 2));
    assert_eq!((stack.http_apis.len(), stack.websocket_apis.len()), (1, 1));
    let route = &stack.http_apis[0].routes[0];
    let key = HttpRouteKey::Path { method: "POST".to_owned(), path: "/sign".to_owned() };
    assert_eq!((&route.key, route.authorization.clone()), (&key, HttpAuthorization::None));
    let routes: Vec<_> =
        stack.websocket_apis[0].routes.iter().map(|r| (r.key, r.authorization)).collect();
    assert!(routes.contains(&(WebSocketRouteKey::Connect, Authorization::AwsIam)));
    assert!(routes.contains(&(WebSocketRouteKey::Default, Authorization::None)));
    assert!(routes.contains(&(WebSocketRouteKey::Disconnect, Authorization::None)));
    for function in &stack.functions {
        assert!(
            matches!(&function.code, FunctionCode::LocalArchive { .. }),
            "{}",
            function.logical_id
        );
        assert_eq!(function.permissions.len(), 1, "{}", function.logical_id);
    }

    assert_eq!(stack.parameters["SignAuthorization"], "NONE");
    assert_eq!(stack.parameters["StageName"], "prod");

    let mut origins = Origins::default();
    origins.add(&stack.websocket_apis[0].endpoint, "ws://127.0.0.1:3001");
    origins.add(&stack.http_apis[0].endpoint, "http://127.0.0.1:3000");
    let check = |name, expected| {
        let output = stack.outputs.iter().find(|output| output.name == name).unwrap();
        assert_eq!(origins.translate(&output.value), expected);
    };
    check("SignUrl", "http://127.0.0.1:3000/sign");
    check("WebSocketUrl", "ws://127.0.0.1:3001/prod");
    let values: Vec<String> = stack
        .functions
        .iter()
        .flat_map(|function| function.environment.0.values())
        .map(|value| origins.translate(value))
        .collect();
    assert!(values.iter().any(|value| value == "ws://127.0.0.1:3001/prod"));
    assert!(values.iter().any(|value| value == "http://127.0.0.1:3001/prod"));
    assert!(!values.iter().any(|value| value.contains("amazonaws.com")), "{values:?}");
}

#[test]
fn the_deployed_template_is_closed_by_default_and_checks_its_parameters() {
    let iam = deployed(&["SignAuthorization=IAM", "AllowedOrigins="]).unwrap();
    assert_eq!(iam.http_apis[0].routes[0].authorization, HttpAuthorization::AwsIam);
    assert_eq!(iam.http_apis[0].cors, None);
    for (pair, expected) in [
        (
            "SignAuthorization=open",
            "Parameter SignAuthorization failed to satisfy constraint: JWT, IAM or NONE",
        ),
        (
            "UrlTtlSeconds=301",
            "Parameter UrlTtlSeconds failed to satisfy constraint: a whole number of seconds from 1 to 300",
        ),
        ("Stage=x", "Parameters: [Stage] do not exist in the template"),
    ] {
        assert_eq!(deployed(&[pair]).unwrap_err().to_string(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is put into the template in place of one of its lines, the answer is a stack or a
    /// refusal that says something, and never a panic.
    #[test]
    fn a_damaged_template_is_answered(
        line in any::<proptest::sample::Index>(),
        indentation in 0_usize..12,
        fragment in "(Ref|Fn::Sub|Fn::If|!Ref|!Sub|!GetAtt|!Join|!Select|Type|Properties|Target|[]\\[{}:,&*!'\"$.a-z0-9 -]){0,8}",
    ) {
        let text = deployed_file("template.yaml");
        let mut lines: Vec<&str> = text.lines().collect();
        let damaged = format!("{}{fragment}", " ".repeat(indentation));
        *line.get_mut(&mut lines) = &damaged;
        let values = ParameterValues::from_json(&deployed_file("parameters.local.json")).unwrap();
        let answer = Template::parse(&lines.join("\n"))
            .and_then(|template| template.evaluate(&values, &Environment::sample()));
        match answer {
            Ok(stack) => prop_assert!(stack.functions.len() <= 4),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
