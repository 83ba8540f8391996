//! A signed URL that was changed opens nothing. After every kind of change the very URL still opens: it was good.

use super::{is_refusal, skipped, unexpected};
use crate::smoke::fidelity::Row;
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::stack::{Signed, Stack, opened, refused};
use crate::smoke::wire::WireError;
use crate::smoke::wire::address::WireUrl;
use crate::smoke::wire::http::Reply;
use crate::smoke::wire::websocket;

/// What AWS says of a signature that does not match.
const MISMATCH: &str =
    "The request signature we calculated does not match the signature you provided.";
/// A region that is never right: no service is there.
const NO_REGION: &str = "smoke-1";

pub(super) async fn run(stack: &Stack) {
    let expected = "each refused; the URL itself opens";
    stack.check("tampering: each value changed", expected, values(stack)).await;
    stack.check("tampering: each parameter dropped", expected, dropped(stack)).await;
    stack.check("tampering: each parameter repeated", expected, repeated(stack)).await;
    stack.check("tampering: a parameter added", expected, added(stack)).await;
    stack.check("tampering: names in lower case", expected, lower_case(stack)).await;
    stack.check("tampering: values exchanged", expected, exchanged(stack)).await;
    stack.check("tampering: the path", expected, path(stack)).await;
    stack.check("tampering: the host", expected, host(stack)).await;
    stack.check("tampering: a second signature in a header", expected, two_signatures(stack)).await;
    stack.check("tampering: the credential's scope", expected, scope(stack)).await;
    stack.check("tampering: an unknown key or token", expected, unknown_key(stack)).await;
}

/// A URL, and what was done to it.
struct Target {
    signed: Signed,
    parameters: Vec<String>,
    count: usize,
}

impl Target {
    async fn new(stack: &Stack) -> Result<Self, Trouble> {
        let signed = stack.sign_any().await?;
        let parameters = signed.url.parameters();
        Ok(Self { signed, parameters, count: 0 })
    }

    /// The changed URL is refused.
    async fn check(&mut self, what: &str, url: &WireUrl) -> Result<Reply, Trouble> {
        self.check_with(what, url, &[]).await
    }

    async fn check_with(
        &mut self,
        what: &str,
        url: &WireUrl,
        headers: &[(&str, &str)],
    ) -> Result<Reply, Trouble> {
        self.count += 1;
        refused(what, websocket::open(url, headers).await?)
    }

    /// With other parameters.
    fn with(&self, parameters: &[String]) -> WireUrl {
        self.signed.url.with_parameters(parameters)
    }

    /// With another parameter in place of one.
    fn with_changed(&self, index: usize, replacement: Vec<String>) -> WireUrl {
        let mut parameters = self.parameters.clone();
        parameters.splice(index..=index, replacement);
        self.with(&parameters)
    }

    /// The place of a parameter.
    fn index(&self, name: &str) -> Result<usize, Trouble> {
        let found = self.parameters.iter().position(|text| name_of(text) == name);
        found.ok_or_else(|| Trouble::Unexpected(format!("the URL has no {name}")))
    }

    /// It was good all the time.
    async fn still_opens(self) -> Checked {
        opened(websocket::open(&self.signed.url, &[]).await?)?;
        Ok(format!("changes refused: {}; the URL itself opens", self.count))
    }
}

fn name_of(parameter: &str) -> &str {
    parameter.split('=').next().unwrap_or_default()
}

/// With its last character changed, of which the value keeps its form. The last of a base64url nonce of 128 bits
/// has four bits that say nothing: it is changed at its beginning.
fn changed(parameter: &str) -> String {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let first = value.chars().next();
    let other = if first == Some('1') { '2' } else { '1' };
    let rest = value.get(first.map_or(0, char::len_utf8)..).unwrap_or_default();
    // An escape is kept: behind it stands one character more.
    match first {
        Some('%') | None => format!("{name}={value}{other}"),
        Some(_) => format!("{name}={other}{rest}"),
    }
}

async fn values(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    for (index, parameter) in target.parameters.clone().iter().enumerate() {
        let url = target.with_changed(index, vec![changed(parameter)]);
        let name = name_of(parameter);
        let reply = target.check(name, &url).await?;
        if name == "X-Amz-Signature" {
            let message = reply.message().unwrap_or_default();
            let is_so = reply.status == 403
                && reply.error_type() == Some("InvalidSignatureException")
                && message.starts_with(MISMATCH);
            stack.observe(Row::Mismatch, is_so, &super::said("another signature", &reply));
        }
    }
    target.still_opens().await
}

async fn dropped(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    for (index, parameter) in target.parameters.clone().iter().enumerate() {
        let url = target.with_changed(index, Vec::new());
        target.check(name_of(parameter), &url).await?;
    }
    target.still_opens().await
}

async fn repeated(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    for (index, parameter) in target.parameters.clone().iter().enumerate() {
        let name = name_of(parameter);
        let other = format!("{name}=other");
        for replacement in [
            vec![parameter.clone(), parameter.clone()],
            vec![parameter.clone(), other.clone()],
            vec![other, parameter.clone()],
        ] {
            let is_same = replacement[0] == replacement[1];
            let url = target.with_changed(index, replacement);
            let reply = target.check(name, &url).await?;
            if name.starts_with("X-Amz-") && is_same {
                let is_so = reply.status == 403;
                stack.observe(Row::AmzTwice, is_so, &super::said(name, &reply));
            }
        }
    }
    target.still_opens().await
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
        for index in [0, target.parameters.len()] {
            let mut parameters = target.parameters.clone();
            parameters.insert(index, added.to_owned());
            let url = target.with(&parameters);
            target.check(added, &url).await?;
        }
    }
    target.still_opens().await
}

async fn lower_case(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    let lower = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        format!("{}={value}", name.to_ascii_lowercase())
    };
    for (index, parameter) in target.parameters.clone().iter().enumerate() {
        if name_of(parameter).starts_with("X-Amz-") {
            let url = target.with_changed(index, vec![lower(parameter)]);
            target.check(name_of(parameter), &url).await?;
        }
    }
    let all: Vec<_> = target.parameters.iter().map(|parameter| lower(parameter)).collect();
    let url = target.with(&all);
    let reply = target.check("all of them", &url).await?;
    let error_type = Some("MissingAuthenticationTokenException");
    let is_so = is_refusal(&reply, 403, error_type, "Missing Authentication Token");
    stack.observe(Row::OtherCase, is_so, &super::said("all in lower case", &reply));
    target.still_opens().await
}

async fn exchanged(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    let parameters = target.parameters.clone();
    for (index, pair) in parameters.windows(2).enumerate() {
        let [first, second] = pair else { continue };
        let value = |text: &str| text.split_once('=').map_or("", |(_, value)| value).to_owned();
        if value(first) == value(second) {
            continue;
        }
        let mut changed = parameters.clone();
        changed[index] = format!("{}={}", name_of(first), value(second));
        changed[index + 1] = format!("{}={}", name_of(second), value(first));
        let url = target.with(&changed);
        target.check(&format!("{} and {}", name_of(first), name_of(second)), &url).await?;
    }
    target.still_opens().await
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
            let url = target.signed.url.with_path(&path);
            target.check(&format!("the path {path}"), &url).await?;
        }
    }
    target.still_opens().await
}

/// A foreign host may be refused by a status, or by the end of the connection.
async fn host(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    let own = target.signed.url.address.authority.clone();
    for host in ["smoke.invalid".to_owned(), format!("{own}."), format!("smoke.{own}")] {
        let url = target.signed.url.clone();
        match target.check_with("another host", &url, &[("Host", &host)]).await {
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
    let url = target.signed.url.clone();
    target.check_with("two signatures", &url, &[("Authorization", value)]).await?;
    target.still_opens().await
}

/// `KEY%2FDATE%2FREGION%2Fexecute-api%2Faws4_request`
fn credential(target: &Target) -> Result<(usize, Vec<String>), Trouble> {
    let index = target.index("X-Amz-Credential")?;
    let value = target.parameters[index].split_once('=').map_or("", |(_, value)| value);
    let parts: Vec<_> = value.replace("%2f", "%2F").split("%2F").map(ToOwned::to_owned).collect();
    if parts.len() == 5 {
        Ok((index, parts))
    } else {
        unexpected("X-Amz-Credential has not five parts")
    }
}

async fn scope(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    let (index, parts) = credential(&target)?;
    let region = format!("Credential should be scoped to a valid region, not '{NO_REGION}'.");
    let service = "Credential should be scoped to correct service: 'execute-api'.";
    for (what, part, value, sentence) in [
        ("the region", 2, NO_REGION, Some(region.as_str())),
        ("the service", 3, "sts", Some(service)),
        ("the day", 1, "20200101", None),
        ("the end", 4, "aws5_request", None),
    ] {
        let mut parts = parts.clone();
        value.clone_into(&mut parts[part]);
        let url =
            target.with_changed(index, vec![format!("X-Amz-Credential={}", parts.join("%2F"))]);
        let reply = target.check(what, &url).await?;
        if let Some(sentence) = sentence {
            let is_so = reply.status == 403
                && reply.error_type() == Some("InvalidSignatureException")
                && reply.message().is_some_and(|message| message.starts_with(sentence));
            stack.observe(Row::Scope, is_so, &super::said(what, &reply));
        }
    }
    // Two faults: the scope is asked before the key.
    let mut parts = parts;
    NO_REGION.clone_into(&mut parts[2]);
    "AKIASMOKESMOKESMOKES".clone_into(&mut parts[0]);
    let url = target.with_changed(index, vec![format!("X-Amz-Credential={}", parts.join("%2F"))]);
    let reply = target.check("region and key", &url).await?;
    let is_so = reply.message().is_some_and(|message| message.starts_with(&region));
    stack.observe(Row::Order, is_so, &super::said("wrong region, unknown key", &reply));
    target.still_opens().await
}

async fn unknown_key(stack: &Stack) -> Checked {
    let mut target = Target::new(stack).await?;
    let (index, mut parts) = credential(&target)?;
    "AKIASMOKESMOKESMOKES".clone_into(&mut parts[0]);
    let key = target.with_changed(index, vec![format!("X-Amz-Credential={}", parts.join("%2F"))]);
    let Ok(index) = target.index("X-Amz-Security-Token") else {
        return skipped("the URL has no session token");
    };
    let other = changed(&target.parameters[index]);
    let token = target.with_changed(index, vec![other]);
    for (what, url) in [("an unknown key", key), ("an unknown token", token)] {
        let reply = target.check(what, &url).await?;
        let is_so =
            reply.status == 403 && reply.error_type() == Some("UnrecognizedClientException");
        stack.observe(Row::UnknownKey, is_so, &super::said(what, &reply));
    }
    target.still_opens().await
}
