//! The credentials that sign: those of the signer role, kept and renewed in time.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::error::CredentialsError as SourceError};
use aws_sdk_sts::Client;
use tokio::sync::Mutex;

use crate::limits::{RENEWAL_BEFORE_END, RENEWAL_PAUSE, SHORTEST_CREDENTIALS_LIFE};

/// The name of the sessions of the signer role, as it shows in CloudTrail and in the connection's
/// `userArn`. It names what the session is for: all callers share it.
pub const SESSION_NAME: &str = "sign-websocket-url";

/// Where new credentials come from.
pub trait CredentialsSource {
    /// New credentials of the signer role.
    ///
    /// # Errors
    ///
    /// Whatever keeps the source from giving any.
    fn fetch(&self) -> impl Future<Output = Result<Credentials, SourceError>> + Send;
}

/// `sts:AssumeRole`. It keeps nothing: that is for [`KeptCredentials`].
///
/// aws-config's own provider makes the same call, and links all the places where credentials may be looked for.
#[derive(Debug)]
pub struct AssumedRole {
    client: Client,
    role_arn: String,
}

impl AssumedRole {
    /// Will assume the role of this ARN as the function's own role, with the timeouts of `sdk`.
    pub fn new(sdk: &SdkConfig, role_arn: &str) -> Self {
        Self { client: Client::new(sdk), role_arn: role_arn.to_owned() }
    }
}

impl CredentialsSource for AssumedRole {
    async fn fetch(&self) -> Result<Credentials, SourceError> {
        let assumed = self
            .client
            .assume_role()
            .role_arn(&self.role_arn)
            .role_session_name(SESSION_NAME)
            .send()
            .await
            .map_err(SourceError::provider_error)?;
        let given = assumed
            .credentials
            .ok_or_else(|| SourceError::unhandled("the answer of AssumeRole has no credentials"))?;
        let end = SystemTime::try_from(given.expiration).map_err(SourceError::unhandled)?;
        let (id, secret) = (given.access_key_id, given.secret_access_key);
        Ok(Credentials::new(id, secret, Some(given.session_token), Some(end), "AssumeRole"))
    }
}

/// Why there is nothing to sign with.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The last attempt to fetch credentials failed, and the ones before are of no use any more.
    #[error("the signer role could not be assumed")]
    Unavailable(#[source] Arc<SourceError>),
    /// Credentials were fetched, but they end too soon for a URL.
    #[error("the credentials end in less than {} seconds", SHORTEST_CREDENTIALS_LIFE.as_secs())]
    EndSoon,
}

/// Credentials, kept until shortly before their end.
///
/// - Requests that need new ones at the same time share one fetch, and its failure too.
/// - When a renewal fails, those in hand are used on; the next attempt is made after a pause.
/// - Credentials that end in less than [`SHORTEST_CREDENTIALS_LIFE`] are not given.
///
/// Time is the caller's: that of the event, as everywhere in this function.
#[derive(Debug)]
pub struct KeptCredentials<S> {
    source: S,
    /// How many fetches have ended: so a request sees that one ended while it waited.
    fetches: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    kept: Option<Credentials>,
    /// The last fetch, if it failed: when, and why.
    failure: Option<(SystemTime, Arc<SourceError>)>,
}

impl<S: CredentialsSource> KeptCredentials<S> {
    /// Keeps the credentials of this source; the first are fetched when the first are asked for.
    pub fn new(source: S) -> Self {
        Self { source, fetches: AtomicU64::new(0), state: Mutex::default() }
    }

    /// Credentials that hold for at least [`SHORTEST_CREDENTIALS_LIFE`] after `now`.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] when neither the source nor what is kept can give such.
    pub async fn at(&self, now: SystemTime) -> Result<Credentials, CredentialsError> {
        let fetches_before = self.fetches.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let fetched_meanwhile = self.fetches.load(Ordering::Acquire) != fetches_before;
        if !state.needs_renewal(now) || fetched_meanwhile {
            return state.usable(now);
        }
        let fetched = self.source.fetch().await;
        self.fetches.fetch_add(1, Ordering::Release);
        match fetched {
            Ok(credentials) => {
                *state = State { kept: Some(credentials), failure: None };
                state.usable(now)
            }
            Err(error) => {
                let error = Arc::new(error);
                state.failure = Some((now, Arc::clone(&error)));
                state.usable(now).inspect(|_| {
                    let error = lambda_entry::chain(&error);
                    tracing::warn!(%error, "credentials not renewed, the ones in hand still hold");
                })
            }
        }
    }
}

impl State {
    fn needs_renewal(&self, now: SystemTime) -> bool {
        let Some(kept) = &self.kept else { return true };
        if lives_on(kept, now + RENEWAL_BEFORE_END) {
            return false;
        }
        let paused = self.failure.as_ref().is_some_and(|(failed_at, _)| {
            now.duration_since(*failed_at).is_ok_and(|since| since < RENEWAL_PAUSE)
        });
        !(paused && lives_on(kept, now + SHORTEST_CREDENTIALS_LIFE))
    }

    fn usable(&self, now: SystemTime) -> Result<Credentials, CredentialsError> {
        match (&self.kept, &self.failure) {
            (Some(kept), _) if lives_on(kept, now + SHORTEST_CREDENTIALS_LIFE) => Ok(kept.clone()),
            (_, Some((_, error))) => Err(CredentialsError::Unavailable(Arc::clone(error))),
            (_, None) => Err(CredentialsError::EndSoon),
        }
    }
}

/// Whether the credentials are good until this time at least. Without an end they always are.
fn lives_on(credentials: &Credentials, until: SystemTime) -> bool {
    credentials.expiry().is_none_or(|end| end >= until)
}

#[cfg(test)]
pub(crate) mod tests;
