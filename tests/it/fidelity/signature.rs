//! A signature in the query, as the gateway checks it. Each test says what goes over the wire and
//! what of it is signed; AWS's own crate computes the signature.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings};
use aws_sigv4::sign::v4;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::http::Reply;
use tests::probe::Probe;
use tests::stack::{Options, REGION, Stack};
use tests::websocket::{self, Handshake, Socket};
use tests::{aws, template};
use time::OffsetDateTime;

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";

const EMPTY_BODY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A stack whose `$connect` accepts whatever reaches it.
struct Gateway {
    stack: Stack,
    probe: Probe,
    authority: String,
    /// A session of the SignerRole.
    session: Credentials,
}

impl Gateway {
    async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> Self {
        let probe = Probe::listen(env!("CARGO_BIN_EXE_probe")).await;
        let stack = Stack::start_with(probe.replace(options, &["ConnectFunction"])).await;
        let function = stack.function_credentials("SignFunctionRole");
        let role = &stack.role("SignerRole").arn;
        let session = aws::assume_role(&stack.aws_url(), &function, role).await;
        let (authority, _) = websocket::split_url(stack.websocket_url());
        Self { stack, probe, authority, session }
    }

    /// A handshake of the session's, signed now, for the stage `prod`.
    fn draft(&self) -> Draft {
        Draft {
            credentials: self.session.clone(),
            date: self.stack.clock.now(),
            region: REGION,
            service: "execute-api",
            path: "/prod",
            canonical_path: "/prod",
            query: "",
            canonical_query: "",
            expires: Some("60"),
            token: Token::Signed,
            payload_hash: EMPTY_BODY,
        }
    }

    async fn send(&self, target: &str, headers: &[(&str, &str)]) -> Result<Socket, Reply> {
        let before = self.stack.invocations("ConnectFunction");
        let handshake = Handshake::begin(&self.authority, target, headers).await;
        let mut answer = std::pin::pin!(handshake.answer());
        tokio::select! {
            answer = &mut answer => {
                assert_eq!(self.stack.invocations("ConnectFunction"), before);
                answer
            }
            invocation = self.probe.invoked() => {
                invocation.answer(&json!({"statusCode": 200})).await;
                answer.await
            }
        }
    }

    async fn check_opens(&self, what: &str, draft: Draft) {
        let opened = self.send(&draft.target(&self.authority), &[]).await;
        opened.unwrap_or_else(|reply| panic!("{what}: {}", reply.text())).close().await;
    }

    async fn check_refused(&self, what: &str, draft: Draft, error_type: &str, message: &str) {
        let opened = self.send(&draft.target(&self.authority), &[]).await;
        check_refusal(what, &opened.expect_err(what), error_type, message);
    }

    async fn check_mismatch(&self, what: &str, draft: Draft) {
        self.check_refused(what, draft, "InvalidSignatureException", MISMATCH).await;
    }
}

#[track_caller]
fn check_refusal(what: &str, reply: &Reply, error_type: &str, message: &str) {
    assert_eq!(reply.status, 403, "{what}");
    assert_eq!(reply.header("x-amzn-errortype"), Some(error_type), "{what}");
    assert_eq!(reply.json(), json!({"message": message}), "{what}");
}

/// What goes over the wire, and what of it is signed.
#[derive(Clone)]
struct Draft {
    credentials: Credentials,
    date: OffsetDateTime,
    region: &'static str,
    service: &'static str,
    path: &'static str,
    canonical_path: &'static str,
    /// The caller's parameters. Names in lower case, which sort behind the signature's own.
    query: &'static str,
    canonical_query: &'static str,
    expires: Option<&'static str>,
    token: Token,
    payload_hash: &'static str,
}

/// Where the session token stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Signed,
    /// In the URL, and not among what is signed.
    Unsigned,
}

impl Draft {
    fn target(&self, authority: &str) -> String {
        let credentials = &self.credentials;
        let date = date_text(self.date);
        let scope = format!("{}/{}/{}/aws4_request", &date[..8], self.region, self.service);
        let credential = format!("{}/{scope}", credentials.access_key_id()).replace('/', "%2F");
        let token = credentials.session_token().map(|token| {
            let token =
                percent_encoding::utf8_percent_encode(token, percent_encoding::NON_ALPHANUMERIC);
            format!("X-Amz-Security-Token={token}")
        });
        let expires = self.expires.map(|seconds| format!("X-Amz-Expires={seconds}"));
        let own = |token: Option<&String>| {
            let parameters = [
                Some("X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned()),
                Some(format!("X-Amz-Credential={credential}")),
                Some(format!("X-Amz-Date={date}")),
                expires.clone(),
                token.cloned(),
                Some("X-Amz-SignedHeaders=host".to_owned()),
            ];
            parameters.into_iter().flatten().collect::<Vec<_>>()
        };
        let mut canonical = own(token.as_ref().filter(|_| self.token == Token::Signed));
        canonical.extend((!self.canonical_query.is_empty()).then(|| self.canonical_query.into()));
        let canonical_request = format!(
            "GET\n{}\n{}\nhost:{authority}\n\nhost\n{}",
            self.canonical_path,
            canonical.join("&"),
            self.payload_hash
        );
        let hash: String =
            Sha256::digest(canonical_request).iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
        let key = v4::generate_signing_key(
            credentials.secret_access_key(),
            SystemTime::from(self.date),
            self.region,
            self.service,
        );
        let signature = v4::calculate_signature(key, text.as_bytes());
        let mut sent = own(token.as_ref());
        sent.extend((!self.query.is_empty()).then(|| self.query.to_owned()));
        format!("{}?{}&X-Amz-Signature={signature}", self.path, sent.join("&"))
    }
}

/// `20260102T030405Z`
fn date_text(at: OffsetDateTime) -> String {
    let (hour, minute, second) = at.to_hms();
    let day = at.date().to_string().replace('-', "");
    format!("{day}T{hour:02}{minute:02}{second:02}Z")
}

#[tokio::test]
async fn the_session_token_is_among_what_is_signed() {
    let gateway = Gateway::start().await;
    gateway.check_opens("signed", gateway.draft()).await;
    let unsigned = Draft { token: Token::Unsigned, ..gateway.draft() };
    gateway.check_mismatch("not signed", unsigned).await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn the_path_on_the_wire_is_encoded_once_more() {
    let template = template::with(|tree| {
        let pattern = template::at(tree, "Parameters.StageName.AllowedPattern");
        *pattern = "[$A-Za-z0-9_-]{1,128}".into();
    });
    let options = Options::default().template(template).parameter("StageName", "$default");
    let gateway = Gateway::start_with(options).await;
    let draft = |path, canonical_path| Draft { path, canonical_path, ..gateway.draft() };
    gateway.check_opens("/$default", draft("/$default", "/%24default")).await;
    gateway.check_opens("/$default/", draft("/$default/", "/%24default/")).await;
    gateway.check_opens("/%24default", draft("/%24default", "/%2524default")).await;
    gateway.check_mismatch("not encoded", draft("/$default", "/$default")).await;
    gateway.check_mismatch("not encoded once more", draft("/%24default", "/%24default")).await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn parameters_are_decoded_and_encoded_again() {
    let gateway = Gateway::start().await;
    let draft = |query, canonical_query| Draft { query, canonical_query, ..gateway.draft() };
    for (query, canonical) in [
        ("a", "a="),
        ("a=", "a="),
        ("a=x%20y", "a=x%20y"),
        ("a=x%2By", "a=x%2By"),
        ("a=%2f%c3%ab", "a=%2F%C3%AB"),
        ("a=%2F%C3%AB", "a=%2F%C3%AB"),
        ("a=!'()*", "a=%21%27%28%29%2A"),
        ("a=%21%27%28%29%2A", "a=%21%27%28%29%2A"),
        ("a=%7e%2d", "a=~-"),
        ("b=2&a=1", "a=1&b=2"),
    ] {
        gateway.check_opens(query, draft(query, canonical)).await;
    }
    for (query, canonical) in [
        ("a", "a"),
        ("a=x%2By", "a=x+y"),
        ("a=%2f", "a=%2f"),
        ("a=!'()*", "a=!'()*"),
        ("b=2&a=1", "b=2&a=1"),
    ] {
        gateway.check_mismatch(query, draft(query, canonical)).await;
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_plus_is_signed_as_a_space() {
    let gateway = Gateway::start().await;
    let draft = |canonical_query| Draft { query: "a=x+y", canonical_query, ..gateway.draft() };
    gateway.check_opens("as a space", draft("a=x%20y")).await;
    gateway.check_mismatch("as a plus", draft("a=x%2By")).await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn values_of_one_name_are_signed_in_their_order() {
    let gateway = Gateway::start().await;
    for query in ["a=2&a=1", "a=1&a=2"] {
        let draft = Draft { query, canonical_query: "a=1&a=2", ..gateway.draft() };
        gateway.check_opens(query, draft).await;
    }
    let draft = Draft { query: "a=2&a=1", canonical_query: "a=2&a=1", ..gateway.draft() };
    gateway.check_mismatch("unsorted", draft).await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn the_body_is_signed_as_empty() {
    let gateway = Gateway::start().await;
    let draft = Draft { payload_hash: "UNSIGNED-PAYLOAD", ..gateway.draft() };
    gateway.check_mismatch("UNSIGNED-PAYLOAD", draft).await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_signature_is_good_for_five_minutes_whatever_x_amz_expires_says() {
    let gateway = Gateway::start().await;
    let now = gateway.stack.clock.now();
    let signed = |seconds: i64, expires| {
        let date = now + time::Duration::seconds(seconds);
        Draft { date, expires, ..gateway.draft() }
    };
    for expires in [Some("1"), Some("60"), Some("604800"), Some("604801"), Some("soon"), None] {
        gateway.check_opens("just in time", signed(-300, expires)).await;
        let now = date_text(now);
        let bound = date_text(signed(-300, None).date);
        let date = date_text(signed(-301, None).date);
        let message =
            format!("Signature expired: {date} is now earlier than {bound} ({now} - 5 min.)");
        let late = signed(-301, expires);
        gateway.check_refused("late", late, "InvalidSignatureException", &message).await;
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_signature_may_be_five_minutes_early() {
    let gateway = Gateway::start().await;
    let now = gateway.stack.clock.now();
    let signed =
        |seconds| Draft { date: now + time::Duration::seconds(seconds), ..gateway.draft() };
    gateway.check_opens("just", signed(300)).await;
    let (date, bound) = (date_text(signed(301).date), date_text(signed(300).date));
    let now = date_text(now);
    let message =
        format!("Signature not yet current: {date} is still later than {bound} ({now} + 5 min.)");
    gateway.check_refused("early", signed(301), "InvalidSignatureException", &message).await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn the_scope_names_the_region_and_the_service() {
    let gateway = Gateway::start().await;
    let region = "Credential should be scoped to a valid region, not 'us-east-1'. ";
    let service = "Credential should be scoped to correct service: 'execute-api'. ";
    let draft = gateway.draft();
    for (what, draft, message) in [
        ("region", Draft { region: "us-east-1", ..draft.clone() }, region.to_owned()),
        ("service", Draft { service: "sts", ..draft.clone() }, service.to_owned()),
        (
            "both",
            Draft { region: "us-east-1", service: "sts", ..draft },
            region.to_owned() + service,
        ),
    ] {
        gateway.check_refused(what, draft, "InvalidSignatureException", &message).await;
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn keys_and_tokens_must_be_known() {
    let gateway = Gateway::start().await;
    let session = &gateway.session;
    let with = |id: &str, secret: &str, token: Option<&str>| {
        let credentials = Credentials::new(id, secret, token.map(ToOwned::to_owned), None, "test");
        Draft { credentials, ..gateway.draft() }
    };
    let (id, secret) = (session.access_key_id(), session.secret_access_key());
    let token = session.session_token();
    let invalid = "The security token included in the request is invalid.";
    for (what, draft) in [
        ("another key", with("ASIAIOSFODNN7EXAMPLE", secret, token)),
        ("another token", with(id, secret, Some("another"))),
        ("no token", with(id, secret, None)),
    ] {
        gateway.check_refused(what, draft, "UnrecognizedClientException", invalid).await;
    }
    gateway.check_mismatch("another secret", with(id, "another", token)).await;
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_signature_ends_with_its_credentials() {
    let gateway = Gateway::start().await;
    gateway.stack.clock.advance(Duration::from_secs(3_599));
    gateway.check_opens("the last second", gateway.draft()).await;
    let signed_before = gateway.draft();
    gateway.stack.clock.advance(Duration::from_secs(1));
    let message = "The security token included in the request is expired";
    for draft in [signed_before, gateway.draft()] {
        gateway.check_refused("after the hour", draft, "ExpiredTokenException", message).await;
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn whoever_is_not_signed_is_told_so() {
    let gateway = Gateway::start().await;
    let missing = "Missing Authentication Token";
    let signed = gateway.draft().target(&gateway.authority);
    let lower_case = signed.replace("X-Amz-", "x-amz-");
    for target in ["/prod", "/prod?a=1", &lower_case] {
        let refused = gateway.send(target, &[]).await.expect_err("not signed");
        check_refusal("not signed", &refused, "MissingAuthenticationTokenException", missing);
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_parameter_of_the_signature_stands_there_once() {
    let gateway = Gateway::start().await;
    let signed = gateway.draft().target(&gateway.authority);
    let repeated = format!("{signed}&X-Amz-Expires=60");
    let refused = gateway.send(&repeated, &[]).await.expect_err("repeated");
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("x-amzn-errortype"), Some("InvalidSignatureException"));
    gateway.stack.stop().await;
}

#[tokio::test]
async fn a_signature_stands_in_the_query_or_in_headers_and_not_in_both() {
    let gateway = Gateway::start().await;
    let Gateway { stack, authority, session, .. } = &gateway;
    let time = SystemTime::from(stack.clock.now());
    let signer = sigv4_sign::Signer { credentials: session, region: REGION, time };
    let endpoint = url::Url::parse(stack.websocket_url()).unwrap();
    let signed = signer.signed_headers::<&str, &str>(&endpoint, &[], &[]).unwrap();
    let headers = signed.secret_pairs();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    gateway.send("/prod", &headers).await.expect("signed in headers").close().await;
    let in_query = gateway.draft().target(authority);
    let refused = gateway.send(&in_query, &headers).await.expect_err("signed in both");
    assert_eq!(refused.status, 403);
    gateway.stack.stop().await;
}

/// A header that is signed beside the host must come as it was signed.
#[tokio::test]
async fn a_signed_header_is_verified_as_listed() {
    let gateway = Gateway::start().await;
    let Gateway { stack, session, .. } = &gateway;
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(60));
    let url = stack.websocket_url();
    let origin = ("Origin", "https://app.example.com");
    let request = SignableRequest::new("GET", url, [origin].into_iter(), SignableBody::Bytes(b""));
    let now = stack.clock.now().into();
    let instructions = aws::sign(session, "execute-api", now, settings, request.unwrap());
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(instructions.params())
        .finish();
    assert!(query.contains("X-Amz-SignedHeaders=host%3Borigin"));
    let target = format!("/prod?{query}");
    gateway.send(&target, &[origin]).await.expect("as it was signed").close().await;
    for headers in [[].as_slice(), &[("Origin", "https://evil.example")]] {
        let refused = gateway.send(&target, headers).await.expect_err("another origin");
        assert_eq!(refused.status, 403);
        assert_eq!(refused.header("x-amzn-errortype"), Some("InvalidSignatureException"));
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn the_gateway_itself_takes_a_url_again_and_again() {
    let gateway = Gateway::start().await;
    let draft = gateway.draft();
    for time in ["once", "twice", "three times"] {
        gateway.check_opens(time, draft.clone()).await;
    }
    gateway.stack.stop().await;
}

#[tokio::test]
async fn what_the_policies_do_not_allow_is_refused_by_name() {
    let gateway = Gateway::start().await;
    let credentials = gateway.stack.function_credentials("SignFunctionRole");
    let draft = Draft { credentials, ..gateway.draft() };
    let refused = gateway.send(&draft.target(&gateway.authority), &[]).await.expect_err("denied");
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("x-amzn-errortype"), Some("AccessDeniedException"));
    let role = &gateway.stack.role("SignFunctionRole").name;
    let api = &gateway.stack.template.websocket_apis[0].id;
    let message: Value = format!(
        "User: arn:aws:sts::111122223333:assumed-role/{role}/test is not authorized to perform: \
         execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********3333:{api}/prod/$connect"
    )
    .into();
    assert_eq!(refused.json(), json!({"Message": message}));
    gateway.stack.stop().await;
}
