//! The store for tests: everything in this process, forgotten with it.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Admission, Admit, Connection, Find, Nonce, Remove, StoreError};

/// Both tables in memory. It never fails, and deletes nothing by time.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    connections: HashMap<String, Connection>,
    nonces: HashSet<String>,
}

impl MemoryStore {
    /// A store that holds these connections, and no nonce.
    pub fn with(connections: impl IntoIterator<Item = Connection>) -> Self {
        let connections =
            connections.into_iter().map(|it| (it.connection_id.clone(), it)).collect();
        Self(Mutex::new(Tables { connections, nonces: HashSet::new() }))
    }

    /// How many connections it holds.
    pub fn connection_count(&self) -> usize {
        self.tables().connections.len()
    }

    /// How many nonces are spent.
    pub fn nonce_count(&self) -> usize {
        self.tables().nonces.len()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admit for MemoryStore {
    async fn admit(&self, connection: &Connection, nonce: &Nonce) -> Result<Admission, StoreError> {
        let mut tables = self.tables();
        if !tables.nonces.insert(nonce.expose().to_owned()) {
            return Ok(Admission::NonceSpent);
        }
        tables.connections.insert(connection.connection_id.clone(), connection.clone());
        Ok(Admission::Admitted)
    }
}

impl Find for MemoryStore {
    async fn find(&self, connection_id: &str) -> Result<Option<Connection>, StoreError> {
        Ok(self.tables().connections.get(connection_id).cloned())
    }
}

impl Remove for MemoryStore {
    async fn remove(&self, connection_id: &str) -> Result<(), StoreError> {
        self.tables().connections.remove(connection_id);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn the_contract_holds() {
        let store = Arc::new(MemoryStore::default());
        crate::contract::check(Arc::clone(&store), store, "memory").await;
    }
}
