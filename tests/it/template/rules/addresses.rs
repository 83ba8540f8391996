//! Where the two APIs are reached, and by which pages.

use serde_json::{Value, json};
use tests::stack::REGION;

use super::super::Deployed;
use super::{Findings, at, property, text};

/// Each API, by the front of its resources' and parameters' names.
const APIS: [(&str, &str); 2] = [("Http", "$default"), ("WebSocket", "live")];

pub(super) fn follow_the_domains(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let address = |of: &str, stage: &str| {
        let (domain, base) = (parameter(stack, of, "DomainName"), parameter(stack, of, "BasePath"));
        if domain.is_empty() {
            let id = reference(stack, &format!("{of}Api"));
            return format!("{id}.execute-api.{REGION}.amazonaws.com{stage}");
        }
        if base.is_empty() { domain.to_owned() } else { format!("{domain}/{base}") }
    };
    let (http, websocket) = (address("Http", ""), address("WebSocket", "/live"));
    let output = |name: &str| stack.outputs.get(name).cloned().unwrap_or_default();
    findings.equal("SignUrl", output("SignUrl"), format!("https://{http}/sign"));
    findings.equal("WebSocketUrl", output("WebSocketUrl"), format!("wss://{websocket}"));
    findings.equal(
        "DashboardName",
        output("DashboardName"),
        reference(stack, "Dashboard").to_owned(),
    );
    let variable = |function: &str, name: &str| {
        let mut functions = stack.of_type("Lambda::Function");
        let function = functions.find(|one| one.logical_id == function);
        let value = function.map(|one| at(property(one, "Environment"), "/Variables"));
        text(value.and_then(|variables| variables.get(name)).unwrap_or(&Value::Null)).to_owned()
    };
    let found = variable("SignFunction", "WEBSOCKET_URL");
    findings.equal("WEBSOCKET_URL", found, format!("wss://{websocket}"));
    let found = variable("DefaultFunction", "CONNECTIONS_URL");
    findings.equal("CONNECTIONS_URL", found, format!("https://{websocket}"));
    // ws-default cannot wait for it: the mapping needs the stage, that its route, and the route ws-default.
    let mut functions = stack.of_type("Lambda::Function");
    let signs = functions.find(|one| one.logical_id == "SignFunction");
    let waits = signs.is_some_and(|function| function.needs.contains("WebSocketMapping"));
    let has_domain = !parameter(stack, "WebSocket", "DomainName").is_empty();
    findings.equal("whether sign-fn waits for the mapping", waits, has_domain);
    let is_disabled = stack.parameter("ExecuteApiEndpoint") == "DISABLED";
    for api in stack.of_type("ApiGatewayV2::Api") {
        let found = property(api, "DisableExecuteApiEndpoint").as_bool();
        findings.equal(&api.logical_id, found, Some(is_disabled));
    }
    findings.0
}

pub(super) fn domains_are_complete(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let zone = stack.parameter("HostedZoneId");
    for (of, stage) in APIS {
        let (name, base) = (parameter(stack, of, "DomainName"), parameter(stack, of, "BasePath"));
        let properties = |what: &str| {
            let id = format!("{of}{what}");
            let found = stack.resources.iter().find(|resource| resource.logical_id == id);
            found.map(|resource| Value::Object(resource.properties.clone()))
        };
        let domain = stack.referred("ApiGatewayV2::DomainName", name);
        let attribute =
            |path| domain.map(|_| properties("Record").and_then(|one| one.pointer(path).cloned()));
        // Empty, not none: an update does not go back to the root by saying nothing.
        let mapping = json!({
            "ApiId": reference(stack, &format!("{of}Api")),
            "Stage": stage,
            "DomainName": name,
            "ApiMappingKey": base,
        });
        // What only AWS can name is compared with what the domain itself says: below.
        let expected = [
            (
                "Certificate",
                json!({
                    "DomainName": name,
                    "ValidationMethod": "DNS",
                    "DomainValidationOptions": [{"DomainName": name, "HostedZoneId": zone}],
                }),
            ),
            (
                "Domain",
                json!({
                    "DomainName": name,
                    "DomainNameConfigurations": [{
                        "CertificateArn": reference(stack, &format!("{of}Certificate")),
                        "EndpointType": "REGIONAL",
                        "SecurityPolicy": "TLS_1_2",
                    }],
                }),
            ),
            ("Mapping", mapping),
            (
                "Record",
                json!({
                    "HostedZoneId": zone,
                    "Name": name,
                    "Type": "A",
                    "AliasTarget": {
                        "DNSName": attribute("/AliasTarget/DNSName"),
                        "HostedZoneId": attribute("/AliasTarget/HostedZoneId"),
                    },
                }),
            ),
        ];
        for (what, expected) in expected {
            let expected = (!name.is_empty()).then_some(expected);
            findings.equal(&format!("{of}{what}"), properties(what), expected);
        }
        let mut records = stack.of_type("Route53::RecordSet");
        if let Some(record) = records.find(|one| one.logical_id == format!("{of}Record")) {
            let needs = record.needs.iter().map(String::as_str).collect::<Vec<_>>();
            findings.equal("what the record points to", needs, vec![&*format!("{of}Domain")]);
            let target = text(at(property(record, "AliasTarget"), "/DNSName"));
            let is_regional = target.starts_with("d-") && target.contains(".execute-api.");
            findings.expect(is_regional, || format!("{of}Record points to {target}"));
        }
    }
    findings.0
}

pub(super) fn cors_is_as_chosen(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let origins = stack.parameter("AllowedOrigins");
    for api in stack.of_type("ApiGatewayV2::Api") {
        let serves = property(api, "ProtocolType") == "HTTP" && !origins.is_empty();
        let expected = serves.then(|| json!(origins.split(',').collect::<Vec<_>>()));
        let cors = property(api, "CorsConfiguration");
        let found = cors.get("AllowOrigins");
        findings.equal(&format!("origins of {}", api.logical_id), found, expected.as_ref());
        let credentials = cors.get("AllowCredentials");
        findings.expect(credentials.is_none(), || "pages send no cookies".to_owned());
        let methods = cors.get("AllowMethods");
        let expected = serves.then(|| json!(["POST"]));
        findings.equal("methods", methods, expected.as_ref());
    }
    findings.0
}

fn parameter<'a>(stack: &'a Deployed, of: &str, what: &str) -> &'a str {
    stack.parameter(&format!("{of}{what}"))
}

/// What `Ref` gives for a resource; nothing where there is none.
fn reference<'a>(stack: &'a Deployed, logical_id: &str) -> &'a str {
    let mut resources = stack.resources.iter();
    resources.find(|one| one.logical_id == logical_id).map_or("", |one| &one.reference)
}
