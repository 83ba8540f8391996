//! The claims of the caller's token that become grants.
//!
//! API Gateway has checked the token and hands its claims on, every value a string: a number as its digits, a
//! list as `[a b]` ("Control access to HTTP APIs with JWT authorizers in API Gateway", API Gateway Developer
//! Guide). They are signed as they come.

use lambda_http::{Request, RequestExt, request::RequestContext};

use crate::{
    config::{ClaimGrant, Grant},
    refusal::Refusal,
};

/// The grants that the claims of this request make: one for each that is configured, in that order. Without
/// any the request may come without a token.
///
/// A claim that is missing, blank or unfit for a URL is refused, never left out: whoever reads the grants of a
/// connection may count on them.
pub(crate) fn granted(wanted: &[ClaimGrant], request: &Request) -> Result<Vec<Grant>, Refusal> {
    wanted
        .iter()
        .map(|ClaimGrant { claim, grant }| {
            let value = value(claim, request)
                .ok_or_else(|| Refusal::ClaimMissing { claim: claim.into() })?;
            if value.trim().is_empty() || value.chars().any(char::is_control) {
                return Err(Refusal::ClaimUnusable { claim: claim.into() });
            }
            Ok((grant.clone(), value.to_owned()))
        })
        .collect()
}

fn value<'a>(claim: &str, request: &'a Request) -> Option<&'a str> {
    let RequestContext::ApiGatewayV2(context) = request.request_context_ref()? else { return None };
    let token = context.authorizer.as_ref()?.jwt.as_ref()?;
    token.claims.get(claim).map(String::as_str)
}
