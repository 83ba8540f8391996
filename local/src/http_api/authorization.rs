//! Who may call a route: what its authorization asks, and what the event is told of the caller.

use axum::http::HeaderValue;

use super::{Gateway, Refusal};
use crate::events::http::{Authorizer, IamIdentity, JwtIdentity};
use crate::jwt::refusal::Verdict;
use crate::report;
use crate::rule::GatewayRule;
use crate::template::{HttpAuthorization, HttpRoute, JwtAuthorizer};
use crate::wire::Head;

/// Lets a request through, or refuses it. `path` is what follows the stage.
pub(super) fn authorize(
    gateway: &Gateway,
    route: &HttpRoute,
    stage: &str,
    path: &str,
    head: &Head,
    body: &[u8],
) -> Result<Option<Authorizer>, Refusal> {
    match &route.authorization {
        HttpAuthorization::None => Ok(None),
        HttpAuthorization::AwsIam => {
            let identity = iam(gateway, stage, path, head, body)?;
            Ok(Some(Authorizer::Iam(identity)))
        }
        HttpAuthorization::Jwt(authorizer) => {
            Ok(Some(Authorizer::Jwt(jwt(gateway, authorizer, head)?)))
        }
    }
}

fn iam(
    gateway: &Gateway,
    stage: &str,
    path: &str,
    head: &Head,
    body: &[u8],
) -> Result<IamIdentity, Refusal> {
    let Gateway { api, services, .. } = gateway;
    let now = services.clock.now();
    let key = services.access.authenticate(head, body, "execute-api", now).map_err(|refusal| {
        report::refused_call("request", head, &refusal);
        Refusal::Forbidden
    })?;
    let resource = services.execute_api_arn(&api.id, &format!("{stage}/{}{path}", head.method));
    services.access.authorize(key.caller(), "execute-api:Invoke", &resource, head).map_err(
        |denied| {
            report::refused("request", head, GatewayRule::Policy, &denied);
            Refusal::Forbidden
        },
    )?;
    let caller = key.caller();
    Ok(IamIdentity {
        access_key: key.credentials().access_key_id().to_owned(),
        account_id: caller.account_id().to_owned(),
        caller_id: caller.user_id().to_owned(),
        cognito_identity: None,
        user_arn: caller.arn().to_owned(),
        user_id: caller.user_id().to_owned(),
    })
}

fn jwt(gateway: &Gateway, authorizer: &JwtAuthorizer, head: &Head) -> Result<JwtIdentity, Refusal> {
    let services = &gateway.services;
    let authorized = services.issuers.authorize(authorizer, head, services.clock.now());
    let authorized = authorized.map_err(|refusal| {
        report::refused_token(head, &refusal);
        // Made of plain words, registered names, and scopes that were checked.
        let challenge = HeaderValue::from_str(&refusal.challenge());
        let challenge = challenge.unwrap_or(HeaderValue::from_static("Bearer"));
        match refusal.verdict() {
            Verdict::Unauthorized => Refusal::Unauthorized(challenge),
            Verdict::Forbidden => Refusal::InsufficientScope(challenge),
        }
    })?;
    Ok(JwtIdentity { claims: authorized.claims, scopes: authorized.scopes })
}
