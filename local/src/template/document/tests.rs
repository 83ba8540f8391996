//! What a template's document may be, section by section.

use super::*;

/// A template that has `text` besides a resource.
fn check_refused(text: &str, expected: &str) {
    let whole = if text.contains("Resources") {
        text.to_owned()
    } else {
        format!("Resources: {{R: {{Type: AWS::IAM::Role}}}}\n{text}")
    };
    assert_eq!(Template::parse(&whole).unwrap_err().to_string(), expected, "{text}");
}

#[test]
fn every_section_and_attribute_is_read() {
    let text = "
AWSTemplateFormatVersion: 2010-09-09
Description: d
Metadata: {anything: {at: all}}
Parameters: {P: {Type: String, Default: x}}
Mappings: {M: {a: {b: [1, c]}}}
Conditions: {C: !Equals [a, a]}
Rules: {A: {Assertions: []}}
Resources:
  R:
    Type: AWS::IAM::Role
    Condition: C
    DependsOn: [S]
    DeletionPolicy: Retain
    UpdateReplacePolicy: Delete
    Metadata: {x: 1}
    Properties: {A: 1}
  S: {Type: AWS::IAM::Role, DependsOn: T}
Outputs:
  O: {Value: !Ref R, Description: d, Condition: C, Export: {Name: n}}
";
    let template = Template::parse(text).unwrap();
    assert_eq!(template.resources["R"].condition.as_deref(), Some("C"));
    assert_eq!(template.resources["R"].depends_on, ["S"]);
    assert_eq!(template.resources["S"].depends_on, ["T"]);
    assert_eq!(template.resources["R"].properties["A"], 1);
    assert_eq!(template.resources["R"].metadata["x"], 1);
    assert_eq!(template.resources["R"].deletion_policy.as_deref(), Some("Retain"));
    assert_eq!(template.resources["R"].update_replace_policy.as_deref(), Some("Delete"));
    assert_eq!(template.resources["S"].deletion_policy, None);
    assert_eq!(template.outputs["O"].export_name, Some("n".into()));
    assert_eq!(template.outputs["O"].description.as_deref(), Some("d"));
}

#[test]
fn what_is_not_of_the_form_is_refused() {
    check_refused(
        "AWSTemplateFormatVersion: 2011-01-01",
        "AWSTemplateFormatVersion: expected 2010-09-09",
    );
    check_refused("Description: [a]", "Description: expected a string");
    check_refused(
        "Transform: AWS::Serverless-2016-10-31",
        "Transform: not supported: macros run only on AWS",
    );
    check_refused(
        "Hooks: {}",
        "Hooks: not supported: there is no deployment that a hook could watch",
    );
    check_refused(
        "Resource: {}\nFoo: {}",
        "Invalid template property or properties [Foo, Resource]",
    );
    check_refused("Description: d\nResources: {}", "At least one Resources member must be defined");
    check_refused("Resources: [a]", "Resources: expected a mapping");
    check_refused("Resources: {a-b: {Type: x}}", "Resources.a-b: the name is non alphanumeric");
    check_refused(
        "Parameters: {a.b: {Type: String}}",
        "Parameters.a.b: the name is non alphanumeric",
    );
    check_refused(
        "Parameters: {R: {Type: String}}",
        "R is the name of a parameter and of a resource",
    );
    check_refused(
        "Parameters: {P: {Type: Json}}",
        &format!(
            "Parameters.P.Type: {}",
            "the parameter type Json is not supported; supported: String, Number, List<Number>, CommaDelimitedList, AWS::EC2::…, List<AWS::EC2::…>, AWS::Route53::HostedZone::Id, AWS::SSM::Parameter::Name"
        ),
    );
}

#[test]
fn wrong_resources_are_refused() {
    check_refused("Resources: {R: {}}", "Resources.R.Type: expected a string");
    check_refused("Resources: {R: x}", "Resources.R: expected a mapping");
    check_refused(
        "Resources: {R: {Type: x, Propertys: {}}}",
        "Resources.R.Propertys: expected an attribute that resources have",
    );
    check_refused(
        "Resources: {R: {Type: x, CreationPolicy: {}}}",
        "Resources.R.CreationPolicy: not supported: there is nothing that signals",
    );
    check_refused(
        "Resources: {R: {Type: x, UpdatePolicy: {}}}",
        "Resources.R.UpdatePolicy: not supported: a stack is never updated here",
    );
    check_refused(
        "Resources: {R: {Type: x, DeletionPolicy: Keep}}",
        "Resources.R.DeletionPolicy: expected Delete, Retain, RetainExceptOnCreate or Snapshot",
    );
    check_refused(
        "Resources: {R: {Type: x, DependsOn: {}}}",
        "Resources.R.DependsOn: expected names of resources",
    );
    check_refused(
        "Resources: {R: {Type: x, DependsOn: [1]}}",
        "Resources.R.DependsOn: expected names of resources",
    );
    check_refused(
        "Resources: {R: {Type: x, Condition: {Ref: C}}}",
        "Resources.R.Condition: expected a string",
    );
    check_refused(
        "Resources: {R: {Type: x, Properties: []}}",
        "Resources.R.Properties: expected a mapping",
    );
}

#[test]
fn wrong_mappings_and_outputs_are_refused() {
    let two_levels = "expected two levels of keys over strings or lists of strings";
    check_refused("Mappings: {M: {a: b}}", &format!("Mappings.M.a: {two_levels}"));
    check_refused("Mappings: {M: {a: {b: {c: d}}}}", &format!("Mappings.M.a.b: {two_levels}"));
    check_refused("Mappings: {M: {a: {b: !Ref P}}}", &format!("Mappings.M.a.b: {two_levels}"));
    check_refused("Outputs: {O: {}}", "Outputs.O.Value: expected a value");
    check_refused(
        "Outputs: {O: {Value: x, Foo: y}}",
        "Outputs.O.Foo: expected only Value, Description, Condition and Export",
    );
    check_refused("Outputs: {O: {Value: x, Export: {}}}", "Outputs.O.Export.Name: expected a name");
    check_refused(
        "Outputs: {O: {Value: x, Export: {Name: a, Foo: b}}}",
        "Outputs.O.Export.Foo: expected only Name",
    );
}
