//! The certificates of the played AWS, made anew for each run, and the files by which a function trusts them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::Error;

/// What a function is given to trust.
pub(super) struct Trust {
    /// This machine's own roots and ours: as many as on any machine must be read to find one.
    /// (`SSL_CERT_FILE` of rustls-native-certs)
    pub(super) all_roots: PathBuf,
    /// Ours alone: Node.js brings the others in its program. (`NODE_EXTRA_CA_CERTS`)
    pub(super) our_root: PathBuf,
    /// How many roots the first file holds.
    pub(super) roots: usize,
}

/// A server's TLS for `localhost`, and the files in `folder` by which it is trusted.
pub(super) fn make(folder: &Path) -> Result<(Arc<ServerConfig>, Trust), Error> {
    let mut authority = CertificateParams::new([])?;
    // Another name than the certificate below has by default: OpenSSL takes that for one that signed itself otherwise.
    authority.distinguished_name.push(DnType::CommonName, "played root");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate()?;
    let root = authority.self_signed(&authority_key)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(["localhost".to_owned()])?
        .signed_by(&key, &Issuer::new(authority, authority_key))?;

    let of_the_machine = rustls_native_certs::load_native_certs().certs;
    let our_root = folder.join("our-root.pem");
    let all_roots = folder.join("roots.pem");
    let mut text = root.pem();
    fs::write(&our_root, &text)?;
    text.extend(of_the_machine.iter().map(|root| pem(root)));
    fs::write(&all_roots, text)?;

    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key)?;
    Ok((Arc::new(config), Trust { all_roots, our_root, roots: of_the_machine.len() + 1 }))
}

/// A certificate as text. (RFC 7468, section 5)
fn pem(certificate: &[u8]) -> String {
    const LINE: usize = 64;
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = STANDARD.encode(certificate);
    while !rest.is_empty() {
        let next = rest.split_off(rest.len().min(LINE));
        text.extend([&rest, "\n"]);
        rest = next;
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    #[test]
    fn what_is_written_as_text_is_read_back() {
        for length in [1, 47, 48, 49, 700] {
            let bytes: Vec<u8> = (0..length).map(|number| number as u8).collect();
            let text = pem(&bytes);
            assert!(text.lines().all(|line| line.len() <= 64), "{text}");
            assert_eq!(CertificateDer::from_pem_slice(text.as_bytes()).unwrap().as_ref(), bytes);
        }
    }
}
