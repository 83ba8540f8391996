//! A network between a client and the stack, in the test's hands: it works, fails, or says nothing any more.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;
use tokio::io::{self, AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Quality {
    /// It carries what it is given.
    Up,
    /// It ends every connection, and takes no new one.
    Down,
    /// It carries nothing, and no side is told. A connection that has met it stays so until it is cut.
    Silent,
}

/// What waits in the network until it is let go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Held {
    /// Connections that begin from now on.
    NewConnections,
    /// What the stack says over the connections that there are now.
    Answers,
}

/// Stands in front of some addresses. Dropping it ends every connection.
pub struct Network {
    /// Each address, and where the network answers for it.
    pub routes: Vec<(SocketAddr, SocketAddr)>,
    state: watch::Sender<State>,
    _carriers: JoinSet<()>,
}

#[derive(Clone, Copy)]
struct State {
    quality: Quality,
    /// Connections of an earlier era are cut.
    era: u64,
    /// How often it was said what is held.
    holds: u64,
    holds_new_connections: bool,
    /// The answers of connections that began before this hold.
    holds_answers: Option<u64>,
}

impl State {
    const FIRST: Self = Self {
        quality: Quality::Up,
        era: 0,
        holds: 0,
        holds_new_connections: false,
        holds_answers: None,
    };
}

impl Network {
    /// In front of these addresses; it is up.
    pub async fn before(addresses: &[SocketAddr]) -> Self {
        let state = watch::Sender::new(State::FIRST);
        let mut routes = Vec::new();
        let mut carriers = JoinSet::new();
        for &address in addresses {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            routes.push((address, listener.local_addr().unwrap()));
            carriers.spawn(accept(listener, address, state.subscribe()));
        }
        Self { routes, state, _carriers: carriers }
    }

    /// From now on it is so.
    pub fn is(&self, quality: Quality) {
        self.state.send_modify(|state| state.quality = quality);
    }

    /// From now on this waits, and what else has waited goes on.
    pub fn hold(&self, held: &[Held]) {
        self.state.send_modify(|state| {
            state.holds += 1;
            state.holds_new_connections = held.contains(&Held::NewConnections);
            state.holds_answers = held.contains(&Held::Answers).then_some(state.holds);
        });
    }

    /// Ends every connection that there is, without a word of WebSocket; new ones are carried as before.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.era += 1);
    }
}

async fn accept(listener: TcpListener, to: SocketAddr, state: watch::Receiver<State>) {
    // Those that are dropped with it are cut.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let era = state.borrow().era;
        connections.spawn(carry(client, to, era, state.clone()));
    }
}

/// Carries a connection of this era to its end.
async fn carry(mut client: TcpStream, to: SocketAddr, era: u64, mut state: watch::Receiver<State>) {
    let is_up = |state: &State| state.era == era && state.quality == Quality::Up;
    let mut gate = state.clone();
    let carrying = async {
        let Ok(began) =
            gate.wait_for(|state| !state.holds_new_connections).await.map(|it| it.holds)
        else {
            return Ok(());
        };
        let mut server = TcpStream::connect(to).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (mut from_client, to_client) = client.split();
        let (from_server, mut to_server) = server.split();
        let questions = async {
            io::copy(&mut from_client, &mut to_server).await?;
            to_server.shutdown().await
        };
        tokio::try_join!(questions, answer(from_server, to_client, began, gate)).map(|_| ())
    };
    let mut carrying = std::pin::pin!(carrying);
    let mut watched = state.clone();
    tokio::select! {
        biased;
        _ = watched.wait_for(|state| !is_up(state)) => {}
        _ = &mut carrying => return,
    }
    // What it carried is held open, and not looked at again.
    let is_over = |state: &State| state.era != era || state.quality == Quality::Down;
    let _ = state.wait_for(is_over).await;
}

/// Carries what the stack says over a connection that began with so many holds before it.
async fn answer(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    began: u64,
    mut state: watch::Receiver<State>,
) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut bytes).await?;
        // The sender is gone only once nothing is carried any more.
        let _ = state.wait_for(|state| state.holds_answers.is_none_or(|hold| began >= hold)).await;
        if count == 0 {
            return to.shutdown().await;
        }
        to.write_all(&bytes[..count]).await?;
    }
}
