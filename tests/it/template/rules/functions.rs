//! What the functions are given, and the tables that they use.

use std::cell::RefCell;
use std::collections::BTreeSet;

use lambda_entry::configuration::{ConfigurationError, Variables};
use local::template::EvaluatedResource;
use serde_json::json;
use tests::stack::REGION;

use super::super::Deployed;
use super::access::role_of;
use super::{Findings, at, property, text};

/// How long API Gateway waits for a function (Developer Guide, "Quotas").
const LONGEST_WAIT: u64 = 29;

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;
type Read = fn(&Variables<Lookup<'_>>) -> Result<(), ConfigurationError>;

/// How each function reads its variables.
const CONFIGURATIONS: [(&str, Read); 4] = [
    ("sign-fn", |variables| sign_fn::Config::from_variables(variables).map(drop)),
    ("ws-connect", |variables| ws_connect::Config::read(variables).map(drop)),
    ("ws-default", |variables| ws_default::Config::read(variables).map(drop)),
    ("ws-disconnect", |variables| ws_disconnect::Config::read(variables).map(drop)),
];

/// Each function can work with the values that the template gives it, and asks for all of them, and for no others but
/// Lambda's own (`AWS_…`).
pub(super) fn get_what_they_read(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let functions: Vec<_> = stack.of_type("Lambda::Function").collect();
    findings.equal("number of functions", functions.len(), CONFIGURATIONS.len());
    for function in functions {
        let path = text(property(function, "Code"));
        let package = path.rsplit('/').next().and_then(|file| file.strip_suffix(".zip"));
        let Some((package, read)) =
            CONFIGURATIONS.iter().find(|(known, _)| Some(*known) == package)
        else {
            findings.0.push(format!("{} has the code {path:?}", function.logical_id));
            continue;
        };
        let given = at(property(function, "Environment"), "/Variables").as_object();
        let given = given.cloned().unwrap_or_default();
        let asked = RefCell::new(BTreeSet::new());
        let lookup = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            let of_lambda = || (name == "AWS_REGION").then(|| REGION.to_owned());
            given.get(name).and_then(|value| value.as_str()).map(str::to_owned).or_else(of_lambda)
        };
        if let Err(error) = read(&Variables::new(&lookup)) {
            findings.0.push(format!("{package}: {error}"));
        }
        let mut asked = asked.into_inner();
        asked.retain(|name| !name.starts_with("AWS_"));
        findings.equal(&format!("what {package} reads"), asked, given.keys().cloned().collect());
    }
    findings.0
}

pub(super) fn share_no_role(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let mut owners = BTreeSet::new();
    for function in stack.of_type("Lambda::Function") {
        let role = role_of(stack, function).map(|role| role.logical_id.as_str());
        let is_own = role.is_some_and(|role| role != "SignerRole" && owners.insert(role));
        findings.expect(is_own, || format!("{} has the role {role:?}", function.logical_id));
    }
    findings.0
}

pub(super) fn log_to_their_own_group(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let mut groups = BTreeSet::new();
    for function in stack.of_type("Lambda::Function") {
        let logging = property(function, "LoggingConfig");
        findings.equal(&function.logical_id, text(at(logging, "/LogFormat")), "JSON");
        let group = text(at(logging, "/LogGroup"));
        let is_own = stack.referred("Logs::LogGroup", group).is_some() && groups.insert(group);
        findings.expect(is_own, || format!("{} logs to {group:?}", function.logical_id));
    }
    findings.0
}

/// Before API Gateway stops waiting; else a function would go on for nobody.
pub(super) fn end_in_time(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for function in stack.of_type("Lambda::Function") {
        let timeout = property(function, "Timeout").as_u64();
        let ends = timeout.is_some_and(|seconds| seconds < LONGEST_WAIT);
        findings.expect(ends, || format!("{} has the timeout {timeout:?}", function.logical_id));
    }
    findings.0
}

pub(super) fn concurrency_is_as_chosen(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for function in stack.of_type("Lambda::Function") {
        let name = function.logical_id.replace("Function", "Concurrency");
        let chosen = Some(stack.parameter(&name)).filter(|chosen| !chosen.is_empty());
        let found = function.properties.get("ReservedConcurrentExecutions").map(text);
        findings.equal(&name, found, chosen);
    }
    findings.0
}

/// What they hold means nothing without the stack, so that none of it is left behind, nor kept by a default of
/// CloudFormation's.
pub(super) fn what_is_stored_goes_with_the_stack(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for resource in stack.of_type("DynamoDB::Table").chain(stack.of_type("Logs::LogGroup")) {
        let policies = (&resource.deletion_policy, &resource.update_replace_policy);
        let policies = (policies.0.as_deref(), policies.1.as_deref());
        findings.equal(&resource.logical_id, policies, (Some("Delete"), Some("Delete")));
    }
    findings.0
}

/// Rows go by themselves, nobody pays for what is not used, and AWS's own key encrypts.
pub(super) fn tables_forget(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let tables: Vec<&EvaluatedResource> = stack.of_type("DynamoDB::Table").collect();
    findings.equal("number of tables", tables.len(), 2);
    for table in tables {
        let expected = json!({"AttributeName": "expiresAt", "Enabled": true});
        findings.equal(&table.logical_id, property(table, "TimeToLiveSpecification"), &expected);
        findings.equal(&table.logical_id, text(property(table, "BillingMode")), "PAY_PER_REQUEST");
        for other in ["SSESpecification", "StreamSpecification", "ResourcePolicy", "TableName"] {
            let is_absent = !table.properties.contains_key(other);
            findings.expect(is_absent, || format!("{} has {other}", table.logical_id));
        }
    }
    findings.0
}
