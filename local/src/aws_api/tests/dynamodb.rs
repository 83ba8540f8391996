//! JSON 1.0, as DynamoDB speaks it.

use super::super::dynamodb::at_pace;
use super::super::tables::Pace;
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
        check(&endpoint, request(signed, Some(GET_ITEM), KEY), (400, &error_type), message).await;
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
    let idle = Credentials::new(text("AccessKeyId"), text("SecretAccessKey"), token, None, "test");
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

#[tokio::test]
async fn a_panic_of_the_engine_is_its_error_on_whichever_thread() {
    for pace in [Pace::Brief, Pace::Blocking] {
        let error = at_pace(pace, || panic!("a test's")).await.unwrap_err();
        assert_eq!(error.status_code(), 500, "{pace:?}");
        let done = at_pace(pace, || Ok(json!(1))).await;
        assert_eq!(done.ok(), Some(json!(1)), "{pace:?}");
    }
}
