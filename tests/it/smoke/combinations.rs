//! Stacks of every kind of authorization, at every kind of address, are found good with all that smoke may be given;
//! and each row that smoke can settle there is confirmed against `local`, since what `local` does is what the rows say.

use std::collections::BTreeSet;

use serde_json::json;
use tests::stack::Stack;

use super::{Run, closed, developer, of_seconds, run, smoke_of, with_domains, with_tokens};

const ORIGIN: &str = "https://app.example.com";

/// Long enough to be signed and opened, on a slow machine with other runs beside it.
const URL_SECONDS: u32 = 8;

/// What `/sign` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    None,
    Iam,
    Jwt,
}

/// Where the two APIs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At API Gateway's own addresses.
    Endpoint,
    /// At the root of a custom domain each.
    Domain,
    /// Below a base path of one, and API Gateway's own addresses are switched off.
    BasePath,
}

/// The rows that take something that is in none of these runs.
const ELSEWHERE: [&str; 4] = [
    "A token without `nbf` or `iat` is taken",
    "Policies that do not allow it: 403, `AccessDeniedException`, `Message` with a capital, the account masked but \
     for its last four digits",
    "The client of an idle connection is sent 1001 as well",
    "Whether a client's ping counts as a message",
];
const OF_IAM: &[&str] =
    &["IAM authorization, and not signed or not allowed: 403 `Forbidden`, without a reason"];
const OF_JWT: &[&str] = &[
    "In which case `Bearer` may be written; what becomes of a token that is sent twice",
    "No token: 401 `Unauthorized` with `www-authenticate: Bearer`",
    "The description of a token that has not three parts, and of one by another algorithm",
    "The description of every other wrong token",
    "Whether `PS256`, `PS384` and `PS512`, which are RSA's too, are taken",
];
const OF_ENDPOINTS: &[&str] =
    &["A stage that is not there, or a path behind the stage: 403, `Forbidden`"];
const OF_DOMAINS: &[&str] = &[
    "A URL is signed for the domain's host and for the path as it is sent: base path, no stage",
    "Resources in policies name the API and its stage, whichever door is asked",
    "The status of that answer, and that a handshake gets it too",
];
const OF_BASE_PATHS: &[&str] = &[
    "A base path that is percent-encoded in the request",
    "A disabled default endpoint: 403, `Forbidden`",
    "A path that no mapping of a WebSocket API's domain has",
    "A path that no mapping of an HTTP API's domain has, or a domain without any: 403 `Forbidden`",
    "What a switched-off endpoint of an HTTP API says: `Not Found`",
];

/// The rows that such a stack cannot show.
fn not_seen(asked: Asked, place: Place) -> BTreeSet<String> {
    let of_tokens: &[&[&str]] = match asked {
        Asked::None => &[OF_IAM, OF_JWT],
        Asked::Iam => &[OF_JWT],
        Asked::Jwt => &[OF_IAM],
    };
    let of_places: &[&[&str]] = match place {
        Place::Endpoint => &[OF_DOMAINS, OF_BASE_PATHS],
        Place::Domain => &[OF_ENDPOINTS, OF_BASE_PATHS],
        Place::BasePath => &[OF_ENDPOINTS],
    };
    let rows = [of_tokens, of_places].concat().concat();
    rows.into_iter().chain(ELSEWHERE).map(ToOwned::to_owned).collect()
}

/// The checks that such a stack leaves out.
fn skipped(asked: Asked, place: Place) -> BTreeSet<&'static str> {
    let of_authorization: &[&str] = match asked {
        Asked::None => &["sign: without authorization", "sign: with a forged authorization"],
        Asked::Iam | Asked::Jwt => &[],
    };
    let of_tokens: &[&str] = match asked {
        Asked::None | Asked::Iam => &[
            "token: what nobody signed",
            "token: how it may be shown",
            "token: its subject is granted",
        ],
        Asked::Jwt => &[],
    };
    let of_closed = [
        "closed: /sign at API Gateway's own address",
        "closed: the WebSocket API at API Gateway's own",
    ];
    let of_base_paths = ["sign: another base path", "odd: a base path with an escape"];
    let of_place: Vec<&str> = match place {
        Place::Endpoint => [of_closed, of_base_paths].concat(),
        Place::Domain => [&of_closed[..], &of_base_paths, &["refused: another stage"]].concat(),
        Place::BasePath => Vec::new(),
    };
    let always = ["token: without nbf or iat", "expiry: a URL past its signature's 5 minutes"];
    [of_authorization, of_tokens, &of_place, &always].concat().into_iter().collect()
}

async fn check(asked: Asked, place: Place) {
    let options = of_seconds(URL_SECONDS)
        .parameter("Requestable", "room")
        .parameter("AllowedOrigins", ORIGIN);
    let options = match asked {
        Asked::None => options.parameter("SignAuthorization", "NONE"),
        Asked::Iam => options.parameter("SignAuthorization", "IAM"),
        Asked::Jwt => with_tokens(options),
    };
    let options = match place {
        Place::Endpoint => options,
        Place::Domain => with_domains(options, "", ""),
        Place::BasePath => {
            with_domains(options, "v1/urls", "chat").parameter("ExecuteApiEndpoint", "DISABLED")
        }
    };
    let stack = Stack::start_with(options).await;
    let mut command = smoke_of(&stack, Some(&developer(&stack))).await;
    command.args(["--origin", ORIGIN]);
    if place == Place::BasePath {
        command.args(closed(&stack));
    }
    let token = (asked == Asked::Jwt).then(|| stack.token(&json!({"sub": "alice"})));
    command.envs(token.iter().map(|token| ("COUNTERSIGN_TOKEN", token)));
    let run = run(&stack, command).await;
    stack.stop().await;
    if let Some(token) = token {
        run.check_hides(&token);
    }
    check_run(&run, asked, place);
}

#[track_caller]
fn check_run(run: &Run, asked: Asked, place: Place) {
    let what = format!("{asked:?}, {place:?}: {}", run.stdout);
    assert_eq!(run.checks_that("FAIL"), Vec::<String>::new(), "{what}");
    assert_eq!(run.rows_that_are("refuted"), Vec::<String>::new(), "{what}");
    assert_eq!(run.code, Some(0), "{what} {}", run.stderr);
    let found: BTreeSet<_> = run.rows_that_are("not seen").into_iter().collect();
    assert_eq!(found, not_seen(asked, place), "{what}");
    let found = run.checks_that("SKIP");
    let found: BTreeSet<_> = found.iter().map(String::as_str).collect();
    assert_eq!(found, skipped(asked, place), "{what}");
    let authorization = match asked {
        Asked::None => "SignAuthorization: NONE",
        Asked::Iam => "SignAuthorization: IAM",
        Asked::Jwt => "SignAuthorization: JWT",
    };
    let address = match place {
        Place::Endpoint => "its address: API Gateway's own",
        Place::Domain | Place::BasePath => "its address: a custom domain",
    };
    for words in [authorization, address] {
        assert!(run.stdout.lines().any(|line| line == words), "{words}: {what}");
    }
}

/// Each waits for the end of a URL: they wait together.
#[tokio::test]
async fn stacks_of_every_authorization_and_address_are_found_good() {
    let everywhere = async |asked: Asked| {
        tokio::join!(
            check(asked, Place::Endpoint),
            check(asked, Place::Domain),
            check(asked, Place::BasePath),
        )
    };
    tokio::join!(everywhere(Asked::None), everywhere(Asked::Iam), everywhere(Asked::Jwt));
}
