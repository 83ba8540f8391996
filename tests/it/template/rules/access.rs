//! Who may do what: routes, policies, trust, permissions to invoke.

use std::collections::BTreeSet;

use local::template::EvaluatedResource;
use serde_json::{Map, Value, json};
use tests::stack::{ACCOUNT_ID, REGION};

use super::super::Deployed;
use super::{Findings, at, each, property, text};

/// What each role may do, but for writing its function's log: action and resource, where `{…}` stands for what a
/// resource of the template is called.
const NEEDED: [(&str, &str, &str); 7] = [
    ("ConnectFunctionRole", "dynamodb:PutItem", "{ConnectionsTable}"),
    ("ConnectFunctionRole", "dynamodb:PutItem", "{NoncesTable}"),
    ("DefaultFunctionRole", "dynamodb:DeleteItem", "{ConnectionsTable}"),
    ("DefaultFunctionRole", "dynamodb:GetItem", "{ConnectionsTable}"),
    (
        "DefaultFunctionRole",
        "execute-api:ManageConnections",
        "{WebSocketApi}/{WebSocketStage}/POST/@connections/*",
    ),
    ("DisconnectFunctionRole", "dynamodb:DeleteItem", "{ConnectionsTable}"),
    ("SignerRole", "execute-api:Invoke", "{WebSocketApi}/{WebSocketStage}/$connect"),
];

/// Where AWS knows no narrower resource. There is none of which the whole is `*`.
const WILDCARDS: [(&str, &str); 1] = [("execute-api:ManageConnections", "/POST/@connections/*")];

/// The role that only signs.
const SIGNER: &str = "SignerRole";

pub(super) fn connect_is_signed(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for api in stack.of_type("ApiGatewayV2::Api") {
        if property(api, "ProtocolType") == "WEBSOCKET" {
            let connect =
                routes(stack, api).find(|route| property(route, "RouteKey") == "$connect");
            let authorization = connect.map(|route| property(route, "AuthorizationType"));
            findings.equal("authorization of $connect", authorization, Some(&json!("AWS_IAM")));
        }
    }
    findings.0
}

pub(super) fn only_what_must_be_is_open(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for route in stack.of_type("ApiGatewayV2::Route") {
        let expected = match text(property(route, "RouteKey")) {
            "$connect" => "AWS_IAM",
            // API Gateway authorizes at $connect only.
            "$default" | "$disconnect" => "NONE",
            "POST /sign" => match stack.parameter("SignAuthorization") {
                "JWT" => "JWT",
                "IAM" => "AWS_IAM",
                _ => "NONE",
            },
            _ => "a route that is known here",
        };
        let found = route.properties.get("AuthorizationType").map(text).unwrap_or("NONE");
        findings.equal(&format!("authorization of {}", route.logical_id), found, expected);
    }
    findings.0
}

pub(super) fn tokens_are_checked_as_chosen(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let list = |name| -> Vec<&str> {
        stack.parameter(name).split(',').filter(|item| !item.is_empty()).collect()
    };
    let asks_for_tokens = stack.parameter("SignAuthorization") == "JWT";
    let authorizers: Vec<_> = stack.of_type("ApiGatewayV2::Authorizer").collect();
    findings.equal("number of authorizers", authorizers.len(), usize::from(asks_for_tokens));
    for route in stack.of_type("ApiGatewayV2::Route") {
        let (id, scopes) =
            (route.properties.get("AuthorizerId"), route.properties.get("AuthorizationScopes"));
        let is_of_token = property(route, "AuthorizationType") == "JWT";
        let expected = authorizers.first().filter(|_| is_of_token).map(|one| json!(one.reference));
        findings.equal("AuthorizerId", id, expected.as_ref());
        // A list that is empty, not none: an update takes no scope away by saying nothing.
        let expected = Some(json!(list("JwtScopes"))).filter(|_| is_of_token);
        findings.equal("AuthorizationScopes", scopes, expected.as_ref());
    }
    let claims = if asks_for_tokens {
        stack.chosen.get("ClaimGrants").map_or(r#"{"sub":"userId"}"#, String::as_str)
    } else {
        "{}"
    };
    for function in stack.of_type("Lambda::Function").filter(|one| one.logical_id == "SignFunction")
    {
        let found = at(property(function, "Environment"), "/Variables/CLAIM_GRANTS");
        findings.equal("CLAIM_GRANTS", text(found), claims);
    }
    for authorizer in authorizers {
        let api = stack.referred("ApiGatewayV2::Api", text(property(authorizer, "ApiId")));
        findings.expect(api.is_some_and(|api| property(api, "ProtocolType") == "HTTP"), || {
            "the authorizer is not of the HTTP API".to_owned()
        });
        let expected = json!({
            "Issuer": stack.parameter("JwtIssuer"),
            "Audience": list("JwtAudience"),
        });
        let found = authorizer.properties.get("JwtConfiguration");
        findings.equal("JwtConfiguration", found, Some(&expected));
        let found =
            (property(authorizer, "AuthorizerType"), property(authorizer, "IdentitySource"));
        let expected = (&json!("JWT"), &json!(["$request.header.Authorization"]));
        findings.equal("type and source", found, expected);
    }
    findings.0
}

pub(super) fn actions_are_named(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for (role, statement) in statements(stack) {
        for name in ["NotAction", "NotResource", "NotPrincipal"] {
            findings.expect(statement.get(name).is_none(), || format!("{role} has {name}"));
        }
        for action in statement.get("Action").map(each).unwrap_or_default() {
            let is_named = text(action).contains(':') && !text(action).contains(['*', '?']);
            findings.expect(is_named, || format!("{role} may {action}"));
        }
    }
    findings.0
}

pub(super) fn resources_are_named(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    for (role, statement) in statements(stack) {
        for resource in statement.get("Resource").map(each).unwrap_or_default() {
            for action in statement.get("Action").map(each).unwrap_or_default() {
                let rest = WILDCARDS
                    .iter()
                    .find(|(of, _)| *of == text(action))
                    .and_then(|(_, allowed)| text(resource).strip_suffix(allowed))
                    .unwrap_or(text(resource));
                // A log group's ARN ends in :*, which stands for its streams.
                let rest = match text(action).starts_with("logs:") {
                    true => rest.strip_suffix(":*").unwrap_or(rest),
                    false => rest,
                };
                let is_named = rest.starts_with("arn:") && !rest.contains(['*', '?']);
                findings.expect(is_named, || format!("{role} may {action} on {resource}"));
            }
        }
    }
    findings.0
}

pub(super) fn roles_may_do_what_is_needed(stack: &Deployed) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut findings = Findings::default();
    for role in stack.of_type("IAM::Role") {
        for other in ["ManagedPolicyArns", "PermissionsBoundary"] {
            let is_absent = !role.properties.contains_key(other);
            findings.expect(is_absent, || format!("{} has {other}", role.logical_id));
        }
    }
    for (role, statement) in statements(stack) {
        findings.equal(
            &format!("Effect of {role}"),
            statement.get("Effect"),
            Some(&json!("Allow")),
        );
        for action in statement.get("Action").map(each).unwrap_or_default() {
            for resource in statement.get("Resource").map(each).unwrap_or_default() {
                found.insert((role.to_owned(), text(action).to_owned(), text(resource).to_owned()));
            }
        }
    }
    let mut expected: BTreeSet<_> = NEEDED
        .iter()
        .map(|(role, action, resource)| {
            ((*role).to_owned(), (*action).to_owned(), named(stack, resource))
        })
        .collect();
    for function in stack.of_type("Lambda::Function") {
        let role = role_of(stack, function).map(|role| role.logical_id.clone()).unwrap_or_default();
        let group = text(at(property(function, "LoggingConfig"), "/LogGroup")).to_owned();
        let resource = format!("arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{group}:*");
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            expected.insert((role.clone(), action.to_owned(), resource.clone()));
        }
    }
    findings.0.extend(found.difference(&expected).map(|one| format!("not needed: {one:?}")));
    findings.0.extend(expected.difference(&found).map(|one| format!("missing: {one:?}")));
    findings.0
}

pub(super) fn roles_are_trusted_by_one(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let sign_role = stack
        .of_type("Lambda::Function")
        .find(|function| function.logical_id == "SignFunction")
        .map(|function| property(function, "Role"));
    for role in stack.of_type("IAM::Role") {
        let trusted = match &sign_role {
            Some(signs) if role.logical_id == SIGNER => json!({"AWS": signs}),
            _ => json!({"Service": "lambda.amazonaws.com"}),
        };
        let expected = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}],
        });
        let found = role.properties.get("AssumeRolePolicyDocument");
        findings.equal(&format!("trust in {}", role.logical_id), found, Some(&expected));
    }
    findings.0
}

pub(super) fn permissions_name_their_route(stack: &Deployed) -> Vec<String> {
    let mut findings = Findings::default();
    let mut expected = Vec::new();
    for route in stack.of_type("ApiGatewayV2::Route") {
        let api = text(property(route, "ApiId"));
        let function = function_behind(stack, route).map(|function| function.reference.as_str());
        let path = match text(property(route, "RouteKey")).split_once(' ') {
            // For the stage `*`, as AWS SAM writes it for an HTTP API (aws/serverless-application-model). Whether
            // `$default` could stand there is documented for callers (`execute-api:Invoke`), and for this not.
            Some((method, path)) => format!("*/{method}{path}"),
            None => {
                format!("{}/{}", stack.parameter("StageName"), text(property(route, "RouteKey")))
            }
        };
        let source = format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{api}/{path}");
        expected.push((source, function.unwrap_or("no function").to_owned()));
    }
    let mut found = Vec::new();
    for permission in stack.of_type("Lambda::Permission") {
        let get = |name: &str| permission.properties.get(name).map(text).unwrap_or_default();
        let who = (get("Principal"), get("Action"));
        findings.equal(
            &permission.logical_id,
            who,
            ("apigateway.amazonaws.com", "lambda:InvokeFunction"),
        );
        found.push((get("SourceArn").to_owned(), get("FunctionName").to_owned()));
    }
    expected.sort();
    found.sort();
    findings.equal("functions by the route that may invoke them", found, expected);
    findings.0
}

/// The routes of an API.
pub(super) fn routes<'a>(
    stack: &'a Deployed,
    api: &'a EvaluatedResource,
) -> impl Iterator<Item = &'a EvaluatedResource> {
    let of_api = |route: &&EvaluatedResource| *property(route, "ApiId") == *api.reference;
    stack.of_type("ApiGatewayV2::Route").filter(of_api)
}

/// The role of a function.
pub(super) fn role_of<'a>(
    stack: &'a Deployed,
    function: &EvaluatedResource,
) -> Option<&'a EvaluatedResource> {
    let arn = text(function.properties.get("Role")?);
    stack.of_type("IAM::Role").find(|role| arn.ends_with(&format!("/{}", role.reference)))
}

fn function_behind<'a>(
    stack: &'a Deployed,
    route: &EvaluatedResource,
) -> Option<&'a EvaluatedResource> {
    let integration = text(route.properties.get("Target")?).strip_prefix("integrations/")?;
    let integration = stack.referred("ApiGatewayV2::Integration", integration)?;
    let uri = text(integration.properties.get("IntegrationUri")?);
    stack.of_type("Lambda::Function").find(|function| {
        let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{}", function.reference);
        uri == arn || uri.ends_with(&format!("/functions/{arn}/invocations"))
    })
}

/// The statements of all roles' policies, each with its role's logical id.
fn statements(stack: &Deployed) -> Vec<(&str, &Map<String, Value>)> {
    let mut found = Vec::new();
    for role in stack.of_type("IAM::Role") {
        for policy in role.properties.get("Policies").map(each).unwrap_or_default() {
            for statement in each(at(policy, "/PolicyDocument/Statement")) {
                found.extend(statement.as_object().map(|one| (role.logical_id.as_str(), one)));
            }
        }
    }
    found
}

/// The ARN that `{LogicalId}…` of [`NEEDED`] stands for.
fn named(stack: &Deployed, pattern: &str) -> String {
    let mut path = pattern.to_owned();
    for resource in &stack.resources {
        path = path.replace(&format!("{{{}}}", resource.logical_id), &resource.reference);
    }
    match path.contains('/') {
        true => format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{path}"),
        false => format!("arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{path}"),
    }
}
