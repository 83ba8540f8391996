//! The least gateway: one real function for the three routes over Lambda's Runtime API, and PostToConnection. It checks
//! no signature, asks no policy and stores nothing.
//!
//! `least-gateway FUNCTION` starts the program FUNCTION once for each processor that it may use, as `countersign run`
//! does for a queue that moves. It prints its address as that does with `--json` once all of them wait, and runs until
//! SIGTERM.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use bench::Error;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};

/// Small buffers: the usual ones are 128 KiB a connection.
const READ_BUFFER_BYTES: usize = 4_096;

/// What waits between the clients and the function.
struct Gateway {
    jobs: mpsc::UnboundedSender<Job>,
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Job>>,
    tables: Mutex<Tables>,
    /// How often a process has asked for an invocation.
    asked: watch::Sender<usize>,
}

#[derive(Default)]
struct Tables {
    next_id: u64,
    connections: HashMap<String, mpsc::UnboundedSender<Utf8Bytes>>,
    under_way: HashMap<String, oneshot::Sender<StatusCode>>,
}

/// An invocation that no process has taken yet.
struct Job {
    event: Vec<u8>,
    answered: oneshot::Sender<StatusCode>,
}

/// What the function is invoked with.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    request_context: RequestContext<'a>,
    body: Option<&'a str>,
    is_base64_encoded: bool,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    route_key: &'a str,
    connection_id: &'a str,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = std::env::args_os().nth(1).ok_or("expected: least-gateway FUNCTION")?;
    let processes = std::thread::available_parallelism()?.get();
    let mut stop = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| {
        // Without it delayed acknowledgements add 40 ms to every invocation, and that shows.
        let _ = stream.set_nodelay(true);
    });
    let (jobs, waiting) = mpsc::unbounded_channel();
    let gateway = Arc::new(Gateway {
        jobs,
        waiting: tokio::sync::Mutex::new(waiting),
        tables: Mutex::default(),
        asked: watch::Sender::new(0),
    });
    let serving = axum::serve(listener, router(gateway.clone()));
    let serving = tokio::spawn(async { serving.await });
    let children: Result<Vec<Child>, _> =
        (0..processes).map(|_| start(Command::new(&function), address)).collect();
    let children = children?;
    gateway.asked.subscribe().wait_for(|asked| *asked >= processes).await?;
    writeln!(io::stdout(), "{}", json!({"websocket": format!("ws://{address}/")}))?;
    tokio::select! {
        served = serving => served??,
        _ = stop.recv() => {}
    }
    // They are killed with it.
    drop(children);
    Ok(())
}

fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/", get(connect))
        .route("/@connections/{id}", post(post_to_connection))
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .with_state(gateway)
}

/// A process of the function, with what Lambda and an SDK need in its environment.
fn start(mut command: Command, address: SocketAddr) -> io::Result<Child> {
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "least-fn")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .env("CONNECTIONS_URL", format!("http://{address}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

async fn connect(upgrade: WebSocketUpgrade, State(gateway): State<Arc<Gateway>>) -> Response {
    let id = gateway.new_id();
    match gateway.invoke("$connect", &id, None).await {
        StatusCode::OK => upgrade
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .on_upgrade(move |socket| converse(gateway, id, socket)),
        status => status.into_response(),
    }
}

async fn converse(gateway: Arc<Gateway>, id: String, mut socket: WebSocket) {
    let (sender, mut frames) = mpsc::unbounded_channel();
    gateway.tables().connections.insert(id.clone(), sender);
    loop {
        tokio::select! {
            received = socket.recv() => match received {
                Some(Ok(Message::Text(text))) => {
                    let (gateway, id) = (gateway.clone(), id.clone());
                    tokio::spawn(async move { gateway.invoke("$default", &id, Some(&text)).await });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
            Some(frame) = frames.recv() => {
                if socket.send(Message::Text(frame)).await.is_err() {
                    break;
                }
            }
        }
    }
    gateway.tables().connections.remove(&id);
    gateway.invoke("$disconnect", &id, None).await;
}

async fn post_to_connection(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: String,
) -> StatusCode {
    let sent = gateway.tables().connections.get(&id).map(|frames| frames.send(body.into()));
    match sent {
        Some(Ok(())) => StatusCode::OK,
        Some(Err(_)) | None => StatusCode::GONE,
    }
}

async fn next(State(gateway): State<Arc<Gateway>>) -> Response {
    gateway.asked.send_modify(|asked| *asked += 1);
    let job = gateway.waiting.lock().await.recv().await;
    let Some(Job { event, answered }) = job else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let id = gateway.new_id();
    gateway.tables().under_way.insert(id.clone(), answered);
    let headers = [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", &id),
        // In the year 2100.
        ("lambda-runtime-deadline-ms", "4102444800000"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:111122223333:function:least-fn",
        ),
    ];
    (headers, event).into_response()
}

async fn response(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: Bytes,
) -> StatusCode {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        status_code: u16,
    }
    let status = serde_json::from_slice::<Answer>(&body).ok();
    let status = status.and_then(|answer| StatusCode::from_u16(answer.status_code).ok());
    gateway.answered(&id, status.unwrap_or(StatusCode::BAD_GATEWAY))
}

async fn error(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>) -> StatusCode {
    gateway.answered(&id, StatusCode::BAD_GATEWAY)
}

impl Gateway {
    /// The status that the function answers with.
    async fn invoke(&self, route_key: &str, connection_id: &str, body: Option<&str>) -> StatusCode {
        let request_context = RequestContext { route_key, connection_id };
        let event = Event { request_context, body, is_base64_encoded: false };
        let Ok(event) = serde_json::to_vec(&event) else { return StatusCode::BAD_GATEWAY };
        let (answered, answer) = oneshot::channel();
        // The receiver lives as long as this.
        let _ = self.jobs.send(Job { event, answered });
        answer.await.unwrap_or(StatusCode::BAD_GATEWAY)
    }

    fn answered(&self, id: &str, status: StatusCode) -> StatusCode {
        match self.tables().under_way.remove(id) {
            Some(answered) => {
                // The client may be gone.
                let _ = answered.send(status);
                StatusCode::ACCEPTED
            }
            None => StatusCode::BAD_REQUEST,
        }
    }

    fn new_id(&self) -> String {
        let mut tables = self.tables();
        tables.next_id += 1;
        format!("{:016x}", tables.next_id)
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // Nothing that holds the lock can panic.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
