//! The files of the page, which are part of the program.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A file, at the path `/NAME`.
pub(super) struct File {
    pub(super) name: &'static str,
    text: &'static str,
}

macro_rules! file {
    ($folder:literal, $name:literal) => {
        File {
            name: $name,
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../web/",
                $folder,
                "/",
                $name
            )),
        }
    };
}

macro_rules! page {
    ($name:literal) => {
        file!("page", $name)
    };
}

/// What `/` is.
const INDEX: File = page!("index.html");

/// All of them.
pub(super) const FILES: &[File] = &[
    INDEX,
    page!("anatomy.js"),
    page!("answer.js"),
    page!("ask.js"),
    page!("attributes.js"),
    page!("command-lines.js"),
    page!("connect.js"),
    page!("context.js"),
    page!("conversation.js"),
    page!("copy.js"),
    page!("dom.js"),
    page!("exchange.js"),
    page!("given-url.js"),
    page!("life-words.js"),
    page!("life.js"),
    page!("lines.js"),
    page!("page.css"),
    page!("page.js"),
    page!("panels.css"),
    page!("parameter-rows.js"),
    page!("parameters.js"),
    page!("paste.js"),
    page!("problem.js"),
    page!("program-lines.js"),
    page!("record.js"),
    page!("shell.js"),
    page!("sign-problem.js"),
    page!("sign.js"),
    page!("stack.js"),
    page!("state-words.js"),
    page!("tamper-kinds.js"),
    page!("tamper-try.js"),
    page!("tamper-url.js"),
    page!("tamper-view.js"),
    page!("tamper-words.js"),
    page!("tamper.js"),
    page!("token-field.js"),
    page!("trace-attempts.js"),
    page!("trace-events.js"),
    page!("trace-journal.js"),
    page!("trace-lines.js"),
    page!("trace-terms.js"),
    page!("trace-view.js"),
    page!("trace-watch.js"),
    page!("trace-words.js"),
    page!("trace.css"),
    page!("trace.js"),
    page!("url-parts.js"),
    file!("client/dist", "signed-websocket.js"),
];

pub(super) async fn index() -> Response {
    INDEX.answer()
}

impl File {
    pub(super) fn answer(&self) -> Response {
        ([(header::CONTENT_TYPE, content_type(self.name))], self.text).into_response()
    }
}

/// What the ending of a name says.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_page_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/page");
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        let is_served =
            |name: &String| [".html", ".css", ".js"].iter().any(|end| name.ends_with(end));
        let mut expected: BTreeSet<_> = names.filter(is_served).collect();
        expected.insert("signed-websocket.js".to_owned());
        let served: Vec<_> = FILES.iter().map(|file| file.name.to_owned()).collect();
        assert_eq!(served.len(), expected.len(), "{served:?}");
        assert_eq!(BTreeSet::from_iter(served), expected);
    }

    #[test]
    fn every_file_that_a_file_names_is_served() {
        let mut count = 0;
        for file in FILES {
            for name in named(file) {
                let is_served = FILES.iter().any(|other| other.name == name);
                assert!(is_served, "{} names {name}", file.name);
                count += 1;
            }
        }
        assert!(count > FILES.len(), "only {count} names were found");
    }

    /// What a browser would ask for because of this file.
    fn named(file: &File) -> Vec<&'static str> {
        let asks = ["src=\"", "href=\"", "from \"", "import \"", "import(\"", "url(\""];
        let places = asks.iter().flat_map(|ask| file.text.match_indices(ask));
        let quoted = places.map(|(start, ask)| {
            file.text[start + ask.len()..].split('"').next().unwrap_or_default()
        });
        let is_here = |name: &&str| !name.contains(':') && !name.starts_with('#');
        quoted.filter(is_here).map(|name| name.trim_start_matches("./")).collect()
    }

    #[test]
    fn a_browser_is_told_what_each_file_is() {
        for File { name, .. } in FILES {
            assert!(content_type(name).ends_with("; charset=utf-8"), "{name}");
        }
        assert_eq!(content_type("page.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("page.d.ts"), "application/octet-stream");
    }
}
