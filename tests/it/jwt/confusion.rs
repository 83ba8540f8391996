//! Tokens that ask for another algorithm than the key's: the header never decides what kind of key it is.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tests::stack::Stack;
use tests::tokens::{KEY_ID, Key, token};

use super::{ask_with, claims, with_issuer};

#[tokio::test]
async fn the_public_key_is_no_secret_to_sign_with() {
    let stack = Stack::start_with(with_issuer()).await;
    let key = Key::of_the_issuer();
    let der = subject_public_key_info(&key.modulus());
    let published = key.published().to_string();
    let n = BASE64_URL_SAFE_NO_PAD.encode(key.modulus());
    let pem = pem(&der);
    for secret in [
        pem.as_bytes(),
        pem.trim_end().as_bytes(),
        &der,
        n.as_bytes(),
        &key.modulus(),
        published.as_bytes(),
        b"",
    ] {
        let header = json!({"alg": "HS256", "kid": KEY_ID, "typ": "JWT"});
        let token = token(&header, &claims(&stack), |signed| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
            mac.update(signed.as_bytes());
            mac.finalize().into_bytes().to_vec()
        });
        check(&stack, &token, "HS256").await;
    }
    assert_eq!(stack.invocations("SignFunction"), 0);
    stack.stop().await;
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused_however_it_says_so() {
    let stack = Stack::start_with(with_issuer()).await;
    for (name, refused_as) in
        [("none", "none"), ("None", "unknown"), ("nOnE", "unknown"), ("NONE", "unknown")]
    {
        let header = json!({"alg": name, "kid": KEY_ID});
        let unsigned = token(&header, &claims(&stack), |_| Vec::new());
        assert!(unsigned.ends_with('.'));
        check(&stack, &unsigned, refused_as).await;
        let random = token(&header, &claims(&stack), |_| vec![7; 256]);
        check(&stack, &random, refused_as).await;
    }
    stack.stop().await;
}

#[tokio::test]
async fn other_algorithms_are_refused_by_name() {
    let stack = Stack::start_with(with_issuer()).await;
    for name in ["ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "HS384", "HS512"] {
        let header = json!({"alg": name, "kid": KEY_ID});
        check(&stack, &token(&header, &claims(&stack), |_| vec![7; 64]), name).await;
    }
    stack.stop().await;
}

/// A key in the token's own header is nobody's.
#[tokio::test]
async fn a_token_that_brings_its_own_key_is_refused() {
    let stack = Stack::start_with(with_issuer()).await;
    let own = Key::of_nobody();
    let jwk = own.published()["keys"][0].clone();
    for header in [
        json!({"alg": "RS256", "kid": KEY_ID, "jwk": jwk}),
        json!({"alg": "RS256", "kid": KEY_ID, "jku": "https://evil.example.com/keys"}),
    ] {
        let sign = |text: &str| own.sign(local::jwt::algorithm::Algorithm::Rs256, text);
        let reply = ask_with(&stack, &token(&header, &claims(&stack), sign)).await;
        assert_eq!(reply.status, 401, "{header}");
    }
    stack.stop().await;
}

async fn check(stack: &Stack, token: &str, algorithm: &str) {
    let reply = ask_with(stack, token).await;
    let challenge = format!(
        r#"Bearer scope="" error="invalid_token" error_description="signing method {algorithm} is invalid""#
    );
    assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some(&*challenge)));
}

/// An RSA key of 2,048 bits with the exponent 65,537 in DER. (RFC 5280, section 4.1; RFC 8017, appendix A.1.1)
fn subject_public_key_info(modulus: &[u8]) -> Vec<u8> {
    const HEAD: [u8; 33] = [
        0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
        0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82,
        0x01, 0x01, 0x00,
    ];
    assert_eq!(modulus.len(), 256);
    [&HEAD, modulus, &[0x02, 0x03, 0x01, 0x00, 0x01]].concat()
}

fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line)).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}
