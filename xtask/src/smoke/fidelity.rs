//! The likely and the unknown of `docs/fidelity.md`: which rows a black box can settle, and which not.
//!
//! A row is named by its first cell, word by word. A test keeps this file and that page in step: a row that is
//! likely or unknown is either in [`Row`], or in `unsettled.rs` with the reason.

#[cfg(test)]
mod unsettled;

#[cfg(test)]
mod tests;

/// The page, as it is when this program is built.
const PAGE: &str = include_str!("../../../docs/fidelity.md");

macro_rules! rows {
    ($($name:ident: $text:literal,)*) => {
        /// A row that an observation settles.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Row { $(#[doc = $text] $name,)* }

        impl Row {
            /// Every one.
            pub(super) const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its first cell.
            pub(super) fn behaviour(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

rows! {
    // Handshake
    FunctionRefusal: "Of a refusal by the function nothing but the status gets through: no body, no header",
    UnsignedBody: "The body of that refusal: `Missing Authentication Token`; its type: `MissingAuthenticationTokenException`",
    Mismatch: "A signature that does not match: 403, `InvalidSignatureException` and its text",
    PolicyRefusal: "Policies that do not allow it: 403, `AccessDeniedException`, `Message` with a capital, the account masked but for its last four digits",
    RefusalIds: "Whether refusals for signature or policies bear `connectionId` and `requestId` as well",
    UnknownStage: "A stage that is not there, or a path behind the stage: 403, `Forbidden`",
    ClosedWebSocket: "A disabled default endpoint: 403, `Forbidden`",
    NoUpgrade: "A GET that asks for no upgrade: 426",
    OtherMethods: "POST or HEAD on the stage's path",
    LongUrl: "Whether scheme and host count, and what a longer one is told",
    LargeHeaders: "Headers have at most 10,240 bytes",
    HeadersOf101: "Which other headers the 101 has",
    Compression: "permessage-deflate is not negotiated",
    NoHandshake: "A handshake that RFC 6455 does not allow (HTTP/1.0, another version, no key)",
    TwoIds: "A refusal bears `x-amzn-RequestId` (a UUID) and `x-amz-apigw-id` (the event's `requestId`)",
    // Signature in the query
    UnsignedPayload: "`UNSIGNED-PAYLOAD` does not match",
    PlusSigned: "A `+` in the query is signed as a space",
    RepeatedParameter: "A parameter that stands there twice",
    Expires: "`X-Amz-Expires` changes nothing about that, be it short, long or absent",
    ExpiresForm: "`X-Amz-Expires` has no maximum, and need be no number",
    Future: "A signature from the future is good if it is less than 5 minutes early",
    Scope: "A wrong region and a wrong service: 403, `InvalidSignatureException`, each named in its sentence",
    UnknownKey: "An unknown key or token: `UnrecognizedClientException`",
    OtherCase: "`X-Amz-*` in another case",
    AmzTwice: "`X-Amz-*` twice",
    SignedHeaders: "Headers that a handshake signs beside `host`, such as `origin`",
    Order: "The order of the checks",
    // Events of a WebSocket API
    DecodedOnce: "The query is decoded once",
    PlusInEvent: "A `+` in the query",
    // Messages and the life of a connection
    CloseReasons: "The reasons that go with 1003 and 1009",
    IdleClose: "The client of an idle connection is sent 1001 as well",
    IdlePing: "Whether a client's ping counts as a message",
    ReservedRoutes: "A body cannot choose `$connect` or `$disconnect`",
    SentAsText: "What is sent to a client is text",
    OneFrame: "A message of up to 128 KiB to a client comes in one frame",
    // @connections
    NoUserAgent: "`userAgent` of a client that sent none",
    ImpossibleIds: "Which ids no connection can have",
    UnknownId: "An id that never was: 410",
    ConnectionsMethods: "Methods beside `POST`, `GET` and `DELETE`",
    NotUtf8: "A text that is no UTF-8",
    TooLargeSaid: "What 413 and 429 say",
    ConnectionsOrder: "Which is asked first: the account's throttle, size, signature, policies, form of the id, connection",
    // HTTP API
    HttpLargeBody: "A larger body: 413 `Request Entity Too Large`",
    HttpLargeHead: "A larger head",
    HttpUnsigned: "IAM authorization, and not signed or not allowed: 403 `Forbidden`, without a reason",
    ClosedSign: "What a switched-off endpoint of an HTTP API says: `Not Found`",
    Preflight: "The status of its answer to a preflight is 204",
    OwnCors: "Whether what the API answers itself has the CORS headers too",
    Vary: "`Vary` of an answer to one origin",
    Bearer: "In which case `Bearer` may be written; what becomes of a token that is sent twice",
    Pss: "Whether `PS256`, `PS384` and `PS512`, which are RSA's too, are taken",
    NoTimes: "A token without `nbf` or `iat` is taken",
    NoToken: "No token: 401 `Unauthorized` with `www-authenticate: Bearer`",
    TokenForm: "The description of a token that has not three parts, and of one by another algorithm",
    TokenWords: "The description of every other wrong token",
    // Custom domains
    EscapedBasePath: "A base path that is percent-encoded in the request",
    BehindBasePath: "The status of that answer, and that a handshake gets it too",
    NoMapping: "A path that no mapping of a WebSocket API's domain has",
    NoHttpMapping: "A path that no mapping of an HTTP API's domain has, or a domain without any: 403 `Forbidden`",
    SignedForDomain: "A URL is signed for the domain's host and for the path as it is sent: base path, no stage",
    DomainPolicy: "Resources in policies name the API and its stage, whichever door is asked",
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// What was seen is what `local` does.
    Confirmed,
    /// Something else was seen.
    Refuted,
    /// Nothing was seen that decides it.
    NotSeen,
}

impl Settled {
    /// As the report has it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Refuted => "refuted",
            Self::NotSeen => "not seen",
        }
    }
}

/// A row as it stands on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) section: &'static str,
    pub(super) behaviour: &'static str,
    /// `certain`, `likely` or `unknown`.
    pub(super) mark: &'static str,
}

/// Every row of the page that has a mark, in its order.
pub(super) fn written() -> Vec<Written> {
    let mut section = "";
    let mut rows = Vec::new();
    for line in PAGE.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            section = name;
        }
        // No first cell has an escaped bar.
        let mut cells = line.strip_prefix("| ").into_iter().flat_map(|line| line.split(" | "));
        let (Some(behaviour), Some(mark)) = (cells.next(), cells.next()) else { continue };
        if ["certain", "likely", "unknown"].contains(&mark) {
            rows.push(Written { section, behaviour, mark });
        }
    }
    rows
}
