//! The store against a scripted DynamoDB: what is sent, and what is made of the answers. Time is
//! tokio's, paused: pauses and limits pass at once.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Config;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::*;
use crate::contract::connection;
use crate::{Admission, Admit, NONCE_MARGIN_SECONDS, Nonce};

const NONCE_TAKEN: &str = "ConditionalCheckFailed";

/// One answer of the scripted DynamoDB.
enum Answer {
    Ok(Value),
    /// 400 with this error code.
    Error(&'static str),
    /// A status, with no body that could be read.
    Status(u16),
    /// The connection is cut before the answer.
    Lost,
    /// A transaction that was cancelled for these reasons, one for each write.
    Cancelled([&'static str; 2]),
    /// None at all.
    Silence,
}

/// A DynamoDB that gives the answers of a script, the last one for ever, and keeps what it was sent.
#[derive(Clone)]
struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl fmt::Debug for Script {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Script")
    }
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            requests: Arc::default(),
        }
    }

    fn client(&self) -> Client {
        let connector = SharedHttpConnector::new(self.clone());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(100)))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        Client::from_conf(config)
    }

    fn connections(&self) -> DynamoDbConnections {
        DynamoDbConnections::new(self.client(), name("connections"))
    }

    fn admissions(&self) -> DynamoDbAdmissions {
        DynamoDbAdmissions::new(self.client(), name("connections"), name("nonces"), || u32::MAX)
    }

    fn requests(&self) -> Vec<Value> {
        self.requests.lock().expect("no test panicked").clone()
    }

    fn answer(&self) -> HttpConnectorFuture {
        let mut answers = self.answers.lock().expect("no test panicked");
        let ready = |status: u16, body: Value| {
            let status = status.try_into().expect("the status is one of HTTP");
            let body = SdkBody::from(body.to_string());
            HttpConnectorFuture::ready(Ok(HttpResponse::new(status, body)))
        };
        let answer = match answers.front().expect("the script has an answer") {
            Answer::Ok(body) => ready(200, body.clone()),
            Answer::Error(code) => {
                ready(400, json!({"__type": format!("x#{code}"), "message": "no"}))
            }
            Answer::Cancelled(codes) => {
                let reasons = codes.map(|code| json!({"Code": code}));
                let code = "x#TransactionCanceledException";
                ready(400, json!({"__type": code, "message": "no", "CancellationReasons": reasons}))
            }
            Answer::Status(status) => ready(*status, Value::Null),
            Answer::Lost => HttpConnectorFuture::ready(Err(ConnectorError::io("cut".into()))),
            Answer::Silence => HttpConnectorFuture::new(std::future::pending()),
        };
        if answers.len() > 1 {
            answers.pop_front();
        }
        answer
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().expect("the body is in memory");
        let mut body: Value = serde_json::from_slice(body).expect("the body is JSON");
        body["operation"] = request.headers().get("x-amz-target").into();
        self.requests.lock().expect("no test panicked").push(body);
        self.answer()
    }
}

fn name(table: &str) -> TableName {
    table.parse().expect("a table's name")
}

fn nonce() -> Nonce {
    Nonce::new("the-nonce", 1_767_323_105)
}

/// What an admission comes to under a script, and how many transactions were sent, all alike.
async fn check(
    script: impl IntoIterator<Item = Answer>,
    expected: Result<Admission, &str>,
    sent: usize,
) {
    let script = Script::new(script);
    let admission = script.admissions().admit(&connection("c="), &nonce()).await;
    match (admission, expected) {
        (Ok(admission), Ok(expected)) => assert_eq!(admission, expected),
        (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected),
        (admission, expected) => {
            panic!("{admission:?}, expected {expected:?} after {}", script.requests().len())
        }
    }
    let requests = script.requests();
    assert_eq!(requests.len(), sent, "transactions sent");
    assert!(requests.iter().all(|request| *request == requests[0]), "{requests:#?}");
}

const FAILED: &str = "TransactWriteItems failed in DynamoDB";
const OUT_OF_TIME: &str = "TransactWriteItems was not answered by DynamoDB within 4500 ms";

#[tokio::test(start_paused = true)]
async fn an_admission_is_one_transaction() {
    let script = Script::new([Answer::Ok(json!({}))]);
    let connection = Connection { granted: [("userId".into(), "u".into())].into(), ..bare("c=") };
    let admission = script.admissions().admit(&connection, &nonce()).await;
    assert_eq!(admission.ok(), Some(Admission::Admitted));
    let expires_at = (1_767_323_105 + NONCE_MARGIN_SECONDS).to_string();
    let expected = json!({
        "operation": "DynamoDB_20120810.TransactWriteItems",
        "ClientRequestToken": "c=",
        "TransactItems": [
            {"Put": {
                "TableName": "nonces",
                "Item": {"nonce": {"S": "the-nonce"}, "expiresAt": {"N": expires_at}},
                "ConditionExpression": "attribute_not_exists(#nonce)",
                "ExpressionAttributeNames": {"#nonce": "nonce"},
            }},
            {"Put": {
                "TableName": "connections",
                "Item": {
                    "connectionId": {"S": "c="},
                    "granted": {"M": {"userId": {"S": "u"}}},
                    "requested": {"M": {}},
                    "headers": {"M": {}},
                    "connectedAt": {"N": "1767323045678"},
                    "sourceIp": {"S": "192.0.2.1"},
                    "caller": {"S": "arn:aws:sts::123456789012:assumed-role/signer/sign-fn"},
                    "apiId": {"S": "abc123"},
                    "stage": {"S": "prod"},
                    "expiresAt": {"N": "1767330845"},
                },
            }},
        ],
    });
    assert_eq!(script.requests(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_condition_says_that_the_nonce_is_spent() {
    check([Answer::Cancelled([NONCE_TAKEN, "None"])], Ok(Admission::NonceSpent), 1).await;
    check([Answer::Cancelled([NONCE_TAKEN, "TransactionConflict"])], Ok(Admission::NonceSpent), 1)
        .await;
}

#[tokio::test(start_paused = true)]
async fn only_the_condition_of_the_nonce_says_so() {
    check([Answer::Cancelled(["None", NONCE_TAKEN])], Err(FAILED), 1).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_in_the_way_for_a_moment_is_overcome() {
    for code in ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"] {
        let script = [
            Answer::Cancelled([code, "None"]),
            Answer::Cancelled(["None", code]),
            Answer::Ok(json!({})),
        ];
        check(script, Ok(Admission::Admitted), 3).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_loser_of_a_conflict_learns_that_the_nonce_is_spent() {
    let script = [
        Answer::Cancelled(["TransactionConflict", "None"]),
        Answer::Cancelled([NONCE_TAKEN, "None"]),
    ];
    check(script, Ok(Admission::NonceSpent), 2).await;
}

#[tokio::test(start_paused = true)]
async fn throttling_is_tried_again_longer_than_the_sdk_does() {
    for code in [
        "TransactionInProgressException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    ] {
        let mut script: Vec<Answer> = (0..7).map(|_| Answer::Error(code)).collect();
        script.push(Answer::Ok(json!({})));
        check(script, Ok(Admission::Admitted), 8).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lasting_conflict_ends_at_the_limit() {
    let script = Script::new([Answer::Cancelled(["TransactionConflict", "None"])]);
    let start = tokio::time::Instant::now();
    let error = script.admissions().admit(&connection("c="), &nonce()).await.expect_err("it lasts");
    assert_eq!(error.to_string(), FAILED);
    assert!(start.elapsed() <= ADMISSION_TIME_LIMIT, "{:?}", start.elapsed());
    // 25, 50, 100, 200 ms, then 400 ms each.
    assert_eq!(script.requests().len(), 15);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_asked_for_again_longer_than_the_sdk_does() {
    for unknown in [|| Answer::Lost, || Answer::Status(500), || Answer::Status(503)] {
        let mut script: Vec<Answer> = (0..7).map(|_| unknown()).collect();
        script.push(Answer::Ok(json!({})));
        check(script, Ok(Admission::Admitted), 8).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_too_late_is_asked_for_again() {
    let script = Script::new([Answer::Silence, Answer::Ok(json!({}))]);
    let one_second = TimeoutConfig::builder().operation_timeout(Duration::from_secs(1)).build();
    let config = script.client().config().to_builder().timeout_config(one_second).build();
    let client = Client::from_conf(config);
    let admissions =
        DynamoDbAdmissions::new(client, name("connections"), name("nonces"), || u32::MAX);
    let admission = admissions.admit(&connection("c="), &nonce()).await;
    assert_eq!(admission.ok(), Some(Admission::Admitted));
    assert_eq!(script.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lasting_failure_ends_at_the_limit() {
    let script = Script::new([Answer::Lost]);
    let start = tokio::time::Instant::now();
    let error = script.admissions().admit(&connection("c="), &nonce()).await.expect_err("it lasts");
    // The SDK's own pauses are random, so the limit falls into one of them or between two calls.
    assert!([FAILED, OUT_OF_TIME].contains(&error.to_string().as_str()), "{error}");
    assert!(start.elapsed() < ADMISSION_TIME_LIMIT + Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_limit() {
    let start = tokio::time::Instant::now();
    check([Answer::Silence], Err(OUT_OF_TIME), 1).await;
    assert!(start.elapsed() < ADMISSION_TIME_LIMIT + Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn other_failures_are_not_tried_again() {
    check([Answer::Cancelled(["ValidationError", "None"])], Err(FAILED), 1).await;
    check([Answer::Status(400)], Err(FAILED), 1).await;
    check([Answer::Error("AccessDeniedException")], Err(FAILED), 1).await;
    check([Answer::Error("ResourceNotFoundException")], Err(FAILED), 1).await;
    check([Answer::Error("IdempotentParameterMismatchException")], Err(FAILED), 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_long_id_gives_a_token_of_the_longest_length() {
    let script = Script::new([Answer::Ok(json!({}))]);
    let connection_id = format!("{}{}", "a".repeat(20), "b".repeat(30));
    let admission = script.admissions().admit(&connection(&connection_id), &nonce()).await;
    assert_eq!(admission.ok(), Some(Admission::Admitted));
    let token = format!("{}{}", "a".repeat(6), "b".repeat(30));
    assert_eq!(script.requests()[0]["ClientRequestToken"], token);
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_read_consistently() {
    let script = Script::new([Answer::Ok(json!({"Item": {
        "connectionId": {"S": "c="},
        "granted": {"M": {}}, "requested": {"M": {}}, "headers": {"M": {}},
        "connectedAt": {"N": "1767323045678"},
        "sourceIp": {"S": "192.0.2.1"},
        "caller": {"S": "arn:aws:sts::123456789012:assumed-role/signer/sign-fn"},
        "apiId": {"S": "abc123"}, "stage": {"S": "prod"},
        "expiresAt": {"N": "1767330845"},
    }}))]);
    let found = script.connections().find("c=").await.expect("DynamoDB answers");
    assert_eq!(found, Some(bare("c=")));
    let expected = json!({
        "operation": "DynamoDB_20120810.GetItem",
        "TableName": "connections",
        "Key": {"connectionId": {"S": "c="}},
        "ConsistentRead": true,
    });
    assert_eq!(script.requests(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_there_is_none() {
    let script = Script::new([Answer::Ok(json!({}))]);
    assert_eq!(script.connections().find("c=").await.expect("DynamoDB answers"), None);
}

#[tokio::test(start_paused = true)]
async fn a_removal_is_unconditional() {
    let script = Script::new([Answer::Ok(json!({}))]);
    script.connections().remove("c=").await.expect("DynamoDB answers");
    let expected = json!({
        "operation": "DynamoDB_20120810.DeleteItem",
        "TableName": "connections",
        "Key": {"connectionId": {"S": "c="}},
    });
    assert_eq!(script.requests(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_names_its_operation() {
    let script = Script::new([Answer::Error("AccessDeniedException")]);
    let error = script.connections().find("c=").await.expect_err("it is refused");
    assert_eq!(error.to_string(), "GetItem failed in DynamoDB");
    let error = script.connections().remove("c=").await.expect_err("it is refused");
    assert_eq!(error.to_string(), "DeleteItem failed in DynamoDB");
}

/// A connection that has nothing which it need not have.
fn bare(connection_id: &str) -> Connection {
    let none = std::collections::BTreeMap::new;
    Connection {
        granted: none(),
        requested: none(),
        headers: none(),
        user_agent: None,
        ..connection(connection_id)
    }
}
