//! A stack that runs: its listeners, its functions, its tables, and how it ends.

mod doors;
pub mod guide;
mod listening;
mod parts;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::aws_api;
use crate::aws_api::tables::{Tables, TablesError};
use crate::clock::Clock;
use crate::entrance::Entrance;
use crate::faults::Faults;
use crate::functions::FunctionLog;
use crate::iam::{self, Iam, IamError};
use crate::jwt::issuers::Issuers;
use crate::listener::Heads;
use crate::randomness::Randomness;
use crate::services::{Farewells, Services};
use crate::template::Stack;
use crate::throttle::{AccountQuotas, AccountThrottle, Throttles};
use crate::trace::Trace;
use crate::websocket;
use crate::{http_api, web};
pub use doors::Door;
use doors::Doors;
use guide::{Guide, Places, Program};
use listening::Listening;
use parts::Surroundings;

/// What a stack runs with, beside its listeners.
pub struct Settings {
    /// The program of each function, by its logical id.
    pub programs: BTreeMap<String, PathBuf>,
    /// A directory for the tables; `None` keeps them in memory.
    pub data: Option<PathBuf>,
    /// One clock for everything but the SDKs' own signatures.
    pub clock: Clock,
    /// For ids, keys and tokens.
    pub randomness: Randomness,
    /// Whose tokens are taken: those of this stack's authorizers.
    pub issuers: Issuers,
    /// Where the functions' output goes.
    pub function_log: FunctionLog,
    /// How much the account may ask of its APIs.
    pub quotas: AccountQuotas,
    /// What is to go wrong.
    pub faults: Faults,
    /// Whoever watches handshakes.
    pub trace: Trace,
    /// How long the other side is waited for at an end.
    pub farewells: Farewells,
    /// How this program was started, for the commands that are to be typed.
    pub program: Program,
}

/// The listeners, bound by [`listener::bind`](crate::listener::bind). A template with more than one API or domain of a kind
/// gets free ports for the others.
pub struct Listeners {
    /// For the first HTTP API.
    pub http: TcpListener,
    /// For the first WebSocket API.
    pub websocket: TcpListener,
    /// For the first custom domain of HTTP APIs; `None` takes any free port for it.
    pub http_domain: Option<TcpListener>,
    /// For the first custom domain of WebSocket APIs, likewise.
    pub websocket_domain: Option<TcpListener>,
    /// For STS and DynamoDB.
    pub aws: TcpListener,
    /// For the page; `None` serves none.
    pub web: Option<TcpListener>,
}

/// Why a stack does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener is of no use.
    #[error("cannot listen on a loopback port")]
    Listener(#[from] io::Error),
    /// IAM refuses a role or one of its policies.
    #[error("IAM refuses the template's roles")]
    Iam(#[from] IamError),
    /// DynamoDB refuses a table.
    #[error("cannot make the tables")]
    Tables(#[from] TablesError),
    /// Lambda cannot take on a function's role.
    #[error("function {function} gets no credentials")]
    Role {
        /// Its logical id.
        function: String,
        /// What Lambda says.
        source: iam::FunctionSessionError,
    },
    /// There is no program for a function's code.
    #[error("there is no program for the code of function {0}")]
    NoProgram(String),
}

/// A running stack.
pub struct Running {
    /// The HTTP APIs and where they answer.
    pub http_apis: Vec<Door>,
    /// The WebSocket APIs and where they answer; the URL has no stage.
    pub websocket_apis: Vec<Door>,
    /// The custom domains of HTTP APIs, and those that nothing is mapped to; the URL has no base path.
    pub http_domains: Vec<Door>,
    /// The custom domains of WebSocket APIs, likewise.
    pub websocket_domains: Vec<Door>,
    /// The WebSocket APIs and their domains, by the port that each listens on.
    pub gateways: BTreeMap<u16, Arc<Entrance<websocket::gateway::Gateway>>>,
    /// Where STS and DynamoDB answer.
    pub aws: SocketAddr,
    /// How it is used, and where its page is.
    pub guide: Arc<Guide>,
    /// The template's outputs, by name, with the origins of the APIs translated.
    pub outputs: BTreeMap<String, String>,
    /// Sessions, roles and the local developer.
    pub iam: Arc<Iam>,
    /// The tables.
    pub tables: Tables,
    /// What the doors work with.
    pub services: Arc<Services>,
    listening: Listening,
}

/// How often expired items are removed. DynamoDB takes up to two days.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

impl Running {
    /// Starts a stack. It is ready when this returns; functions start with their
    /// first invocation, or by [`Functions::warm`](crate::functions::Functions::warm).
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn start(
        stack: Stack,
        listeners: Listeners,
        settings: Settings,
    ) -> Result<Self, StartError> {
        let Listeners { http, http_domain, websocket, websocket_domain, aws, web } = listeners;
        let aws_address = aws.local_addr()?;
        let page = web.as_ref().map(TcpListener::local_addr).transpose()?;
        let ids = stack.http_apis.iter().map(|api| &api.logical_id);
        let http = Doors::open((http, http_domain), ids, stack.http_domains()).await?;
        let ids = stack.websocket_apis.iter().map(|api| &api.logical_id);
        let first = (websocket, websocket_domain);
        let websocket = Doors::open(first, ids, stack.websocket_domains()).await?;
        let (http_apis, http_domains) = (http.apis(), http.domains());
        let (websocket_apis, websocket_domains) = (websocket.apis(), websocket.domains());
        let origins = doors::origins(&stack, &http, &websocket);
        let outputs = doors::outputs(&stack, &origins);

        let program = settings.program;
        let account_throttle = AccountThrottle::new(settings.quotas);
        let iam = Arc::new(parts::identities(&stack, &settings.randomness)?);
        let tables = parts::tables(&stack, settings.data.as_deref(), settings.clock.clone())?;
        let surroundings = Surroundings {
            region: &stack.region,
            endpoint: &format!("http://{aws_address}"),
            iam: &iam,
            programs: &settings.programs,
            origins: &origins,
            now: settings.clock.now(),
        };
        let definitions = parts::definitions(&stack.functions, &surroundings)?;
        let services = parts::services(&stack, settings, definitions, &iam, &tables);
        let services = Arc::new(services);

        let mut listening = Listening::new();
        let endpoint = parts::endpoint(&stack, &services, &iam, &tables);
        listening.serve(aws, Heads::AsRead, aws_api::router(Arc::new(endpoint)));
        let sweep = sweep(tables.clone(), services.clock.clone(), listening.shutdown());
        listening.let_run(sweep);
        let behind = || (Throttles::new(account_throttle.clone()), services.clone());
        let gateways = stack.http_apis.iter().cloned().map(|api| {
            let (throttles, services) = behind();
            http_api::Gateway { api, throttles, services }
        });
        let leading = http.lead(gateways, |gateway| &gateway.api.id, stack.http_domains());
        let http_entrances = listening
            .serve_all(leading, |entrance| http_api::door::router(entrance, services.clone()));
        let gateways = stack.websocket_apis.iter().cloned().map(|api| {
            let (throttles, services) = behind();
            websocket::gateway::Gateway { api, throttles, services }
        });
        let domains = stack.websocket_domains();
        let leading = websocket.lead(gateways, |gateway| &gateway.api.id, domains);
        let gateways = listening
            .serve_all(leading, |entrance| websocket::gateway::router(entrance, services.clone()));
        let apis = [&*http_apis, &*websocket_apis];
        let http = &http_entrances;
        let places = Places { outputs: &outputs, apis, http, page, aws: aws_address };
        let guide = Arc::new(Guide::new(&stack, program, &places));
        if let Some(listener) = web {
            let shutdown = listening.shutdown();
            let router = web::router(guide.clone(), services.clone(), shutdown);
            listening.serve(listener, Heads::AsRead, router);
        }
        Ok(Self {
            http_apis,
            websocket_apis,
            http_domains,
            websocket_domains,
            gateways,
            aws: aws_address,
            guide,
            outputs,
            iam,
            tables,
            services,
            listening,
        })
    }

    /// Closes every connection, lets `$disconnect` run, ends every process and every listener.
    pub async fn shut_down(self) {
        let Services { shutdown, registry, sessions, farewells, .. } = &*self.services;
        shutdown.begin();
        let farewell = async {
            registry.close_all().await;
            sessions.empty().await;
        };
        if tokio::time::timeout(farewells.connections, farewell).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        self.services.functions.shut_down().await;
        self.listening.end(farewells.answers).await;
    }
}

/// Shows the addresses.
impl fmt::Debug for Running {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Running")
            .field("http_apis", &self.http_apis)
            .field("websocket_apis", &self.websocket_apis)
            .field("http_domains", &self.http_domains)
            .field("websocket_domains", &self.websocket_domains)
            .field("aws", &self.aws)
            .field("page", &self.guide.page)
            .finish_non_exhaustive()
    }
}

/// Removes what has expired, again and again.
async fn sweep(tables: Tables, clock: Clock, mut shutdown: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = clock.sleep_until(clock.now() + SWEEP_INTERVAL) => {}
            _ = shutdown.wait_for(|end| *end) => return,
        }
        let tables = tables.clone();
        match tokio::task::spawn_blocking(move || tables.sweep_expired()).await {
            Ok(Ok(count)) if count > 0 => tracing::debug!(count, "expired items removed"),
            Ok(Err(error)) => tracing::warn!(%error, "expired items could not be removed"),
            Ok(Ok(_)) | Err(_) => {}
        }
    }
}
