//! The host is signed: a URL for one host opens nothing at another. And a signature stands in one
//! place only.

use super::{Attempt, Signed};

#[tokio::test]
async fn the_host_counts() {
    let signed = Signed::new().await;
    let Signed { authority, target, .. } = &signed;
    let port = authority.rsplit(':').next().unwrap();
    let other_port = port.parse::<u16>().unwrap() ^ 1;
    let hosts = [
        format!("localhost:{port}"),
        format!("LOCALHOST:{port}"),
        format!("127.0.0.1:{other_port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.2:{port}"),
        format!("127.0.0.1.:{port}"),
        format!("[::1]:{port}"),
        format!("abc123.execute-api.eu-west-1.amazonaws.com:{port}"),
        "abc123.execute-api.eu-west-1.amazonaws.com".to_owned(),
        format!("evil.example:{port}"),
        String::new(),
    ];
    let mut attempts: Vec<_> = hosts
        .into_iter()
        .map(|host| Attempt::headers(&format!("Host: {host}"), target, vec![("Host", host)]))
        .collect();
    for others in [[authority, "localhost"], ["localhost", authority], [authority, authority]] {
        let headers = others.map(|host| ("Host", host.to_owned())).into();
        attempts.push(Attempt::headers(&format!("two hosts: {others:?}"), target, headers));
    }
    // The target may name the host itself, and then it is that one which counts (RFC 9112, 3.2.2).
    for host in ["localhost:1", "evil.example"] {
        let absolute =
            Attempt::target(format!("the target of {host}"), format!("http://{host}{target}"));
        attempts.push(Attempt { status: 403, ..absolute });
    }
    signed.check_refused(attempts).await;
}

#[tokio::test]
async fn a_second_signature_in_a_header_is_refused() {
    let signed = Signed::new().await;
    let target = &signed.target;
    let authorizations = [
        "AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/execute-api/aws4_request, \
         SignedHeaders=host, Signature=0",
        "Bearer token",
        "",
    ];
    let attempts = authorizations.map(|value| {
        let headers = vec![("Authorization", value.to_owned())];
        Attempt::headers(&format!("Authorization: {value}"), target, headers)
    });
    signed.check_refused(attempts.into()).await;
}
