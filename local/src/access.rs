//! Who calls, and whether he may: every door asks here.

use std::sync::Arc;

use sigv4_verify::{Expected, Key, Keys, Refusal, SecretKey, SessionToken, verify};
use time::OffsetDateTime;

use crate::iam::{AccessKey, Caller, Context, Denied, Iam};
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
    ) -> Result<Arc<AccessKey>, Refusal> {
        let expected = Expected { region: &self.region, service, now };
        let verified =
            head.with_body(body, |request| verify(request, &expected, &KnownKeys(&self.iam)))?;
        // The key was there a moment ago; a session that was forgotten since is unknown again.
        self.iam.find_access_key(&verified.access_key_id).ok_or(Refusal::NotSigned)
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
            Ok(_) => {
                tracing::trace!(principal = caller.arn(), action, resource, "allowed");
                Ok(())
            }
            Err(denied) => {
                tracing::warn!(principal = caller.arn(), action, resource, "refused: {denied}");
                Err(denied)
            }
        }
    }
}

/// The access keys of IAM, as the verifier looks them up.
struct KnownKeys<'a>(&'a Iam);

impl Keys for KnownKeys<'_> {
    fn find(&self, access_key_id: &str) -> Option<Key> {
        let known = self.0.find_access_key(access_key_id)?;
        let credentials = known.credentials();
        Some(Key {
            secret: SecretKey::new(credentials.secret_access_key()),
            session_token: credentials.session_token().map(SessionToken::new),
            expires: credentials.expires_at(),
        })
    }
}

/// What policies may ask about a request.
pub fn context(head: &Head) -> Context {
    Context::new()
        .with("aws:SourceIp", head.source_ip.as_str())
        // The listeners of this machine stand for TLS endpoints.
        .with("aws:SecureTransport", "true")
}
