//! The files of the page, which are part of the program.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A file, at the path `/NAME`.
pub(super) struct File {
    pub(super) name: &'static str,
    content_type: &'static str,
    text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! file {
    ($folder:literal, $name:literal, $content_type:expr) => {
        File {
            name: $name,
            content_type: $content_type,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/", $folder, "/", $name)),
        }
    };
}

/// What `/` is.
const INDEX: File = file!("page", "index.html", HTML);

/// All of them.
pub(super) const FILES: &[File] = &[
    INDEX,
    file!("page", "ask.js", JAVASCRIPT),
    file!("page", "context.js", JAVASCRIPT),
    file!("page", "dom.js", JAVASCRIPT),
    file!("page", "page.js", JAVASCRIPT),
    file!("page", "stack.js", JAVASCRIPT),
    file!("page", "trace-attempts.js", JAVASCRIPT),
    file!("page", "trace-events.js", JAVASCRIPT),
    file!("page", "trace-journal.js", JAVASCRIPT),
    file!("page", "trace-lines.js", JAVASCRIPT),
    file!("page", "trace-watch.js", JAVASCRIPT),
    // file!("client/dist", "signed-websocket.js", JAVASCRIPT),
];

pub(super) async fn index() -> Response {
    INDEX.answer()
}

impl File {
    pub(super) fn answer(&self) -> Response {
        ([(header::CONTENT_TYPE, self.content_type)], self.text).into_response()
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
        let is_served = |name: &String| [".html", ".css", ".js"].iter().any(|end| name.ends_with(end));
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
        assert!(count > 2, "only {count} names were found");
    }

    /// The files that a browser would ask for: what stands in quotes behind `src=`, `href=`, `from`, `import`, `url(`.
    fn named(file: &File) -> Vec<&'static str> {
        let mut parts = file.text.split('"');
        let mut named = Vec::new();
        while let (Some(before), Some(quoted)) = (parts.next(), parts.next()) {
            let asks = ["src=", "href=", "from ", "from", "import ", "import", "import(", "url("];
            let is_elsewhere = quoted.contains(':') || quoted.starts_with('#');
            if asks.iter().any(|word| before.ends_with(word)) && !is_elsewhere {
                named.push(quoted.trim_start_matches("./").trim_start_matches('/'));
            }
        }
        named
    }

    #[test]
    fn the_content_type_is_that_of_the_name() {
        for file in FILES {
            let (_, extension) = file.name.rsplit_once('.').unwrap();
            let expected = match extension {
                "html" => HTML,
                "css" => CSS,
                "js" => JAVASCRIPT,
                other => panic!("{other} has no content type"),
            };
            assert_eq!(file.content_type, expected, "{}", file.name);
        }
    }
}
