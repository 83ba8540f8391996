//! The limits, each with its source.

use std::time::Duration;

/// The longest body of a request, in bytes after decoding base64. Ours: four times what fits into a
/// URL, which leaves room for JSON's escapes.
pub const BODY_BYTES: usize = 16 * 1024;

/// The longest URL that a WebSocket API takes, in characters
/// ("Quotas for configuring and running a WebSocket API in API Gateway", API Gateway Developer Guide).
pub const URL_CHARACTERS: usize = 4_096;

/// What the configured grants leave of a URL's [`URL_CHARACTERS`]. Ours: 2 KiB hold the endpoint,
/// `grant.expires`, `grant.nonce` and the signature (some 500 characters), a session token of usual
/// length (1,000 to 1,300, encoded), and a little of what a caller asks for.
pub const ROOM_BESIDE_GRANTS: usize = 2_048;

/// The request line and all headers of a request together, in bytes ("Quotas for configuring and
/// running an HTTP API in API Gateway", API Gateway Developer Guide; we take it to hold for the
/// handshake too). What the client adds by itself is not counted here.
pub const HEADER_BYTES: usize = 10_240;

/// The longest life of a URL that a stack may configure. API Gateway refuses a signature five minutes
/// after its `X-Amz-Date`, whatever `X-Amz-Expires` says.
pub const LONGEST_URL_TTL: Duration = Duration::from_secs(300);

/// The shortest life that credentials may have left for a URL to be worth giving. Ours: time enough to
/// open the connection at once.
pub const SHORTEST_CREDENTIALS_LIFE: Duration = Duration::from_secs(10);

/// How long before their end credentials are renewed: as long as they might be needed by the URL that
/// is signed now, so that no URL has to be shortened while renewals succeed.
pub const RENEWAL_BEFORE_END: Duration = LONGEST_URL_TTL;

/// After a failed renewal, how long the credentials still in hand are used without another attempt.
/// Ours: else every request would wait for a role service that is down.
pub const RENEWAL_PAUSE: Duration = Duration::from_secs(10);
