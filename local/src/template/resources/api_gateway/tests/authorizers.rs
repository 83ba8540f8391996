//! Authorizers of an HTTP API, the routes that use them, and what is refused of both.

use super::super::super::test_support::stack;
use super::{HTTP, WEBSOCKET, changed, check};
use crate::template::{HttpAuthorization, IdentitySource, JwtAuthorizer};

const AUTHORIZER: &str = "Jwt: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Api, Name: n, AuthorizerType: JWT, IdentitySource: [$request.header.Authorization], JwtConfiguration: {Issuer: 'https://issuer.invalid/', Audience: [one, two]}}}\n";

/// The HTTP API with an authorizer that its route uses.
fn with_authorizer() -> String {
    let route = "RouteKey: POST /sign, AuthorizationType: JWT, AuthorizerId: !Ref Jwt";
    format!("{}{AUTHORIZER}", HTTP.replace("RouteKey: POST /sign", route))
}

#[test]
fn routes_with_an_authorizer_are_read_and_wrong_ones_refused() {
    let template = with_authorizer();
    let expected = JwtAuthorizer {
        logical_id: "Jwt".to_owned(),
        identity_source: IdentitySource::Header("Authorization".to_owned()),
        issuer: "https://issuer.invalid/".to_owned(),
        audience: vec!["one".to_owned(), "two".to_owned()],
        scopes: vec!["read".to_owned(), "a/b:c".to_owned()],
    };
    let scopes = "AuthorizationScopes: [read, 'a/b:c'], AuthorizerId: !Ref Jwt";
    let read = stack(&changed(&template, "AuthorizerId: !Ref Jwt", scopes));
    assert_eq!(read.http_apis[0].routes[0].authorization, HttpAuthorization::Jwt(expected));

    let route = |from: &str, to: &str, expected: &str| {
        check(&template, from, to, &format!("Route.Properties.{expected}"));
    };
    route(", AuthorizerId: !Ref Jwt", "", "AuthorizerId: required and missing");
    let names_none = "AuthorizerId: names no authorizer of the route's API";
    route("AuthorizerId: !Ref Jwt", "AuthorizerId: abcdefg", names_none);
    for kind in ["NONE", "AWS_IAM"] {
        let only = "expected none: only AuthorizationType JWT has one";
        let kind = format!("AuthorizationType: {kind}");
        route("AuthorizationType: JWT", &kind, &format!("AuthorizerId: {only}"));
        let scopes = format!("{kind}, AuthorizationScopes: [a]");
        let both = "AuthorizationType: JWT, AuthorizerId: !Ref Jwt";
        route(both, &scopes, &format!("AuthorizationScopes: {only}"));
    }
    for scope in ["", "a b", "\\", &"x".repeat(65)] {
        let scopes = format!("AuthorizationScopes: ['{scope}'], AuthorizerId: !Ref Jwt");
        route(
            "AuthorizerId: !Ref Jwt",
            &scopes,
            "AuthorizationScopes: expected at most 10 scopes of 1 to 64",
        );
    }
}

#[test]
fn authorizers_that_are_not_played_are_refused() {
    let template = with_authorizer();
    let authorizer = |from: &str, to: &str, expected: &str| {
        check(&template, from, to, &format!("Jwt.Properties.{expected}"));
    };
    let request = "AuthorizerType: REQUEST";
    authorizer("AuthorizerType: JWT", request, "AuthorizerType: REQUEST is not supported");
    authorizer("AuthorizerType: JWT", "AuthorizerType: jwt", "AuthorizerType: expected JWT");
    authorizer("Name: n, AuthorizerType", "AuthorizerType", "Name: required and missing");
    authorizer(
        "Name: n, AuthorizerType",
        "Name: n, AuthorizerUri: u, AuthorizerType",
        "AuthorizerUri: AWS::ApiGatewayV2::Authorizer: this property is not supported",
    );
    let source = "IdentitySource: [$request.header.Authorization]";
    for wrong in [
        "[]",
        "[$request.header.a, $request.header.b]",
        "[$request.header.]",
        "[$request.header.a b]",
        "[$context.stage]",
        "[$request.querystring.]",
        "[route.request.header.Auth]",
    ] {
        let wrong = format!("IdentitySource: {wrong}");
        authorizer(source, &wrong, "IdentitySource: expected one of $request.header.NAME");
    }
    authorizer(&format!("{source}, "), "", "IdentitySource: required and missing");
    let issuer = "Issuer: 'https://issuer.invalid/'";
    for wrong in ["http://issuer.invalid/", "issuer.invalid", "https://"] {
        let wrong = format!("Issuer: '{wrong}'");
        authorizer(issuer, &wrong, "JwtConfiguration.Issuer: expected the URL of an issuer");
    }
    let audience = "Audience: [one, two]";
    for wrong in ["[]", "['']", "[one, '']"] {
        let wrong = format!("Audience: {wrong}");
        let expected =
            "JwtConfiguration.Audience: expected a list of 1 to 50 audiences, none empty";
        authorizer(audience, &wrong, expected);
    }
    authorizer(&format!(", {audience}"), "", "JwtConfiguration.Audience: required and missing");
    let configuration = format!(", JwtConfiguration: {{{issuer}, {audience}}}");
    authorizer(&configuration, "", "JwtConfiguration: required and missing");
    let jwt = "Jwt: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Api, Name: n, AuthorizerType: JWT, IdentitySource: [$request.header.a]}}\nStage:";
    check(WEBSOCKET, "Stage:", jwt, "Jwt.Properties.AuthorizerType: expected REQUEST: only HTTP");
}

/// So many texts, as a list of YAML.
fn list(count: usize) -> String {
    let texts: Vec<_> = (1..=count).map(|number| format!("a{number}")).collect();
    format!("[{}]", texts.join(", "))
}

#[test]
fn audiences_scopes_and_authorizers_have_the_quotas_of_http_apis() {
    let template = with_authorizer();
    let audiences = |count| format!("Audience: {}", list(count));
    stack(&changed(&template, "Audience: [one, two]", &audiences(50)));
    let expected = "Jwt.Properties.JwtConfiguration.Audience: expected a list of 1 to 50 audiences";
    check(&template, "Audience: [one, two]", &audiences(51), expected);

    let scopes = |count| format!("AuthorizationScopes: {}, AuthorizerId: !Ref Jwt", list(count));
    stack(&changed(&template, "AuthorizerId: !Ref Jwt", &scopes(10)));
    let expected = "Route.Properties.AuthorizationScopes: expected at most 10 scopes";
    check(&template, "AuthorizerId: !Ref Jwt", &scopes(11), expected);

    // With the one that is there.
    let more = |last| {
        let more = ('A'..=last).map(|name| AUTHORIZER.replacen("Jwt", &format!("More{name}"), 1));
        format!("{}Stage:", more.collect::<String>())
    };
    stack(&changed(&template, "Stage:", &more('I')));
    let expected = "MoreJ.Properties.ApiId: expected an API with at most 10 authorizers";
    check(&template, "Stage:", &more('J'), expected);
}
