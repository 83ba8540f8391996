//! A connection that `$connect` has let in. Whatever becomes of it, `$disconnect` is told once.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::gateway::Gateway;
use super::routes;
use super::session::Ending;
use crate::events::websocket::{self as events, Connection};
use crate::gauge::Entered;
use crate::template::WebSocketRouteKey;
use crate::trace::teller::Teller;

/// The duty to tell `$disconnect`. Dropping it (the client is gone before it has its 101) tells
/// that the connection was cut.
pub(super) struct Admitted {
    pub(super) gateway: Arc<Gateway>,
    pub(super) connection: Arc<Connection>,
    teller: Teller,
    /// Counts the connection until `$disconnect` has answered. `None` once that is under way.
    entered: Option<Entered>,
}

impl Admitted {
    /// A connection that was let in, and is counted by `entered`.
    pub(super) fn new(
        gateway: Arc<Gateway>,
        connection: Arc<Connection>,
        teller: Teller,
        entered: Entered,
    ) -> Self {
        Self { gateway, connection, teller, entered: Some(entered) }
    }

    /// The connection's id.
    pub(super) fn connection_id(&self) -> &str {
        &self.connection.connection_id
    }

    /// Tells `$disconnect` how the connection has ended.
    pub(super) async fn end(mut self, ending: Ending) {
        let _entered = self.entered.take();
        disconnect(&self.gateway, &self.connection, &self.teller, ending).await;
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let Some(entered) = self.entered.take() else { return };
        // Without a runtime everything has ended, the functions too.
        let Ok(runtime) = Handle::try_current() else { return };
        let (gateway, connection) = (self.gateway.clone(), self.connection.clone());
        let teller = self.teller.clone();
        runtime.spawn(async move {
            let _entered = entered;
            disconnect(&gateway, &connection, &teller, Ending::abnormal()).await;
        });
    }
}

async fn disconnect(gateway: &Gateway, connection: &Connection, teller: &Teller, ending: Ending) {
    tell_function(gateway, connection, &ending).await;
    teller.disconnected(&gateway.services.rows, &connection.connection_id, &ending).await;
}

/// Tells `$disconnect`'s function, if the API has the route.
async fn tell_function(gateway: &Gateway, connection: &Connection, ending: &Ending) {
    let Gateway { api, services, .. } = gateway;
    let Some(route) = routes::find(api, WebSocketRouteKey::Disconnect) else { return };
    if services.faults.strikes_disconnect(&connection.connection_id) {
        return;
    }
    let occasion = services.occasion();
    let Ending { status_code, reason } = ending;
    let event = events::disconnect(connection, &occasion, *status_code, reason);
    // What the page is told of `$disconnect` is what it leaves.
    let nobody = Teller::default();
    if let Err(error) = routes::invoke(gateway, connection, route, event, &nobody).await {
        routes::report("$disconnect", connection, &error);
    }
}
