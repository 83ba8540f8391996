//! What listens, until the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::entrance::Entrance;
use crate::listener::{self, Heads};

/// The tasks that end when all do.
pub(super) struct Listening {
    shutdown: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Listening {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { shutdown: watch::Sender::new(false), tasks: Vec::new() }
    }

    /// Turns true at the end.
    pub(super) fn shutdown(&self) -> watch::Receiver<bool> {
        self.shutdown.subscribe()
    }

    /// Serves at one listener.
    pub(super) fn serve(&mut self, listener: TcpListener, heads: Heads, router: Router) {
        self.tasks.push(listener::serve(listener, heads, router, self.shutdown()));
    }

    /// Serves at each listener what its entrance leads to; gives the entrances by port. Their events show headers as
    /// they were sent.
    pub(super) fn serve_all<Gateway>(
        &mut self,
        leading: Vec<(TcpListener, u16, Arc<Entrance<Gateway>>)>,
        router: impl Fn(Arc<Entrance<Gateway>>) -> Router,
    ) -> BTreeMap<u16, Arc<Entrance<Gateway>>> {
        let serve = |(listener, port, entrance): (_, _, Arc<Entrance<Gateway>>)| {
            self.serve(listener, Heads::AsSent, router(entrance.clone()));
            (port, entrance)
        };
        leading.into_iter().map(serve).collect()
    }

    /// Lets something go on that watches for the end itself.
    pub(super) fn let_run(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(tokio::spawn(task));
    }

    /// Ends all, and gives clients so long to take the answers that are under way.
    pub(super) async fn end(self, patience: Duration) {
        self.shutdown.send_replace(true);
        let ended = async {
            for task in self.tasks {
                // One that has panicked has ended as well.
                let _ = task.await;
            }
        };
        // A client that keeps its connection open is not waited for.
        let _ = tokio::time::timeout(patience, ended).await;
    }
}
