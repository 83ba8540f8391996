//! The root certificates of the machine, which every TLS connection is checked against.
//!
//! They are read from one file, with a decoder made for speed. `rustls-native-certs` reads all folders as well, which
//! hold the same certificates again, and decodes them in constant time, as if they were secret: three quarters
//! of what a function did before its first invocation.

use std::path::Path;

use base64_simd::STANDARD;
use memchr::{memchr_iter, memmem};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

/// Those of the file that `SSL_CERT_FILE` names, else of the one where this system keeps them. A certificate that
/// cannot be read is left out: it may be one that no service of AWS needs. Without any, no connection over TLS is
/// made.
pub(crate) fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    if let Some(file) = openssl_probe::probe().cert_file {
        add(&mut roots, &file);
    }
    if roots.is_empty() {
        tracing::warn!("no root certificates were found: nothing can be reached over TLS");
    }
    roots
}

fn add(roots: &mut RootCertStore, file: &Path) {
    match std::fs::read(file) {
        Ok(text) => {
            roots.add_parsable_certificates(certificates(&text));
        }
        Err(error) => tracing::warn!(%error, file = %file.display(), "cannot be read"),
    }
}

/// The certificates in a text of RFC 7468.
fn certificates(text: &[u8]) -> impl Iterator<Item = CertificateDer<'static>> {
    let end = memmem::Finder::new(END);
    let mut characters = Vec::new();
    memmem::find_iter(text, BEGIN).filter_map(move |start| {
        let rest = &text[start + BEGIN.len()..];
        join(&rest[..end.find(rest)?], &mut characters);
        STANDARD.decode_to_vec(&characters).ok().map(CertificateDer::from)
    })
}

/// Puts the lines one after the other, without the space around them.
fn join(lines: &[u8], joined: &mut Vec<u8>) {
    joined.clear();
    let mut start = 0;
    for end in memchr_iter(b'\n', lines).chain([lines.len()]) {
        joined.extend_from_slice(lines[start..end].trim_ascii());
        start = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";

    fn found(text: &str) -> Vec<CertificateDer<'static>> {
        certificates(text.as_bytes()).collect()
    }

    /// What rustls' own reader finds.
    fn witness(text: &str) -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_slice_iter(text.as_bytes()).filter_map(Result::ok).collect()
    }

    /// A section of this label, in lines of this length.
    fn section(label: &str, bytes: &[u8], width: usize, end: &str) -> String {
        let encoded = STANDARD.encode_to_string(bytes);
        let mut lines = vec![format!("-----BEGIN {label}-----")];
        let chunks = encoded.as_bytes().chunks(width);
        lines.extend(chunks.map(|line| String::from_utf8_lossy(line).into_owned()));
        lines.push(format!("-----END {label}-----{end}"));
        lines.join(end)
    }

    fn piece() -> impl Strategy<Value = String> {
        let label = prop_oneof![
            4 => Just("CERTIFICATE"),
            1 => Just("TRUSTED CERTIFICATE"),
            1 => Just("X509 CRL"),
        ];
        let bytes = prop::collection::vec(any::<u8>(), 1..200);
        let end = prop_oneof![Just("\n"), Just("\r\n")];
        prop_oneof![
            3 => (label, bytes, 1..100_usize, end)
                .prop_map(|(label, bytes, width, end)| section(label, &bytes, width, end)),
            1 => "(# [a-zA-Z é]{0,20}\n){0,3}",
        ]
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_rustls_finds(pieces in prop::collection::vec(piece(), 0..8)) {
            let text = pieces.concat();
            prop_assert_eq!(found(&text), witness(&text));
        }
    }

    #[test]
    fn what_is_broken_is_left_out_and_the_rest_is_found() {
        let good = section("CERTIFICATE", b"good", 64, "\n");
        let check = |text: String| {
            assert_eq!(found(&text), [CertificateDer::from(b"good".as_slice())], "{text}");
        };
        check(format!("{BEGIN}\n!\n{END}\n{good}"));
        check(format!("{good}{BEGIN}\nAAAA\n"));
        check(format!("{good}{BEGIN}"));
        check(format!("{END}{good}{END}"));
        assert_eq!(found(""), []);
    }

    #[test]
    fn the_roots_of_this_machine_are_all_found() {
        let Some(file) = openssl_probe::probe().cert_file else { return };
        let bytes = std::fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(found(&text), witness(&text));
        assert_eq!(roots().is_empty(), found(&text).is_empty());
    }
}
