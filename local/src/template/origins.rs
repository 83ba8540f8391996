//! The one translation from AWS to this machine: where a function's environment or an Output names the
//! origin of an API of the template, it gets the origin of the listener that plays the API.

use super::model::Stack;

/// An API's origin on AWS, and the listener's on this machine. No path, no `/` at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginTranslation {
    /// For example `wss://ID.execute-api.REGION.amazonaws.com`.
    pub from: String,
    /// For example `ws://127.0.0.1:3001`.
    pub to: String,
}

/// Rewrites the environments of all functions and the values of all Outputs.
pub fn translate(stack: &mut Stack, origins: &[OriginTranslation]) {
    let origins = with_http(origins);
    let variables = stack.functions.iter_mut().flat_map(|f| f.environment.0.values_mut());
    let outputs = stack.outputs.iter_mut().map(|output| &mut output.value);
    for text in variables.chain(outputs) {
        *text = rewrite(text, &origins);
    }
}

/// A WebSocket API is also asked over HTTP, at its `@connections`: the same listener answers.
fn with_http(origins: &[OriginTranslation]) -> Vec<OriginTranslation> {
    let http = |origin: &OriginTranslation| {
        let host = origin.from.strip_prefix("wss://")?;
        let listener = match origin.to.strip_prefix("wss://") {
            Some(listener) => format!("https://{listener}"),
            None => format!("http://{}", origin.to.strip_prefix("ws://")?),
        };
        Some(OriginTranslation { from: format!("https://{host}"), to: listener })
    };
    origins.iter().cloned().chain(origins.iter().filter_map(http)).collect()
}

fn rewrite(text: &str, origins: &[OriginTranslation]) -> String {
    let mut rewritten = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        // `xwss://…` is another scheme.
        let begins = !rewritten.ends_with(|c: char| c.is_ascii_alphanumeric() || "+-.".contains(c));
        let found = origins.iter().filter(|_| begins).find_map(|origin| {
            let after = after_origin(rest.strip_prefix(origin.from.as_str())?, &origin.from)?;
            Some((&origin.to, after))
        });
        match found {
            Some((to, after)) => {
                rewritten.push_str(to);
                rest = after;
            }
            None => {
                rewritten.push(character);
                rest = rest.get(character.len_utf8()..).unwrap_or_default();
            }
        }
    }
    rewritten
}

/// What follows the origin, if it ends here: a longer host, user information (`@`) or another port make
/// it another origin. The scheme's own port belongs to it.
fn after_origin<'a>(rest: &'a str, origin: &str) -> Option<&'a str> {
    let port =
        if origin.starts_with("wss:") || origin.starts_with("https:") { ":443" } else { ":80" };
    let rest = rest.strip_prefix(port).unwrap_or(rest);
    let ends = |c: char| c.is_whitespace() || "/?#\"'`\\,;|<>()[]{}".contains(c);
    match rest.chars().next() {
        None => Some(rest),
        Some(character) if ends(character) => Some(rest),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::resources::test_support::{FUNCTION, stack};
    use super::*;
    use crate::template::model::Output;

    fn origins() -> Vec<OriginTranslation> {
        [
            ("wss://abc.execute-api.eu-west-1.amazonaws.com", "ws://127.0.0.1:3001"),
            ("https://def.execute-api.eu-west-1.amazonaws.com", "http://127.0.0.1:3000"),
        ]
        .map(|(from, to)| OriginTranslation { from: from.to_owned(), to: to.to_owned() })
        .to_vec()
    }

    /// `WS` and `HTTP` stand for the hosts of the two APIs.
    fn check(text: &str, expected: &str) {
        let text = text
            .replace("WS", "abc.execute-api.eu-west-1.amazonaws.com")
            .replace("HTTP", "def.execute-api.eu-west-1.amazonaws.com");
        let expected = expected.replace("WS", "abc.execute-api.eu-west-1.amazonaws.com");
        assert_eq!(rewrite(&text, &with_http(&origins())), expected, "{text}");
    }

    #[test]
    fn origins_become_listeners() {
        check("wss://WS/prod", "ws://127.0.0.1:3001/prod");
        check("wss://WS", "ws://127.0.0.1:3001");
        check("wss://WS:443/prod?a#b", "ws://127.0.0.1:3001/prod?a#b");
        check("https://HTTP/sign", "http://127.0.0.1:3000/sign");
        check("https://WS/prod/@connections", "http://127.0.0.1:3001/prod/@connections");
        check(
            "{\"a\":\"wss://WS\",\"b\":\"https://HTTP\"}",
            "{\"a\":\"ws://127.0.0.1:3001\",\"b\":\"http://127.0.0.1:3000\"}",
        );
        check("https://HTTP,https://other.example", "http://127.0.0.1:3000,https://other.example");
        check("é wss://WS é", "é ws://127.0.0.1:3001 é");
    }

    #[test]
    fn other_origins_stay() {
        for other in [
            "wss://WS.evil/prod",
            "wss://WSevil",
            "wss://WS-evil",
            "wss://WS@evil/",
            "wss://WS:443@evil/",
            "wss://WS:x@evil/",
            "wss://WS:8443/prod",
            "wss://WS:4430/prod",
            "wss://WS%2eevil",
            "wss://x.WS/prod",
            "xwss://WS/prod",
            "a.wss://WS/prod",
            "ws://WS/prod",
            "http://WS/prod",
            "WS",
            "",
        ] {
            check(other, other);
        }
    }

    #[test]
    fn environments_and_outputs_are_translated_and_nothing_else() {
        let mut stack = stack(FUNCTION);
        let text = "wss://abc.execute-api.eu-west-1.amazonaws.com/prod".to_owned();
        let function = &mut stack.functions[0];
        function.environment.0.insert("WEBSOCKET_URL".to_owned(), text.clone());
        let name = function.name.clone();
        stack.outputs.push(Output {
            name: "Url".to_owned(),
            value: text,
            description: Some("wss://abc.execute-api.eu-west-1.amazonaws.com".to_owned()),
            export_name: None,
        });
        translate(&mut stack, &origins());
        assert_eq!(stack.functions[0].environment.0["WEBSOCKET_URL"], "ws://127.0.0.1:3001/prod");
        assert_eq!(stack.outputs[0].value, "ws://127.0.0.1:3001/prod");
        assert_eq!(
            stack.outputs[0].description.as_deref(),
            Some("wss://abc.execute-api.eu-west-1.amazonaws.com")
        );
        assert_eq!(stack.functions[0].name, name);
    }
}
