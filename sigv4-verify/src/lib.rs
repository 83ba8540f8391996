//! Verifies AWS Signature Version 4 on a request as it came over the wire.
//!
//! [`verify`] takes a [`WireRequest`], what the service [`Expected`] and the [`Keys`] it knows, and
//! answers who signed ([`Verified`]) or which rule was broken ([`Refusal`]). It does no IO and
//! reads no clock. Its canonicalisation is its own, shared with no signer, so that signer and
//! verifier can prove each other.
//!
//! It plays the services that encode the path twice: `execute-api` (WebSocket handshakes, HTTP
//! APIs, `@connections`), `sts`, `dynamodb`. S3 is not among them, nor are chunked uploads and
//! Signature Version 4A.
//!
//! ```
//! use sigv4_verify::{Expected, Key, Keys, SecretKey, WireRequest, verify};
//! use time::{Date, Month, Time};
//!
//! struct OneKey;
//!
//! impl Keys for OneKey {
//!     fn find(&self, access_key_id: &str) -> Option<Key> {
//!         let secret = SecretKey::new("secret/EXAMPLE");
//!         (access_key_id == "ASIAEXAMPLE").then(|| Key { secret, session_token: None, expires: None })
//!     }
//! }
//!
//! let request = WireRequest {
//!     method: "GET",
//!     target: "/$default?b=&a=x%20y&q=it%27s&X-Amz-Algorithm=AWS4-HMAC-SHA256\
//!              &X-Amz-Credential=ASIAEXAMPLE%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request\
//!              &X-Amz-Date=20260102T030405Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host\
//!              &X-Amz-Signature=e172dd53ee3d6e1377209f45d16952f5dce90329ae679073fddb5cc62e9a392e",
//!     headers: &[("Host", "abc123.execute-api.eu-west-1.amazonaws.com")],
//!     body: b"",
//! };
//! let now = Date::from_calendar_date(2026, Month::January, 2)?.with_time(Time::from_hms(3, 5, 0)?);
//! let expected = Expected { region: "eu-west-1", service: "execute-api", now: now.assume_utc() };
//!
//! let verified = verify(&request, &expected, &OneKey)?;
//! assert_eq!(verified.access_key_id, "ASIAEXAMPLE");
//!
//! let refusal = verify(&WireRequest { method: "POST", ..request }, &expected, &OneKey).unwrap_err();
//! assert_eq!((refusal.rule().number(), refusal.code()), (19, "InvalidSignatureException"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The rules, in order
//!
//! The first rule that a request breaks is the one it is refused by. The order of 2, 3, 5 to 8, 10
//! to 14 and 19 is the one that AWS itself shows when a request breaks several (as recorded from
//! DynamoDB in the public `mhart/dynalite`); the rest stand where their question arises. In one
//! place we differ: that record has the token after the signature.
//!
//! 1. **the query can be decoded.** Every `%` begins two hexadecimal digits. First, because
//!    everything else reads the query. ([create a signed request])
//! 2. **the signature is in one place.** Not both `X-Amz-Algorithm` in the query and an
//!    `Authorization` header, of whatever scheme. ([authentication methods])
//! 3. **the request is signed.** It has one of the two; `Authorization` must begin with `AWS4-`.
//!    The names of parameters count in exactly the case that AWS writes. ([authentication methods])
//! 4. **no authentication parameter is repeated.** Which of two counts would be a guess. Before
//!    rule 5, since one of the two may be empty. ([authentication methods])
//! 5. **every authentication parameter is there.** Algorithm, credential, signature, signed headers
//!    and date, none empty. `X-Amz-Expires` is not required. ([authentication methods])
//! 6. **the date has its form.** `20260102T030405Z`. ([elements])
//! 7. **the signature is not too old.** Its date is at most five minutes before the clock.
//!    `X-Amz-Expires` neither lengthens nor shortens that. ([troubleshooting])
//! 8. **the signature is not from the future.** At most five minutes after the clock.
//!    ([troubleshooting])
//! 9. **the signed headers are in lower case and sorted.** Each once. Before rule 10, which looks
//!    into the list. ([create a signed request])
//! 10. **the host is signed.** Or a signature for one API would do for another. ([create a signed
//!     request])
//! 11. **the algorithm is AWS4-HMAC-SHA256.** By exact case. ([elements])
//! 12. **the credential has five parts.** Key id, day, region, service, `aws4_request`.
//!     ([elements])
//! 13. **the scope fits.** Region, service and last part are the expected ones, the day is the
//!     date's; one refusal names all that differ. ([troubleshooting])
//! 14. **the key is known.** ([temporary credentials])
//! 15. **the session token is the key's.** Sent exactly if the key has one, and equal. Before the
//!     signature, since temporary credentials are found by id and token together: with a wrong
//!     token there is no secret to sign with. ([temporary credentials])
//! 16. **the credentials have not ended.** After the token, so that only one who has it learns that
//!     it is over; before the signature, like all that is asked of the key. ([temporary
//!     credentials])
//! 17. **the payload hash is the body's.** An `X-Amz-Content-SHA256` beside an `Authorization`
//!     header is the SHA-256 of the body. ([create a signed request])
//! 18. **every signed header is there.** At least once. ([create a signed request])
//! 19. **the signature matches.** Compared in constant time, by exact case. ([create a signed
//!     request])
//!
//! What AWS's pages also ask of a signer but no rule here enforces: that `Content-Type` and every
//! `X-Amz-*` header be signed. Who relies on a header looks into [`Verified::signed_headers`].
//!
//! [`examine`] looks at all of them, also behind a broken one, and without keys at those that need
//! none: for telling somebody what is wrong, where [`verify`] only lets in or refuses.
//!
//! # What is the same to the canonical form
//!
//! A request may be changed on the way, without breaking its signature, in these ways only:
//! parameters in another order; a character escaped that need not be, or the reverse; hexadecimal
//! digits in another case; `+` for `%20`; `a` for `a=`; an empty piece between two `&`; the case of
//! header names; spaces around header values and the length of runs inside them; headers that are
//! not signed; header lines in another order, save those of one name. All these are about query and
//! headers: the path counts byte for byte.
//!
//! # Every text on the way
//!
//! Each step is its own module, and each intermediate text can be had: [`canonical_query`],
//! [`canonical_request`], [`string_to_sign`], [`signing_key`].
//!
//! [authentication methods]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
//! [create a signed request]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
//! [elements]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
//! [temporary credentials]: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html
//! [troubleshooting]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html

pub mod amz_date;
pub mod auth_parameters;
pub mod authorization_header;
pub mod canonical_query;
pub mod canonical_request;
pub mod credential;
pub mod examination;
pub mod found;
pub mod hex;
pub mod keys;
pub mod payload_hash;
pub mod percent;
pub mod presigned_query;
pub mod refusal;
pub mod request;
pub mod rule;
pub mod rules;
pub mod secret;
pub mod signed_headers;
pub mod signing_key;
pub mod string_to_sign;
pub mod validity;

pub use auth_parameters::Placement;
pub use examination::{Examination, Lack, Outcome, examine};
pub use keys::{Key, Keys};
pub use refusal::Refusal;
pub use request::WireRequest;
pub use rule::Rule;
pub use rules::{Expected, Verified, verify};
pub use secret::{SecretKey, SessionToken};
