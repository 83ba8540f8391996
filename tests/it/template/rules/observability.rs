//! Logs that are kept, alarms, the dashboard.

use std::collections::{BTreeMap, BTreeSet};

use lambda_entry::metrics::{FUNCTION_NAME, Metric, NAMESPACE, REASON};
use local::template::EvaluatedResource;
use serde_json::{Map, Value, json};
use tests::stack::{ACCOUNT_ID, REGION};
use ws_connect::Refusal;

use super::super::Deployed;
use super::{Findings, at, each, property, text};

/// What an alarm watches.
struct Watch {
    /// Its logical id.
    alarm: &'static str,
    threshold: u32,
    /// What is computed, by id; the first is what alarms. Nothing where the one metric does itself.
    computed: &'static [(&'static str, &'static str)],
    /// Id (none where nothing is computed), name, and the resource that has the metric.
    metrics: &'static [(&'static str, &'static str, &'static str)],
}

/// All of them (API Gateway Developer Guide, "Monitor CloudWatch metrics for HTTP APIs" and "Monitor WebSocket API
/// execution with CloudWatch metrics"; Lambda Developer Guide, "Types of metrics for Lambda functions"; DynamoDB
/// Developer Guide, "DynamoDB metrics and dimensions"; the metrics of the functions themselves).
const WATCHES: [Watch; 7] = [
    Watch {
        alarm: "HttpErrorsAlarm",
        threshold: 5,
        computed: &[],
        metrics: &[("", "5xx", "HttpApi")],
    },
    Watch {
        alarm: "WebSocketExecutionAlarm",
        threshold: 5,
        computed: &[],
        metrics: &[("", "ExecutionError", "WebSocketApi")],
    },
    Watch {
        alarm: "WebSocketIntegrationAlarm",
        threshold: 10,
        computed: &[
            ("watched", "IF(calls >= 50, 100 * FILL(errors, 0) / calls, 0)"),
            ("calls", "FILL(connect, 0) + FILL(default, 0) + FILL(disconnect, 0)"),
        ],
        metrics: &[
            ("errors", "IntegrationError", "WebSocketApi"),
            ("connect", "Invocations", "ConnectFunction"),
            ("default", "Invocations", "DefaultFunction"),
            ("disconnect", "Invocations", "DisconnectFunction"),
        ],
    },
    Watch {
        alarm: "FunctionErrorsAlarm",
        threshold: 5,
        computed: &[("watched", "SUM(METRICS())")],
        metrics: &[
            ("sign", "Errors", "SignFunction"),
            ("connect", "Errors", "ConnectFunction"),
            ("default", "Errors", "DefaultFunction"),
            ("disconnect", "Errors", "DisconnectFunction"),
        ],
    },
    Watch {
        alarm: "FunctionThrottlesAlarm",
        threshold: 1,
        computed: &[("watched", "SUM(METRICS())")],
        metrics: &[
            ("sign", "Throttles", "SignFunction"),
            ("connect", "Throttles", "ConnectFunction"),
            ("default", "Throttles", "DefaultFunction"),
            ("disconnect", "Throttles", "DisconnectFunction"),
        ],
    },
    Watch {
        alarm: "ReplayAlarm",
        threshold: 10,
        computed: &[],
        metrics: &[("", SPENT.name(), "ConnectFunction")],
    },
    Watch {
        alarm: "TableThrottlesAlarm",
        threshold: 1,
        // Without FILL it would never end: of AWS/DynamoDB missing data is ignored.
        computed: &[("watched", "SUM(FILL(METRICS(), 0))")],
        metrics: &[
            ("connectionReads", "ReadThrottleEvents", "ConnectionsTable"),
            ("connectionWrites", "WriteThrottleEvents", "ConnectionsTable"),
            ("nonceWrites", "WriteThrottleEvents", "NoncesTable"),
        ],
    },
];

/// What ws-connect counts of a URL that is used again.
const SPENT: Metric = Metric::Refused { reason: Refusal::NonceSpent.reason() };

/// What the dashboard shows of the stack, by name and resource.
const SHOWN: [(&str, &str); 21] = [
    (Metric::Signed.name(), "SignFunction"),
    (Metric::Connected.name(), "ConnectFunction"),
    (Metric::Echoed.name(), "DefaultFunction"),
    (Metric::Gone.name(), "DefaultFunction"),
    (Metric::Disconnected.name(), "DisconnectFunction"),
    ("5xx", "HttpApi"),
    ("ExecutionError", "WebSocketApi"),
    ("IntegrationError", "WebSocketApi"),
    ("ClientError", "WebSocketApi"),
    ("Errors", "SignFunction"),
    ("Errors", "ConnectFunction"),
    ("Errors", "DefaultFunction"),
    ("Errors", "DisconnectFunction"),
    ("Throttles", "SignFunction"),
    ("Throttles", "ConnectFunction"),
    ("Throttles", "DefaultFunction"),
    ("Throttles", "DisconnectFunction"),
    ("Duration", "SignFunction"),
    ("Duration", "ConnectFunction"),
    ("Duration", "DefaultFunction"),
    ("Duration", "DisconnectFunction"),
];

/// The functions that refuse, each for reasons that the dashboard seeks.
const REFUSING: [&str; 2] = ["SignFunction", "ConnectFunction"];

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
    findings.equal("alarms", alarms, WATCHES.iter().map(|watch| watch.alarm).collect());
    for alarm in stack.of_type("CloudWatch::Alarm") {
        let Some(watch) = WATCHES.iter().find(|watch| watch.alarm == alarm.logical_id) else {
            continue;
        };
        let mut found = alarm.properties.clone();
        let told = ["AlarmDescription", "AlarmActions", "OKActions"];
        found.retain(|name, _| !told.contains(&name.as_str()));
        if let Some(metrics) = found.get_mut("Metrics") {
            *metrics = by_id(metrics);
        }
        findings.equal(watch.alarm, Value::Object(found), watch.expected(stack));
    }
    findings.0
}

impl Watch {
    /// The properties of the alarm, those of `Metrics` by their ids: all but what it tells, and whom.
    fn expected(&self, stack: &Deployed) -> Value {
        let mut alarm = json!({
            "EvaluationPeriods": 1,
            "Threshold": self.threshold,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
        });
        let mut by_id = Map::new();
        for (id, name, resource) in self.metrics {
            let metric = metric(stack, name, resource);
            let dimensions: Vec<_> = metric
                .dimensions
                .iter()
                .map(|(name, value)| json!({"Name": name, "Value": value}))
                .collect();
            let metric = json!({
                "Namespace": metric.namespace,
                "MetricName": name,
                "Dimensions": dimensions,
            });
            if self.computed.is_empty() {
                let own = alarm.as_object_mut().into_iter();
                own.for_each(|own| own.extend(metric.as_object().cloned().unwrap_or_default()));
                alarm["Statistic"] = json!("Sum");
                alarm["Period"] = json!(300);
            } else {
                let stat = json!({"Stat": "Sum", "Period": 300, "Metric": metric});
                by_id.insert((*id).to_owned(), json!({"ReturnData": false, "MetricStat": stat}));
            }
        }
        for (index, (id, expression)) in self.computed.iter().enumerate() {
            let computed = json!({"ReturnData": index == 0, "Expression": expression});
            by_id.insert((*id).to_owned(), computed);
        }
        if !self.computed.is_empty() {
            alarm["Metrics"] = Value::Object(by_id);
        }
        alarm
    }
}

/// The members of `Metrics` by their ids, without the words that label them.
fn by_id(metrics: &Value) -> Value {
    let members = each(metrics).into_iter().map(|member| {
        let mut member = member.as_object().cloned().unwrap_or_default();
        member.remove("Label");
        let id = member.remove("Id");
        (id.as_ref().map(text).unwrap_or_default().to_owned(), Value::Object(member))
    });
    Value::Object(members.collect())
}

/// A metric of a resource of the stack.
struct Place {
    namespace: &'static str,
    dimensions: Vec<(&'static str, String)>,
}

fn metric(stack: &Deployed, name: &str, logical_id: &str) -> Place {
    let resource = stack.resources.iter().find(|one| one.logical_id == logical_id);
    let reference = resource.map(|one| one.reference.clone()).unwrap_or_default();
    let stage = stack.parameter("StageName").to_owned();
    let (namespace, dimensions) = match logical_id {
        "HttpApi" => {
            ("AWS/ApiGateway", vec![("ApiId", reference), ("Stage", "$default".to_owned())])
        }
        "WebSocketApi" => ("AWS/ApiGateway", vec![("ApiId", reference), ("Stage", stage)]),
        _ if logical_id.ends_with("Table") => ("AWS/DynamoDB", vec![("TableName", reference)]),
        _ if name == SPENT.name() => {
            let reason = SPENT.reason().unwrap_or_default().to_owned();
            (NAMESPACE, vec![(FUNCTION_NAME, reference), (REASON, reason)])
        }
        _ if ["Errors", "Throttles", "Duration", "Invocations"].contains(&name) => {
            ("AWS/Lambda", vec![("FunctionName", reference)])
        }
        _ => (NAMESPACE, vec![(FUNCTION_NAME, reference)]),
    };
    Place { namespace, dimensions }
}

/// It is JSON, shows every alarm, and each metric that it should, of this stack; and no other.
pub(super) fn dashboard_shows_this_stack(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let Some(dashboard) = stack.of_type("CloudWatch::Dashboard").next() else {
        return vec!["there is none".to_owned()];
    };
    let body = serde_json::from_str::<Value>(text(property(dashboard, "DashboardBody")));
    let Ok(body) = body else { return vec!["its body is no JSON".to_owned()] };
    let (mut alarms, mut metrics, mut searches) =
        (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
    for widget in each(at(&body, "/widgets")) {
        let properties = at(widget, "/properties");
        alarms.extend(each(at(properties, "/alarms")).into_iter().map(text).map(str::to_owned));
        for metric in each(at(properties, "/metrics")) {
            match at(metric, "/0/expression").as_str() {
                Some(expression) => {
                    let label = text(at(metric, "/0/label"));
                    searches.insert(expression.to_owned(), label.to_owned());
                }
                None => {
                    let texts = each(metric).into_iter().filter_map(Value::as_str);
                    metrics.insert(texts.map(str::to_owned).collect::<Vec<_>>());
                }
            }
        }
    }
    let arn = |alarm: &EvaluatedResource| {
        format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT_ID}:alarm:{}", alarm.reference)
    };
    findings.equal("alarms", alarms, stack.of_type("CloudWatch::Alarm").map(arn).collect());
    let line = |(name, logical_id): &(&str, &str)| {
        let Place { namespace, dimensions } = metric(stack, name, logical_id);
        let mut line = vec![namespace.to_owned(), (*name).to_owned()];
        line.extend(dimensions.into_iter().flat_map(|(name, value)| [name.to_owned(), value]));
        line
    };
    findings.equal("metrics", metrics, SHOWN.iter().map(line).collect());
    let search = |function: &&str| {
        let found = stack.resources.iter().find(|one| one.logical_id == **function);
        let (reference, name) =
            (found.map(|one| one.reference.as_str()).unwrap_or_default(), SPENT.name());
        let expression = format!(
            r#"SEARCH('{{{NAMESPACE},{FUNCTION_NAME},{REASON}}} MetricName="{name}" {FUNCTION_NAME}="{reference}"', 'Sum', 300)"#
        );
        (expression, format!("refused: ${{PROP('Dim.{REASON}')}}"))
    };
    findings.equal("searches", searches, REFUSING.iter().map(search).collect());
    findings.0
}
