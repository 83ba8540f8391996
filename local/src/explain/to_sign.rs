//! What was to be signed, by what a request says of its own signature: whole, and line by line to be shown.

use sigv4_verify::amz_date::AmzDate;
use sigv4_verify::auth_parameters::AuthParameters;
use sigv4_verify::canonical_query::CanonicalQuery;
use sigv4_verify::canonical_request::CanonicalRequest;
use sigv4_verify::credential::Credential;
use sigv4_verify::rules::read_parameters;
use sigv4_verify::signed_headers::SignedHeaders;
use sigv4_verify::string_to_sign::string_to_sign;
use sigv4_verify::{WireRequest, payload_hash};

use super::mask;

/// What was to be signed. The canonical request may hold a token; what is shown of it does not.
pub struct ToSign {
    canonical_request: CanonicalRequest,
    pub(super) string_to_sign: String,
    pub(super) payload_hash: String,
}

impl ToSign {
    /// Of a request whose signature is in its query or in its headers; `None` where it is too broken for that.
    pub fn read(request: &WireRequest<'_>) -> Option<Self> {
        let query = CanonicalQuery::parse(request.query()).ok()?;
        Self::of(request, &query, &read_parameters(request, &query).ok()?)
    }

    pub(super) fn of(
        request: &WireRequest<'_>,
        query: &CanonicalQuery<'_>,
        parameters: &AuthParameters<'_>,
    ) -> Option<Self> {
        let placement = parameters.placement;
        let signed_headers = SignedHeaders::parse(&parameters.signed_headers).ok()?;
        let payload_hash = payload_hash::check(request, placement).ok()?;
        let canonical_request =
            CanonicalRequest::build(request, query, placement, &signed_headers, &payload_hash)
                .ok()?;
        let date = AmzDate::parse(&parameters.date).ok()?;
        let scope = Credential::parse(&parameters.credential).ok()?.scope;
        let string_to_sign = string_to_sign(date, &scope, &canonical_request.hash());
        Some(Self { canonical_request, string_to_sign, payload_hash })
    }

    /// The lines of the canonical request, without secrets.
    pub fn canonical_request_shown(&self) -> Vec<String> {
        let lines: Vec<_> = self.canonical_request.expose().split('\n').collect();
        // An empty line, the names of the headers and the hash are behind them.
        let end_of_headers = lines.len().saturating_sub(3);
        let shown = |(at, line): (usize, &&str)| match at {
            0..=2 => mask::text(line),
            at if at < end_of_headers => self.header_shown(line),
            _ => (*line).to_owned(),
        };
        lines.iter().enumerate().map(shown).collect()
    }

    /// The lines of the string to sign. Of them the scope alone has a `/`, and parts that the signer chose.
    pub fn string_to_sign_shown(&self) -> Vec<String> {
        let shown = |line: &str| match line.contains('/') {
            true => line.split('/').map(mask::text).collect::<Vec<_>>().join("/"),
            false => line.to_owned(),
        };
        self.string_to_sign.split('\n').map(shown).collect()
    }

    fn header_shown(&self, line: &str) -> String {
        match line.split_once(':') {
            // As X-Amz-Content-SHA256 has it: it says nothing that is not in the last line.
            Some((_, value)) if value == self.payload_hash => line.to_owned(),
            Some((name, value)) => format!("{name}:{}", mask::value(name, value)),
            None => mask::text(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const SCOPE: &str = "AKIAIOSFODNN7EXAMPLE/20260102/eu-west-1/execute-api/aws4_request";

    #[test]
    fn of_a_request_signed_in_its_headers_everything_but_the_secrets_is_shown() {
        let names = "cookie;host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders={names}, Signature={}",
            "0f".repeat(32)
        );
        let headers = [
            ("Host", "localhost:3001"),
            ("X-Amz-Date", "20260102T030405Z"),
            ("X-Amz-Content-SHA256", HASH),
            ("X-Amz-Security-Token", "MARKER"),
            ("Cookie", "MARKER"),
            ("Authorization", &authorization),
        ];
        let target = "/prod?room=lobby&token=MARKER";
        let request = WireRequest { method: "GET", target, headers: &headers, body: b"" };
        let to_sign = ToSign::read(&request).expect("it is signed");
        assert_eq!(
            to_sign.canonical_request_shown(),
            [
                "GET",
                "/prod",
                "room=lobby&token=(hidden)",
                "cookie:(hidden)",
                "host:localhost:3001",
                &format!("x-amz-content-sha256:{HASH}"),
                "x-amz-date:20260102T030405Z",
                "x-amz-security-token:(hidden)",
                "",
                names,
                HASH,
            ]
        );
        let string_to_sign = to_sign.string_to_sign_shown();
        let expected =
            ["AWS4-HMAC-SHA256", "20260102T030405Z", "20260102/eu-west-1/execute-api/aws4_request"];
        assert_eq!(string_to_sign[..3], expected);
        assert_eq!(string_to_sign[3], to_sign.canonical_request.hash());
    }

    #[test]
    fn what_says_too_little_of_its_signature_has_nothing_to_sign() {
        let headers = [("Host", "localhost:3001")];
        let request = WireRequest { method: "GET", target: "/prod", headers: &headers, body: b"" };
        assert!(ToSign::read(&request).is_none());
    }
}
