//! The query protocol with its XML, as STS speaks it.

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
