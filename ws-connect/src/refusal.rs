//! Why a handshake is refused.

/// The reasons of a refusal. The client learns the [`status`](Self::status) only; the log has the
/// [`reason`](Self::reason), and never a value; the metric `Refused` has it too.
///
/// | status | reason | cause |
/// |---|---|---|
/// | 403 | `caller_not_signer` | whoever signed is no session of the SignerRole |
/// | 403 | `origin_not_allowed` | an `Origin` header that is not among the allowed ones |
/// | 400 | `subprotocol_not_allowed` | subprotocols are offered, none is allowed |
/// | 403 | `parameter_name_empty` | a parameter has no name |
/// | 403 | `parameter_repeated` | a parameter that is not of the signature has more than one value |
/// | 403 | `grant_name_malformed` | `grant.` in another case, or with no name after it |
/// | 403 | `expires_missing` | no `grant.expires` |
/// | 403 | `expires_malformed` | it is not epoch seconds, or further away than any URL lives |
/// | 403 | `url_expired` | it is past |
/// | 403 | `nonce_missing` | no `grant.nonce` |
/// | 403 | `nonce_malformed` | it is not 22 characters of base64url |
/// | 403 | `nonce_spent` | the URL was used before |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table above describes them in their order")]
pub enum Refusal {
    CallerNotSigner,
    OriginNotAllowed,
    SubprotocolNotAllowed,
    ParameterNameEmpty,
    ParameterRepeated,
    GrantNameMalformed,
    ExpiresMissing,
    ExpiresMalformed,
    UrlExpired,
    NonceMissing,
    NonceMalformed,
    NonceSpent,
}

impl Refusal {
    /// The status of the handshake.
    pub fn status(self) -> u16 {
        match self {
            Self::SubprotocolNotAllowed => 400,
            Self::CallerNotSigner
            | Self::OriginNotAllowed
            | Self::ParameterNameEmpty
            | Self::ParameterRepeated
            | Self::GrantNameMalformed
            | Self::ExpiresMissing
            | Self::ExpiresMalformed
            | Self::UrlExpired
            | Self::NonceMissing
            | Self::NonceMalformed
            | Self::NonceSpent => 403,
        }
    }

    /// The stable name of the reason, for the log and the metrics.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::CallerNotSigner => "caller_not_signer",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::SubprotocolNotAllowed => "subprotocol_not_allowed",
            Self::ParameterNameEmpty => "parameter_name_empty",
            Self::ParameterRepeated => "parameter_repeated",
            Self::GrantNameMalformed => "grant_name_malformed",
            Self::ExpiresMissing => "expires_missing",
            Self::ExpiresMalformed => "expires_malformed",
            Self::UrlExpired => "url_expired",
            Self::NonceMissing => "nonce_missing",
            Self::NonceMalformed => "nonce_malformed",
            Self::NonceSpent => "nonce_spent",
        }
    }
}
