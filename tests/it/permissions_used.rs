//! Which of the granted permissions were used: counted one by one, shown at the end of a run and when
//! it is asked for.

use local::permissions::Holder;
use serde_json::json;
use tests::command::{self, Ended, FREE_PORTS, Process};
use tests::folder::Folder;
use tests::stack::{ACCOUNT_ID, REGION, Stack};
use tests::{http, template, websocket};
use tokio::process::Command;

/// What is not used, and what cannot be seen on this machine.
const NEVER: Option<u64> = Some(0);
const ONCE: Option<u64> = Some(1);
const NOT_PLAYED: Option<u64> = None;

#[tokio::test]
async fn one_connection_uses_what_it_needs_and_nothing_else() {
    let stack = Stack::start().await;
    let mut socket = stack.connect(json!({})).await;
    assert_eq!(socket.ask("hello").await["message"], "hello");
    socket.close().await;
    stack.all_disconnected().await;

    let lambda = "lambda.amazonaws.com".to_owned();
    let table =
        |id| format!("arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{}", stack.table_name(id));
    let invoke =
        |api: &str, path: &str| format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{api}/{path}");
    let (http, websocket) = (&stack.template.http_apis[0].id, &stack.template.websocket_apis[0].id);
    let logs = |function: &str| {
        let mut functions = stack.template.functions.iter();
        let function = functions.find(|one| one.logical_id == function).unwrap();
        let group = &function.logging.log_group;
        let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{group}:*");
        ["logs:CreateLogStream", "logs:PutLogEvents"]
            .map(|action| (action, arn.clone(), NOT_PLAYED))
    };
    let trust = |scope: String| ("sts:AssumeRole", scope, ONCE);
    let gateway = |source: String| {
        ("lambda:InvokeFunction", format!("apigateway.amazonaws.com {source}"), ONCE)
    };
    let [create, put] = logs("ConnectFunction");
    check(
        &stack,
        "ConnectFunctionRole",
        &[
            trust(lambda.clone()),
            ("dynamodb:PutItem", table("ConnectionsTable"), ONCE),
            ("dynamodb:PutItem", table("NoncesTable"), ONCE),
            create,
            put,
        ],
    );
    let [create, put] = logs("DefaultFunction");
    let post = invoke(websocket, "prod/POST/@connections/*");
    check(
        &stack,
        "DefaultFunctionRole",
        &[
            trust(lambda.clone()),
            ("dynamodb:GetItem", table("ConnectionsTable"), ONCE),
            ("dynamodb:DeleteItem", table("ConnectionsTable"), NEVER),
            ("execute-api:ManageConnections", post, ONCE),
            create,
            put,
        ],
    );
    let [create, put] = logs("DisconnectFunction");
    let delete = ("dynamodb:DeleteItem", table("ConnectionsTable"), ONCE);
    check(&stack, "DisconnectFunctionRole", &[trust(lambda.clone()), delete, create, put]);
    let [create, put] = logs("SignFunction");
    check(&stack, "SignFunctionRole", &[trust(lambda), create, put]);
    let function = stack.role("SignFunctionRole").arn.clone();
    let connect = ("execute-api:Invoke", invoke(websocket, "prod/$connect"), ONCE);
    check(&stack, "SignerRole", &[trust(function), connect]);
    check(&stack, "SignFunction", &[gateway(invoke(http, "*/POST/sign"))]);
    for (function, route) in [
        ("ConnectFunction", "$connect"),
        ("DefaultFunction", "$default"),
        ("DisconnectFunction", "$disconnect"),
    ] {
        check(&stack, function, &[gateway(invoke(websocket, &format!("prod/{route}")))]);
    }
    assert_eq!(stack.running.services.permissions.uses().len(), 9, "there are no others");
    stack.stop().await;
}

/// The permissions of a role or function: action, scope, and how often they were used.
#[track_caller]
fn check(stack: &Stack, name: &str, expected: &[(&str, String, Option<u64>)]) {
    let holders = stack.running.services.permissions.uses();
    let holder = holders.iter().find(|holder| holder.name == name);
    let permissions = &holder.unwrap_or_else(|| panic!("no {name}: {holders:?}")).permissions;
    let found: Vec<_> =
        permissions.iter().map(|one| (one.action.as_str(), one.scope.clone(), one.used)).collect();
    assert_eq!(found, expected, "{name}");
}

#[tokio::test]
async fn a_permission_too_many_is_named_at_the_end_of_a_run_and_when_it_is_asked_for() {
    let template = template::with(|tree| {
        let statement = "Resources.ConnectFunctionRole.Properties.Policies.0.PolicyDocument";
        let action = template::at(tree, &format!("{statement}.Statement.0.Action"));
        *action = vec!["dynamodb:PutItem", "dynamodb:Query"].into();
    });
    let folder = Folder::new("control");
    let template = folder.file("template.yaml", &template);
    let mut command = command_in(&folder).await;
    command.args(FREE_PORTS).args(["--template", &template]);
    command.args(["--parameters", "cloudformation/parameters.local.json"]);
    let process = Process::spawn(command);
    let lines = process.stdout_of(7).await;
    let address = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        words.find(|word| word.contains("://")).unwrap()
    };
    let (sign, websocket) = (address(&lines[0]) + "/sign", address(&lines[1]));
    let port = url::Url::parse(&websocket).unwrap().port().unwrap().to_string();

    let ask = async |arguments: &[&str]| {
        let mut command = command_in(&folder).await;
        command.arg("permissions").args(arguments);
        command::run(command).await
    };
    let query = async || {
        let Ended { status, stdout, stderr } = ask(&["--json", "--port", &port]).await;
        assert!(status.success() && stderr.is_empty(), "{stderr:?}");
        let holders: Vec<Holder> = serde_json::from_str(&stdout.concat()).unwrap();
        let role = holders.into_iter().find(|holder| holder.name == "ConnectFunctionRole").unwrap();
        role.permissions
            .into_iter()
            .filter(|one| one.policy == "connections[0]")
            .map(|one| (one.action, one.used))
            .collect::<Vec<_>>()
    };
    let tables = |put, query| {
        let (put, query) = (("dynamodb:PutItem", put), ("dynamodb:Query", query));
        [put, put, query, query].map(|(action, used)| (action.to_owned(), used))
    };
    assert_eq!(query().await, tables(NEVER, NEVER));
    let signed = http::post(&sign, "{}").await.json();
    let mut socket = websocket::open(signed["url"].as_str().unwrap()).await.unwrap();
    socket.ask("hello").await;
    socket.close().await;
    assert_eq!(query().await, tables(ONCE, NEVER));

    // What a person reads is the same, asked for or at the end.
    let Ended { status, stdout: asked, .. } = ask(&[]).await;
    assert!(status.success());
    let told = process.stop().await.stdout.split_off(lines.len());
    assert_eq!(told[..2], ["", "Permissions of the template, and how often they were used:"]);
    for (lines, when) in [(&asked[..], "asked for"), (&told[2..], "at the end")] {
        let start = lines.iter().position(|line| line == "ConnectFunctionRole").unwrap();
        let words = |line: &String| line.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
        let role: Vec<_> = lines[start + 1..start + 6].iter().map(words).collect();
        let expected = [
            "used 1x AssumeRolePolicyDocument[0] sts:AssumeRole",
            "used 1x connections[0] dynamodb:PutItem",
            "used 1x connections[0] dynamodb:PutItem",
            "never used connections[0] dynamodb:Query",
            "never used connections[0] dynamodb:Query",
        ];
        assert_eq!(role, expected, "{when}");
    }
    let holders = told.iter().filter(|line| !line.starts_with(' ')).count();
    assert_eq!(holders, 2 + 9, "five roles and four functions below the two lines: {told:?}");

    let ended = ask(&[]).await;
    assert_eq!(ended.status.code(), Some(1));
    let place = folder.path().join("countersign");
    let nobody = format!(
        "countersign: no stack runs that could be asked at {}: start one with `countersign run`",
        place.display()
    );
    assert_eq!(ended.stderr, [nobody]);
}

#[tokio::test]
async fn a_stack_runs_where_it_cannot_be_asked() {
    let folder = Folder::new("control");
    // Something else has the directory's name.
    folder.file("countersign", "");
    let mut command = command_in(&folder).await;
    command.arg("--json").args(FREE_PORTS);
    let process = Process::start(command).await;
    assert!(process.ready["sign"].is_string());
    let stderr = process.stop().await.stderr;
    let said = |line: &String| {
        line.contains("WARN") && line.contains("other commands cannot ask this stack: ")
    };
    assert_eq!(stderr.iter().filter(|line| said(line)).count(), 1, "{stderr:?}");
}

/// The command, with its control socket in a directory of the test's own.
async fn command_in(folder: &Folder) -> Command {
    let mut command = command::bare().await;
    command.env("XDG_RUNTIME_DIR", folder.path());
    command
}
