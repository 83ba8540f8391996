//! `countersign run`: from the template to a running stack, until it is told to stop.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::arguments::{DEFAULT_TEMPLATE, RunArguments};
use super::banner::{self, Doors};
use super::open_files;
use super::permissions;
use super::programs::{self, ProgramsError};
use crate::clock::Clock;
use crate::control::answers;
use crate::control::server::Server;
use crate::faults::{Armed, Fault, Faults, NeverStrikes};
use crate::functions::InvocationError;
use crate::jwt::issuers::{Issuers, IssuersError};
use crate::jwt::key_set::{KeySet, KeySetError};
use crate::listener;
use crate::randomness::Randomness;
use crate::report;
use crate::running::guide::{Openness, Program};
use crate::running::{Listeners, Running, Settings, StartError};
use crate::services::Farewells;
use crate::template::{
    self, Authorization, Environment, ExecuteApiEndpoint, ParameterValues, Stack, Template,
    WebSocketRouteKey,
};
use crate::throttle::AccountQuotas;
use crate::trace::Trace;

/// The account that everything belongs to: one that AWS's own documentation uses.
const ACCOUNT_ID: &str = "111122223333";

/// The option that gives an issuer's keys.
const JWKS: &str = "--jwks";

/// The option that gives the page's port, and the port without it.
const WEB_PORT: &str = "--web-port";
const DEFAULT_WEB_PORT: u16 = 8080;

/// Why the stack does not run.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error(
        "there is no {DEFAULT_TEMPLATE} in this directory: run countersign where it is, or name a \
         template with --template"
    )]
    NoDefaultTemplate(#[source] io::Error),
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// The template, or the parameters' file.
    #[error("{}", .0.display())]
    File(PathBuf, #[source] template::Error),
    #[error(
        "port {port} of 127.0.0.1 is in use: choose another one with {option} (0 takes any free one)"
    )]
    PortInUse { port: u16, option: &'static str },
    #[error("cannot listen on port {port} of 127.0.0.1 ({option})")]
    Port {
        port: u16,
        option: &'static str,
        #[source]
        source: io::Error,
    },
    /// The issuer's keys.
    #[error("{} ({JWKS})", .0.display())]
    KeySet(PathBuf, #[source] KeySetError),
    #[error(transparent)]
    Issuers(#[from] IssuersError),
    #[error(transparent)]
    Programs(#[from] ProgramsError),
    #[error("the stack does not start")]
    Start(#[from] StartError),
    #[error("function {function} (what it says itself is above)")]
    Function {
        function: String,
        #[source]
        source: InvocationError,
    },
    #[error("the fault {fault} can never strike")]
    NeverStrikes {
        fault: Fault,
        #[source]
        source: NeverStrikes,
    },
    #[error("cannot wait for signals")]
    Signal(#[source] io::Error),
    #[error("cannot write to stdout")]
    Stdout(#[source] io::Error),
}

/// Runs until SIGINT, SIGTERM or SIGHUP. A second one cuts the good-byes short.
pub(super) async fn run(arguments: RunArguments) -> Result<(), RunError> {
    let mut stop = StopSignals::listen()?;
    open_files::allow_many();
    let stack = evaluate(&arguments)?;
    let faults = faults(&arguments, &stack)?;
    let randomness = Randomness::operating_system();
    let issuers = Issuers::new(&stack, key_set(&arguments)?, &randomness)?;
    let page_port = page_port(&arguments, &stack);
    let doors = doors(&stack, page_port);
    let listeners = Listeners {
        http: bind(arguments.http_port, "--http-port").await?,
        websocket: bind(arguments.websocket_port, "--websocket-port").await?,
        http_domain: match stack.http_domains().next() {
            Some(_) => Some(bind(arguments.http_domain_port, "--http-domain-port").await?),
            None => None,
        },
        websocket_domain: match stack.websocket_domains().next() {
            Some(_) => {
                Some(bind(arguments.websocket_domain_port, "--websocket-domain-port").await?)
            }
            None => None,
        },
        aws: bind(arguments.aws_port, "--aws-port").await?,
        web: match (page_port, arguments.web_port) {
            (None, _) => None,
            (Some(port), Some(_)) => Some(bind(port, WEB_PORT).await?),
            (Some(port), None) => bind_unasked(port).await?,
        },
    };
    let start = async {
        let prepared = programs::prepare(&arguments, &stack).await?;
        let settings = Settings {
            programs: prepared.programs.clone(),
            data: arguments.data.clone(),
            clock: Clock::real(),
            randomness,
            issuers,
            function_log: programs::log(&stack),
            quotas: if arguments.no_quotas {
                AccountQuotas::Lifted
            } else {
                AccountQuotas::Default
            },
            faults,
            trace: if arguments.no_trace { Trace::off() } else { Trace::on() },
            farewells: Farewells::default(),
            program: program(),
        };
        Ok::<_, RunError>((Running::start(stack, listeners, settings).await?, prepared))
    };
    // The programs are there until the last process has ended.
    let (running, _prepared) = tokio::select! {
        started = start => started?,
        () = stop.received() => return Ok(()),
    };
    let serving = async {
        // It goes with this future: while the ports are still held, so that no other stack can have taken
        // its name.
        let _control = open_control(&running).await;
        serve(&running, &doors, &arguments).await
    };
    let outcome = tokio::select! {
        error = serving => Err(error),
        () = stop.received() => Ok(()),
    };
    let services = running.services.clone();
    tokio::select! {
        () = running.shut_down() => {}
        // The processes end with the tasks that hold them.
        () = stop.received() => {}
    }
    if outcome.is_ok() && !arguments.json {
        let uses = permissions::text(&services.permissions.uses());
        // That nobody reads it any more is no fault: it ends anyway.
        let _ = write!(
            io::stdout(),
            "\nPermissions of the template, and how often they were used:\n{uses}"
        );
    }
    outcome
}

/// Lets other commands ask the stack. Where that cannot be, it runs all the same.
async fn open_control(running: &Running) -> Option<Server> {
    let mut ports: Vec<_> = running.gateways.keys().copied().collect();
    if ports.is_empty() {
        ports.push(running.guide.control_port);
    }
    let answers = answers::of(running.services.clone(), running.gateways.clone());
    match Server::start(&super::control_directory(), &ports, answers).await {
        Ok(server) => Some(server),
        Err(error) => {
            tracing::warn!("other commands cannot ask this stack: {}", report::chain(&error));
            None
        }
    }
}

/// Starts every function, says that the stack is ready, and lets it run. Ends only by a fault.
async fn serve(running: &Running, doors: &Doors, arguments: &RunArguments) -> RunError {
    if let Err((function, source)) = running.services.functions.warm().await {
        return RunError::Function { function, source };
    }
    let ready =
        if arguments.json { banner::json(running) + "\n" } else { banner::text(running, doors) };
    match io::stdout().write_all(ready.as_bytes()).and_then(|()| io::stdout().flush()) {
        Ok(()) => std::future::pending().await,
        Err(error) => RunError::Stdout(error),
    }
}

fn evaluate(arguments: &RunArguments) -> Result<Stack, RunError> {
    let template_file = &arguments.template;
    let in_file = |file: &Path| {
        let file = file.to_owned();
        move |error| RunError::File(file, error)
    };
    let text = std::fs::read_to_string(template_file).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound && template_file == Path::new(DEFAULT_TEMPLATE) {
            RunError::NoDefaultTemplate(error)
        } else {
            RunError::Read(template_file.clone(), error)
        }
    })?;
    let template = Template::parse(&text).map_err(in_file(template_file))?;
    let mut values = match arguments.parameters() {
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| RunError::Read(file.to_owned(), error))?;
            ParameterValues::from_json(&text).map_err(in_file(file))?
        }
        None => ParameterValues::default(),
    };
    for (name, value) in &arguments.pairs {
        values.set(name, value);
    }
    let environment = Environment {
        account_id: ACCOUNT_ID.to_owned(),
        region: arguments.region.clone(),
        partition: partition(&arguments.region).to_owned(),
        stack_name: "countersign".to_owned(),
    };
    template.evaluate(&values, &environment).map_err(in_file(template_file))
}

/// The keys that were given.
fn key_set(arguments: &RunArguments) -> Result<Option<KeySet>, RunError> {
    let Some(file) = &arguments.jwks else { return Ok(None) };
    let opened = File::open(file).map_err(|error| RunError::Read(file.clone(), error))?;
    KeySet::read(opened).map(Some).map_err(|error| RunError::KeySet(file.clone(), error))
}

/// The faults that were asked for, each of which has something to strike.
fn faults(arguments: &RunArguments, stack: &Stack) -> Result<Faults, RunError> {
    let faults = Faults::default();
    for Armed { fault, times } in arguments.faults.iter().cloned() {
        match fault.check(stack) {
            Ok(()) => faults.switch_on(fault, times),
            Err(source) => return Err(RunError::NeverStrikes { fault, source }),
        }
    }
    Ok(faults)
}

/// How this program was started: cargo tells a program that it runs the name of its package.
/// (The Cargo Book, "Environment Variables")
fn program() -> Program {
    match std::env::var("CARGO_PKG_NAME") {
        Ok(name) if name == env!("CARGO_PKG_NAME") => Program::Cargo,
        Ok(_) | Err(_) => Program::Own,
    }
}

/// The partition that a region is in. (IAM User Guide, "Amazon Resource Names (ARNs)")
fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

fn doors(stack: &Stack, page_port: Option<u16>) -> Doors {
    let (http_domains, websocket_domains) = banner::domains::of(stack);
    let http = stack.http_apis.iter().map(|api| (&api.logical_id, api.execute_api_endpoint));
    let websocket =
        stack.websocket_apis.iter().map(|api| (&api.logical_id, api.execute_api_endpoint));
    let is_off = |(id, endpoint): (&String, _)| {
        (endpoint == ExecuteApiEndpoint::Disabled).then(|| id.clone())
    };
    Doors {
        http_domains,
        websocket_domains,
        switched_off: http.chain(websocket).filter_map(is_off).collect(),
        http: stack
            .http_apis
            .iter()
            .map(|api| {
                let routes = api.routes.iter();
                routes
                    .map(|route| (route.key.to_string(), Openness::from(&route.authorization)))
                    .collect()
            })
            .collect(),
        websocket: stack
            .websocket_apis
            .iter()
            .map(|api| {
                let stages = api.stages.iter().map(|stage| stage.name.clone()).collect();
                let connect =
                    api.routes.iter().find(|route| route.key == WebSocketRouteKey::Connect);
                let connect = connect.map_or(Authorization::None, |route| route.authorization);
                (stages, Openness::from(connect))
            })
            .collect(),
        parameters: stack.parameters.clone(),
        page_port,
    }
}

/// Where the page is to be, if it has something to show.
fn page_port(arguments: &RunArguments, stack: &Stack) -> Option<u16> {
    match (&stack.http_apis[..], &stack.websocket_apis[..]) {
        ([], _) | (_, []) => None,
        _ => Some(arguments.web_port.unwrap_or(DEFAULT_WEB_PORT)),
    }
}

async fn bind(port: u16, option: &'static str) -> Result<tokio::net::TcpListener, RunError> {
    listener::bind(port).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => RunError::PortInUse { port, option },
        _ => RunError::Port { port, option, source },
    })
}

/// The page's listener where nobody has asked for one: whoever has the port keeps it, and the stack runs without a page.
async fn bind_unasked(port: u16) -> Result<Option<tokio::net::TcpListener>, RunError> {
    match bind(port, WEB_PORT).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error @ RunError::PortInUse { .. }) => {
            tracing::warn!("there is no page: {error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What tells the process to stop.
struct StopSignals([Signal; 3]);

impl StopSignals {
    fn listen() -> Result<Self, RunError> {
        let listen = |kind| signal(kind).map_err(RunError::Signal);
        Ok(Self([
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
            listen(SignalKind::hangup())?,
        ]))
    }

    /// Returns when one comes, or has come since the last return.
    async fn received(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
