//! Who may ask about the stack: the page that this listener serves under its one name, and no other page in the same
//! browser.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::listener;

/// A request of the page itself, by what its browser says of it. A page can set neither header, and a browser sends both
/// to loopback. (Fetch standard, "`Origin` header"; Fetch Metadata Request Headers, "The Sec-Fetch-Site HTTP Request
/// Header")
pub(super) struct OwnPage {
    /// Its origin: `http://` and the host that was asked.
    pub(super) origin: String,
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What is said to everybody else.
const REFUSAL: &str = "only the page of this address may ask: expected Origin to be http:// and the Host, and \
                       Sec-Fetch-Site to be same-origin\n";

impl<State: Sync> FromRequestParts<State> for OwnPage {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Self::Rejection> {
        Self::of(parts).ok_or_else(|| {
            tracing::info!(path = parts.uri.path(), "request refused: {}", REFUSAL.trim_end());
            (StatusCode::FORBIDDEN, REFUSAL)
        })
    }
}

impl OwnPage {
    fn of(parts: &Parts) -> Option<Self> {
        let host = listener::host(parts)?;
        let origin = only(parts, &header::ORIGIN)?;
        let is_own = only(parts, &header::HOST).is_some()
            && origin.strip_prefix("http://") == Some(host)
            && only(parts, &SEC_FETCH_SITE)? == "same-origin";
        is_own.then(|| Self { origin: origin.to_owned() })
    }
}

/// The value of a header that stands there once.
fn only<'a>(parts: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    let mut values = parts.headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// The name that the page has; the banner says it.
const NAME: &str = "127.0.0.1";

/// Sends whoever asks under another name to the page's own. `localhost` is also `::1`, where this listener is not:
/// another program may be there, at the same port, and would be of the same origin.
pub(super) async fn one_name(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let host = listener::host(&parts).and_then(|host| host.parse::<Authority>().ok());
    match host {
        Some(host) if host.host() == NAME => next.run(Request::from_parts(parts, body)).await,
        Some(host) if matches!(parts.method, Method::GET | Method::HEAD) => {
            let port = host.port().map(|port| format!(":{port}")).unwrap_or_default();
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            let location = format!("http://{NAME}{port}{path}");
            (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response()
        }
        Some(_) | None => {
            let words = "this listener answers to the host 127.0.0.1 only\n";
            (StatusCode::FORBIDDEN, words).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn check(target: &str, headers: &[(&str, &str)], expected: Option<&str>) {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let origin = OwnPage::of(&parts).map(|page| page.origin);
        assert_eq!(origin.as_deref(), expected, "{target} {headers:?}");
    }

    #[test]
    fn the_page_itself_is_told_by_its_origin_and_its_site() {
        let own = [
            ("host", "localhost:8080"),
            ("origin", "http://localhost:8080"),
            ("sec-fetch-site", "same-origin"),
        ];
        check("/", &own, Some("http://localhost:8080"));
        for left_out in 0..own.len() {
            let others: Vec<_> =
                own.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, h)| *h).collect();
            check("/", &others, None);
            let repeated: Vec<_> = own.into_iter().chain([own[left_out]]).collect();
            check("/", &repeated, None);
        }
        for (at, other) in [
            (0, "127.0.0.1:8080"),
            (0, "localhost"),
            (0, "localhost:80800"),
            (1, "http://127.0.0.1:8080"),
            (1, "http://localhost:8080/"),
            (1, "http://localhost:8080, http://localhost:8080"),
            (1, "http://localhost:8081"),
            (1, "http://localhost"),
            (1, "https://localhost:8080"),
            (1, "HTTP://localhost:8080"),
            (1, "null"),
            (1, ""),
            (1, "localhost:8080"),
            (2, "same-site"),
            (2, "cross-site"),
            (2, "none"),
            (2, "Same-Origin"),
            (2, "same-origin, same-origin"),
            (2, ""),
        ] {
            let mut headers = own;
            headers[at].1 = other;
            check("/", &headers, None);
        }
    }

    #[test]
    fn a_target_that_names_the_host_overrules_the_header() {
        let headers = [
            ("host", "localhost:8080"),
            ("origin", "http://localhost:8080"),
            ("sec-fetch-site", "same-origin"),
        ];
        check("http://localhost:8080/", &headers, Some("http://localhost:8080"));
        check("http://127.0.0.1:8080/", &headers, None);
    }
}
