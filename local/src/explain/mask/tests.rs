//! What is hidden and what is shown of texts of every kind. The trace runs the same cases through every event.

use proptest::prelude::*;

use super::*;

const TOKEN: &str =
    "IQoJb3JpZ2luX2VjEHMa/CWV1LXdlc3QtMSJHMEUCIQDcSL7Xx+oQxk3qY2VtJ2h5Zz/9a2Fw4bH0sV5nQ==";

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Secret wherever it stands below: short, so that its name alone tells.
pub(crate) const SHORT: &str = "hunter2";

/// Texts with a secret, and what is shown of them.
pub(crate) const SECRETS: &[(&str, &str)] = &[
    // In URLs and their queries.
    (
        "wss://h/prod?room=a&X-Amz-Security-Token=hunter2%2F&X-Amz-Signature=hunter2",
        "wss://h/prod?room=a&X-Amz-Security-Token=(hidden)&X-Amz-Signature=(hidden)",
    ),
    (
        "?x-amz-security-token=T=hunter2&X-AMZ-SIGNATURE",
        "?x-amz-security-token=(hidden)&X-AMZ-SIGNATURE",
    ),
    ("room=aX-Amz-Signature=hunter2", "room=aX-Amz-Signature=(hidden)"),
    ("X-Amz-Signaturehunter2 rest&a=b", "X-Amz-Signature=(hidden)&a=b"),
    ("wss://h/p%3FX-Amz-Signature%3Dhunter2", "wss://h/p%3FX-Amz-Signature%3D(hidden)"),
    ("X%2DAmz%2DSignature%3Dhunter2&a=b", "X%2DAmz%2DSignature%3D(hidden)&a=b"),
    ("X%252DAmz%252DSignature=hunter2", "X%252DAmz%252DSignature=(hidden)"),
    ("wss://token.example/p?token=hunter2&room=a", "wss://token.example/p?token=(hidden)&room=a"),
    ("Api%2DKey=hunter2&password=", "Api%2DKey=(hidden)&password=(hidden)"),
    (
        "?session=hunter2&jwt=hunter2&pwd=hunter2&credentials=hunter2&a=b",
        "?session=(hidden)&jwt=(hidden)&pwd=(hidden)&credentials=(hidden)&a=b",
    ),
    (
        "?next=%2Fa%3Ftoken%3Dhunter2%26b%3Dc&room=lobby",
        "?next=%2Fa%3Ftoken%3D(hidden)%26b%3Dc&room=lobby",
    ),
    ("?redirect=http://h/?token=hunter2&a=b", "?redirect=http://h/?token=(hidden)&a=b"),
    (
        "http://127.0.0.1:5173/app?access_token=hunter2",
        "http://127.0.0.1:5173/app?access_token=(hidden)",
    ),
    ("password=hunter2;hunter2,hunter2%20hunter2&a=b", "password=(hidden)&a=b"),
    // A user before a host.
    ("https://me:hunter2@h/x", "https://(hidden)@h/x"),
    ("postgres://me:hunter2@token.example:5432/x", "postgres://(hidden)@token.example:5432/x"),
    ("a=https%3A%2F%2Fme:hunter2%40h%2Fx", "a=https%3A%2F%2F(hidden)%40h%2Fx"),
    ("wss://me:p@hunter2@h", "wss://(hidden)@h"),
    // Headers, cookies and schemes, in lines.
    ("for=1;token=hunter2", "for=1;token=(hidden)"),
    ("Authorization: Bearer hunter2", "Authorization: (hidden)"),
    ("Authorization: Digest a=\"b\", response=\"hunter2\"\nnext", "Authorization: (hidden)\nnext"),
    ("Cookie: a=1; sid=hunter2&hunter2", "Cookie: (hidden)"),
    ("room: a\tINFO\ttoken=hunter2\tok", "room: a\tINFO\ttoken=(hidden)\tok"),
    ("is Bearer hunter2, ok", "is Bearer (hidden) ok"),
    ("bearer, hunter2", "bearer, (hidden)"),
    (
        r#"{"message":"Authorization: Bearer hunter2","a":1}"#,
        r#"{"message":"Authorization: (hidden)","a":1}"#,
    ),
    (
        r#"{"X-Amz-Security-Tokenhunter2 x":"","a":1}"#,
        r#"{"X-Amz-Security-Token=(hidden)":"","a":1}"#,
    ),
    ("password: correct horse hunter2\nnext", "password: (hidden)\nnext"),
    ("token = hunter2 a=b", "token = (hidden) a=b"),
    ("token=\"a hunter2\" a=b", "token=\"(hidden)\" a=b"),
    // JSON, whole and broken, and JSON within JSON.
    (r#"{"token":"hunter2","token":null}"#, r#"{"token":"(hidden)","token":null}"#),
    (r#"{"level": "INFO",  "token":"hunter2"}"#, r#"{"level": "INFO",  "token":"(hidden)"}"#),
    (
        r#"2026-01-02 INFO {"token":"hunter2","password":"p","room":"lobby"} end"#,
        r#"2026-01-02 INFO {"token":"(hidden)","password":"(hidden)","room":"lobby"} end"#,
    ),
    ("\n {\"token\":\"hunter2\"", "\n {\"token\":\"(hidden)\""),
    (r#"{"token":"a\"hunter2\\","a":"b"}"#, r#"{"token":"(hidden)","a":"b"}"#),
    (r#"{"t\u006fken":"hunter2"}"#, r#"{"t\u006fken":"(hidden)"}"#),
    (
        r#"{"body":"{\"token\":\"hunter2\",\"n\":1}","a":"b"}"#,
        r#"{"body":"{\"token\":\"(hidden)\",\"n\":1}","a":"b"}"#,
    ),
    (
        r#"{"token":{"S":"a}]hunter2"},"plan":{"S":"gold"}}"#,
        r#"{"token":"(hidden)","plan":{"S":"gold"}}"#,
    ),
    (r#"{"Cookie":["a=b","c=hunter2"],"a":1}"#, r#"{"Cookie":"(hidden)","a":1}"#),
    (r#"{"password":-12.5hunter2,"a":1}"#, r#"{"password":"(hidden)","a":1}"#),
    (r#"{"message":"the token: hunter2","a":1}"#, r#"{"message":"the token: (hidden)","a":1}"#),
    ("{'token': 'hunter2', 'a': 1}", "{'token': '(hidden)', 'a': 1}"),
    ("Row { token: Some(\"hunter2\"), a: 1 }", "Row { token: (hidden)"),
];

/// Texts that are shown as they are.
pub(crate) const KEPT: &[&str] = &[
    "",
    "room=lobby",
    "room=lobby%20one&grant.userId=3f2504e0-4f89-41d3-9a0c-0305e82c3301&grant.nonce=kkVQ1cAbCdEf_-23456789",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/150.0.0.0 Safari/537.36",
    "arn:aws:sts::111122223333:assumed-role/countersign-SignerRole-1A2B3C4D5E6F7G/countersign-sign",
    "User: arn:aws:sts::111122223333:assumed-role/countersign-SignerRole-1A2B3C4D5E6F7G/s is not authorized to \
     perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/GET/$connect \
     because no session policy allows the execute-api:Invoke action",
    "permessage-deflate; client_max_window_bits",
    "X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request&X-Amz-SignedHeaders=host",
    "Root=1-67891233-abcdef012345678912345678",
    "connection Abc4567890abcde=: the function gave no answer: the function timed out after 10 seconds",
    "REPORT 12 Requests Have 3 Words More Than 32 characters in them",
    "ConnectFunction DisconnectFunction PingFunction of the nonce kkVQ1cAbCdEf_-23456789 was spent",
    r#"{"level": "INFO",  "message":"refused","reason":"nonce_spent","connection_id":"Abc4567890abcde="}"#,
    r#"{"n":1e2,"ok":true,"token":null,"auth":false}"#,
    "error=\"invalid_token\" error_description=\"the token does not have a valid audience\"",
    "http://localhost:5173/app/rooms/lobby/a/rather/long/page/of/its-own",
    "X-Amz-Signature is missing",
    "grüße 100% \\ \u{1f600}",
];

fn check(shown: &str, expected: &str) {
    assert_eq!(text(shown), expected);
}

#[test]
fn what_is_secret_by_its_name_is_hidden_wherever_the_name_stands() {
    SECRETS.iter().for_each(|(secret, shown)| check(secret, shown));
}

#[test]
fn what_is_no_secret_is_shown() {
    KEPT.iter().for_each(|kept| check(kept, kept));
}

#[test]
fn what_could_be_a_secret_is_cut() {
    check(TOKEN, "IQoJb3Jp…");
    check(&format!("room={}", "0123456789abcdef".repeat(4)), "room=01234567…");
    check(&format!("room={TOKEN}{TOKEN}&a=b"), "room=IQoJb3Jp…IQoJb3Jp…&a=b");
    check(&format!("arn:aws:iam::1:role/a/{TOKEN}"), "arn:aws:iam::1:role/a/I…");
    check(&format!("wss://{}/p", "0123456789abcdef".repeat(4)), "wss://01234567…");
    check(&"short-words.".repeat(9), "short-wo…");
    check(
        "eyJhbGciOiJSUzI1NiJ9.e30.s3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3t",
        "eyJhbGciOiJSUzI1NiJ9.e30.s3cr3tS3…",
    );
}

#[test]
fn a_secret_key_is_cut_wherever_it_stands() {
    check(&format!("room={SECRET}"), "room=wJalrXUt…");
    check(&format!("room={}", SECRET.replace('/', "%2F").replace('+', "%2B")), "room=wJalrXUt…");
    check(&format!("the key {SECRET}, ok"), "the key wJalrXUt…, ok");
    check(&SECRET.replace('+', " "), "wJalrXUt…");
    for slash in [r"\/", r"\u002f", r"\\\/", "%252F"] {
        check(
            &format!(r#"{{"a":"{}","b":1}}"#, SECRET.replace('/', slash)),
            r#"{"a":"wJalrXUt…","b":1}"#,
        );
    }
    let twice = format!(r#"{{"id":1,"message":"{SECRET}","message":"ok"}}"#);
    check(&twice, r#"{"id":1,"message":"wJalrXUt…","message":"ok"}"#);
    check(&format!("wss://me:{SECRET}@h/p?a=b"), "wss://me:wJalrXUt…?a=b");
    check("wss://me:K7MDENG+bPxRfiCYEXAMPLEKEY@h/p?a=b", "wss://(hidden)@h/p?a=b");
    let scope = "%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request";
    check(&format!("X-Amz-Credential={SECRET}{scope}"), "X-Amz-Credential=wJalrXUt…");
}

/// With a search that starts anew for every word this would take hours.
#[test]
fn a_long_text_is_read_in_time_that_grows_with_it() {
    for piece in
        ["aB1 ", "arn:", "://a@", "token:\"", "token={", "bearer ", "\\\"", "[", "a:", "%25"]
    {
        let shown = text(&piece.repeat(1_000_000 / piece.len()));
        assert!(!shown.is_empty());
    }
}

#[test]
fn a_value_is_hidden_by_its_name() {
    let check = |name: &str, expected: &str| assert_eq!(value(name, "v"), expected, "{name}");
    check("Cookie", HIDDEN);
    check("x-amz-security-token", HIDDEN);
    check("X%2DApi%2DKey", HIDDEN);
    check("X-Amz-SignedHeaders", "v");
    check("room", "v");
    assert_eq!(value("Access-Control-Allow-Credentials", "true"), "true");
    assert_eq!(value("Referer", "http://h/?token=hunter2"), "http://h/?token=(hidden)");
}

#[test]
fn a_token_among_subprotocols_is_hidden_however_short() {
    let check = |list: &str, expected: &str| {
        assert_eq!(value("sec-websocket-protocol", list), expected);
    };
    check("bearer, hunter2", "bearer, (hidden)");
    check("countersign.v1, token.hunter2,v2", "countersign.v1, (hidden),v2");
    check("token, 0123456789abcdef0123456789abcdef, chat", "token, (hidden), chat");
    check("0123456789abcdef0123456789abcdef", HIDDEN);
    check("a.3f2504e0-4f89-41d3-9a0c-0305e82c3301", HIDDEN);
    check(
        "base64url.bearer.authorization.k8s.io.aHVudGVyMg, base64.binary.k8s.io",
        "(hidden), base64.binary.k8s.io",
    );
    check("chat, graphql-ws,v12.stomp", "chat, graphql-ws,v12.stomp");
}

/// Random secrets, by their alphabets.
pub(crate) fn any_secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9+/]{40}",
        "[0-9a-f]{64}",
        "eyJ[A-Za-z0-9_-]{20,40}\\.[A-Za-z0-9_-]{20,200}\\.[A-Za-z0-9_-]{43}",
        "[A-Za-z0-9+/]{602}==",
    ]
}

/// A way to write a secret, such as in a URL or in JSON.
pub(crate) fn any_spelling() -> impl Strategy<Value = fn(&str) -> String> {
    let encode: fn(&str) -> String = |text| {
        let byte = |byte: u8| match byte {
            b'+' | b'/' | b'=' => format!("%{byte:02X}"),
            byte => char::from(byte).to_string(),
        };
        text.bytes().map(byte).collect()
    };
    let encode_all: fn(&str) -> String =
        |text| text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    prop_oneof![
        Just((|text: &str| text.to_owned()) as fn(&str) -> String),
        Just(encode),
        Just(encode_all),
        Just((|text: &str| text.replace('/', "%252F").replace('+', "%252b")) as fn(&str) -> String),
        Just((|text: &str| text.replace('/', r"\/")) as fn(&str) -> String),
        Just((|text: &str| text.replace('/', r"\\\/")) as fn(&str) -> String),
        Just(
            (|text: &str| text.replace('/', r"\u002f").replace('+', r"\u002B"))
                as fn(&str) -> String
        ),
    ]
}

/// A text around a secret: `{}` is its place.
pub(crate) fn any_place() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{}",
        "a={}&b=c",
        "{}=b",
        "/prod/{}",
        "wss://h/prod?room=lobby&a={}&grant.nonce=x",
        "wss://{}@h/p",
        "wss://{}/p",
        "a key {} in a sentence, 12 Words Long",
        "(key:{})",
        r#"{"a":"{}","a":1}"#,
        r#"{"body":"{\"a\":\"{}\"}"}"#,
        r#"log [{"a":["{}"]}"#,
        "a; b={}; c",
        "X-Amz-Security-Token{}",
        "X-Amz-Credential={}%2F20260102%2Feu-west-1%2Fexecute-api%2Faws4_request",
        "Bearer {}",
        "é{}é",
    ])
}

/// A text with all its encodings undone.
pub(crate) fn plain(text: &str) -> String {
    decoded(text)
}

proptest! {
    #[test]
    fn a_random_secret_is_shown_nowhere(secret in any_secret(), spelled in any_spelling(), place in any_place()) {
        let shown = text(&place.replace("{}", &spelled(&secret)));
        prop_assert!(!plain(&shown).contains(&secret), "{shown}");
    }

    #[test]
    fn any_mixture_of_what_is_read_is_masked(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "token", "X-Amz-Signature", "Cookie", "bearer", "=", ":", "&", "\"", "\\\"", "%22", "{", "}", "[",
                "]", " ", "\n", "://", "@", "/", "arn:aws:iam::1:role/", "é", "%C3", "\\u00e9", "%", "\\", "…", SECRET,
                "Ab3 dE4 fG5", ",",
            ]),
            0..24,
        ),
    ) {
        let shown = text(&pieces.concat());
        prop_assert!(!shown.contains(SECRET), "{shown}");
    }
}
