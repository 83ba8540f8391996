//! Logs that are kept, alarms, the dashboard.

use std::collections::BTreeSet;

use local::template::EvaluatedResource;
use serde_json::{Value, json};
use tests::stack::{ACCOUNT_ID, REGION};

use super::super::Deployed;
use super::{Findings, at, each, property, text};

/// What each alarm watches: a namespace, metrics, and the resources whose dimension they have (API Gateway Developer
/// Guide, "Monitor CloudWatch metrics for HTTP APIs" and "Monitor WebSocket API execution with CloudWatch metrics";
/// Lambda Developer Guide, "Types of metrics for Lambda functions"; DynamoDB Developer Guide, "DynamoDB metrics and
/// dimensions"; the metrics of the functions themselves).
const WATCHED: [(&str, &str, &[&str], &[&str]); 7] = [
    ("HttpErrorsAlarm", "AWS/ApiGateway", &["5xx"], &["HttpApi"]),
    ("WebSocketExecutionAlarm", "AWS/ApiGateway", &["ExecutionError"], &["WebSocketApi"]),
    (
        "WebSocketIntegrationAlarm",
        "AWS/ApiGateway",
        &["IntegrationError", "ConnectCount", "MessageCount"],
        &["WebSocketApi"],
    ),
    ("FunctionErrorsAlarm", "AWS/Lambda", &["Errors"], FUNCTIONS),
    ("FunctionThrottlesAlarm", "AWS/Lambda", &["Throttles"], FUNCTIONS),
    ("ReplayAlarm", "Countersign", &["Refused"], &["ConnectFunction"]),
    (
        "TableThrottlesAlarm",
        "AWS/DynamoDB",
        &["ReadThrottleEvents", "WriteThrottleEvents"],
        &["ConnectionsTable", "NoncesTable"],
    ),
];
const FUNCTIONS: &[&str] =
    &["SignFunction", "ConnectFunction", "DefaultFunction", "DisconnectFunction"];

pub(super) fn logs_are_kept_as_chosen(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for group in stack.of_type("Logs::LogGroup") {
        let found = group.properties.get("RetentionInDays").map(text);
        findings.equal(&group.logical_id, found, Some(stack.parameter("LogRetentionDays")));
    }
    findings.0
}

pub(super) fn alarms_tell_the_topic(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let topic = stack.parameter("AlarmTopicArn");
    let expected = (!topic.is_empty()).then(|| json!([topic]));
    for alarm in stack.of_type("CloudWatch::Alarm") {
        for name in ["AlarmActions", "OKActions"] {
            let what = format!("{name} of {}", alarm.logical_id);
            findings.equal(&what, alarm.properties.get(name), expected.as_ref());
        }
        for name in ["ActionsEnabled", "InsufficientDataActions"] {
            let is_absent = !alarm.properties.contains_key(name);
            findings.expect(is_absent, || format!("{} has {name}", alarm.logical_id));
        }
    }
    findings.0
}

pub(super) fn alarms_watch_this_stack(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let alarms: BTreeSet<_> =
        stack.of_type("CloudWatch::Alarm").map(|alarm| alarm.logical_id.as_str()).collect();
    findings.equal("alarms", alarms, WATCHED.iter().map(|(alarm, ..)| *alarm).collect());
    for (name, namespace, metrics, resources) in WATCHED {
        let Some(alarm) = stack.of_type("CloudWatch::Alarm").find(|one| one.logical_id == name)
        else {
            continue;
        };
        let mut expected = BTreeSet::new();
        for metric in metrics {
            for resource in resources {
                let dimensions = dimensions(stack, resource, metric);
                expected.insert(json!([namespace, metric, dimensions]).to_string());
            }
        }
        let found = watched(alarm).iter().map(Value::to_string).collect();
        findings.equal(&format!("what {name} watches"), found, expected);
        findings.equal(name, text(property(alarm, "TreatMissingData")), "notBreaching");
        let comparison = text(property(alarm, "ComparisonOperator"));
        findings.equal(name, comparison, "GreaterThanOrEqualToThreshold");
        let threshold = property(alarm, "Threshold").as_f64().unwrap_or_default();
        findings.expect(threshold >= 1.0, || format!("{name} has the threshold {threshold}"));
    }
    findings.0
}

/// The metrics of an alarm: `[namespace, name, {dimension: value}]`.
fn watched(alarm: &EvaluatedResource) -> Vec<Value> {
    let own = Value::Object(alarm.properties.clone());
    let mut all: Vec<&Value> = each(property(alarm, "Metrics"))
        .into_iter()
        .filter_map(|metric| metric.pointer("/MetricStat/Metric"))
        .collect();
    all.extend(own.get("MetricName").map(|_| &own));
    let of = |metric: &Value| {
        let dimensions = each(at(metric, "/Dimensions"));
        let pairs = dimensions
            .iter()
            .map(|one| (text(at(one, "/Name")).to_owned(), at(one, "/Value").clone()));
        json!([
            at(metric, "/Namespace"),
            at(metric, "/MetricName"),
            pairs.collect::<serde_json::Map<_, _>>()
        ])
    };
    all.into_iter().map(of).collect()
}

/// What tells the metrics of a resource from those of others.
fn dimensions(stack: &Deployed, logical_id: &str, metric: &str) -> Value {
    let resource = stack.resources.iter().find(|one| one.logical_id == logical_id);
    let reference = resource.map(|one| one.reference.as_str()).unwrap_or_default();
    match (logical_id, metric) {
        ("HttpApi", _) => json!({"ApiId": reference, "Stage": "$default"}),
        ("WebSocketApi", _) => json!({"ApiId": reference, "Stage": stack.parameter("StageName")}),
        (_, "Refused") => json!({"FunctionName": reference, "Reason": "nonce_spent"}),
        (name, _) if name.ends_with("Table") => json!({"TableName": reference}),
        _ => json!({"FunctionName": reference}),
    }
}

/// It is JSON, shows every alarm, and asks for no metric of something that is not in the stack.
pub(super) fn dashboard_shows_this_stack(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let Some(dashboard) = stack.of_type("CloudWatch::Dashboard").next() else {
        return vec!["there is none".to_owned()];
    };
    let body = serde_json::from_str::<Value>(text(property(dashboard, "DashboardBody")));
    let Ok(body) = body else { return vec!["its body is no JSON".to_owned()] };
    let (mut alarms, mut functions) = (BTreeSet::new(), BTreeSet::new());
    for widget in each(at(&body, "/widgets")) {
        let properties = at(widget, "/properties");
        alarms.extend(each(at(properties, "/alarms")).into_iter().map(text).map(str::to_owned));
        for metric in each(at(properties, "/metrics")) {
            let line: Vec<_> = each(metric).into_iter().map(text).collect();
            if let [_, _, dimensions @ ..] = line.as_slice() {
                for pair in dimensions.chunks_exact(2) {
                    let (name, value) = (pair[0], pair[1]);
                    let type_name = match name {
                        "FunctionName" => "Lambda::Function",
                        "ApiId" => "ApiGatewayV2::Api",
                        "Stage" => "ApiGatewayV2::Stage",
                        _ => "a dimension that is known here",
                    };
                    let found = stack.referred(type_name, value);
                    findings.expect(found.is_some(), || format!("{line:?} shows {name} {value}"));
                    functions.extend(found.map(|one| one.logical_id.as_str()));
                }
            }
        }
    }
    let arn = |alarm: &EvaluatedResource| {
        format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT_ID}:alarm:{}", alarm.reference)
    };
    findings.equal("alarms", alarms, stack.of_type("CloudWatch::Alarm").map(arn).collect());
    for function in FUNCTIONS {
        findings.expect(functions.contains(function), || format!("nothing of {function}"));
    }
    findings.0
}
