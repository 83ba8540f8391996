//! Requests to AWS's APIs as an SDK would send them: signed in headers by the crate `aws-sigv4`.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    self, SignableBody, SignableRequest, SigningInstructions, SigningSettings,
};
use aws_sigv4::sign::v4;
use local::iam::AccessKey;
use serde_json::Value;
use url::form_urlencoded;

use crate::http::{self, Reply};
use crate::stack::REGION;

/// The credentials of an access key.
pub fn credentials(key: &AccessKey) -> Credentials {
    let key = key.credentials();
    let token = key.session_token().map(ToOwned::to_owned);
    Credentials::new(key.access_key_id(), key.secret_access_key(), token, None, "test")
}

/// What signs a request for `service` in the stack's region.
pub fn sign(
    credentials: &Credentials,
    service: &str,
    time: SystemTime,
    settings: SigningSettings,
    request: SignableRequest<'_>,
) -> SigningInstructions {
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name(service)
        .time(time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    http_request::sign(request, &parameters).unwrap().into_parts().0
}

/// Sends a request that is signed for `service` in the stack's region.
pub async fn send(
    credentials: &Credentials,
    service: &str,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    let signable =
        SignableRequest::new(method, url, headers.iter().copied(), SignableBody::Bytes(body));
    let (now, settings) = (SystemTime::now(), SigningSettings::default());
    let instructions = sign(credentials, service, now, settings, signable.unwrap());
    let signed: Vec<_> = headers.iter().copied().chain(instructions.headers()).collect();
    http::request(method, url, &signed, body).await
}

/// Asks DynamoDB at `endpoint` for an operation, such as `PutItem`.
pub async fn dynamodb(
    endpoint: &str,
    credentials: &Credentials,
    operation: &str,
    request: &Value,
) -> Reply {
    let target = format!("DynamoDB_20120810.{operation}");
    let headers = [("x-amz-target", &*target), ("content-type", "application/x-amz-json-1.0")];
    let body = request.to_string();
    send(credentials, "dynamodb", "POST", endpoint, &headers, body.as_bytes()).await
}

/// Asks STS at `endpoint` for an action with these parameters.
pub async fn sts(
    endpoint: &str,
    credentials: &Credentials,
    action: &str,
    parameters: &[(&str, &str)],
) -> Reply {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", action)
        .append_pair("Version", "2011-06-15")
        .extend_pairs(parameters)
        .finish();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    send(credentials, "sts", "POST", endpoint, &headers, body.as_bytes()).await
}

/// Assumes a role, and returns the session's credentials.
pub async fn assume_role(endpoint: &str, credentials: &Credentials, role_arn: &str) -> Credentials {
    let parameters = [("RoleArn", role_arn), ("RoleSessionName", "test")];
    session(&sts(endpoint, credentials, "AssumeRole", &parameters).await)
}

/// The credentials in an answer to `AssumeRole`.
pub fn session(answer: &Reply) -> Credentials {
    let answer = (answer.status == 200).then(|| answer.text()).expect("AssumeRole is allowed");
    let text = |name| element(&answer, name).unwrap_or_else(|| panic!("the answer has no {name}"));
    let token = Some(text("SessionToken"));
    Credentials::new(text("AccessKeyId"), text("SecretAccessKey"), token, None, "test")
}

/// The text of the first element of this name in an XML answer that needs no unescaping.
pub fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.to_owned())
}
