//! CORS as an HTTP API answers it: by its configuration, whatever the function says.
//! (API Gateway Developer Guide, "Configuring CORS for an HTTP API")

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::template::{Cors, CorsCredentials};
use crate::wire::Head;

/// Whether a request is a preflight, which the API answers itself.
pub(super) fn is_preflight(head: &Head) -> bool {
    head.method == "OPTIONS"
        && head.header("origin").is_some()
        && head.header("access-control-request-method").is_some()
}

/// Adds what the configuration allows this request's origin. The function's own CORS headers are
/// dropped in any case.
pub(super) fn apply(cors: &Cors, head: &Head, headers: &mut HeaderMap) {
    let own: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-"))
        .cloned()
        .collect();
    for name in own {
        headers.remove(name);
    }
    let Some(origin) = head.header("origin") else { return };
    let Some(allowed) = allowed_origin(cors, origin) else { return };
    insert(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, &allowed);
    if allowed != "*" {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    if cors.credentials == CorsCredentials::Allowed {
        insert(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    if is_preflight(head) {
        insert(headers, header::ACCESS_CONTROL_ALLOW_METHODS, &cors.allow_methods.join(","));
        insert(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &cors.allow_headers.join(","));
        if let Some(seconds) = cors.max_age {
            insert(headers, header::ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
        }
    } else {
        insert(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &cors.expose_headers.join(","));
    }
}

/// Whether pages of this origin may read the answers.
pub(crate) fn allows(cors: &Cors, origin: &str) -> bool {
    allowed_origin(cors, origin).is_some()
}

/// What `Access-Control-Allow-Origin` says to this origin: `*`, the origin itself, or nothing.
fn allowed_origin(cors: &Cors, origin: &str) -> Option<String> {
    cors.allow_origins
        .iter()
        .find(|allowed| match allowed.as_str() {
            "*" => true,
            "https://*" => origin.starts_with("https://"),
            "http://*" => origin.starts_with("http://"),
            exact => exact == origin,
        })
        .map(|allowed| if allowed == "*" { allowed } else { origin }.to_owned())
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // What the template allows and HTTP does not is left out, as are empty lists.
    if let Some(value) = HeaderValue::from_str(value).ok().filter(|value| !value.is_empty()) {
        headers.insert(name, value);
    }
}
