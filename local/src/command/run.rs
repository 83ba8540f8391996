//! `countersign run`: from the template to a running stack, until it is told to stop.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::arguments::RunArguments;
use super::banner::{self, Doors, Openness};
use super::logs;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::functions::build::{self, BuildError, Profile};
use crate::listener;
use crate::randomness::Randomness;
use crate::running::{Listeners, Running, Settings, StartError};
use crate::template::{
    self, Authorization, Environment, FunctionCode, ParameterValues, Stack, Template,
    WebSocketRouteKey,
};

const DEFAULT_TEMPLATE: &str = "cloudformation/template.yaml";
const DEFAULT_PARAMETERS: &str = "cloudformation/parameters.local.json";

/// The account that everything belongs to: one that AWS's own documentation uses.
const ACCOUNT_ID: &str = "111122223333";

/// Why the stack does not run.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    #[error("{}", .0.display())]
    Template(PathBuf, #[source] template::Error),
    #[error("the parameters")]
    Parameters(#[source] template::Error),
    #[error("cannot listen on 127.0.0.1:{port} (choose another one with {option}, 0 for any)")]
    Port {
        port: u16,
        option: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("the functions cannot be built")]
    Build(#[from] BuildError),
    #[error("the stack does not start")]
    Start(#[from] StartError),
    #[error("cannot wait for signals")]
    Signal(#[source] io::Error),
    #[error("cannot write to stdout")]
    Stdout(#[source] io::Error),
}

/// Runs until SIGINT, SIGTERM or SIGHUP.
pub(super) async fn run(arguments: RunArguments) -> Result<(), RunError> {
    let (stack, doors) = evaluate(&arguments)?;
    let listeners = Listeners {
        http: bind(arguments.http_port, "--http-port").await?,
        websocket: bind(arguments.websocket_port, "--websocket-port").await?,
        aws: bind(arguments.aws_port, "--aws-port").await?,
    };
    let stop = stop_signal()?;
    let work = async {
        let programs = build_functions(&arguments, &stack).await?;
        let settings = Settings {
            listeners,
            programs,
            data: arguments.data.clone(),
            clock: Clock::real(),
            randomness: Randomness::operating_system(),
            function_log: Arc::new(|function, line| logs::line(&format!("{function}: {line}"))),
            faults: Faults::default(),
        };
        Ok::<_, RunError>(Running::start(stack, settings).await?)
    };
    tokio::pin!(stop);
    let running = tokio::select! {
        running = work => running?,
        () = &mut stop => return Ok(()),
    };
    let ready =
        if arguments.json { banner::json(&running) + "\n" } else { banner::text(&running, &doors) };
    let said = io::stdout().write_all(ready.as_bytes()).and_then(|()| io::stdout().flush());
    if said.is_ok() {
        stop.await;
    }
    running.shut_down().await;
    said.map_err(RunError::Stdout)
}

fn evaluate(arguments: &RunArguments) -> Result<(Stack, Doors), RunError> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| RunError::Read(path.to_owned(), error))
    };
    let refused = |error| RunError::Template(arguments.template.clone(), error);
    let template = Template::parse(&read(&arguments.template)?).map_err(refused)?;
    let is_default = arguments.template == Path::new(DEFAULT_TEMPLATE);
    let file = arguments
        .parameters
        .clone()
        .or_else(|| is_default.then(|| PathBuf::from(DEFAULT_PARAMETERS)));
    let mut values = match file {
        Some(file) => ParameterValues::from_json(&read(&file)?).map_err(RunError::Parameters)?,
        None => ParameterValues::default(),
    };
    for pair in &arguments.parameter {
        values.set_pair(pair).map_err(RunError::Parameters)?;
    }
    let environment = Environment {
        account_id: ACCOUNT_ID.to_owned(),
        region: arguments.region.clone(),
        partition: "aws".to_owned(),
        stack_name: "countersign".to_owned(),
    };
    let stack = template.evaluate(&values, &environment).map_err(refused)?;
    let doors = doors(&stack);
    Ok((stack, doors))
}

fn doors(stack: &Stack) -> Doors {
    let openness = |authorization| match authorization {
        Authorization::None => Openness::Anyone,
        Authorization::AwsIam => Openness::Iam,
    };
    Doors {
        http: stack
            .http_apis
            .iter()
            .map(|api| {
                let routes = api.routes.iter();
                routes.map(|route| (route.key.to_string(), openness(route.authorization))).collect()
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
                (stages, openness(connect))
            })
            .collect(),
        parameters: stack.parameters.clone(),
    }
}

async fn bind(port: u16, option: &'static str) -> Result<tokio::net::TcpListener, RunError> {
    listener::bind(port).await.map_err(|source| RunError::Port { port, option, source })
}

async fn build_functions(
    arguments: &RunArguments,
    stack: &Stack,
) -> Result<std::collections::BTreeMap<String, PathBuf>, RunError> {
    let packages: BTreeSet<String> = stack
        .functions
        .iter()
        .filter_map(|function| match &function.code {
            FunctionCode::LocalArchive { package, .. } => Some(package.clone()),
            FunctionCode::S3 { .. } => None,
        })
        .collect();
    let names: Vec<_> = packages.iter().map(String::as_str).collect();
    logs::line(&format!("Building the functions: {}", names.join(", ")));
    let profile = if arguments.release { Profile::Release } else { Profile::Dev };
    let directory = match arguments.template.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    Ok(build::programs(directory, &packages, profile).await?)
}

/// Ends when the process is told to stop.
fn stop_signal() -> Result<impl Future<Output = ()>, RunError> {
    let listen = |kind| signal(kind).map_err(RunError::Signal);
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}
