//! Stages: when they deploy, how much they let through, what they log.

use std::collections::BTreeSet;

use local::template::EvaluatedResource;
use serde_json::{Value, json};
use tests::stack::{ACCOUNT_ID, REGION};

use super::super::Deployed;
use super::access::routes;
use super::{Findings, at, property, text};

/// What an access log may hold of a request (API Gateway Developer Guide, "Customize HTTP API access logs" and
/// "Configure logging for WebSocket APIs"): numbers, ids, and words of API Gateway's own. No path, query, header, claim,
/// nor any text in which AWS may quote one.
const LOGGED: [&str; 17] = [
    "authenticate.status",
    "authorize.status",
    "connectionId",
    "error.responseType",
    "eventType",
    "identity.sourceIp",
    "integration.latency",
    "integration.requestId",
    "integration.status",
    "integrationStatus",
    "protocol",
    "requestId",
    "requestTimeEpoch",
    "responseLatency",
    "responseLength",
    "routeKey",
    "status",
];

/// A deployment is a snapshot. Only such a stage takes a new one when a route changes.
pub(super) fn deploy_themselves(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for stage in stack.of_type("ApiGatewayV2::Stage") {
        findings.equal(&stage.logical_id, property(stage, "AutoDeploy"), &json!(true));
        findings.equal(&stage.logical_id, property(stage, "DeploymentId"), &Value::Null);
    }
    findings.equal("deployments", stack.of_type("ApiGatewayV2::Deployment").count(), 0);
    findings.0
}

pub(super) fn wait_for_every_route(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let mut waited_for = 0;
    for stage in stack.of_type("ApiGatewayV2::Stage") {
        let api = stack.referred("ApiGatewayV2::Api", text(property(stage, "ApiId")));
        let routes: BTreeSet<_> =
            api.into_iter().flat_map(|api| routes(stack, api)).map(|r| &r.logical_id).collect();
        waited_for += routes.len();
        let missing: Vec<_> =
            routes.into_iter().filter(|route| !stage.depends_on.contains(*route)).collect();
        findings.expect(missing.is_empty(), || format!("{} and {missing:?}", stage.logical_id));
    }
    findings.equal("routes with a stage", waited_for, stack.of_type("ApiGatewayV2::Route").count());
    findings.0
}

pub(super) fn throttle(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let limits = |of: &str| {
        json!({
            "ThrottlingRateLimit": stack.parameter(&format!("{of}RateLimit")),
            "ThrottlingBurstLimit": stack.parameter(&format!("{of}BurstLimit")),
        })
    };
    let settings = |stage: &str, name: &str| {
        let stage = stack.of_type("ApiGatewayV2::Stage").find(|one| one.logical_id == stage);
        stage.and_then(|stage| stage.properties.get(name).cloned())
    };
    // The limits of a default hold for each route by itself, and the HTTP API has one route.
    let of_http = settings("HttpStage", "DefaultRouteSettings");
    findings.equal("settings of POST /sign", of_http, Some(limits("Sign")));
    findings.equal("other settings", settings("HttpStage", "RouteSettings"), None);
    let of_websocket = settings("WebSocketStage", "RouteSettings");
    findings.equal(
        "settings of routes",
        of_websocket,
        Some(json!({"$connect": limits("Connect")})),
    );
    findings.0
}

/// Execution logs hold whole requests. So does nothing else that a stage can be told to do.
pub(super) fn trace_no_data(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for stage in stack.of_type("ApiGatewayV2::Stage") {
        let of_routes = property(stage, "RouteSettings").as_object().into_iter().flatten();
        let of_all = [property(stage, "DefaultRouteSettings")];
        for settings in of_routes.map(|(_, settings)| settings).chain(of_all) {
            for name in ["DataTraceEnabled", "LoggingLevel", "DetailedMetricsEnabled"] {
                let found = settings.get(name);
                findings.expect(found.is_none(), || {
                    format!("{} has {name} {found:?}", stage.logical_id)
                });
            }
        }
    }
    findings.0
}

pub(super) fn access_is_logged_as_chosen(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for stage in stack.of_type("ApiGatewayV2::Stage") {
        let group = match property(stage, "StageName") == "$default" {
            true => Some("HttpAccessLogGroup"),
            false if stack.parameter("WebSocketAccessLogs") == "ENABLED" => {
                Some("WebSocketAccessLogGroup")
            }
            false => None,
        };
        let group = stack.resources.iter().find(|one| Some(&*one.logical_id) == group);
        let expected = group.map(|group| {
            format!("arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{}:*", group.reference)
        });
        let found = at(property(stage, "AccessLogSettings"), "/DestinationArn").as_str();
        findings.equal(&stage.logical_id, found, expected.as_deref());
    }
    // The prefix for which the account's one resource policy does not grow.
    let http = stack.of_type("Logs::LogGroup").find(|one| one.logical_id == "HttpAccessLogGroup");
    let is_vended = http.is_some_and(|group| group.reference.starts_with("/aws/vendedlogs/"));
    findings.expect(is_vended, || format!("the group is {:?}", http.map(|one| &one.reference)));
    findings.0
}

pub(super) fn access_logs_hold_no_secret(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for stage in stack.of_type("ApiGatewayV2::Stage") {
        if let Some(format) = at(property(stage, "AccessLogSettings"), "/Format").as_str() {
            check_format(stage, format, &mut findings);
        }
    }
    findings.0
}

fn check_format(stage: &EvaluatedResource, format: &str, findings: &mut Findings) {
    let fields = serde_json::from_str::<serde_json::Map<String, Value>>(format);
    let is_one_line = fields.is_ok() && !format.contains('\n');
    findings.expect(is_one_line, || format!("{}: not one line of JSON", stage.logical_id));
    let fields = fields.unwrap_or_default();
    findings.expect(fields.contains_key("requestId"), || "no requestId".to_owned());
    for (name, value) in fields {
        let variable = text(&value).strip_prefix("$context.").unwrap_or_default();
        findings.expect(LOGGED.contains(&variable), || {
            format!("{}: {name} is {value}", stage.logical_id)
        });
    }
}
