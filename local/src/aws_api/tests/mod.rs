//! The endpoint's wire protocols, over requests that no socket has seen.

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

mod dynamodb {
    use super::*;

    const GET_ITEM: &str = "DynamoDB_20120810.GetItem";
    const KEY: &str = r#"{"TableName":"words","Key":{"word":{"S":"a"}}}"#;

    async fn check(
        endpoint: &Arc<Endpoint>,
        request: Request,
        (status, error_type): (u16, &str),
        message: &str,
    ) {
        let (found, headers, body) = send(endpoint, request).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        let expected = json!({"__type": error_type, "message": message});
        assert_eq!((found, body), (status, expected));
        assert_eq!(headers["content-type"], "application/x-amz-json-1.0");
        assert!(headers.contains_key("x-amzn-requestid"));
    }

    #[tokio::test]
    async fn what_is_signed_and_allowed_is_done() {
        let endpoint = endpoint();
        let developer = developer(&endpoint);
        let ask = async |operation: &str, body: Value| {
            let target = format!("DynamoDB_20120810.{operation}");
            let signed = Some((&developer, "dynamodb"));
            let (status, _, answer) =
                send(&endpoint, request(signed, Some(&target), &body.to_string())).await;
            assert_eq!(status, 200, "{answer}");
            serde_json::from_str::<Value>(&answer).unwrap()
        };
        let item = json!({"word": {"S": "a"}});
        let put = ask("PutItem", json!({"TableName": "words", "Item": item})).await;
        assert_eq!(put, json!({}));
        let found = ask("GetItem", json!({"TableName": "words", "Key": item})).await;
        assert_eq!(found, json!({"Item": item}));
    }

    #[tokio::test]
    async fn a_signature_is_needed_and_must_be_right() {
        let endpoint = endpoint();
        let developer = developer(&endpoint);
        let check = async |signed, code: &str, message: &str| {
            let error_type = format!("com.amazon.coral.service#{code}");
            check(&endpoint, request(signed, Some(GET_ITEM), KEY), (400, &error_type), message)
                .await;
        };
        let missing = "Request is missing Authentication Token";
        check(None, "MissingAuthenticationTokenException", missing).await;
        let wrong = with_secret(&developer, "wrong");
        let mismatch = sigv4_verify::Refusal::SignatureMismatch.to_string();
        check(Some((&wrong, "dynamodb")), "InvalidSignatureException", &mismatch).await;
        let service = "Credential should be scoped to correct service: 'dynamodb'. ";
        check(Some((&developer, "sts")), "InvalidSignatureException", service).await;
        let unknown = Credentials::new("AKIAUNKNOWN", "wrong", None, None, "test");
        let invalid = "The security token included in the request is invalid.";
        check(Some((&unknown, "dynamodb")), "UnrecognizedClientException", invalid).await;
    }

    #[tokio::test]
    async fn what_cannot_be_understood_is_refused() {
        let endpoint = endpoint();
        let developer = developer(&endpoint);
        let check = async |target: &str, body: &str, error_type: &str, message: &str| {
            let request = request(Some((&developer, "dynamodb")), Some(target), body);
            check(&endpoint, request, (400, error_type), message).await;
        };
        let unknown = "com.amazon.coral.service#UnknownOperationException";
        let message = "Kinesis_20131202.PutRecord is not an operation of DynamoDB_20120810";
        check("Kinesis_20131202.PutRecord", "{}", unknown, message).await;
        let message = "operation ExecuteStatement is not played on this machine";
        check("DynamoDB_20120810.ExecuteStatement", "{}", unknown, message).await;
        let serialization = "com.amazon.coral.service#SerializationException";
        let message = "the body is not JSON: EOF while parsing an object at line 1 column 1";
        check(GET_ITEM, "{", serialization, message).await;
        let validation = "com.amazon.coral.validate#ValidationException";
        let message = "the request does not say which table it is for";
        check(GET_ITEM, "{}", validation, message).await;
    }

    #[tokio::test]
    async fn a_role_without_permission_is_refused_with_a_capital_letter() {
        let endpoint = endpoint();
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/Idle");
        let request_of_role = format!("Action=AssumeRole&RoleArn={arn}&RoleSessionName=test");
        let developer = developer(&endpoint);
        let (_, _, session) =
            send(&endpoint, request(Some((&developer, "sts")), None, &request_of_role)).await;
        let text = |name: &str| {
            let (_, rest) = session.split_once(&format!("<{name}>")).unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        let token = Some(text("SessionToken"));
        let idle =
            Credentials::new(text("AccessKeyId"), text("SecretAccessKey"), token, None, "test");
        let (status, _, body) =
            send(&endpoint, request(Some((&idle, "dynamodb")), Some(GET_ITEM), KEY)).await;
        let expected = json!({
            "__type": "com.amazon.coral.service#AccessDeniedException",
            "Message": format!(
                "User: arn:aws:sts::{ACCOUNT}:assumed-role/Idle/test is not authorized to perform: \
                 dynamodb:GetItem on resource: arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/words \
                 because no identity-based policy allows the dynamodb:GetItem action"
            ),
        });
        assert_eq!((status, serde_json::from_str::<Value>(&body).unwrap()), (400, expected));
    }

    #[tokio::test]
    async fn a_fault_strikes_before_or_after_the_work() {
        let endpoint = endpoint();
        let developer = developer(&endpoint);
        let faults = &endpoint.faults;
        let next = |fault| faults.dynamodb("GetItem", fault, Times::Next(1));
        let get = || request(Some((&developer, "dynamodb")), Some(GET_ITEM), KEY);
        next(DynamoDbFault::Throttled);
        let throttled = "com.amazon.coral.availability#ThrottlingException";
        check(&endpoint, get(), (400, throttled), "Rate exceeded").await;
        next(DynamoDbFault::Failing);
        let (status, ..) = send(&endpoint, get()).await;
        assert_eq!(status, 500);
        next(DynamoDbFault::AnswerLost);
        let response = answer(State(endpoint.clone()), get()).await;
        assert!(body::to_bytes(response.into_body(), usize::MAX).await.is_err());
        let (status, ..) = send(&endpoint, get()).await;
        assert_eq!(status, 200);
    }

    // Tokio's clock stands, and leaps to the next timeout once everything waits for it.
    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_waits_for_the_gateways_clock() {
        let endpoint = endpoint();
        let developer = developer(&endpoint);
        let slow = DynamoDbFault::Slow(Duration::from_secs(2));
        endpoint.faults.dynamodb("GetItem", slow, Times::Next(1));
        let get = request(Some((&developer, "dynamodb")), Some(GET_ITEM), KEY);
        let mut answer = tokio::spawn({
            let endpoint = endpoint.clone();
            async move { send(&endpoint, get).await.0 }
        });
        endpoint.clock.advance(Duration::from_millis(1));
        let long = Duration::from_secs(60);
        assert!(tokio::time::timeout(long, &mut answer).await.is_err(), "it does not wait");
        endpoint.clock.advance(Duration::from_secs(2));
        assert_eq!(answer.await.unwrap(), 200);
    }
}

mod sts {
    use super::*;

    /// Checks the whole answer; `ID` in it stands for the request's id.
    async fn check(endpoint: &Arc<Endpoint>, request: Request, status: u16, expected: &str) {
        let (found, headers, body) = send(endpoint, request).await;
        let id = headers["x-amzn-requestid"].to_str().unwrap();
        assert_eq!((found, body), (status, expected.replace("ID", id)));
        assert_eq!(headers["content-type"], "text/xml");
    }

    fn error(code: &str, message: &str) -> String {
        format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
             <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>ID</RequestId></ErrorResponse>"
        )
    }

    /// A GET with these parameters, whose signature is in the query as well.
    fn presigned(credentials: &Credentials, parameters: &str) -> Request {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(60));
        let identity = credentials.clone().into();
        let signing = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("sts")
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let url = format!("{URL}?{parameters}");
        let body = SignableBody::Bytes(b"");
        let signable = SignableRequest::new("GET", &url, std::iter::empty(), body).unwrap();
        let (instructions, _) = sign(signable, &signing).unwrap().into_parts();
        let mut url = url::Url::parse(&url).unwrap();
        url.query_pairs_mut().extend_pairs(instructions.params());
        Request::get(url.as_str()).header("host", "127.0.0.1:3002").body(Body::empty()).unwrap()
    }

    async fn check_identity(endpoint: &Arc<Endpoint>, request: Request) {
        let (status, headers, body) = send(endpoint, request).await;
        let user_id = endpoint.iam.developer().caller().user_id();
        let id = headers["x-amzn-requestid"].to_str().unwrap();
        let expected = format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/developer</Arn>\
             <UserId>{user_id}</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>\
             <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata>\
             </GetCallerIdentityResponse>"
        );
        assert_eq!((status, body), (200, expected));
    }

    #[tokio::test]
    async fn it_says_who_calls() {
        let endpoint = endpoint();
        let developer = developer(&endpoint);
        let identity = "Action=GetCallerIdentity&Version=2011-06-15";
        check_identity(&endpoint, request(Some((&developer, "sts")), None, identity)).await;
        check_identity(&endpoint, presigned(&developer, identity)).await;
    }

    #[tokio::test]
    async fn the_parameters_may_stand_in_the_query() {
        let endpoint = endpoint();
        let developer = developer(&endpoint);
        let role = format!("RoleArn=arn:aws:iam::{ACCOUNT}:role/Idle&RoleSessionName=test");
        let assume = presigned(&developer, &format!("Action=AssumeRole&{role}"));
        let (status, _, body) = send(&endpoint, assume).await;
        assert_eq!(status, 200, "{body}");
        let arn = format!("<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/Idle/test</Arn>");
        assert!(body.contains(&arn));
        let wrong = with_secret(&developer, "wrong");
        let mismatch = sigv4_verify::Refusal::SignatureMismatch.to_string();
        let expected = error("SignatureDoesNotMatch", &mismatch);
        check(&endpoint, presigned(&wrong, "Action=GetCallerIdentity"), 403, &expected).await;
    }

    #[tokio::test]
    async fn a_signature_is_needed_and_must_be_right() {
        let endpoint = endpoint();
        let developer = developer(&endpoint);
        let check = async |signed, code: &str, message: &str| {
            let request = request(signed, None, "Action=GetCallerIdentity");
            check(&endpoint, request, 403, &error(code, message)).await;
        };
        let missing = "Request is missing Authentication Token";
        check(None, "MissingAuthenticationToken", missing).await;
        let wrong = with_secret(&developer, "wrong");
        let mismatch = sigv4_verify::Refusal::SignatureMismatch.to_string();
        check(Some((&wrong, "sts")), "SignatureDoesNotMatch", &mismatch).await;
        let unknown = Credentials::new("AKIAUNKNOWN", "wrong", None, None, "test");
        let invalid = "The security token included in the request is invalid.";
        check(Some((&unknown, "sts")), "InvalidClientTokenId", invalid).await;
    }

    #[tokio::test]
    async fn what_cannot_be_done_is_refused_in_xml() {
        let endpoint = endpoint();
        let developer = developer(&endpoint);
        let check = async |body: &str, status, code: &str, message: &str| {
            let request = request(Some((&developer, "sts")), None, body);
            check(&endpoint, request, status, &error(code, message)).await;
        };
        let message = "Could not find operation (none) for version 2011-06-15";
        check("", 400, "InvalidAction", message).await;
        let message = "Could not find operation &lt;a&gt;&amp;&quot; for version 2011-06-15";
        check("Action=%3Ca%3E%26%22", 400, "InvalidAction", message).await;
        let message = "arn:x:0123456789012345 is invalid";
        let body = "Action=AssumeRole&RoleArn=arn:x:0123456789012345&RoleSessionName=test";
        check(body, 400, "ValidationError", message).await;
        let message = "the parameter Tags is not played by local";
        let body = "Action=AssumeRole&Tags.member.1.Key=k";
        check(body, 501, "NotImplemented", message).await;
    }

    #[tokio::test]
    async fn a_fault_refuses_as_sts_does() {
        let endpoint = endpoint();
        let developer = developer(&endpoint);
        let check = async |fault, status, at_fault: &str, code: &str, message: &str| {
            let which = Which::named("GetCallerIdentity");
            endpoint.faults.switch_on(Fault::Sts(which, fault), Times::Next(1));
            let body = "Action=GetCallerIdentity&Version=2011-06-15";
            let expected = format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
                 <Type>{at_fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>ID</RequestId></ErrorResponse>"
            );
            let signed = || request(Some((&developer, "sts")), None, body);
            check(&endpoint, signed(), status, &expected).await;
            assert_eq!(send(&endpoint, signed()).await.0, 200);
        };
        let failed = "The request could not be completed.";
        check(StsFault::Failing, 500, "Receiver", "InternalFailure", failed).await;
        check(StsFault::Throttled, 400, "Sender", "Throttling", "Rate exceeded").await;
    }
}

#[tokio::test]
async fn a_body_past_the_limit_is_not_read() {
    let endpoint = endpoint();
    let request = request(None, None, &" ".repeat(AWS_API_BODY_BYTES + 1));
    let (status, ..) = send(&endpoint, request).await;
    assert_eq!(status, 413);
}
