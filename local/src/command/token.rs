//! `countersign token`: a token of a running stack's development issuer.

use std::io::{self, Write};

use clap::Args;
use serde_json::{Map, Value};

use super::control_directory;
use crate::control::Request;
use crate::control::client::{AskError, Which, ask};
use crate::jwt::development::{IssuedToken, OWN_CLAIMS, Wanted};

pub(super) const AFTER_HELP: &str = "\
It is for a stack with a JWT authorizer whose issuer is a URL with a host under .invalid: the stack has made
this issuer's key at its start, and keeps it. The token holds from now on, by the stack's clock, and until the
stack ends at most. Its aud, exp, iat, iss, jti and nbf are set; of several authorizers, the first counts.

Examples:
  countersign token --claim sub=alice
  countersign token --claim sub=alice --claim-json 'groups=[\"a\",\"b\"]' --scope sign --expires-in 60
  curl -H \"authorization: Bearer $(countersign token --claim sub=alice)\" -X POST http://127.0.0.1:3000/sign

Exit status:
  0  it was printed
  1  no stack could be asked, or it has no such issuer; the line on stderr says why
  2  the command line is wrong";

/// What the token is to say, and which stack to ask.
#[derive(Args)]
pub(super) struct TokenArguments {
    /// A claim that is a text, such as sub=alice; repeatable
    #[arg(long = "claim", value_name = "NAME=TEXT", value_parser = text_claim)]
    texts: Vec<(String, Value)>,

    /// A claim of another kind, such as admin=true or level=3; repeatable
    #[arg(long = "claim-json", value_name = "NAME=JSON", value_parser = json_claim)]
    values: Vec<(String, Value)>,

    /// A scope, for the claim scope; repeatable
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,

    /// Seconds until the token ends
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..))]
    expires_in: u32,

    /// The claim aud [default: the authorizer's first audience]
    #[arg(long, value_name = "AUDIENCE")]
    audience: Option<String>,

    /// The port of the stack's WebSocket API; needed where several stacks run
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

/// Why nothing is printed.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    #[error("the claim {0} is given twice")]
    Repeated(String),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("cannot write to stdout")]
    Stdout(#[source] io::Error),
}

/// Asks a running stack for a token, and prints it alone.
pub(super) async fn run(arguments: TokenArguments) -> Result<(), TokenError> {
    let TokenArguments { texts, values, scopes, expires_in, audience, port } = arguments;
    let mut claims = Map::new();
    for (name, value) in texts.into_iter().chain(values) {
        if claims.insert(name.clone(), value).is_some() {
            return Err(TokenError::Repeated(name));
        }
    }
    let which = port.map_or(Which::Only, Which::OnPort);
    let request = Request::Token(Wanted { claims, scopes, expires_in, audience });
    let token: IssuedToken = ask(&control_directory(), which, &request).await?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", token.secret_text())
        .and_then(|()| stdout.flush())
        .map_err(TokenError::Stdout)
}

fn text_claim(argument: &str) -> Result<(String, Value), String> {
    let (name, text) = claim(argument)?;
    Ok((name, Value::String(text.to_owned())))
}

fn json_claim(argument: &str) -> Result<(String, Value), String> {
    let (name, json) = claim(argument)?;
    let value = serde_json::from_str(json).map_err(|_| "expected NAME=JSON; a text has quotes")?;
    Ok((name, value))
}

fn claim(argument: &str) -> Result<(String, &str), String> {
    match argument.split_once('=') {
        Some((name, _)) if OWN_CLAIMS.contains(&name) => {
            Err(format!("{name} is set by the issuer; see --scope, --expires-in, --audience"))
        }
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value)),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_a_text_unless_it_is_said_to_be_json() {
        let check = |read: fn(&str) -> _, argument: &str, expected: Result<(&str, Value), ()>| {
            let read: Result<(String, Value), String> = read(argument);
            let expected = expected.map(|(name, value)| (name.to_owned(), value));
            assert_eq!(read.map_err(drop), expected, "{argument}");
        };
        check(text_claim, "sub=alice", Ok(("sub", json!("alice"))));
        check(text_claim, "level=3", Ok(("level", json!("3"))));
        check(text_claim, "a=b=c", Ok(("a", json!("b=c"))));
        check(text_claim, "a=", Ok(("a", json!(""))));
        check(json_claim, "level=3", Ok(("level", json!(3))));
        check(json_claim, r#"groups=["a",null]"#, Ok(("groups", json!(["a", null]))));
        for argument in ["", "sub", "=alice", "iss=x", "aud=x", "scope=x", "exp=1", "nbf=1"] {
            check(text_claim, argument, Err(()));
            check(json_claim, argument, Err(()));
        }
        check(json_claim, "sub=alice", Err(()));
    }
}
