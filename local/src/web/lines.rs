//! The trace as the page reads it: a line of JSON after the other, for as long as both are there.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::Page;
use super::guard::OwnPage;
use crate::reply;
use crate::trace::watcher::Watcher;

/// Answers the page itself.
pub(super) async fn watch(_own: OwnPage, State(page): State<Page>, _body: Bytes) -> Response {
    let Page { services, places, shutdown, .. } = page;
    let Some(watcher) = services.trace.watch() else {
        return (StatusCode::NOT_FOUND, "nothing is traced: countersign runs with --no-trace\n")
            .into_response();
    };
    let Ok(place) = places.try_acquire_owned() else {
        let words = "as many pages watch as can: close another one\n";
        return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    };
    let lines = Lines { _place: place, watcher, shutdown };
    let content_type = HeaderValue::from_static("application/x-ndjson");
    reply::typed(StatusCode::OK, content_type, lines.into_body())
}

/// What is still to be told to one page.
struct Lines {
    /// Free before nobody watches any more.
    _place: OwnedSemaphorePermit,
    watcher: Watcher,
    shutdown: watch::Receiver<bool>,
}

impl Lines {
    fn into_body(self) -> Body {
        let lines = stream::unfold(self, async |mut lines| {
            let line = lines.next().await?;
            Some((Ok::<_, Infallible>(line), lines))
        });
        Body::from_stream(lines)
    }

    /// The next line with its end; `None` when all was told and the stack ends.
    async fn next(&mut self) -> Option<String> {
        let Self { watcher, shutdown, .. } = self;
        tokio::select! {
            biased;
            line = watcher.next() => Some(format!("{}\n", line?)),
            _ = shutdown.wait_for(|end| *end) => None,
        }
    }
}
