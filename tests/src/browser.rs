//! Stories in a real browser: Chromium without a window, driven by a script of `web/browser` that asks the test, line
//! by line, for what happens beside it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::Semaphore;

use crate::folder::Folder;
use crate::network::{Held, Network, Quality};
use crate::programs::workspace;
use crate::site::{File, Site};
use crate::stack::{Options, Stack};
use crate::waiting::eventually;
use crate::{aws, secrets, tool};

/// Browsers at a time: each keeps a processor busy.
static BROWSERS: Semaphore = Semaphore::const_new(2);

/// How long a script may be silent: far longer than it is.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a script may take to end: far longer than it does.
const FAREWELL: Duration = Duration::from_secs(20);

/// What a script asks for. Each is answered by one line of JSON.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// Lets so much time pass for the stack, once no function is at work.
    Advance {
        /// How much.
        milliseconds: u64,
    },
    /// Posts a text to every open connection through `@connections`. The answer is to how many.
    Push {
        /// The text.
        text: String,
    },
    /// How many connections are `open`, and the `rows` of their table.
    Connections,
    /// Closes every open connection through `@connections`. The answer is how many.
    Close,
    /// Cuts every connection as a network does, without a close frame.
    Cut,
    /// How the network to the APIs is from now on.
    Network {
        /// How.
        is: Quality,
    },
    /// What waits in the network from now on; what else has waited goes on.
    Hold {
        /// What.
        what: Vec<Held>,
    },
    /// Something goes wrong from now on.
    Fault {
        /// What and how often, as `countersign run --fault` takes it.
        fault: String,
    },
    /// Nothing goes wrong any more.
    Mend,
    /// How many lines of a function's log say something.
    Log {
        /// A part of the function's logical id.
        function: String,
        /// What they say.
        text: String,
    },
    /// The script has come so far: its silence begins anew.
    Step {
        /// How far.
        name: String,
    },
    /// The script is done, and this is what it has seen.
    End {
        /// What it has seen.
        result: Value,
    },
}

/// Where stories of the client take place: a stack, a bare page that may sign there, and the network to its APIs.
pub struct Scene {
    /// The stack.
    pub stack: Stack,
    /// The bare page, with the built client beside it.
    pub site: Site,
    /// What the browser reaches the APIs and the stack's page by; the site is reached without it.
    pub network: Network,
}

impl Scene {
    /// With a stack that lets the bare page in. `None`, and a word on stderr, where there is no browser.
    ///
    /// # Panics
    ///
    /// Where there is none under `CI=true`.
    pub async fn start() -> Option<Self> {
        Self::start_with(Options::default(), Vec::new()).await
    }

    /// With a stack and files of the test's own beside the bare page; else as [`Scene::start`].
    ///
    /// # Panics
    ///
    /// As [`Scene::start`].
    pub async fn start_with(options: Options, files: Vec<File>) -> Option<Self> {
        find()?;
        let site = Site::start([bare(), files].concat()).await;
        let web = local::listener::bind(0).await.unwrap();
        let web_address = web.local_addr().unwrap();
        let page = format!("http://{web_address}");
        let mut options = options.parameter("AllowedOrigins", &format!("{},{page}", site.origin));
        options.web = Some(web);
        let stack = Stack::start_with(options).await;
        let running = &stack.running;
        let doors = running.http_apis.iter().chain(&running.websocket_apis);
        let addresses = doors.map(|door| door.address).chain([web_address]).collect::<Vec<_>>();
        let network = Network::before(&addresses).await;
        Some(Self { stack, site, network })
    }

    /// Plays `web/browser/NAME.js`, and returns what it has seen.
    pub async fn play(&self, name: &str) -> Value {
        self.play_with(name, json!({})).await
    }

    /// Plays it with these arguments beside those that every script gets.
    pub async fn play_with(&self, name: &str, arguments: Value) -> Value {
        let routes = self.network.routes.iter().map(|(from, to)| format!("MAP {from} {to}"));
        let mut given = json!({
            "site": self.site.origin,
            "page": self.stack.page(),
            "sign": self.stack.sign_url(),
            "websocket": self.stack.websocket_url(),
            "now": self.stack.clock.epoch_milliseconds(),
            "resolver": routes.collect::<Vec<_>>().join(","),
        });
        for (name, value) in arguments.as_object().unwrap() {
            given[name] = value.clone();
        }
        play(name, &given, async |request| self.answer(request).await).await
    }

    /// Ends the stack.
    pub async fn stop(self) {
        // Else it would wait for clients that a silent network keeps from answering.
        self.network.is(Quality::Down);
        self.stack.stop().await;
    }

    async fn answer(&self, request: Request) -> Value {
        match request {
            Request::Advance { milliseconds } => {
                self.stack.pass(Duration::from_millis(milliseconds)).await;
                json!(self.stack.clock.epoch_milliseconds())
            }
            Request::Push { text } => self.manage("POST", &text).await,
            Request::Close => self.manage("DELETE", "").await,
            Request::Connections => json!({
                "open": self.stack.running.services.registry.count(),
                "rows": self.stack.rows("ConnectionsTable"),
            }),
            Request::Cut => {
                self.network.cut();
                Value::Null
            }
            Request::Network { is } => {
                self.network.is(is);
                Value::Null
            }
            Request::Hold { what } => {
                self.network.hold(&what);
                Value::Null
            }
            Request::Fault { fault } => {
                let armed: local::faults::Armed =
                    fault.parse().unwrap_or_else(|error| panic!("{fault}: {error}"));
                self.stack.faults.switch_on(armed.fault, armed.times);
                Value::Null
            }
            Request::Mend => {
                self.stack.faults.clear();
                Value::Null
            }
            Request::Log { function, text } => json!(self.stack.log_count(&function, &text)),
            Request::Step { .. } | Request::End { .. } => unreachable!("it is no question"),
        }
    }

    /// Asks `@connections` about each connection that is stored. The answer is how many were open.
    async fn manage(&self, method: &str, body: &str) -> Value {
        let developer = aws::credentials(self.stack.running.iam.developer());
        let endpoint = self.stack.websocket_url().replacen("ws://", "http://", 1);
        let mut count = 0;
        for row in self.stack.rows("ConnectionsTable") {
            let id = row["connectionId"]["S"].as_str().unwrap();
            let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
            let url = format!("{endpoint}/@connections/{id}");
            let body = body.as_bytes();
            let reply = aws::send(&developer, "execute-api", method, &url, &[], body).await;
            match reply.status {
                200 | 204 => count += 1,
                410 => {}
                _ => panic!("{method} @connections: {}", reply.text()),
            }
        }
        json!(count)
    }
}

/// Plays `web/browser/NAME.js` with these arguments, answers what it asks for, and returns what it has seen.
///
/// # Panics
///
/// Where the script fails; what it says of that is shown.
pub async fn play(
    name: &str,
    arguments: &Value,
    mut answer: impl AsyncFnMut(Request) -> Value,
) -> Value {
    let tools = find().expect("a browser was found before");
    let _browser = BROWSERS.acquire().await.unwrap();
    // The browser's profile and every other file of it, gone with this.
    let folder = Folder::new("browser");
    let mut arguments = arguments.clone();
    arguments["chromium"] = json!(tools.chromium);
    let script = workspace().join(format!("web/browser/{name}.js"));
    let mut command = tool::command("node");
    command.arg(script).env("TMPDIR", folder.path()).env("HOME", folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stderr = child.stderr.take().unwrap();
    let said = tokio::spawn(async move {
        let mut said = String::new();
        stderr.read_to_string(&mut said).await.map(|_| said)
    });

    stdin.write_all(format!("{arguments}\n").as_bytes()).await.unwrap();
    let mut step = String::new();
    let result = loop {
        let line = tokio::time::timeout(PATIENCE, stdout.next_line()).await;
        let Ok(Ok(Some(line))) = line else { break None };
        let request = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let answer = match request {
            Request::End { result } => break Some(result),
            Request::Step { name } => {
                step = name;
                Value::Null
            }
            request => answer(request).await,
        };
        if stdin.write_all(format!("{answer}\n").as_bytes()).await.is_err() {
            break None;
        }
    };
    if result.is_none() {
        // It hangs, or has failed: told to end it closes the browser, and says what it was at.
        let id = child.id().map(|id| id.to_string()).unwrap_or_default();
        let _ = tool::command("kill").args(["-s", "TERM", &id]).output().await;
    }
    drop(stdin);
    let status = tokio::time::timeout(FAREWELL, child.wait()).await.map(Result::unwrap).ok();
    if status.is_none() {
        child.kill().await.unwrap();
    }
    check_ended(folder.path()).await;
    let said = said.await.unwrap().unwrap();
    match (result, status) {
        (Some(result), Some(status)) if status.success() => result,
        (_, status) => panic!("{name}.js has failed ({status:?}), last at {step:?}: {said}"),
    }
}

/// That no process of a browser with its files in this folder is left.
async fn check_ended(folder: &Path) {
    let folder = folder.to_str().unwrap();
    let names_it = |process: std::fs::DirEntry| {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains(folder)
    };
    // Where there is no such folder as on Linux, nothing can be looked at.
    let is_left = || std::fs::read_dir("/proc").is_ok_and(|it| it.flatten().any(names_it));
    eventually("every process of the browser has ended", || !is_left()).await;
}

/// Whether stories can be played here; else a word is on stderr.
///
/// # Panics
///
/// Where they cannot under `CI=true`.
pub fn is_there() -> bool {
    find().is_some()
}

/// What a story needs of the machine.
struct Tools {
    chromium: String,
}

/// `None`, and a word on stderr, where something is missing. Stories are left out of the log scan: they run under it
/// what others do, and a browser writes down no secret that it meets.
fn find() -> Option<Tools> {
    if secrets::are_recorded() {
        return None;
    }
    let Some(chromium) = in_path(&["chromium", "chromium-browser", "google-chrome"]) else {
        return tool::missing("Chromium");
    };
    if in_path(&["node"]).is_none() {
        return tool::missing("node");
    }
    if !workspace().join("web/node_modules/playwright-core").is_dir() {
        return tool::missing("playwright-core (npm ci, in the folder web)");
    }
    Some(Tools { chromium })
}

/// The first program of these names.
fn in_path(names: &[&str]) -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let programs = names.iter().flat_map(|name| folders.iter().map(move |it| it.join(name)));
    programs.filter(|it| it.is_file()).find_map(|it| it.to_str().map(ToOwned::to_owned))
}

/// The bare page, and the client as it is built.
pub fn bare() -> Vec<File> {
    let client = workspace().join("web/client/dist/signed-websocket.js");
    let client = std::fs::read_to_string(&client)
        .unwrap_or_else(|error| panic!("{}: {error}", client.display()));
    vec![
        File {
            path: "/".to_owned(),
            kind: "text/html; charset=utf-8",
            policy: None,
            text: "<!doctype html><title>bare</title><link rel=\"icon\" href=\"data:,\"><script type=\"module\" src=\"bare.js\"></script>"
                .to_owned(),
        },
        File {
            path: "/bare.js".to_owned(),
            kind: "text/javascript",
            policy: None,
            text: "import * as client from \"./signed-websocket.js\";\nwindow.client = client;\n"
                .to_owned(),
        },
        File {
            path: "/signed-websocket.js".to_owned(),
            kind: "text/javascript",
            policy: None,
            text: client,
        },
    ]
}

/// The files of the page, as any server of files gives them; the client is beside the bare page.
pub fn page() -> Vec<File> {
    let folder = workspace().join("web/page");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let index = File {
        path: "/".to_owned(),
        kind: "text/html; charset=utf-8",
        policy: None,
        text: read("index.html"),
    };
    let others = std::fs::read_dir(&folder).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let kind = match name.rsplit_once('.') {
            Some((_, "js")) => "text/javascript; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            _ => return None,
        };
        Some(File { path: format!("/{name}"), kind, policy: None, text: read(&name) })
    });
    std::iter::once(index).chain(others).collect()
}
