//! A signed URL that was changed opens nothing. After every kind of change the very URL still opens: it was good.

use super::odd::Odd;
use super::refusals::URL_CHARACTERS;
use super::target::{Target, name_of};
use super::{is_refusal, said, skipped};
use crate::smoke::fidelity::Row;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::stack::Stack;
use crate::smoke::wire::WireError;
use crate::smoke::wire::address::WireUrl;

/// What AWS says of a signature that does not match.
const MISMATCH: &str =
    "The request signature we calculated does not match the signature you provided.";
/// A region that is never right: no service is there.
const NO_REGION: &str = "smoke-1";
/// A key of the right form that nobody has.
const NO_KEY: &str = "AKIASMOKESMOKESMOKES";

pub(super) async fn run(stack: &Stack) {
    let expected = "each refused; the URL itself opens";
    stack.check("tampering: each value changed", expected, || values(stack)).await;
    stack.check("tampering: each parameter dropped", expected, || dropped(stack)).await;
    stack.check("tampering: each parameter repeated", expected, || repeated(stack)).await;
    stack.check("tampering: a parameter added", expected, || added(stack)).await;
    stack.check("odd: names in lower case", "the URL itself opens", || lower_case(stack)).await;
    stack.check("tampering: values exchanged", expected, || exchanged(stack)).await;
    stack.check("tampering: the path", expected, || path(stack)).await;
    stack.check("tampering: the host", expected, || host(stack)).await;
    stack
        .check("tampering: a second signature in a header", expected, || two_signatures(stack))
        .await;
    stack.check("tampering: the credential's scope", expected, || scope(stack)).await;
    stack.check("tampering: an unknown key or token", expected, || unknown_key(stack)).await;
}

/// With its first character changed. The last one of a base64url nonce of 128 bits has four bits that say nothing.
/// A value that begins with an escape has one character more at its end.
fn changed(parameter: &str) -> String {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let first = value.chars().next();
    let other = if first == Some('1') { '2' } else { '1' };
    let rest = value.get(first.map_or(0, char::len_utf8)..).unwrap_or_default();
    match first {
        Some('%') | None => format!("{name}={value}{other}"),
        Some(_) => format!("{name}={other}{rest}"),
    }
}

async fn values(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    for index in 0..target.count() {
        let name = name_of(&target.parameters()[index]).to_owned();
        let change = |target: &Target<'_>| {
            target.with_changed(index, vec![changed(&target.parameters()[index])])
        };
        let reply = target.check(&name, change).await?;
        if name == "X-Amz-Signature" {
            let message = reply.message().unwrap_or_default();
            let is_so = reply.status == 403
                && reply.error_type() == Some("InvalidSignatureException")
                && message.starts_with(MISMATCH);
            stack.observe(Row::Mismatch, is_so, &said("another signature", &reply));
        }
    }
    target.still_opens().await
}

async fn dropped(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    for index in 0..target.count() {
        let name = name_of(&target.parameters()[index]).to_owned();
        target.check(&name, |target| target.with_changed(index, Vec::new())).await?;
    }
    target.still_opens().await
}

/// ws-connect refuses what stands there twice. Of `X-Amz-*` nobody has published what API Gateway makes of it.
async fn repeated(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    for index in 0..target.count() {
        let name = name_of(&target.parameters()[index]).to_owned();
        for repeat in [Repeat::Same, Repeat::OtherBehind, Repeat::OtherBefore] {
            let change = |target: &Target<'_>| {
                target.with_changed(index, repeat.of(&target.parameters()[index]))
            };
            if !name.starts_with("X-Amz-") {
                target.check(&name, change).await?;
            } else if change(&target).websocket_length() <= URL_CHARACTERS {
                let odd = target.observe(change).await?;
                if repeat == Repeat::Same {
                    stack.observe(Row::AmzTwice, odd.is(403), &odd.said(&name));
                }
            }
        }
    }
    target.still_opens().await
}

/// How a parameter stands there twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    Same,
    OtherBehind,
    OtherBefore,
}

impl Repeat {
    fn of(self, parameter: &str) -> Vec<String> {
        let (own, other) = (parameter.to_owned(), format!("{}=other", name_of(parameter)));
        match self {
            Self::Same => vec![own.clone(), own],
            Self::OtherBehind => vec![own, other],
            Self::OtherBefore => vec![other, own],
        }
    }
}

async fn added(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    for added in [
        "smoke=1",
        "smoke",
        "grant.userId=somebody",
        "Grant.userId=somebody",
        "%67rant.userId=somebody",
        "grant.expires=9999999999",
        "grant.nonce=AAAAAAAAAAAAAAAAAAAAAA",
        "x-amz-signature=0",
        "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD",
    ] {
        for index in [0, target.count()] {
            let change = |target: &Target<'_>| {
                let mut parameters = target.parameters().to_vec();
                parameters.insert(index, added.to_owned());
                target.with(&parameters)
            };
            target.check(added, change).await?;
        }
    }
    target.still_opens().await
}

/// Whether API Gateway tells the cases apart is not published.
async fn lower_case(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    for index in 0..target.count() {
        let name = name_of(&target.parameters()[index]).to_owned();
        if name.starts_with("X-Amz-") {
            let change = |target: &Target<'_>| {
                target.with_changed(index, vec![lower(&target.parameters()[index])])
            };
            match target.observe(change).await? {
                Odd::Answered(reply) if (400..500).contains(&reply.status) => {}
                odd => stack.observe(Row::OtherCase, false, &odd.said(&name)),
            }
        }
    }
    let all = |target: &Target<'_>| {
        let lower: Vec<_> = target.parameters().iter().map(|text| lower(text)).collect();
        target.with(&lower)
    };
    let odd = target.observe(all).await?;
    let error_type = Some("MissingAuthenticationTokenException");
    let is_so = matches!(&odd, Odd::Answered(reply)
        if is_refusal(reply, 403, error_type, "Missing Authentication Token"));
    stack.observe(Row::OtherCase, is_so, &odd.said("all in lower case"));
    target.still_opens().await?;
    Ok(odd.said("all in lower case"))
}

fn lower(parameter: &str) -> String {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    format!("{}={value}", name.to_ascii_lowercase())
}

async fn exchanged(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    for index in 1..target.count() {
        let [first, second] = [index - 1, index].map(|index| target.parameters()[index].clone());
        if value_of(&first) == value_of(&second) {
            continue;
        }
        let what = format!("{} and {}", name_of(&first), name_of(&second));
        let change = |target: &Target<'_>| {
            let mut parameters = target.parameters().to_vec();
            let [first, second] =
                [index - 1, index].map(|index| target.parameters()[index].clone());
            parameters[index - 1] = format!("{}={}", name_of(&first), value_of(&second));
            parameters[index] = format!("{}={}", name_of(&second), value_of(&first));
            target.with(&parameters)
        };
        target.check(&what, change).await?;
    }
    target.still_opens().await
}

fn value_of(parameter: &str) -> &str {
    parameter.split_once('=').map_or("", |(_, value)| value)
}

async fn path(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    let own = stack.websocket_url.path().to_owned();
    let bare = own.trim_end_matches('/');
    for path in [
        format!("{bare}//"),
        format!("/{bare}"),
        format!("{bare}/$connect"),
        format!("{bare}/@connections/x"),
        format!("{bare}x"),
        format!("{}x", bare.to_uppercase()),
        format!("{bare}/./"),
    ] {
        if path != own && path.starts_with('/') {
            let what = format!("the path {path}");
            target.check(&what, |target| target.url().with_path(&path)).await?;
        }
    }
    target.still_opens().await
}

/// A foreign host may be refused by a status, or by the end of the connection.
async fn host(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    let own = target.url().address.authority.clone();
    for host in ["smoke.invalid".to_owned(), format!("{own}."), format!("smoke.{own}")] {
        let change = |target: &Target<'_>| target.url().clone();
        match target.check_with("another host", change, &[("Host", &host)]).await {
            Ok(_) | Err(Trouble::Wire(WireError::Cut(_))) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    target.still_opens().await
}

async fn two_signatures(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    let value = "AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/execute-api/aws4_request, \
                 SignedHeaders=host, Signature=0";
    let change = |target: &Target<'_>| target.url().clone();
    target.check_with("two signatures", change, &[("Authorization", value)]).await?;
    target.still_opens().await
}

/// A part of the credential: `KEY%2FDATE%2FREGION%2Fexecute-api%2Faws4_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Key,
    Day,
    Region,
    Service,
    End,
}

/// With these parts of the credential changed, which stands at `index`.
fn with_credential(target: &Target<'_>, index: usize, changes: &[(Part, &str)]) -> WireUrl {
    let value = value_of(&target.parameters()[index]).replace("%2f", "%2F");
    let mut parts: Vec<_> = value.split("%2F").collect();
    for (part, value) in changes {
        if let Some(own) = parts.get_mut(*part as usize) {
            *own = value;
        }
    }
    target.with_changed(index, vec![format!("X-Amz-Credential={}", parts.join("%2F"))])
}

async fn scope(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    let index = target.index("X-Amz-Credential")?;
    let region = format!("Credential should be scoped to a valid region, not '{NO_REGION}'.");
    let service = "Credential should be scoped to correct service: 'execute-api'.";
    for (what, part, value, sentence) in [
        ("the region", Part::Region, NO_REGION, Some(region.as_str())),
        ("the service", Part::Service, "sts", Some(service)),
        ("the day", Part::Day, "20200101", None),
        ("the end", Part::End, "aws5_request", None),
    ] {
        let change = |target: &Target<'_>| with_credential(target, index, &[(part, value)]);
        let reply = target.check(what, change).await?;
        if let Some(sentence) = sentence {
            let is_so = reply.status == 403
                && reply.error_type() == Some("InvalidSignatureException")
                && reply.message().is_some_and(|message| message.starts_with(sentence));
            stack.observe(Row::Scope, is_so, &said(what, &reply));
        }
    }
    // Two faults: the scope is asked before the key.
    let both = [(Part::Region, NO_REGION), (Part::Key, NO_KEY)];
    let change = |target: &Target<'_>| with_credential(target, index, &both);
    let reply = target.check("region and key", change).await?;
    let is_so = reply.message().is_some_and(|message| message.starts_with(&region));
    stack.observe(Row::Order, is_so, &said("wrong region, unknown key", &reply));
    target.still_opens().await
}

async fn unknown_key(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    let key = target.index("X-Amz-Credential")?;
    let Ok(token) = target.index("X-Amz-Security-Token") else {
        return skipped("the URL has no session token");
    };
    let other_key = |target: &Target<'_>| with_credential(target, key, &[(Part::Key, NO_KEY)]);
    let of_key = target.check("an unknown key", other_key).await?;
    let other_token = |target: &Target<'_>| {
        target.with_changed(token, vec![changed(&target.parameters()[token])])
    };
    let of_token = target.check("an unknown token", other_token).await?;
    for (what, reply) in [("an unknown key", of_key), ("an unknown token", of_token)] {
        let is_so =
            reply.status == 403 && reply.error_type() == Some("UnrecognizedClientException");
        stack.observe(Row::UnknownKey, is_so, &said(what, &reply));
    }
    target.still_opens().await
}
