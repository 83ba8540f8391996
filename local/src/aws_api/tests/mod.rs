//! The endpoint's wire protocols, over requests that no socket has seen.

mod dynamodb;
mod sts;

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use axum::body::Body;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::tables::Storage;
use super::*;
use crate::faults::{DynamoDbFault, Fault, StsFault, Times, Which};
use crate::iam::{NamedPolicy, RoleDefinition};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

/// An account with a role that everyone of it may assume, and that may do nothing; and a table
/// named `words` with the key `word`.
fn endpoint() -> Arc<Endpoint> {
    let trust = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"});
    let role = RoleDefinition {
        name: "Idle".to_owned(),
        arn: format!("arn:aws:iam::{ACCOUNT}:role/Idle"),
        id: "AROAIDLE".to_owned(),
        trust_policy: json!({"Version": "2012-10-17", "Statement": trust}),
        policies: Vec::<NamedPolicy>::new(),
        max_session_duration: 3_600,
    };
    let randomness = Randomness::operating_system();
    let iam = Arc::new(Iam::new(ACCOUNT, "aws", vec![role], randomness.clone()).unwrap());
    let clock = Clock::driven(OffsetDateTime::now_utc());
    let tables = Tables::open(&Storage::Memory, clock.clone()).unwrap();
    let table = json!({
        "TableName": "words",
        "AttributeDefinitions": [{"AttributeName": "word", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "word", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    tables.create("words", &table, None).unwrap();
    Arc::new(Endpoint {
        access: Access::new(iam.clone(), REGION.to_owned(), clock.clone()),
        iam,
        tables,
        tables_arn: format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}"),
        clock,
        randomness,
        faults: Faults::default(),
    })
}

fn developer(endpoint: &Endpoint) -> Credentials {
    let key = endpoint.iam.developer().credentials();
    Credentials::new(key.access_key_id(), key.secret_access_key(), None, None, "test")
}

fn with_secret(credentials: &Credentials, secret: &str) -> Credentials {
    Credentials::new(credentials.access_key_id(), secret, None, None, "test")
}

const URL: &str = "http://127.0.0.1:3002/";

/// A request, signed for a service unless it is to come without a signature.
fn request(signed: Option<(&Credentials, &str)>, target: Option<&str>, body: &str) -> Request {
    let mut headers = Vec::new();
    headers.extend(target.map(|target| ("x-amz-target".to_owned(), target.to_owned())));
    if let Some((credentials, service)) = signed {
        let identity = credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let given = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let signable = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new("POST", URL, given, signable).unwrap();
        let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
        let signed =
            instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        headers.extend(signed.collect::<Vec<_>>());
    }
    let mut request = Request::post(URL).header("host", "127.0.0.1:3002");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.body(body.to_owned().into()).unwrap()
}

async fn send(endpoint: &Arc<Endpoint>, request: Request) -> (u16, HeaderMap, String) {
    let (parts, body) = answer(State(endpoint.clone()), request).await.into_parts();
    let body = body::to_bytes(body, usize::MAX).await.unwrap();
    (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_body_past_the_limit_is_not_read() {
    let endpoint = endpoint();
    let request = request(None, None, &" ".repeat(AWS_API_BODY_BYTES + 1));
    let (status, ..) = send(&endpoint, request).await;
    assert_eq!(status, 413);
}
