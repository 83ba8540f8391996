//! What is signed: a URL as sign-fn hands it out, and the same with more to sign.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use url::Url;

/// The region that is signed for.
pub const REGION: &str = "eu-west-1";
/// The host of the endpoint, as a client sends it.
pub const HOST: &str = "abc123.execute-api.eu-west-1.amazonaws.com";
/// The id of the key that signs.
pub const ACCESS_KEY_ID: &str = "ASIAQ3EGEXAMPLEKEYID";
/// Its secret: AWS's example, of the length and with the characters that secrets have.
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEKEY";
/// How long the URL is good.
pub const LIFETIME: Duration = Duration::from_secs(60);
/// When it is signed, in seconds since 1970: 2026-01-02T03:04:05Z.
pub const SECONDS: u64 = 1_767_323_045;

/// The length of a session token. STS gives some 700 to 1,100 characters.
const TOKEN_LENGTH: usize = 900;

/// One URL to sign.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is called.
    pub endpoint: Url,
    /// Names and values, before encoding: first what the caller asked for, then what is granted.
    pub parameters: Vec<(String, String)>,
    /// Who signs. They hide themselves.
    pub credentials: Credentials,
}

/// What grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// The number of parameters: 6, 60, 600.
    Parameters,
    /// The length of the session token: 90, 900, 9,000. (`aws-sigv4` takes no URL beyond 65,534 bytes.)
    Token,
    /// The length of each value: 8, 80, 800.
    Values,
}

impl Growth {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Parameters, Self::Token, Self::Values];

    /// How it is called in the names of benches.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Token => "token",
            Self::Values => "values",
        }
    }
}

/// The steps of a growth: how many times the least.
pub const STEPS: [usize; 3] = [1, 10, 100];

impl Case {
    /// Six parameters and a session token of 900 bytes.
    pub fn usual() -> Self {
        let parameters = [
            ("room", "lobby"),
            ("lang", "en"),
            ("grant.plan", "free"),
            ("grant.userId", "6f1d2c3b-0a59-4e87-9d1c-2b7f4a6e8c50"),
            ("grant.expires", "1767323105"),
            ("grant.nonce", "q83vEjRWeJCrze8SNFZ4kA"),
        ];
        Self::of(parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), 900)
    }

    /// The least of a growth, so many times over.
    pub fn grown(growth: Growth, times: usize) -> Self {
        let usual = Self::usual();
        match growth {
            Growth::Parameters => {
                let names = (0..6 * times).map(|number| format!("name{number:03}"));
                let parameters = names.map(|name| (name, "value of its own".to_owned())).collect();
                Self::of(parameters, TOKEN_LENGTH)
            }
            Growth::Token => Self::of(usual.parameters, TOKEN_LENGTH / 10 * times),
            Growth::Values => {
                let names = usual.parameters.into_iter().map(|(name, _)| name);
                let parameters = names.map(|name| (name, "a value+".repeat(times))).collect();
                Self::of(parameters, TOKEN_LENGTH)
            }
        }
    }

    /// These parameters, signed with a session token of this length.
    pub fn of(parameters: Vec<(String, String)>, token_length: usize) -> Self {
        let endpoint = format!("wss://{HOST}/prod");
        Self {
            endpoint: Url::parse(&endpoint).expect("a URL"),
            parameters,
            credentials: Credentials::new(
                ACCESS_KEY_ID,
                SECRET,
                Some(token(token_length)),
                None,
                "bench",
            ),
        }
    }

    /// The moment of signing.
    pub fn time() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS)
    }
}

/// As STS gives them: base64, in which one character of thirty must be escaped in a URL.
fn token(length: usize) -> String {
    const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // Any order will do, as long as it is the same in every run: multiplied by a large odd number, the upper bits mix.
    let mixed = |place: usize| (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58;
    let characters = (0..length.saturating_sub(2))
        .map(|place| char::from(BASE64[usize::try_from(mixed(place)).unwrap_or_default()]));
    characters.chain("==".chars()).take(length).collect()
}
