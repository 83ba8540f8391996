//! Templates with an HTTP API or a WebSocket API, and what is refused of them.

mod authorizers;

use super::super::test_support::{FUNCTION, check_refused, stack};
use crate::template::{
    Authorization, Cors, CorsCredentials, ExecuteApiEndpoint, HttpAuthorization, HttpRouteKey,
    Throttle, WebSocketRouteKey,
};

const HTTP: &str = "
Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: n, ProtocolType: HTTP}}
Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}}
Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: POST /sign, Target: !Sub 'integrations/${Call}'}}
Call: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, PayloadFormatVersion: '2.0', IntegrationUri: !GetAtt F.Arn}}
";

const WEBSOCKET: &str = "
Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: n, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: prod, AutoDeploy: true}}
Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $connect, AuthorizationType: AWS_IAM, Target: !Sub 'integrations/${Call}'}}
Call: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationMethod: POST, IntegrationUri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}}
";

/// `template` and the function that it needs, one text in it replaced by another.
fn changed(template: &str, from: &str, to: &str) -> String {
    assert!(template.contains(from), "{from}");
    format!("{FUNCTION}{}", template.replacen(from, to, 1))
}

fn check(template: &str, from: &str, to: &str, expected: &str) {
    check_refused(&changed(template, from, to), &format!("Resources.{expected}"));
}

#[test]
fn an_http_api_is_read() {
    let text = changed(
        HTTP,
        "ProtocolType: HTTP",
        "ProtocolType: HTTP, DisableExecuteApiEndpoint: 'true', CorsConfiguration: {AllowOrigins: ['https://*'], AllowMethods: [POST], AllowHeaders: [content-type], ExposeHeaders: [x], MaxAge: '-1', AllowCredentials: true}",
    );
    let stack = stack(&text);
    let api = &stack.http_apis[0];
    assert_eq!(api.endpoint, format!("https://{}.execute-api.eu-west-1.amazonaws.com", api.id));
    assert_eq!(api.execute_api_endpoint, ExecuteApiEndpoint::Disabled);
    let cors = Cors {
        allow_origins: vec!["https://*".to_owned()],
        allow_methods: vec!["POST".to_owned()],
        allow_headers: vec!["content-type".to_owned()],
        expose_headers: vec!["x".to_owned()],
        max_age: Some(-1),
        credentials: CorsCredentials::Allowed,
    };
    assert_eq!(api.cors, Some(cors));
    assert_eq!(api.stages[0].name, "$default");
    let route = &api.routes[0];
    let key = HttpRouteKey::Path { method: "POST".to_owned(), path: "/sign".to_owned() };
    assert_eq!((&route.key, route.authorization.clone()), (&key, HttpAuthorization::None));
    assert_eq!(route.integration.function_arn, stack.functions[0].arn);
    assert_eq!(route.integration.timeout.as_millis(), 30_000);
    assert!(stack.websocket_apis.is_empty());
}

#[test]
fn a_websocket_api_is_read() {
    let text = changed(
        WEBSOCKET,
        "AutoDeploy: true",
        "AutoDeploy: true, StageVariables: {A: 1}, DefaultRouteSettings: {ThrottlingRateLimit: 0.5, LoggingLevel: INFO}, RouteSettings: {$connect: {ThrottlingBurstLimit: 7, DataTraceEnabled: false}}, AccessLogSettings: {DestinationArn: a, Format: b}",
    );
    let stack = stack(&text);
    let api = &stack.websocket_apis[0];
    assert_eq!(api.endpoint, format!("wss://{}.execute-api.eu-west-1.amazonaws.com", api.id));
    assert_eq!(api.execute_api_endpoint, ExecuteApiEndpoint::Enabled);
    let stage = &api.stages[0];
    assert_eq!((stage.name.as_str(), stage.variables["A"].as_str()), ("prod", "1"));
    assert_eq!(stage.default_throttle, Throttle { burst_limit: None, rate_limit: Some(0.5) });
    let connect = Throttle { burst_limit: Some(7), rate_limit: None };
    assert_eq!(stage.route_throttles["$connect"], connect);
    let route = &api.routes[0];
    assert_eq!(
        (route.key, route.authorization),
        (WebSocketRouteKey::Connect, Authorization::AwsIam)
    );
    assert_eq!(route.integration.function_arn, stack.functions[0].arn);
    assert_eq!(route.integration.timeout.as_millis(), 29_000);
}

#[test]
fn both_forms_of_the_uri_are_read_on_both_kinds() {
    let short = "!GetAtt F.Arn";
    let long = "!Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'";
    assert_eq!(stack(&changed(HTTP, short, long)).http_apis.len(), 1);
    assert_eq!(stack(&changed(WEBSOCKET, long, short)).websocket_apis.len(), 1);
}

#[test]
fn apis_that_are_not_played_are_refused() {
    check(
        HTTP,
        "ProtocolType: HTTP",
        "ProtocolType: REST",
        "Api.Properties.ProtocolType: expected HTTP or WEBSOCKET",
    );
    check(HTTP, "Name: n, ", "", "Api.Properties.Name: required and missing");
    for property in
        ["Body", "Target", "RouteKey", "CredentialsArn", "ApiKeySelectionExpression", "BasePath"]
    {
        check(
            HTTP,
            "Name: n",
            &format!("Name: n, {property}: x"),
            &format!(
                "Api.Properties.{property}: AWS::ApiGatewayV2::Api: this property is not supported"
            ),
        );
    }
    check(
        HTTP,
        "Name: n",
        "Name: n, RouteSelectionExpression: x",
        "Api.Properties.RouteSelectionExpression: expected ${request.method}",
    );
    check(
        WEBSOCKET,
        ", RouteSelectionExpression: $request.body.action",
        "",
        "Api.Properties.RouteSelectionExpression: required",
    );
    check(
        WEBSOCKET,
        "Name: n",
        "Name: n, CorsConfiguration: {}",
        "Api.Properties.CorsConfiguration: expected no CORS",
    );
    let cors = |text: &str, expected: &str| {
        let property = format!("Name: n, CorsConfiguration: {{{text}}}");
        check(HTTP, "Name: n", &property, &format!("Api.Properties.CorsConfiguration.{expected}"));
    };
    cors("AllowOrigins: [example.com]", "AllowOrigins: expected origins with their scheme");
    cors("AllowOrigins: '*'", "AllowOrigins: expected a list of strings");
    cors("AllowOrigins: ['*'], AllowCredentials: true", "AllowCredentials: expected false");
    cors("MaxAge: 86401", "MaxAge: expected an integer from -1 to 86400");
    cors(
        "AllowAnything: true",
        "AllowAnything: AWS::ApiGatewayV2::Api: this property is not supported",
    );
}

#[test]
fn routes_that_are_not_played_are_refused() {
    for template in [HTTP, &WEBSOCKET.replace("AuthorizationType: AWS_IAM, ", "")] {
        check(
            template,
            "RouteKey:",
            "AuthorizationType: CUSTOM, RouteKey:",
            "Route.Properties.AuthorizationType: CUSTOM is not supported",
        );
    }
    check(
        WEBSOCKET,
        "AuthorizationType: AWS_IAM",
        "AuthorizationType: JWT",
        "Route.Properties.AuthorizationType: expected NONE or AWS_IAM: only HTTP APIs take JWT",
    );
    check(
        HTTP,
        "RouteKey:",
        "AuthorizationType: none, RouteKey:",
        "Route.Properties.AuthorizationType: expected NONE, AWS_IAM or JWT",
    );
    check(
        HTTP,
        "RouteKey:",
        "ApiKeyRequired: true, RouteKey:",
        "Route.Properties.ApiKeyRequired: true is not supported",
    );
    for property in [
        "AuthorizerId",
        "AuthorizationScopes",
        "RouteResponseSelectionExpression",
        "RequestParameters",
    ] {
        check(
            WEBSOCKET,
            "RouteKey:",
            &format!("{property}: x, RouteKey:"),
            &format!(
                "Route.Properties.{property}: AWS::ApiGatewayV2::Route: this property is not supported"
            ),
        );
    }
    check(HTTP, "POST /sign", "sign", "Route.Properties.RouteKey: expected $default, or a method");
    check(
        WEBSOCKET,
        "RouteKey: $connect",
        "RouteKey: join",
        "Route.Properties.RouteKey: join is not supported",
    );
    check(
        WEBSOCKET,
        "RouteKey: $connect",
        "RouteKey: $default",
        "Route.Properties.AuthorizationType: expected NONE",
    );
    check(
        HTTP,
        ", Target: !Sub 'integrations/${Call}'",
        "",
        "Route.Properties.Target: required and missing",
    );
    check(HTTP, "integrations/${Call}", "${Call}", "Route.Properties.Target: names no integration");
    check(
        HTTP,
        "ApiId: !Ref Api, RouteKey",
        "ApiId: abc, RouteKey",
        "Route.Properties.ApiId: names no API",
    );
    let twice = "Again: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: POST /sign, Target: !Sub 'integrations/${Call}'}}\nRoute:";
    check(
        HTTP,
        "Route:",
        twice,
        "Route.Properties.RouteKey: POST /sign is already the name of Again",
    );
    check(
        WEBSOCKET,
        "Route:",
        "Answer: {Type: AWS::ApiGatewayV2::RouteResponse}\nRoute:",
        "Answer.Type: Unrecognized resource type AWS::ApiGatewayV2::RouteResponse; supported: AWS::ApiGatewayV2::Api, ",
    );
}

#[test]
fn a_route_may_not_use_the_integration_of_another_api() {
    let other = WEBSOCKET
        .replace("Api", "Socket")
        .replace("AWS::SocketGatewayV2::Socket", "AWS::ApiGatewayV2::Api");
    let other =
        other.replace("AWS::SocketGatewayV2", "AWS::ApiGatewayV2").replace("SocketId", "ApiId");
    let other = other
        .replace("Stage:", "SocketStage:")
        .replace("Route:", "SocketRoute:")
        .replace("Call:", "SocketCall:");
    let both = format!("{HTTP}{other}");
    check(
        &both,
        "{Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api",
        "{Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Socket",
        "Route.Properties.Target: names no integration",
    );
    let own = changed(
        &both,
        "$connect, AuthorizationType: AWS_IAM, Target: !Sub 'integrations/${Call}'",
        "$connect, AuthorizationType: AWS_IAM, Target: !Sub 'integrations/${SocketCall}'",
    );
    let stack = stack(&own);
    assert_eq!((stack.http_apis.len(), stack.websocket_apis.len()), (1, 1));
}

#[test]
fn integrations_that_are_not_played_are_refused() {
    let integration = |from: &str, to: &str, expected: &str| {
        check(HTTP, from, to, &format!("Call.Properties.{expected}"));
    };
    integration("AWS_PROXY", "HTTP_PROXY", "IntegrationType: HTTP_PROXY is not supported");
    integration(
        "PayloadFormatVersion: '2.0'",
        "PayloadFormatVersion: '1.0'",
        "PayloadFormatVersion: 1.0 is not supported",
    );
    integration("PayloadFormatVersion: '2.0', ", "", "PayloadFormatVersion: required and missing");
    integration(
        "AWS_PROXY",
        "AWS_PROXY, TimeoutInMillis: 30001",
        "TimeoutInMillis: expected an integer from 50 to 30000",
    );
    integration(
        "AWS_PROXY",
        "AWS_PROXY, IntegrationMethod: GET",
        "IntegrationMethod: expected POST",
    );
    integration(
        "AWS_PROXY",
        "AWS_PROXY, ConnectionType: VPC_LINK",
        "ConnectionType: VPC_LINK is not supported",
    );
    integration("!GetAtt F.Arn", "!Sub '${F.Arn}:live'", "IntegrationUri: names no function");
    integration(
        "!GetAtt F.Arn",
        "!Sub 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${F.Arn}/invocations'",
        "IntegrationUri: names no function",
    );
    for property in
        ["CredentialsArn", "RequestParameters", "ResponseParameters", "TlsConfig", "ConnectionId"]
    {
        integration(
            "AWS_PROXY",
            &format!("AWS_PROXY, {property}: x"),
            &format!("{property}: AWS::ApiGatewayV2::Integration: this property is not supported"),
        );
    }
    check(
        WEBSOCKET,
        "AWS_PROXY",
        "AWS_PROXY, TimeoutInMillis: 29001",
        "Call.Properties.TimeoutInMillis: expected an integer from 50 to 29000",
    );
    check(
        WEBSOCKET,
        "IntegrationMethod: POST, ",
        "",
        "Call.Properties.IntegrationMethod: expected POST",
    );
    check(
        WEBSOCKET,
        "AWS_PROXY",
        "AWS_PROXY, PayloadFormatVersion: '2.0'",
        "Call.Properties.PayloadFormatVersion: expected 1.0",
    );
}

#[test]
fn stages_must_be_deployed() {
    let stage = |to: &str, expected: &str| check(HTTP, "AutoDeploy: true", to, expected);
    stage("AutoDeploy: false", "Stage: the stage needs AutoDeploy: true or a DeploymentId");
    stage("Description: d", "Stage: the stage needs AutoDeploy: true or a DeploymentId");
    stage(
        "AutoDeploy: true, DeploymentId: x",
        "Stage: the stage needs AutoDeploy: true or a DeploymentId",
    );
    stage("DeploymentId: x", "Stage.Properties.DeploymentId: names no deployment");
    stage(
        "AutoDeploy: true, RouteSettings: {GET /x: {}}",
        "Stage.Properties.RouteSettings.GET /x: names no route",
    );
    stage(
        "AutoDeploy: true, DefaultRouteSettings: {ThrottlingBurstLimit: -1}",
        "Stage.Properties.DefaultRouteSettings.ThrottlingBurstLimit: expected",
    );
    stage(
        "AutoDeploy: true, AccessPolicyId: x",
        "Stage.Properties.AccessPolicyId: AWS::ApiGatewayV2::Stage: this property is not supported",
    );
    check(
        HTTP,
        "StageName: $default",
        "StageName: a/b",
        "Stage.Properties.StageName: expected $default",
    );
    let twice = "Again: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}}\nStage:";
    check(
        HTTP,
        "Stage:",
        twice,
        "Stage.Properties.StageName: $default is already the name of Again",
    );
    let api_only = "Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: n, ProtocolType: HTTP}}";
    check_refused(api_only, "Resources.Api: the API has no stage");
}

#[test]
fn a_deployment_comes_after_the_routes() {
    let deployed = |attributes: &str| {
        let deployment = format!(
            "Deployment: {{Type: AWS::ApiGatewayV2::Deployment, {attributes}Properties: {{ApiId: !Ref Api, Description: d}}}}\nStage:"
        );
        changed(HTTP, "AutoDeploy: true", "DeploymentId: !Ref Deployment").replacen(
            "Stage:",
            &deployment,
            1,
        )
    };
    check_refused(&deployed(""), "Resources.Deployment: the deployment must depend on Route");
    assert_eq!(stack(&deployed("DependsOn: Route, ")).http_apis[0].stages.len(), 1);
    let with_stage_name = deployed("DependsOn: Route, ").replace("Description: d", "StageName: x");
    check_refused(
        &with_stage_name,
        "Resources.Deployment.Properties.StageName: AWS::ApiGatewayV2::Deployment: this",
    );
}
