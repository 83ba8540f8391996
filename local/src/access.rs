//! Who calls, and whether he may: every door asks here.

use std::sync::Arc;

use sigv4_verify::{Expected, Refusal};
use time::OffsetDateTime;

use crate::iam::{Caller, Context, Denied, Iam};
use crate::wire::Head;

/// Signatures and policies of one account in one region. Clones share them.
#[derive(Clone)]
pub struct Access {
    iam: Arc<Iam>,
    region: String,
}

impl Access {
    /// Access by the keys and policies of `iam`.
    pub fn new(iam: Arc<Iam>, region: String) -> Self {
        Self { iam, region }
    }

    /// Who signed a request to `service`.
    ///
    /// # Errors
    ///
    /// The first rule of signatures that the request breaks.
    pub fn authenticate(
        &self,
        head: &Head,
        body: &[u8],
        service: &str,
        now: OffsetDateTime,
    ) -> Result<Authenticated, Refusal> {
        todo!("{service} {now} {:?} {body:?} {}", head, self.region)
    }

    /// Whether a caller may do something. A refusal is logged.
    ///
    /// # Errors
    ///
    /// [`Denied`], which words the refusal as AWS does.
    pub fn authorize(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        head: &Head,
        now: OffsetDateTime,
    ) -> Result<(), Denied> {
        match self.iam.authorize(caller, action, resource, &context(head), now) {
            Ok(_) => Ok(()),
            Err(denied) => {
                tracing::warn!(principal = caller.arn(), action, resource, "refused: {denied}");
                Err(denied)
            }
        }
    }
}

/// What policies may ask about a request.
pub fn context(head: &Head) -> Context {
    Context::new()
        .with("aws:SourceIp", head.source_ip.as_str())
        // The listeners of this machine stand for TLS endpoints.
        .with("aws:SecureTransport", "true")
}
