//! STS's wire protocol: a form in, as body or as query, XML out.
//! (STS API Reference, `AssumeRole` and `GetCallerIdentity`)

use std::fmt::Write as _;

use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Call, Endpoint, signature_message};
use crate::access;
use crate::faults::StsFault;
use crate::iam::{AssumeRoleError, AssumeRoleRequest, Caller};
use crate::{reply, report};

/// The actions that are played on this machine.
pub(crate) const ACTIONS: [&str; 2] = ["AssumeRole", "GetCallerIdentity"];

/// Answers a call, if it is signed, allowed and known.
pub(super) fn answer(endpoint: &Endpoint, call: &Call) -> Response {
    let (status, body) = match carry_out(endpoint, call) {
        Ok(result) => (StatusCode::OK, result.into_xml(&call.request_id)),
        Err(failure) => (failure.status, failure.into_xml(&call.request_id)),
    };
    let response = reply::typed(status, HeaderValue::from_static("text/xml"), body);
    reply::numbered(response, reply::REQUEST_ID, &call.request_id)
}

struct Answer {
    operation: &'static str,
    /// Elements with their text; an element of elements has the others' names before a slash.
    elements: Vec<(&'static str, String)>,
}

struct Failure {
    status: StatusCode,
    code: String,
    message: String,
}

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

impl Answer {
    fn into_xml(self, request_id: &str) -> String {
        let Self { operation, elements } = self;
        let mut result = String::new();
        let mut open = None;
        for (path, text) in elements {
            let (parent, name) = match path.split_once('/') {
                Some((parent, name)) => (Some(parent), name),
                None => (None, path),
            };
            if parent != open {
                result.push_str(&open.map(|name| format!("</{name}>")).unwrap_or_default());
                result.push_str(&parent.map(|name| format!("<{name}>")).unwrap_or_default());
                open = parent;
            }
            // Writing to a string cannot fail.
            let _ = write!(result, "<{name}>{}</{name}>", escaped(&text));
        }
        result.push_str(&open.map(|name| format!("</{name}>")).unwrap_or_default());
        format!(
            "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{result}\
             </{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId>\
             </ResponseMetadata></{operation}Response>"
        )
    }
}

impl Failure {
    fn new(status: StatusCode, code: &str, message: String) -> Self {
        Self { status, code: code.to_owned(), message }
    }

    /// What a fault has STS say. (STS API Reference, "Common Error Types")
    fn of(fault: StsFault) -> Self {
        match fault {
            StsFault::Failing => {
                let message = "The request could not be completed.".to_owned();
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", message)
            }
            StsFault::Throttled => {
                Self::new(StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded".to_owned())
            }
        }
    }

    fn into_xml(self, request_id: &str) -> String {
        let at_fault = match self.status {
            StatusCode::INTERNAL_SERVER_ERROR => "Receiver",
            _ => "Sender",
        };
        format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{at_fault}</Type><Code>{}</Code>\
             <Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
            escaped(&self.code),
            escaped(&self.message)
        )
    }
}

fn carry_out(endpoint: &Endpoint, call: &Call) -> Result<Answer, Failure> {
    let key = endpoint.access.authenticate(&call.head, &call.body, "sts", call.now).map_err(
        |refusal| {
            report::refused_call("STS call", &call.head, &refusal);
            let code = refusal.query_protocol_code();
            Failure::new(StatusCode::FORBIDDEN, code, signature_message(&refusal))
        },
    )?;
    let caller = key.caller();
    // In the query they stand among those of the signature (X-Amz-…), which no action knows.
    let query = call.head.query().unwrap_or_default();
    let parameters: Vec<_> = [query.as_bytes(), &call.body]
        .into_iter()
        .flat_map(|form| url::form_urlencoded::parse(form))
        .collect();
    let action = parameters.iter().find(|(name, _)| name == "Action").map(|(_, value)| &**value);
    if let Some(fault) = action.and_then(|action| endpoint.faults.strike_sts(action)) {
        return Err(Failure::of(fault));
    }
    match action {
        // Needs no permission, and no policy can deny it.
        Some("GetCallerIdentity") => Ok(identity(caller)),
        Some("AssumeRole") => {
            let parameters = parameters.iter().map(|(name, value)| (&**name, &**value));
            assume_role(endpoint, call, caller, parameters)
        }
        other => Err(Failure::new(
            StatusCode::BAD_REQUEST,
            "InvalidAction",
            format!(
                "Could not find operation {} for version 2011-06-15",
                other.unwrap_or("(none)")
            ),
        )),
    }
}

fn identity(caller: &Caller) -> Answer {
    Answer {
        operation: "GetCallerIdentity",
        elements: vec![
            ("Arn", caller.arn().to_owned()),
            ("UserId", caller.user_id().to_owned()),
            ("Account", caller.account_id().to_owned()),
        ],
    }
}

fn assume_role<'a>(
    endpoint: &Endpoint,
    call: &Call,
    caller: &Caller,
    parameters: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Answer, Failure> {
    let context = access::context(&call.head);
    let assumed = AssumeRoleRequest::from_parameters(parameters)
        .and_then(|request| {
            // What a session may do ends by the same clock as the URLs that it signs.
            endpoint.iam.assume_role(caller, &request, &context, endpoint.clock.now())
        })
        .map_err(|error| refused(caller, &error))?;
    let credentials = assumed.access_key.credentials();
    let session = assumed.access_key.caller();
    let mut elements = vec![
        ("AssumedRoleUser/AssumedRoleId", session.user_id().to_owned()),
        ("AssumedRoleUser/Arn", session.arn().to_owned()),
        ("Credentials/AccessKeyId", credentials.access_key_id().to_owned()),
        ("Credentials/SecretAccessKey", credentials.secret_access_key().to_owned()),
        ("Credentials/SessionToken", credentials.session_token().unwrap_or_default().to_owned()),
        ("Credentials/Expiration", rfc_3339(credentials.expires_at())),
    ];
    if let Some(percent) = assumed.packed_policy_size {
        elements.push(("PackedPolicySize", percent.to_string()));
    }
    Ok(Answer { operation: "AssumeRole", elements })
}

fn refused(caller: &Caller, error: &AssumeRoleError) -> Failure {
    tracing::warn!(principal = caller.arn(), "AssumeRole refused: {}", report::chain(error));
    let status = match error {
        AssumeRoleError::AccessDenied(_) => StatusCode::FORBIDDEN,
        AssumeRoleError::NotPlayed { .. } | AssumeRoleError::PolicyNotPlayed(_) => {
            StatusCode::NOT_IMPLEMENTED
        }
        AssumeRoleError::Validation(_)
        | AssumeRoleError::PolicyNotJson(_)
        | AssumeRoleError::MalformedPolicy(_)
        | AssumeRoleError::PackedPolicyTooLarge { .. } => StatusCode::BAD_REQUEST,
    };
    Failure::new(status, error.code(), error.to_string())
}

/// In whole seconds, as STS has it.
fn rfc_3339(at: Option<OffsetDateTime>) -> String {
    // Sessions that STS gives out end, and in a year that RFC 3339 can write.
    at.and_then(|at| at.truncate_to_second().format(&Rfc3339).ok()).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
