//! A running stack of the template, with its clock, its faults and its logs in the test's hands.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use local::clock::Clock;
use local::faults::Faults;
use local::jwt::development::Wanted;
use local::jwt::issuers::Issuers;
use local::jwt::key_set::KeySet;
use local::listener;
use local::randomness::Randomness;
use local::running::guide::Program;
use local::running::{Listeners, Running, Settings, StartError};
use local::services::Farewells;
use local::template::{Environment, FunctionCode, ParameterValues, Role, Template};
use local::throttle::AccountQuotas;
use local::trace::Trace;
use serde_json::{Value, json};
use sigv4_sign::Signer;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use url::Url;

use crate::http::{self, Reply};
use crate::websocket::{self, Socket};
use crate::{aws, programs, secrets, template};

/// The account of every stack under test.
pub const ACCOUNT_ID: &str = "111122223333";
/// The region of every stack under test.
pub const REGION: &str = "eu-west-1";

/// How long a client is given to answer a close frame.
const CLOSE_FRAME: Duration = Duration::from_millis(50);

/// What a stack is started with.
pub struct Options {
    /// The template's text.
    pub template: String,
    /// Its parameters; over those that every test shares.
    pub parameters: Vec<(&'static str, String)>,
    /// Programs beside those of the template's own packages, by package.
    pub programs: BTreeMap<String, PathBuf>,
    /// By default one that stands at the machine's time until the test drives it.
    pub clock: Clock,
    /// The keys of the template's issuer, where it is not a development issuer.
    pub key_set: Option<KeySet>,
    /// Where the page is served; by default at any free port.
    pub web: Option<TcpListener>,
    /// How long clients are waited for at an end; those of the tests answer a close frame only while a test
    /// listens to them.
    pub farewells: Farewells,
    /// Whether the page is told what happens; by default it is.
    pub trace: Trace,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            template: template::text(),
            parameters: Vec::new(),
            programs: BTreeMap::new(),
            clock: Clock::driven(OffsetDateTime::now_utc()),
            key_set: None,
            web: None,
            farewells: Farewells { close_frame: CLOSE_FRAME, ..Farewells::default() },
            trace: Trace::on(),
        }
    }
}

impl Options {
    /// With one parameter more.
    #[must_use]
    pub fn parameter(mut self, name: &'static str, value: &str) -> Self {
        self.parameters.push((name, value.to_owned()));
        self
    }

    /// Of another template.
    #[must_use]
    pub fn template(mut self, template: String) -> Self {
        self.template = template;
        self
    }
}

/// A running stack.
pub struct Stack {
    /// What runs.
    pub running: Running,
    /// What it was made of: the evaluated template.
    pub template: local::template::Stack,
    /// Its clock.
    pub clock: Clock,
    /// What is to go wrong.
    pub faults: Faults,
    log: Arc<Mutex<Vec<String>>>,
    metrics: Arc<Mutex<Vec<String>>>,
    _keys: secrets::Keys,
}

impl Stack {
    /// Starts the template: anyone may sign, `room` may be requested.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// Starts a stack.
    pub async fn start_with(options: Options) -> Self {
        Self::try_start(options)
            .await
            .unwrap_or_else(|error| panic!("{}", local::report::chain(&error)))
    }

    /// Starts a stack that may not start.
    ///
    /// # Errors
    ///
    /// What `local` says of it.
    pub async fn try_start(mut options: Options) -> Result<Self, StartError> {
        if secrets::are_recorded() {
            options.template = secrets::with_tracing_functions(&options.template);
        }
        let mut values = ParameterValues::default();
        values.set("SignAuthorization", "NONE");
        values.set("Requestable", "*");
        // As much as an account allows: a clock that stands fills no bucket again.
        for (rate, burst) in
            [("SignRateLimit", "SignBurstLimit"), ("ConnectRateLimit", "ConnectBurstLimit")]
        {
            values.set(rate, "10000");
            values.set(burst, "5000");
        }
        for (name, value) in &options.parameters {
            values.set(*name, value.as_str());
        }
        let environment = Environment {
            account_id: ACCOUNT_ID.to_owned(),
            region: REGION.to_owned(),
            partition: "aws".to_owned(),
            stack_name: "test".to_owned(),
        };
        let stack = Template::parse(&options.template)
            .and_then(|template| template.evaluate(&values, &environment))
            .unwrap_or_else(|error| panic!("{}", local::report::chain(&error)));
        let log = Arc::new(Mutex::new(Vec::new()));
        let metrics = Arc::new(Mutex::new(Vec::new()));
        let faults = Faults::default();
        let randomness = Randomness::operating_system();
        let issuers = Issuers::new(&stack, options.key_set, &randomness)
            .unwrap_or_else(|error| panic!("{}", local::report::chain(&error)));
        let listeners = Listeners {
            http: listener::bind(0).await.unwrap(),
            websocket: listener::bind(0).await.unwrap(),
            http_domain: None,
            websocket_domain: None,
            aws: listener::bind(0).await.unwrap(),
            web: Some(match options.web {
                Some(web) => web,
                None => listener::bind(0).await.unwrap(),
            }),
        };
        let settings = Settings {
            programs: programs_of(&stack, &options.programs).await,
            data: None,
            clock: options.clock.clone(),
            randomness,
            issuers,
            function_log: {
                let (log, metrics) = (log.clone(), metrics.clone());
                Arc::new(move |function, line| {
                    eprintln!("{function}: {line}");
                    if line.starts_with(r#"{"_aws""#) {
                        metrics.lock().unwrap().push(line.to_owned());
                    } else {
                        log.lock().unwrap().push(format!("{function}: {line}"));
                    }
                })
            },
            quotas: AccountQuotas::Default,
            faults: faults.clone(),
            trace: options.trace,
            farewells: options.farewells,
            program: Program::Own,
        };
        let template = stack.clone();
        let running = Running::start(stack, listeners, settings).await?;
        let _keys = secrets::Keys(running.iam.clone());
        Ok(Self { running, template, clock: options.clock, faults, log, metrics, _keys })
    }

    /// Ends it, and every process of it.
    pub async fn stop(self) {
        self.running.shut_down().await;
    }

    /// Where STS and DynamoDB answer.
    pub fn aws_url(&self) -> String {
        format!("http://{}", self.running.aws)
    }

    /// Where `/sign` answers.
    pub fn sign_url(&self) -> &str {
        &self.running.outputs["SignUrl"]
    }

    /// What signed URLs open.
    pub fn websocket_url(&self) -> &str {
        &self.running.outputs["WebSocketUrl"]
    }

    /// The origin of its page.
    pub fn page(&self) -> &str {
        self.running.guide.page.as_deref().expect("a page")
    }

    /// Asks `/sign`.
    pub async fn ask_to_sign(&self, body: &Value) -> Reply {
        http::post(self.sign_url(), &body.to_string()).await
    }

    /// A token of the development issuer with these claims, for an hour and for the authorizer's audience.
    pub fn token(&self, claims: &Value) -> String {
        let claims = claims.as_object().unwrap().clone();
        self.token_of(Wanted { claims, scopes: Vec::new(), expires_in: 3600, audience: None })
    }

    /// A token of the development issuer.
    pub fn token_of(&self, wanted: Wanted) -> String {
        let services = &self.running.services;
        let token = services.issuers.issue(wanted, self.clock.now(), &services.randomness);
        let token = token.unwrap_or_else(|error| panic!("{}", local::report::chain(&error)));
        token.secret_text().to_owned()
    }

    /// A signed URL with these parameters.
    pub async fn sign(&self, query: Value) -> String {
        let reply = self.ask_to_sign(&json!({"query": query})).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["url"].as_str().unwrap().to_owned()
    }

    /// A URL of a stage of the WebSocket API, signed with any credentials, in which all is as ws-connect
    /// wants it. A nonce is 22 characters of base64url, each good once.
    pub fn signed_url(&self, credentials: &Credentials, stage: &str, nonce: &str) -> String {
        let now = self.clock.now();
        let endpoint = format!("ws://{}/{stage}", self.running.websocket_apis[0].address);
        let signer = Signer { credentials, region: REGION, time: now.into() };
        let expires = (now.unix_timestamp() + 60).to_string();
        let parameters = [("grant.expires", &*expires), ("grant.nonce", nonce)];
        let endpoint = Url::parse(&endpoint).unwrap();
        let url = signer.presigned_url(&endpoint, &parameters, Duration::from_secs(60)).unwrap();
        url.secret_text().to_owned()
    }

    /// Signs and connects.
    pub async fn connect(&self, query: Value) -> Socket {
        let url = self.sign(query).await;
        websocket::open(&url).await.unwrap()
    }

    /// Every row of the table with this logical id.
    pub fn rows(&self, logical_id: &str) -> Vec<Value> {
        let request = json!({"TableName": self.table_name(logical_id)});
        let answer = self.running.tables.execute("Scan", request).unwrap();
        answer["Items"].as_array().unwrap().clone()
    }

    /// The name of a table.
    pub fn table_name(&self, logical_id: &str) -> String {
        let tables = self.running.tables.execute("ListTables", json!({})).unwrap();
        let names = tables["TableNames"].as_array().unwrap();
        let of = |name: &&Value| name.as_str().is_some_and(|name| name.contains(logical_id));
        names.iter().find(of).and_then(Value::as_str).unwrap().to_owned()
    }

    /// How often the function with this logical id has been invoked.
    pub fn invocations(&self, logical_id: &str) -> u64 {
        let invocations = self.running.services.functions.invocations();
        let of = |(name, _): &(&String, &u64)| name.contains(logical_id);
        *invocations.iter().find(of).unwrap_or_else(|| panic!("no function {logical_id}")).1
    }

    /// The processes of the function with this logical id.
    pub fn processes(&self, logical_id: &str) -> Vec<u32> {
        let processes = self.running.services.functions.processes();
        let of = processes.into_iter().filter(|(name, _)| name.contains(logical_id));
        of.map(|(_, id)| id).collect()
    }

    /// How long each function of the template may take.
    pub fn function_timeout(&self) -> Duration {
        let timeouts: Vec<_> = self.template.functions.iter().map(|one| one.timeout).collect();
        assert!(timeouts.windows(2).all(|pair| pair[0] == pair[1]), "{timeouts:?}");
        timeouts[0]
    }

    /// The role with this logical id.
    pub fn role(&self, logical_id: &str) -> &Role {
        let role = self.template.roles.iter().find(|role| role.logical_id == logical_id);
        role.unwrap_or_else(|| panic!("the template has no role {logical_id}"))
    }

    /// Credentials as Lambda gives them to a function of this role.
    pub fn function_credentials(&self, role: &str) -> Credentials {
        let arn = &self.role(role).arn;
        let session = self.running.iam.session_for_function(arn, "test", self.clock.now());
        aws::credentials(&session.unwrap())
    }

    /// What the functions have counted: each line in CloudWatch's embedded metric format, as it was written.
    pub fn metrics(&self) -> Vec<String> {
        self.metrics.lock().unwrap().clone()
    }

    /// What else the functions have written, line by line, each behind its function's name.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// How many lines of a function's log say this.
    pub fn log_count(&self, function: &str, text: &str) -> usize {
        let lines = self.log();
        lines.iter().filter(|line| line.contains(function) && line.contains(text)).count()
    }

    /// Writes a row into the table with this logical id, behind everybody's back. `item` has
    /// DynamoDB's form.
    pub fn put_row(&self, logical_id: &str, item: &Value) {
        let request = json!({"TableName": self.table_name(logical_id), "Item": item});
        self.running.tables.execute("PutItem", request).unwrap();
    }

    /// Removes a row of the table with this logical id, behind everybody's back. `key` has
    /// DynamoDB's form.
    pub fn remove_row(&self, logical_id: &str, key: &Value) {
        let request = json!({"TableName": self.table_name(logical_id), "Key": key});
        self.running.tables.execute("DeleteItem", request).unwrap();
    }

    /// Invokes the function with this logical id as API Gateway does, with an event of the test's
    /// own, and returns its answer.
    pub async fn invoke(&self, logical_id: &str, event: &Value) -> Value {
        let mut functions = self.template.functions.iter();
        let function = functions.find(|function| function.logical_id == logical_id);
        let arn = &function.unwrap_or_else(|| panic!("there is no function {logical_id}")).arn;
        let payload = event.to_string().into_bytes().into();
        let answer = self.running.services.functions.invoke(arn, payload).await;
        let answer = answer.unwrap_or_else(|error| panic!("{logical_id}: {error}"));
        serde_json::from_slice(&answer).unwrap()
    }

    /// Lets so much time pass, once no function is at work any more: one that has not answered when the
    /// clock leaps past its timeout is ended, even if its echo has arrived.
    pub async fn pass(&self, time: Duration) {
        self.running.services.functions.all_answered().await;
        self.clock.advance(time);
    }

    /// Waits until every connection that is closed has come to the end of its `$disconnect`. A
    /// connection counts from its first answer on.
    pub async fn all_disconnected(&self) {
        self.running.services.sessions.empty().await;
    }
}

/// The programs of a stack's functions, by their logical ids: the template's own, and a test's, which go first.
async fn programs_of(
    stack: &local::template::Stack,
    others: &BTreeMap<String, PathBuf>,
) -> BTreeMap<String, PathBuf> {
    let built = programs::built().await;
    let functions = stack.functions.iter().filter_map(|function| match &function.code {
        FunctionCode::LocalArchive { package, .. } => {
            let program = others.get(package).or_else(|| built.get(package))?;
            Some((function.logical_id.clone(), program.clone()))
        }
        FunctionCode::S3 { .. } => None,
    });
    functions.collect()
}
