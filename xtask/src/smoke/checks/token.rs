//! Tokens: what `/sign` takes of them under JWT, and what it does not.

use serde_json::{Value, json};

use super::opening::echo;
use super::{skipped, unexpected};
use crate::smoke::authorization::{Authorization, Part, Shown, Token, description};
use crate::smoke::fidelity::Row;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::report;
use crate::smoke::stack::Stack;
use crate::smoke::wire::http::Reply;

pub(super) async fn run(stack: &Stack) {
    let expected = "each refused: 401, WWW-Authenticate: Bearer";
    stack.check("token: what nobody signed", expected, || altered(stack)).await;
    stack.check("token: how it may be shown", "201 or 4xx", || shown(stack)).await;
    stack.check("token: without nbf or iat", "201", || without_times(stack)).await;
    stack.check("token: its subject is granted", "in the echo", || subject(stack)).await;
}

fn token(stack: &Stack) -> Result<&Token, Trouble> {
    match &stack.authorization {
        Authorization::Jwt(token) => Ok(token),
        Authorization::Iam | Authorization::None => skipped("/sign asks for no token"),
    }
}

async fn ask(stack: &Stack, authorization: &str) -> Result<Reply, Trouble> {
    stack.ask(Shown::Nothing, b"{}", &[("Authorization", authorization)]).await
}

/// A 401 with a challenge, and the words of its description.
pub(super) fn refused(what: &str, reply: &Reply) -> Result<String, Trouble> {
    let challenge = reply.header("www-authenticate").unwrap_or_default();
    if reply.status != 401 {
        return unexpected(format!("{what}: {}", report::reply(reply)));
    }
    if !challenge.starts_with("Bearer") {
        return unexpected(format!("{what}: 401 without WWW-Authenticate: Bearer"));
    }
    Ok(description(reply).unwrap_or_default().to_owned())
}

async fn altered(stack: &Stack) -> Checked {
    let token = token(stack)?;
    let signing = |name: &str| format!("signing method {name} is invalid");
    let (key, signature) = ("the token does not have a valid key id", SIGNATURE);
    let parts = "token contains an invalid number of segments";
    let tries: [(&str, Option<Row>, String, Option<String>); 8] = [
        ("alg none", Some(Row::TokenForm), signing("none"), {
            let none = token.with(Part::Header, "alg", json!("none"));
            none.and_then(|token| Some(format!("{}.", token.rsplit_once('.')?.0)))
        }),
        (
            "alg HS256",
            Some(Row::TokenForm),
            signing("HS256"),
            token.with(Part::Header, "alg", json!("HS256")),
        ),
        // Refused in any case, as nobody signed it: that its algorithm is why is seen by the words alone.
        ("alg PS256", None, signing("PS256"), token.with(Part::Header, "alg", json!("PS256"))),
        (
            "another key",
            Some(Row::TokenWords),
            key.to_owned(),
            token.with(Part::Header, "kid", json!("smoke")),
        ),
        (
            "another subject",
            Some(Row::TokenWords),
            signature.to_owned(),
            token.with(Part::Claims, "sub", json!("smoke")),
        ),
        (
            "another audience",
            None,
            signature.to_owned(),
            token.with(Part::Claims, "aud", json!("smoke")),
        ),
        (
            "a later end",
            None,
            signature.to_owned(),
            token.with(Part::Claims, "exp", json!(9_999_999_999_u64)),
        ),
        (
            "two parts",
            Some(Row::TokenForm),
            parts.to_owned(),
            token.secret_text().rsplit_once('.').map(|(two, _)| two.to_owned()),
        ),
    ];
    let count = tries.len();
    for (what, row, words, altered) in tries {
        let Some(altered) = altered else { return unexpected("the token is no JWT") };
        stack.secrets.meet_token(&altered);
        let reply = ask(stack, &format!("Bearer {altered}")).await?;
        let found = refused(what, &reply)?;
        let seen = format!("{what}: {found}");
        match row {
            Some(row) => stack.observe(row, found == words, &seen),
            None if what == "alg PS256" && found == words => {
                stack.observe(Row::Pss, true, &seen);
            }
            None => {}
        }
    }
    let reply = stack.ask(Shown::Proper, b"{}", &[]).await?;
    if reply.status != 201 {
        return unexpected(format!("the token itself: {}", report::reply(&reply)));
    }
    Ok(format!("{count} refused; the token itself is taken"))
}

/// What `local` says of a signature that does not hold.
pub(super) const SIGNATURE: &str = "the token does not have a valid signature";

async fn shown(stack: &Stack) -> Checked {
    let token = token(stack)?.secret_text();
    let value = |word: &str| format!("{word} {token}");
    let (usual, lower, upper) = (value("Bearer"), value("bearer"), value("BEARER"));
    let tries: [(&str, &[&str], u16); 3] =
        [("bearer", &[&lower], 201), ("BEARER", &[&upper], 201), ("twice", &[&usual, &usual], 401)];
    let mut seen = Vec::new();
    for (what, values, status) in tries {
        let headers: Vec<_> = values.iter().map(|value| ("Authorization", *value)).collect();
        let reply = stack.ask(Shown::Nothing, b"{}", &headers).await?;
        let said = format!("{what}: {}", reply.status);
        stack.observe(Row::Bearer, reply.status == status, &said);
        if reply.status != 201 && !(400..500).contains(&reply.status) {
            return unexpected(said);
        }
        seen.push(said);
    }
    Ok(seen.join("; "))
}

async fn without_times(stack: &Stack) -> Checked {
    let claims = token(stack)?.claims();
    let lacks = ["nbf", "iat"].into_iter().filter(|name| claims.get(name).is_none());
    let lacks = lacks.collect::<Vec<_>>().join(" and ");
    if lacks.is_empty() {
        return skipped("the token has both");
    }
    let reply = stack.ask(Shown::Proper, b"{}", &[]).await?;
    let seen = format!("without {lacks}: {}", reply.status);
    stack.observe(Row::NoTimes, reply.status == 201, &seen);
    if reply.status == 201 { Ok(seen) } else { unexpected(seen) }
}

async fn subject(stack: &Stack) -> Checked {
    let claims = token(stack)?.claims();
    let Some(subject) = claims.get("sub").and_then(Value::as_str) else {
        return skipped("the token has no sub");
    };
    let mut socket = stack.connect().await?;
    let echo = echo(&mut socket, "hello").await?;
    let granted = echo["connection"]["granted"].as_object();
    let of_subject = granted.into_iter().flatten().find(|(_, value)| *value == subject);
    match of_subject {
        Some((name, _)) => Ok(format!("as {name}")),
        None => skipped("no grant is the token's sub (ClaimGrants)"),
    }
}
