//! The open connections of all WebSocket APIs, as `@connections` reaches them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

use super::session::{Command, Ending, Posted};
use crate::events::websocket::Connection;

/// Every open connection, by its id. Clones share it.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<HashMap<String, Open>>>);

struct Open {
    connection: Arc<Connection>,
    last_active: OffsetDateTime,
    commands: mpsc::Sender<Box<Command>>,
}

/// What `GET @connections` tells of a connection.
#[derive(Clone, Debug)]
pub struct Description {
    /// What stays the same for its life.
    pub connection: Arc<Connection>,
    /// When the last message went in either direction.
    pub last_active: OffsetDateTime,
}

/// Commands that may wait for one connection; whoever gives more waits.
const WAITING_COMMANDS: usize = 64;

impl Registry {
    /// Lists a connection, and returns what is asked of it from now on. In boxes: a channel holds room for 32.
    pub fn open(
        &self,
        connection: Arc<Connection>,
        now: OffsetDateTime,
    ) -> mpsc::Receiver<Box<Command>> {
        let (commands, receiver) = mpsc::channel(WAITING_COMMANDS);
        let id = connection.connection_id.clone();
        self.lock().insert(id, Open { connection, last_active: now, commands });
        receiver
    }

    /// Takes a connection off the list.
    pub fn remove(&self, connection_id: &str) {
        self.lock().remove(connection_id);
    }

    /// Notes that a message went over a connection.
    pub fn active(&self, connection_id: &str, at: OffsetDateTime) {
        if let Some(open) = self.lock().get_mut(connection_id) {
            open.last_active = at;
        }
    }

    /// What is known of a connection of this API and stage; `None` when it is not open.
    pub fn describe(&self, api_id: &str, stage: &str, connection_id: &str) -> Option<Description> {
        let connections = self.lock();
        let open = connections.get(connection_id).filter(|open| !open.commands.is_closed())?;
        (open.connection.api_id == api_id && open.connection.stage == stage).then(|| Description {
            connection: open.connection.clone(),
            last_active: open.last_active,
        })
    }

    /// Sends text over a connection; `None` when it is not open any more.
    pub async fn post(&self, connection_id: &str, text: String) -> Option<Posted> {
        let (reply, posted) = oneshot::channel();
        self.command(connection_id, Command::Post(text, reply)).await;
        posted.await.ok()
    }

    /// Closes a connection; false when it is not open any more.
    pub async fn close_one(&self, connection_id: &str, ending: Ending) -> bool {
        self.command(connection_id, Command::Close(ending)).await
    }

    /// Closes every connection, as before a maintenance.
    pub async fn close_all(&self) {
        let ids: Vec<_> = self.lock().keys().cloned().collect();
        for id in ids {
            self.close_one(&id, Ending::going_away()).await;
        }
    }

    /// How many connections are open.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    async fn command(&self, connection_id: &str, command: Command) -> bool {
        let commands = self.lock().get(connection_id).map(|open| open.commands.clone());
        match commands {
            Some(commands) => commands.send(Box::new(command)).await.is_ok(),
            None => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        // No code that holds the lock can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
