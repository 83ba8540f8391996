//! Who is told about the stack: every kind of sender, by what its browser says of it.

use std::collections::BTreeMap;

use tests::http;
use tests::stack::Stack;
use tests::streaming;

use super::{check_is_closed, host};

/// What a request says of where it comes from: the values of one header, by what they are.
type Values<'a> = [(&'static str, &'a [&'a str])];

#[tokio::test]
async fn of_all_senders_the_page_itself_alone_is_answered() {
    let stack = Stack::start().await;
    let (_, port) = stack.page().rsplit_once(':').unwrap();
    let other_port = stack.running.http_apis[0].address.port();
    let (by_address, by_name) = (format!("127.0.0.1:{port}"), format!("localhost:{port}"));
    let foreign = format!("evil.example:{port}");
    let [of_address, of_name, of_foreign] =
        [&by_address, &by_name, &foreign].map(|host| format!("http://{host}"));
    let of_other_port = format!("http://127.0.0.1:{other_port}");
    let of_tls = format!("https://127.0.0.1:{port}");
    let origins: &Values<'_> = &[
        ("address", &[&of_address]),
        ("name", &[&of_name]),
        ("other port", &[&of_other_port]),
        ("no port", &["http://127.0.0.1"]),
        ("rebound name", &[&of_foreign]),
        ("other site", &["https://evil.example"]),
        ("https", &[&of_tls]),
        ("null", &["null"]),
        ("missing", &[]),
        ("twice", &[&of_address, &of_address]),
    ];
    let sites: &Values<'_> = &[
        ("same-origin", &["same-origin"]),
        ("same-site", &["same-site"]),
        ("cross-site", &["cross-site"]),
        ("none", &["none"]),
        ("missing", &[]),
        ("twice", &["same-origin", "same-origin"]),
    ];
    let hosts = [("address", &by_address), ("name", &by_name), ("rebound name", &foreign)];
    let methods = ["POST", "GET", "HEAD", "OPTIONS", "PUT"];

    let mut statuses = BTreeMap::new();
    for path in ["/stack", "/trace"] {
        for (host, host_value) in hosts {
            for (origin, origin_values) in origins {
                for (site, site_values) in sites {
                    for method in methods {
                        let mut headers = vec![("Host", host_value.as_str())];
                        headers.extend(origin_values.iter().map(|value| ("Origin", *value)));
                        headers.extend(site_values.iter().map(|value| ("Sec-Fetch-Site", *value)));
                        if method == "OPTIONS" {
                            headers.push(("Access-Control-Request-Method", "POST"));
                            headers.push(("Access-Control-Request-Private-Network", "true"));
                        }
                        let is_own = *site == "same-origin" && *origin == "address";
                        let expected = match (host, method) {
                            ("rebound name", _) => 403,
                            ("name", "GET" | "HEAD") => 308,
                            ("name", _) => 403,
                            (_, "POST") if is_own => 200,
                            (_, "POST") => 403,
                            _ => 405,
                        };
                        let url = format!("{of_address}{path}");
                        let what = format!("{method} {path} {host}, {origin}, {site}");
                        let status = check(method, &url, &headers, expected, &what).await;
                        *statuses.entry((path, status)).or_insert(0) += 1;
                    }
                }
            }
        }
    }
    // Of 3 hosts, 10 origins, 6 sites and 5 methods each.
    for path in ["/stack", "/trace"] {
        let count = |status| statuses[&(path, status)];
        assert_eq!([200, 308, 405, 403].map(count), [1, 120, 240, 539], "{path}");
    }
    stack.stop().await;
}

/// That this is the status of the answer, which nobody else's page can read, and which says nothing if it is another
/// than 200.
async fn check(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    expected: u16,
    what: &str,
) -> u16 {
    let reply = match streaming::open(method, url, headers).await {
        Ok(streaming) => streaming.head,
        Err(reply) => reply,
    };
    assert_eq!(reply.status, expected, "{what}");
    let of_cors = reply.headers.iter().find(|(name, _)| name.starts_with("access-control-"));
    assert_eq!(of_cors, None, "{what}");
    // A foreign host is refused by what all listeners have in common.
    if !what.contains(" rebound name, ") {
        check_is_closed(&reply, what);
    }
    if expected == 308 {
        assert!(reply.body.is_empty(), "{what}: {}", reply.text());
    } else if expected != 200 {
        let text = reply.text();
        let content_type = reply.header("content-type");
        assert_eq!(content_type, Some("text/plain; charset=utf-8"), "{what}");
        assert!(!text.contains(['{', '"']) && !text.contains("ws://"), "{what}: {text}");
    }
    reply.status
}

#[tokio::test]
async fn under_another_name_of_loopback_one_is_sent_to_the_pages_own() {
    let stack = Stack::start().await;
    let origin = format!("http://{}", host(&stack));
    let (_, port) = origin.rsplit_once(':').unwrap();
    let check = async |method: &str, name: &str, path: &str, expected: u16| {
        let url = format!("{origin}{path}");
        let reply = http::request(method, &url, &[("Host", name)], b"").await;
        assert_eq!(reply.status, expected, "{method} {name}");
        check_is_closed(&reply, name);
        reply.header("location").map(str::to_owned)
    };
    for name in ["localhost", "LOCALHOST", "[::1]", "127.0.0.2"] {
        let with_port = format!("{name}:{port}");
        let to = check("GET", &with_port, "/page.js?a=b", 308).await;
        assert_eq!(to, Some(format!("{origin}/page.js?a=b")), "{name}");
        assert_eq!(check("HEAD", name, "/", 308).await.as_deref(), Some("http://127.0.0.1/"));
        assert_eq!(check("POST", &with_port, "/stack", 403).await, None);
    }
    // A port that is forwarded is another one than the listener's.
    assert_eq!(check("GET", "127.0.0.1:1", "/", 200).await, None);
    stack.stop().await;
}

#[tokio::test]
async fn a_body_is_small_and_read_from_the_page_alone() {
    let stack = Stack::start().await;
    let origin = format!("http://{}", host(&stack));
    let own = [("Origin", origin.as_str()), ("Sec-Fetch-Site", "same-origin")];
    let check = async |headers: &[(&str, &str)], length: usize, expected: u16| {
        let url = format!("{origin}/stack");
        let reply = http::request("POST", &url, headers, &vec![b' '; length]).await;
        assert_eq!(reply.status, expected, "{headers:?} {length}");
        check_is_closed(&reply, "with a body");
    };
    check(&own, 1024, 200).await;
    check(&own, 1025, 413).await;
    check(&own[..1], 1025, 403).await;
    check(&[], 1024, 403).await;
    stack.stop().await;
}
