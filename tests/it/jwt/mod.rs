//! `/sign` behind a JWT authorizer.

mod answers;
mod command;
mod confusion;
mod events;
mod refusals;
mod start;
mod witness;

use serde_json::{Value, json};
use tests::http::{self, Reply};
use tests::stack::{Options, Stack};
use tests::tokens::{AUDIENCE, ISSUER, Key};

/// A development issuer.
const DEVELOPMENT: &str = "https://issuer.invalid/";

/// The template with a JWT authorizer for tokens of `issuer`.
fn options(issuer: &str) -> Options {
    Options::default()
        .parameter("SignAuthorization", "JWT")
        .parameter("JwtIssuer", issuer)
        .parameter("JwtAudience", AUDIENCE)
}

/// A stack that takes tokens of the tests' own issuer.
fn with_issuer() -> Options {
    Options { key_set: Some(Key::of_the_issuer().key_set()), ..options(ISSUER) }
}

/// Claims of the tests' own issuer that hold now.
fn claims(stack: &Stack) -> Value {
    let now = stack.clock.now().unix_timestamp();
    json!({"iss": ISSUER, "aud": AUDIENCE, "exp": now + 60, "iat": now, "sub": "alice"})
}

/// The claims with one of them changed, or left out where it is null.
fn changed(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    let members = claims.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
    claims
}

/// Asks `/sign` with this `Authorization`.
async fn ask(stack: &Stack, authorization: &str) -> Reply {
    let headers = [("Content-Type", "application/json"), ("Authorization", authorization)];
    http::request("POST", stack.sign_url(), &headers, b"{}").await
}

async fn ask_with(stack: &Stack, token: &str) -> Reply {
    ask(stack, &format!("Bearer {token}")).await
}
