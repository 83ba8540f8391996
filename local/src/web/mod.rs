//! The page that `countersign run` serves: its files, what it must know of the stack, and the trace.
//!
//! | request | answer |
//! |---|---|
//! | `GET` of a file | 200 |
//! | `POST /stack` by the page itself | 200, what the page must know of the stack |
//! | `POST /trace` by the page itself | 200, a line of JSON for whatever happens in a handshake, until the stack ends |
//! | `POST` of either by anyone else | 403 |
//! | `POST /trace`, and nothing is traced | 404 |
//! | `POST /trace`, and as many watch as can | 503 |
//! | `GET` at another name of loopback, such as `localhost` | 308 to 127.0.0.1 |
//! | another method there | 403 |
//! | a body, and more than that of an empty form | 413 |
//! | another method; another path | 405; 404 |
//!
//! Any website can send requests to loopback. It can read no answer: none has a CORS header, the two that tell something
//! are given to the page's own origin alone, and no answer can be embedded or framed elsewhere.

mod files;
mod guard;
mod lines;
mod stack;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};
use tokio::sync::{Semaphore, watch};

use crate::running::guide::Guide;
use crate::services::Services;

/// What the page's listener answers with.
#[derive(Clone)]
struct Page {
    guide: Arc<Guide>,
    services: Arc<Services>,
    /// A place for each that may watch.
    places: Arc<Semaphore>,
    shutdown: watch::Receiver<bool>,
}

/// How many may watch at once. A browser opens six connections to one origin by HTTP/1.1, and each page holds one for as
/// long as it watches: with a sixth that watches there would be none left, and a seventh page would not even load.
/// (Chromium, net/socket/client_socket_pool_manager.cc, `g_max_sockets_per_group`; Firefox,
/// `network.http.max-persistent-connections-per-server`)
const WATCHERS: usize = 5;

/// The page sends no body.
const BODY_BYTES: usize = 1024;

/// Sent with every answer.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' http: https: ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    // Another stack may be here next, of another version.
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// The listener of the page. What watches ends when `shutdown` turns true.
pub fn router(
    guide: Arc<Guide>,
    services: Arc<Services>,
    shutdown: watch::Receiver<bool>,
) -> Router {
    let places = Arc::new(Semaphore::new(WATCHERS));
    let mut router = Router::new()
        .route("/stack", post(stack::tell))
        .route("/trace", post(lines::watch))
        .route("/", get(files::index));
    for file in files::FILES {
        router = router.route(&format!("/{}", file.name), get(async || file.answer()));
    }
    router
        .fallback(async || (StatusCode::NOT_FOUND, "there is nothing here: the page is at /\n"))
        .method_not_allowed_fallback(async || {
            (
                StatusCode::METHOD_NOT_ALLOWED,
                "not by this method: Allow has those that are answered\n",
            )
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn(guard::one_name))
        .layer(middleware::map_response(with_headers))
        .with_state(Page { guide, services, places, shutdown })
}

async fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
