//! The least that signing and verifying can cost: written by hand for this one kind of URL, with all that can be kept
//! worked out before. For orientation, not for use: it takes only what is in canonical form already, and cannot say why
//! it refuses.

use std::fmt::Write as _;
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::utf8_percent_encode;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::{Date, Month, OffsetDateTime, Time};

use super::bare::NOT_UNRESERVED;
use super::case::{ACCESS_KEY_ID, Case, HOST, LIFETIME, REGION, SECRET};

const SHA256_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What is kept from one URL to the next: the signing key of a day, and what is the same in every URL of a session.
pub struct Floor {
    key: Hmac<Sha256>,
    /// `wss://HOST/prod`.
    endpoint: String,
    /// `20260102/eu-west-1/execute-api/aws4_request`.
    scope: String,
    /// The same behind the key's id, encoded.
    credential: String,
    /// The session token, encoded.
    token: String,
}

impl Floor {
    /// All that can be worked out before there is anything to sign.
    pub fn new(case: &Case) -> Self {
        let mut date = String::new();
        push_date(&mut date, Case::time());
        let day = &date[..8];
        let mut key = format!("AWS4{SECRET}").into_bytes();
        for part in [day, REGION, "execute-api", "aws4_request"] {
            key = keyed(&key).chain_update(part).finalize().into_bytes().to_vec();
        }
        let scope = format!("{day}/{REGION}/execute-api/aws4_request");
        let encoded = |text: &str| utf8_percent_encode(text, NOT_UNRESERVED).to_string();
        Self {
            key: keyed(&key),
            endpoint: case.endpoint.to_string(),
            credential: encoded(&format!("{ACCESS_KEY_ID}/{scope}")),
            token: encoded(case.credentials.session_token().unwrap_or_default()),
            scope,
        }
    }

    /// The parameters, signed.
    pub fn presigned_url(&self, parameters: &[(String, String)]) -> String {
        let mut url = String::with_capacity(self.endpoint.len() + self.token.len() + 1024);
        url.push_str(&self.endpoint);
        let mut separator = '?';
        for (name, value) in parameters {
            url.push(separator);
            url.extend(utf8_percent_encode(name, NOT_UNRESERVED));
            url.push('=');
            url.extend(utf8_percent_encode(value, NOT_UNRESERVED));
            separator = '&';
        }
        url.push(separator);
        url.push_str("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=");
        url.push_str(&self.credential);
        url.push_str("&X-Amz-Date=");
        let date_at = url.len();
        push_date(&mut url, Case::time());
        let date = date_at..url.len();
        write!(url, "&X-Amz-Expires={}", LIFETIME.as_secs()).expect("a string takes any text");
        url.push_str("&X-Amz-SignedHeaders=host&X-Amz-Security-Token=");
        url.push_str(&self.token);

        let mut pairs: Vec<_> = pairs(&url[self.endpoint.len() + 1..]).collect();
        pairs.sort_unstable();
        let mut signature = [0; 64];
        write_hexadecimal(&self.signature(&pairs, &url[date]), &mut signature);
        url.push_str("&X-Amz-Signature=");
        url.extend(signature.map(char::from));
        url
    }

    /// Whether a handshake with this request-target is signed, and of the last or next five minutes.
    pub fn accepts(&self, target: &str, host: &str, now: SystemTime) -> bool {
        self.checked(target, host, now).is_some()
    }

    fn checked(&self, target: &str, host: &str, now: SystemTime) -> Option<()> {
        let query = target.strip_prefix("/prod?").filter(|_| host == HOST)?;
        let mut signed: Vec<_> = pairs(query).collect();
        signed.sort_unstable();
        let at = signed.iter().position(|(name, _)| *name == "X-Amz-Signature")?;
        let (_, signature) = signed.remove(at);
        let only = |name| {
            let mut values = signed.iter().filter(|(other, _)| *other == name).map(|pair| pair.1);
            values.next().filter(|_| values.next().is_none())
        };

        let is = |name, expected: &str| only(name).filter(|value| *value == expected);
        is("X-Amz-Algorithm", "AWS4-HMAC-SHA256")?;
        is("X-Amz-Credential", &self.credential)?;
        is("X-Amz-SignedHeaders", "host")?;
        let token = only("X-Amz-Security-Token")?;
        let date = only("X-Amz-Date")?;
        let apart = read_date(date)? - OffsetDateTime::from(now);
        let right_token = bool::from(token.as_bytes().ct_eq(self.token.as_bytes()));
        if apart.unsigned_abs().as_secs() > 300 || !right_token {
            return None;
        }
        let mut expected = [0; 64];
        write_hexadecimal(&self.signature(&signed, date), &mut expected);
        bool::from(signature.as_bytes().ct_eq(&expected)).then_some(())
    }

    /// One SHA-256, one HMAC.
    fn signature(&self, sorted: &[(&str, &str)], date: &str) -> [u8; 32] {
        let length: usize = sorted.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut canonical = String::with_capacity(length + 256);
        canonical.push_str("GET\n/prod\n");
        let mut separator = "";
        for (name, value) in sorted {
            for part in [separator, name, "=", value] {
                canonical.push_str(part);
            }
            separator = "&";
        }
        for part in ["\nhost:", HOST, "\n\nhost\n", SHA256_OF_NOTHING] {
            canonical.push_str(part);
        }
        let mut hash = [0; 64];
        write_hexadecimal(&Sha256::digest(canonical).into(), &mut hash);
        let mut key = self.key.clone();
        for part in ["AWS4-HMAC-SHA256\n", date, "\n", &self.scope, "\n"] {
            key.update(part.as_bytes());
        }
        key.update(&hash);
        key.finalize().into_bytes().into()
    }
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn push_date(text: &mut String, time: SystemTime) {
    let time = OffsetDateTime::from(time);
    let [hundreds, rest] = [time.year() / 100, time.year() % 100]
        .map(|number| u8::try_from(number).unwrap_or_default());
    let day = [hundreds, rest, u8::from(time.month()), time.day()];
    push_two_digits(text, &day);
    text.push('T');
    push_two_digits(text, &[time.hour(), time.minute(), time.second()]);
    text.push('Z');
}

fn push_two_digits(text: &mut String, numbers: &[u8]) {
    for number in numbers {
        for digit in [number / 10, number % 10] {
            text.push(char::from(b'0' + digit));
        }
    }
}

fn read_date(date: &str) -> Option<OffsetDateTime> {
    let number = |from: usize, to: usize| date.get(from..to)?.parse::<u16>().ok();
    let small = |from: usize, to: usize| u8::try_from(number(from, to)?).ok();
    let month = Month::try_from(small(4, 6)?).ok()?;
    let day = Date::from_calendar_date(i32::from(number(0, 4)?), month, small(6, 8)?).ok()?;
    let time = Time::from_hms(small(9, 11)?, small(11, 13)?, small(13, 15)?).ok()?;
    Some(day.with_time(time).assume_utc())
}

fn write_hexadecimal(bytes: &[u8; 32], text: &mut [u8; 64]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, digits) in bytes.iter().zip(text.chunks_exact_mut(2)) {
        digits[0] = DIGITS[usize::from(byte >> 4)];
        digits[1] = DIGITS[usize::from(byte & 0xF)];
    }
}
