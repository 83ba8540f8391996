//! The one translation from AWS to this machine: where a function's environment or an Output names the
//! origin of an API of the template, it gets the origin of the listener that plays the API.

/// The origins of APIs on AWS, each with that of its listener on this machine.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<Origin>);

#[derive(Clone, Debug)]
struct Origin {
    from: String,
    to: String,
}

impl Origins {
    /// Adds an API: its origin on AWS, `wss://ID.execute-api.REGION.amazonaws.com` or `https://…`, and
    /// its listener's, `ws://127.0.0.1:3001` or `http://…`, both without a `/` at the end.
    ///
    /// A WebSocket API is also asked over HTTP, at its `@connections`: with `wss://HOST` comes
    /// `https://HOST`, which becomes `http://` and the same listener.
    pub fn add(&mut self, from: &str, to: &str) {
        self.0.push(Origin { from: from.to_owned(), to: to.to_owned() });
        if let (Some(host), Some(listener)) =
            (from.strip_prefix("wss://"), to.strip_prefix("ws://"))
        {
            self.0
                .push(Origin { from: format!("https://{host}"), to: format!("http://{listener}") });
        }
    }

    /// The text with every origin that was added replaced.
    ///
    /// Only whole origins: what goes on as a longer host (`….com.example`), another port or user
    /// information (`….com@example`) stays as it is. The scheme's own port (`:443`) belongs to it.
    pub fn translate(&self, text: &str) -> String {
        rewrite(text, &self.0)
    }
}

fn rewrite(text: &str, origins: &[Origin]) -> String {
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
    use super::*;

    fn origins() -> Origins {
        let mut origins = Origins::default();
        origins.add("wss://abc.execute-api.eu-west-1.amazonaws.com", "ws://127.0.0.1:3001");
        origins.add("https://def.execute-api.eu-west-1.amazonaws.com", "http://127.0.0.1:3000");
        origins
    }

    /// `WS` and `HTTP` stand for the hosts of the two APIs.
    fn check(text: &str, expected: &str) {
        let text = text
            .replace("WS", "abc.execute-api.eu-west-1.amazonaws.com")
            .replace("HTTP", "def.execute-api.eu-west-1.amazonaws.com");
        let expected = expected.replace("WS", "abc.execute-api.eu-west-1.amazonaws.com");
        assert_eq!(origins().translate(&text), expected, "{text}");
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
}
