//! The files of the page, and what is no file.

use tests::http;
use tests::stack::Stack;

use super::{check_is_closed, host};

#[tokio::test]
async fn the_page_and_its_modules_are_served_to_nobody_elses_page() {
    let stack = Stack::start().await;
    let check = async |method: &str, path: &str, content_type: &str, start: &str| {
        let url = format!("http://{}{path}", host(&stack));
        let reply = http::request(method, &url, &[("Origin", "https://evil.example")], b"").await;
        assert_eq!(reply.status, 200, "{method} {path}");
        assert_eq!(reply.header("content-type"), Some(content_type), "{method} {path}");
        assert!(reply.text().starts_with(start), "{method} {path}: {}", reply.text());
        assert_eq!(reply.body.is_empty(), method == "HEAD", "{method} {path}");
        check_is_closed(&reply, path);
    };
    let html = "text/html; charset=utf-8";
    check("GET", "/", html, "<!doctype html>").await;
    check("GET", "/?a=b", html, "<!doctype html>").await;
    check("GET", "/index.html", html, "<!doctype html>").await;
    check("HEAD", "/", html, "").await;
    check("GET", "/page.css", "text/css; charset=utf-8", "/*").await;
    check("GET", "/page.js", "text/javascript; charset=utf-8", "/**").await;
    check("GET", "/signed-websocket.js", "text/javascript; charset=utf-8", "//").await;
    stack.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_said_in_words() {
    let stack = Stack::start().await;
    let check = async |method: &str, path: &str, status: u16, allow: Option<&str>| {
        let url = format!("http://{}{path}", host(&stack));
        let reply = http::request(method, &url, &[("Origin", &url)], b"").await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(reply.header("allow"), allow, "{method} {path}");
        assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"), "{path}");
        assert!(reply.text().ends_with('\n'), "{method} {path}: {}", reply.text());
        check_is_closed(&reply, path);
    };
    for path in ["/no-such.js", "/Page.js", "/page.js/", "/sign", "/test/", "/tsconfig.json"] {
        check("GET", path, 404, None).await;
    }
    for path in ["//page.js", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/page%2ejs"] {
        check("GET", path, 404, None).await;
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        check(method, "/", 405, Some("GET,HEAD")).await;
        check(method, "/page.js", 405, Some("GET,HEAD")).await;
    }
    check("GET", "/stack", 405, Some("POST")).await;
    check("GET", "/trace", 405, Some("POST")).await;
    stack.stop().await;
}
