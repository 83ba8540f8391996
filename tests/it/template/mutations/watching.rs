//! Faults of what watches: logs, alarms, the dashboard.

use tests::template::{at, set};
use yaml_serde::Value;

use super::Caught::Rule;
use super::{Mutation, fault, remove, replace};

/// All of them.
pub(super) const FAULTS: &[Mutation] = &[
    fault("a log is kept for ever", Rule("logs are kept as chosen"), |tree| {
        remove(tree, "Resources.WebSocketAccessLogGroup.Properties.RetentionInDays");
    }),
    fault("logs are kept longer than was chosen", Rule("logs are kept as chosen"), |tree| {
        set(tree, "SignLogGroup", "RetentionInDays", "365");
    }),
    fault("an alarm tells nobody", Rule("alarms tell the topic"), |tree| {
        remove(tree, "Resources.ReplayAlarm.Properties.AlarmActions");
    }),
    fault(
        "an alarm watches a metric that the API does not have",
        Rule("alarms watch this stack"),
        |tree| set(tree, "HttpErrorsAlarm", "MetricName", "5XXError"),
    ),
    fault("an alarm watches another function", Rule("alarms watch this stack"), |tree| {
        replace(
            tree,
            "Resources.FunctionThrottlesAlarm.Properties.Metrics.1.MetricStat.Metric.Dimensions.0.Value",
            "another",
        );
    }),
    fault("an alarm looks away from a table", Rule("alarms watch this stack"), |tree| {
        remove(tree, "Resources.TableThrottlesAlarm.Properties.Metrics.3");
    }),
    fault("an alarm does not end", Rule("alarms watch this stack"), |tree| {
        replace(
            tree,
            "Resources.TableThrottlesAlarm.Properties.Metrics.0.Expression",
            "SUM(METRICS())",
        );
    }),
    fault("a share is never computed", Rule("alarms watch this stack"), |tree| {
        replace(
            tree,
            "Resources.WebSocketIntegrationAlarm.Properties.Metrics.0.Expression",
            "IF(calls >= 50, errors, 0)",
        );
    }),
    fault("an alarm looks at a number of calls", Rule("alarms watch this stack"), |tree| {
        let metrics = "Resources.WebSocketIntegrationAlarm.Properties.Metrics";
        replace(tree, &format!("{metrics}.0.ReturnData"), "false");
        replace(tree, &format!("{metrics}.1.ReturnData"), "true");
    }),
    fault("an alarm averages", Rule("alarms watch this stack"), |tree| {
        set(tree, "HttpErrorsAlarm", "Statistic", "Average");
    }),
    fault("a metric of an alarm is averaged", Rule("alarms watch this stack"), |tree| {
        replace(
            tree,
            "Resources.FunctionErrorsAlarm.Properties.Metrics.2.MetricStat.Stat",
            "Average",
        );
    }),
    fault("an alarm looks at an hour", Rule("alarms watch this stack"), |tree| {
        set(tree, "ReplayAlarm", "Period", "3600");
    }),
    fault("an alarm waits for the second look", Rule("alarms watch this stack"), |tree| {
        set(tree, "WebSocketExecutionAlarm", "EvaluationPeriods", "2");
    }),
    fault("an alarm begins late", Rule("alarms watch this stack"), |tree| {
        set(tree, "FunctionThrottlesAlarm", "Threshold", "100");
    }),
    fault("silence alarms", Rule("alarms watch this stack"), |tree| {
        set(tree, "FunctionErrorsAlarm", "TreatMissingData", "breaching");
    }),
    fault("the dashboard is empty", Rule("the dashboard shows this stack"), |tree| {
        set(tree, "Dashboard", "DashboardBody", r#"'{"widgets": []}'"#);
    }),
    fault(
        "the dashboard asks in another namespace",
        Rule("the dashboard shows this stack"),
        |tree| {
            on_the_dashboard(tree, r#"["Countersign", "Signed""#, r#"["countersign", "Signed""#);
        },
    ),
    fault("the dashboard seeks no reasons", Rule("the dashboard shows this stack"), |tree| {
        on_the_dashboard(tree, "{Countersign,FunctionName,Reason}", "{Countersign,FunctionName}");
    }),
];

/// Changes the first place of the dashboard's text that is so.
fn on_the_dashboard(tree: &mut Value, from: &str, to: &str) {
    let body = at(tree, "Resources.Dashboard.Properties.DashboardBody");
    let Value::Tagged(substituted) = body else { panic!("it is no !Sub: {body:?}") };
    let text = substituted.value.as_str().unwrap();
    assert!(text.contains(from), "the dashboard has no {from}");
    substituted.value = text.replacen(from, to, 1).into();
}
