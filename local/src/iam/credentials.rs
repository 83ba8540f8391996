//! Access keys: their form, their secrets, and the store that knows them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::principals::Caller;
use crate::randomness::Randomness;

/// Random characters after the four-letter prefix of an access key id (IAM User Guide, "IAM
/// identifiers", unique ID prefixes).
const ACCESS_KEY_CHARACTERS: usize = 16;

/// Random bytes of a secret access key: 40 characters of base64.
const SECRET_BYTES: usize = 30;

/// Bytes of a session token, 604 characters of base64 with padding. AWS fixes no size and tells clients to
/// assume none (STS API Reference, `Credentials`); real ones are about this long.
const TOKEN_BYTES: usize = 451;

/// The first bytes of every session token: `++//` in base64. So every token holds all the characters that a
/// client must percent-encode in a query.
const TOKEN_START: [u8; 3] = [0xfb, 0xef, 0xff];

/// How long an expired session stays known, so that its use is refused as expired and not as unknown.
const EXPIRED_KEPT_FOR: Duration = Duration::hours(1);

/// Sessions with an end that are kept at most; past it those that end first are forgotten. Far above
/// what one machine needs, so that nothing grows without bound.
pub(crate) const MAX_EXPIRING_SESSIONS: usize = 10_000;

/// An access key id with its secret and, for a session, its token and end.
///
/// `Debug` shows neither secret nor token; both are wiped when dropped.
#[derive(Clone)]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Option<Zeroizing<String>>,
    expires_at: Option<OffsetDateTime>,
}

impl Credentials {
    /// Long-term credentials, as of an IAM user: `AKIA…`, no token, no end.
    pub(crate) fn long_term(randomness: &Randomness) -> Self {
        Self {
            access_key_id: access_key_id("AKIA", randomness),
            secret_access_key: random_base64::<SECRET_BYTES>(&[], randomness),
            session_token: None,
            expires_at: None,
        }
    }

    /// Temporary credentials: `ASIA…` with a session token. `expires_at: None` is for the
    /// credentials of a function, which Lambda renews unseen.
    pub(crate) fn temporary(expires_at: Option<OffsetDateTime>, randomness: &Randomness) -> Self {
        Self {
            access_key_id: access_key_id("ASIA", randomness),
            secret_access_key: random_base64::<SECRET_BYTES>(&[], randomness),
            session_token: Some(random_base64::<TOKEN_BYTES>(&TOKEN_START, randomness)),
            expires_at,
        }
    }

    /// `AKIA…` or `ASIA…`, 20 characters.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The secret, 40 characters.
    pub fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// The session token of temporary credentials; base64 with `+`, `/` and `=`.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_ref().map(|token| token.as_str())
    }

    /// When they end; `None`: never by the clock.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        self.expires_at
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Known credentials and the principal who calls with them.
#[derive(Debug)]
pub struct AccessKey {
    pub(crate) credentials: Credentials,
    pub(crate) caller: Caller,
}

impl AccessKey {
    /// The credentials, to check a signature with.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Who calls with them.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }
}

/// All access keys that are known, by id.
#[derive(Debug)]
pub(crate) struct CredentialStore {
    keys: Mutex<HashMap<String, Arc<AccessKey>>>,
    max_expiring_sessions: usize,
}

impl CredentialStore {
    /// An empty store. `max_expiring_sessions` is [`MAX_EXPIRING_SESSIONS`], in tests less.
    pub(crate) fn new(max_expiring_sessions: usize) -> Self {
        Self { keys: Mutex::default(), max_expiring_sessions }
    }

    pub(crate) fn find(&self, access_key_id: &str) -> Option<Arc<AccessKey>> {
        self.lock().get(access_key_id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<AccessKey>> {
        self.lock().values().cloned().collect()
    }

    /// Adds a key, and forgets sessions that ended long before `now`.
    pub(crate) fn insert(&self, key: AccessKey, now: OffsetDateTime) -> Arc<AccessKey> {
        let key = Arc::new(key);
        let mut keys = self.lock();
        keys.retain(|_, known| {
            known.credentials.expires_at.is_none_or(|end| now - end < EXPIRED_KEPT_FOR)
        });
        let expiring = || keys.values().filter(|known| known.credentials.expires_at.is_some());
        if expiring().count() >= self.max_expiring_sessions {
            let first_to_end = expiring()
                .min_by_key(|known| known.credentials.expires_at)
                .map(|known| known.credentials.access_key_id.clone());
            if let Some(access_key_id) = first_to_end {
                keys.remove(&access_key_id);
            }
        }
        keys.insert(key.credentials.access_key_id.clone(), Arc::clone(&key));
        key
    }

    /// A panic elsewhere while the lock was held leaves a map that is still whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<AccessKey>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn access_key_id(prefix: &str, randomness: &Randomness) -> String {
    format!("{prefix}{}", randomness.identifier::<ACCESS_KEY_CHARACTERS>())
}

/// `LENGTH` bytes in base64, the first of them given.
fn random_base64<const LENGTH: usize>(start: &[u8], randomness: &Randomness) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    randomness.fill(bytes.as_mut_slice());
    bytes.iter_mut().zip(start).for_each(|(byte, given)| *byte = *given);
    Zeroizing::new(BASE64.encode(bytes.as_slice()))
}
