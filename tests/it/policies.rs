//! Every permission of the template is needed: without it, the call that needs it is refused as AWS
//! refuses it, and what comes of that is what the template's user would see.
//!
//! What there is to take away is read from the template itself. A permission that has no
//! [`Observation`] fails the test, so that a new one cannot be forgotten.

use std::collections::BTreeSet;

use local::events::websocket::{self as events, Connection};
use local::functions::InvocationError;
use local::template::{Role, WebSocketRouteKey};
use serde_json::json;
use tests::command::{self, Process};
use tests::folder::Folder;
use tests::stack::{ACCOUNT_ID, Options, REGION, Stack};
use tests::waiting::eventually;
use tests::{http, template, websocket};
use yaml_serde::Value;

/// What shows that a permission is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Observation {
    /// A signed URL opens nothing: the policy refuses it before any function runs.
    HandshakeRefusedByPolicy,
    /// The handshake fails with a fault of ours, and nothing is stored: no row, no spent nonce.
    NothingStored,
    /// A message is answered by the error frame of API Gateway.
    NoEcho,
    /// What is stored of a connection stays when it is found to be gone.
    GoneConnectionStays,
    /// What is stored of a connection stays when it is closed.
    ClosedConnectionStays,
}

use Observation::{
    ClosedConnectionStays, GoneConnectionStays, HandshakeRefusedByPolicy, NoEcho, NothingStored,
};

/// For each role, action and resource of the template what is seen without it. The functions' logs
/// are left out: it is the Lambda service that writes them.
const OBSERVATIONS: [(&str, &str, &str, Observation); 7] = [
    ("ConnectFunctionRole", "dynamodb:PutItem", "ConnectionsTable.Arn", NothingStored),
    ("ConnectFunctionRole", "dynamodb:PutItem", "NoncesTable.Arn", NothingStored),
    ("DefaultFunctionRole", "dynamodb:DeleteItem", "ConnectionsTable.Arn", GoneConnectionStays),
    ("DefaultFunctionRole", "dynamodb:GetItem", "ConnectionsTable.Arn", NoEcho),
    (
        "DefaultFunctionRole",
        "execute-api:ManageConnections",
        "${WebSocketApi}/${StageName}/POST/@connections/*",
        NoEcho,
    ),
    (
        "DisconnectFunctionRole",
        "dynamodb:DeleteItem",
        "ConnectionsTable.Arn",
        ClosedConnectionStays,
    ),
    (
        "SignerRole",
        "execute-api:Invoke",
        "${WebSocketApi}/${StageName}/$connect",
        HandshakeRefusedByPolicy,
    ),
];

#[tokio::test]
async fn every_permission_has_an_observation() {
    let permissions = permissions();
    let found: BTreeSet<_> =
        permissions.iter().map(|one| (&*one.role, one.action(), one.resource())).collect();
    let expected = OBSERVATIONS.map(|(role, action, resource, _)| (role, action, resource));
    assert_eq!(found, BTreeSet::from(expected));
}

#[tokio::test]
async fn every_permission_of_a_role_is_needed() {
    for permission in permissions() {
        let observation = permission.observation();
        let template = template::with(|tree| permission.remove_from(tree));
        let stack = Stack::start_with(Options::default().template(template)).await;
        observation.check(&stack, &permission.refusal(&stack)).await;
        stack.stop().await;
    }
}

/// With nothing taken away, all that is observed goes well.
#[tokio::test]
async fn with_all_permissions_nothing_is_refused() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    assert_eq!(socket.ask("hello").await["message"], "hello");
    message_of_a_gone_connection(&stack).await.expect("the function answers");
    check_tables(&stack, 1, 1);
    socket.close().await;
    stack.running.services.sessions.empty().await;
    check_tables(&stack, 0, 1);
    assert_eq!(stack.log_count("", "not authorized"), 0);
    stack.stop().await;
}

#[tokio::test]
async fn without_its_trust_statement_a_role_is_assumed_by_nobody() {
    let mut tree = template::tree();
    for role in resources("AWS::IAM::Role") {
        let statements = format!("Resources.{role}.Properties.AssumeRolePolicyDocument.Statement");
        for statement in 0..list(&mut tree, &statements).len() {
            let template = template::with(|tree| {
                // A trust policy must hold a statement: this one is for a service that never calls.
                *template::at(tree, &format!("{statements}.{statement}.Principal")) =
                    yaml_serde::from_str("{Service: ec2.amazonaws.com}").unwrap();
            });
            check_distrusted(&role, Options::default().template(template)).await;
        }
    }
}

#[tokio::test]
async fn without_its_permission_api_gateway_does_not_invoke_a_function() {
    for permission in resources("AWS::Lambda::Permission") {
        let template = template::with(|tree| {
            let Value::Mapping(resources) = template::at(tree, "Resources") else {
                panic!("Resources is a mapping")
            };
            resources.remove(&*permission);
        });
        let stack = Stack::start_with(Options::default().template(template)).await;
        match &*permission {
            "SignPermission" => {
                let answer = stack.ask_to_sign(&json!({})).await;
                let expected = json!({"message": "Internal Server Error"});
                assert_eq!((answer.status, answer.json()), (500, expected));
            }
            "ConnectPermission" => {
                let url = stack.sign(json!({})).await;
                let answer = websocket::open(&url).await.expect_err("no connection");
                let expected = json!({"message": "Internal server error"});
                assert_eq!((answer.status, answer.json()), (500, expected));
                check_tables(&stack, 0, 0);
            }
            "DefaultPermission" => check_error_frame(&stack).await,
            "DisconnectPermission" => {
                let socket = stack.connect(json!({})).await;
                socket.close().await;
                stack.running.services.sessions.empty().await;
                check_tables(&stack, 1, 1);
            }
            other => panic!("nothing shows what {other} is needed for"),
        }
        stack.stop().await;
    }
}

/// Whoever runs the stack reads of a refusal in its log.
#[tokio::test]
async fn a_refusal_is_logged_with_principal_action_and_resource() {
    let permissions = permissions();
    let put_nonce = ("dynamodb:PutItem", "NoncesTable.Arn");
    let removed = permissions.iter().find(|one| (one.action(), one.resource()) == put_nonce);
    let template = template::with(|tree| removed.unwrap().remove_from(tree));
    let folder = Folder::new("policies");
    let template = folder.file("template.yaml", &template);
    let mut command = command::countersign().await;
    command.args(["--template", &template, "--parameter", "SignAuthorization=NONE"]);
    let process = Process::start(command).await;
    let signed = http::post(process.told("/sign"), "").await;
    let refused = websocket::open(signed.json()["url"].as_str().unwrap()).await;
    assert_eq!(refused.err().map(|reply| reply.status), Some(502));
    let stderr = process.stop().await.stderr;
    let refusal =
        "WARN local::report: DynamoDB call refused: rule 25 (the policies allow it): User: ";
    let of_local = |line: &&String| line.contains(refusal);
    let line = stderr.iter().find(of_local).unwrap_or_else(|| panic!("{stderr:?}"));
    let account = ACCOUNT_ID;
    for part in [
        format!("User: arn:aws:sts::{account}:assumed-role/countersign-ConnectFunctionRole-"),
        "is not authorized to perform: dynamodb:PutItem".to_owned(),
        format!("on resource: arn:aws:dynamodb:{REGION}:{account}:table/countersign-NoncesTable-"),
    ] {
        assert!(line.contains(&part), "{part} is not in {line}");
    }
}

#[tokio::test]
async fn a_condition_that_cannot_be_decided_stops_the_start() {
    let template = template::with(|tree| {
        let statement = "Resources.DisconnectFunctionRole.Properties.Policies.0.PolicyDocument";
        let statement = template::at(tree, &format!("{statement}.Statement.0"));
        statement["Condition"] =
            yaml_serde::from_str("{ForAllValues:StringEquals: {dynamodb:LeadingKeys: [nobody]}}")
                .unwrap();
    });
    let refused = Stack::try_start(Options::default().template(template)).await;
    let message = local::report::chain(&refused.err().expect("a refusal")).to_string();
    let words = "connections[0] asks for the condition key \"dynamodb:LeadingKeys\", which local \
                 does not fill";
    assert!(message.contains(words), "{message}");
}

impl Observation {
    /// Does what needs the permission, and looks.
    async fn check(self, stack: &Stack, refusal: &str) {
        match self {
            HandshakeRefusedByPolicy => {
                let url = stack.sign(json!({})).await;
                let answer = websocket::open(&url).await.expect_err("no connection");
                let expected = json!({"Message": refusal});
                assert_eq!((answer.status, answer.json()), (403, expected));
                assert_eq!(answer.header("x-amzn-errortype"), Some("AccessDeniedException"));
                check_tables(stack, 0, 0);
                return;
            }
            NothingStored => {
                let url = stack.sign(json!({})).await;
                let answer = websocket::open(&url).await.expect_err("no connection");
                let expected = json!({"message": "Internal server error"});
                assert_eq!((answer.status, answer.json()), (502, expected));
                check_tables(stack, 0, 0);
            }
            NoEcho => check_error_frame(stack).await,
            GoneConnectionStays => {
                let socket = stack.connect(json!({})).await;
                let answer = message_of_a_gone_connection(stack).await;
                assert!(answer.is_err(), "the function fails");
                check_tables(stack, 2, 1);
                socket.close().await;
            }
            ClosedConnectionStays => {
                let socket = stack.connect(json!({})).await;
                socket.close().await;
                stack.running.services.sessions.empty().await;
                check_tables(stack, 1, 1);
            }
        }
        // A function's output may come after its answer.
        eventually("the function logs the refusal", || stack.log_count("", refusal) > 0).await;
    }
}

async fn check_distrusted(role: &str, options: Options) {
    let stack = match Stack::try_start(options).await {
        Ok(stack) => stack,
        // The role of a function: Lambda does not take the function.
        Err(error) => {
            let function = role.strip_suffix("Role").unwrap();
            let message = "The role defined for the function cannot be assumed by Lambda.";
            let expected = format!("function {function} gets no credentials: {message}");
            assert_eq!(local::report::chain(&error).to_string(), expected);
            return;
        }
    };
    assert_eq!(role, "SignerRole");
    let answer = stack.ask_to_sign(&json!({})).await;
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (503, Some("credentials_unavailable"))
    );
    let function = stack.template.functions.iter().find(|one| one.logical_id == "SignFunction");
    let sign_role = stack.role("SignFunctionRole");
    let refusal =
        sentence(sign_role, &function.unwrap().name, "sts:AssumeRole", &stack.role(role).arn);
    eventually("the function logs the refusal", || stack.log_count("", &refusal) > 0).await;
    stack.stop().await;
}

async fn check_error_frame(stack: &Stack) {
    let mut socket = stack.connect(json!({})).await;
    let frame = socket.ask("hello").await;
    assert_eq!(frame["message"], "Internal server error");
    assert_eq!(frame["connectionId"], stack.rows("ConnectionsTable")[0]["connectionId"]["S"]);
    socket.close().await;
}

#[track_caller]
fn check_tables(stack: &Stack, connections: usize, nonces: usize) {
    let rows = ["ConnectionsTable", "NoncesTable"].map(|table| stack.rows(table).len());
    assert_eq!(rows, [connections, nonces]);
}

/// Hands the function of `$default` the last message of a connection that is gone, and of which all
/// is stored that is stored of the one that is open.
async fn message_of_a_gone_connection(stack: &Stack) -> Result<(), InvocationError> {
    let gone = "Gone567890123456";
    let mut row = stack.rows("ConnectionsTable").remove(0);
    row["connectionId"] = json!({"S": gone});
    let put = json!({"TableName": stack.table_name("ConnectionsTable"), "Item": row});
    stack.running.tables.execute("PutItem", put).unwrap();
    let api = &stack.template.websocket_apis[0];
    let route = api.routes.iter().find(|route| route.key == WebSocketRouteKey::Default).unwrap();
    let connection = Connection {
        connection_id: gone.to_owned(),
        api_id: api.id.clone(),
        stage: api.stages[0].name.clone(),
        domain_name: "127.0.0.1".to_owned(),
        connected_at: stack.clock.now(),
        source_ip: "127.0.0.1".to_owned(),
        user_agent: None,
    };
    let services = &stack.running.services;
    let event = events::message(&connection, &services.occasion(), "message", "hello");
    let function = &route.integration.function_arn;
    services.functions.invoke(function, event.into()).await.map(|_| ())
}

/// AWS's sentence, to the session of a role.
fn sentence(role: &Role, session: &str, action: &str, resource: &str) -> String {
    format!(
        "User: arn:aws:sts::{ACCOUNT_ID}:assumed-role/{}/{session} is not authorized to perform: \
         {action} on resource: {resource}",
        role.name
    )
}

/// An action on a resource that a role's policies allow.
struct Permission {
    role: String,
    /// The place of its policy in the role, and of its statement in the policy.
    place: [usize; 2],
    action: Value,
    resource: Value,
}

/// Every action on every resource of every role, but what is for the functions' logs.
fn permissions() -> Vec<Permission> {
    let mut tree = template::tree();
    let mut permissions = Vec::new();
    for role in resources("AWS::IAM::Role") {
        let policies = format!("Resources.{role}.Properties.Policies");
        for policy in 0..list(&mut tree, &policies).len() {
            let statements = format!("{policies}.{policy}.PolicyDocument.Statement");
            for statement in 0..list(&mut tree, &statements).len() {
                let place = [policy, statement];
                let statement = format!("{statements}.{statement}");
                assert_eq!(template::at(&mut tree, &format!("{statement}.Effect")), "Allow");
                let actions = list(&mut tree, &format!("{statement}.Action"));
                let resources = list(&mut tree, &format!("{statement}.Resource"));
                let pairs = actions.iter().flat_map(|action| {
                    resources.iter().map(move |resource| (action.clone(), resource.clone()))
                });
                permissions.extend(pairs.map(|(action, resource)| Permission {
                    role: role.clone(),
                    place,
                    action,
                    resource,
                }));
            }
        }
    }
    permissions.retain(|one| !one.action().starts_with("logs:"));
    permissions
}

impl Permission {
    fn action(&self) -> &str {
        self.action.as_str().expect("an action is a text")
    }

    /// What the template's `!GetAtt` or `!Sub` says, without the beginning of an ARN.
    fn resource(&self) -> &str {
        let Value::Tagged(function) = &self.resource else { panic!("a resource without function") };
        let text = function.value.as_str().expect("a function of a text");
        text.rsplit(':').next().unwrap_or(text)
    }

    fn observation(&self) -> Observation {
        let key = (&*self.role, self.action(), self.resource());
        let found = OBSERVATIONS
            .iter()
            .find(|(role, action, resource, _)| (*role, *action, *resource) == key);
        found.unwrap_or_else(|| panic!("nothing shows what {key:?} is needed for")).3
    }

    /// Leaves its statement all other actions on its resource, and its action on all others.
    fn remove_from(&self, tree: &mut Value) {
        let policies = format!("Resources.{}.Properties.Policies", self.role);
        let [policy, statement] = self.place;
        let statements = format!("{policies}.{policy}.PolicyDocument.Statement");
        let whole = template::at(tree, &format!("{statements}.{statement}")).clone();
        let mut left = list(tree, &statements);
        left.remove(statement);
        for (element, removed) in [("Action", &self.action), ("Resource", &self.resource)] {
            let mut part = whole.clone();
            let mut others = list(&mut part, element);
            others.retain(|one| one != removed);
            if element == "Resource" {
                *template::at(&mut part, "Action") = self.action.clone();
            }
            if !others.is_empty() {
                *template::at(&mut part, element) = Value::from(others);
                left.push(part);
            }
        }
        if left.is_empty() {
            // A policy must hold a statement.
            let mut others = list(tree, &policies);
            others.remove(policy);
            *template::at(tree, &policies) = Value::from(others);
        } else {
            *template::at(tree, &statements) = Value::from(left);
        }
    }

    /// How AWS refuses the call that needs it.
    fn refusal(&self, stack: &Stack) -> String {
        let role = stack.role(&self.role);
        let function = stack.template.functions.iter().find(|one| one.role_arn == role.arn);
        let session = function.map_or("sign-websocket-url", |function| &function.name);
        let resource = match self.resource().strip_suffix(".Arn") {
            Some(table) => {
                let table = stack.table_name(table);
                format!("arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{table}")
            }
            // API Gateway masks the account, and speaks of all connections alike.
            None => {
                let api = &stack.template.websocket_apis[0];
                let path = self.resource().replace("${WebSocketApi}", &api.id);
                let path = path.replace("${StageName}", &api.stages[0].name);
                let path = path.replace("/@connections/*", "/@connections/{connectionId}");
                format!("arn:aws:execute-api:{REGION}:********{}:{path}", &ACCOUNT_ID[8..])
            }
        };
        sentence(role, session, self.action(), &resource)
    }
}

/// The logical ids of the template's resources of a type.
fn resources(resource_type: &str) -> Vec<String> {
    let mut tree = template::tree();
    let Value::Mapping(resources) = template::at(&mut tree, "Resources") else {
        panic!("Resources is a mapping")
    };
    resources
        .iter()
        .filter(|(_, resource)| resource["Type"] == resource_type)
        .map(|(name, _)| name.as_str().expect("a logical id is a text").to_owned())
        .collect()
}

/// The items of a list, or the one that stands in its place.
fn list(tree: &mut Value, path: &str) -> Vec<Value> {
    match template::at(tree, path) {
        Value::Sequence(items) => items.clone(),
        one => vec![one.clone()],
    }
}
