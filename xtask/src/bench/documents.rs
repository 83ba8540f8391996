//! Figures of `bench/results` where documents quote them, between two marks that no reader sees.
//!
//! `<!-- bench/results/AREA.md -->` begins a quotation of the whole file but its title, and `<!-- end -->` ends it.
//! Behind the file's name, with ` / ` before each, may stand: a table's heading; and of that table either a goal, for the
//! figure that was reached, or a row and a column, for the figure there. What is quoted is a paragraph of its own but for
//! figures, which stand in their line.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where figures are quoted.
const DOCUMENTS: [&str; 2] = ["README.md", "docs/performance.md"];
/// Of the files that are quoted, with what begins a mark.
const START: &str = "<!-- bench/results/";
const CLOSE: &str = " -->";
const END: &str = "<!-- end -->";
const BETWEEN: &str = " / ";

/// Why nothing is quoted.
#[derive(Debug, thiserror::Error)]
pub(super) enum QuotationError {
    /// A document or a file of results.
    #[error("cannot {0} {path}", path = .1.display())]
    File(&'static str, PathBuf, #[source] io::Error),
    /// A quotation that cannot be filled.
    #[error("{document} quotes bench/results/{what}, {fault}")]
    Quotation {
        /// Where.
        document: &'static str,
        /// Of what.
        what: String,
        /// What is wrong with it.
        fault: &'static str,
    },
}

/// Puts the figures into the documents, and says which of them it has changed.
///
/// # Errors
///
/// See [`QuotationError`].
pub(super) fn write(workspace: &Path) -> Result<Vec<&'static str>, QuotationError> {
    let mut changed = Vec::new();
    for document in DOCUMENTS {
        let path = workspace.join(document);
        let (text, filled) = filled(workspace, document)?;
        if text != filled {
            fs::write(&path, filled).map_err(|error| QuotationError::File("write", path, error))?;
            changed.push(document);
        }
    }
    Ok(changed)
}

/// A document as it is, and as it should be.
fn filled(workspace: &Path, document: &'static str) -> Result<(String, String), QuotationError> {
    let read = |path: PathBuf| {
        fs::read_to_string(&path).map_err(|error| QuotationError::File("read", path, error))
    };
    let text = read(workspace.join(document))?;
    let mut filled = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(START) {
        let bad = |fault| {
            let what = after.lines().next().unwrap_or_default();
            let what = what.split(CLOSE).next().unwrap_or_default().to_owned();
            QuotationError::Quotation { document, what, fault }
        };
        let (mark, after) =
            after.split_once(CLOSE).ok_or_else(|| bad("expected a space and -->"))?;
        let (_, after) =
            after.split_once(END).ok_or_else(|| bad("expected <!-- end --> behind it"))?;
        let mut parts = mark.split(BETWEEN);
        let results = read(workspace.join("bench/results").join(parts.next().unwrap_or_default()))?;
        let parts: Vec<_> = parts.collect();
        let quoted = quotation(&results, &parts).ok_or_else(|| bad("which is not there"))?;
        // Writing to a String does not fail.
        let _ = write!(filled, "{before}{START}{mark}{CLOSE}{quoted}{END}");
        rest = after;
    }
    filled.push_str(rest);
    Ok((text, filled))
}

/// What `parts` name of a file of results.
fn quotation(results: &str, parts: &[&str]) -> Option<String> {
    let paragraph = |text: &str| format!("\n\n{}\n\n", text.trim());
    let [heading, figure @ ..] = parts else {
        let (_title, text) = results.split_once('\n')?;
        // Below a heading of the document.
        return Some(paragraph(text).replace("\n## ", "\n### "));
    };
    let table = results
        .split("\n## ")
        .find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'))?;
    match figure {
        [] => Some(paragraph(table)),
        [goal] => {
            let reached = |line: &str| {
                let (_, figure) =
                    line.strip_prefix("- ")?.split_once(&format!("reached: {goal}: "))?;
                Some(figure.rsplit_once(" (")?.0.to_owned())
            };
            table.lines().find_map(reached)
        }
        [row, column] => {
            let mut rows = table.lines().filter(|line| line.starts_with("| ")).map(cells);
            let index = rows.next()?.iter().position(|name| name == column)?;
            rows.find(|cells| cells.first().is_some_and(|name| name == row))?.get(index).cloned()
        }
        _ => None,
    }
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|').trim_end_matches('|');
    line.split(" | ").map(|cell| cell.trim().replace("\\|", "|")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::area::Area;
    use crate::workspace;

    const RESULTS: &str = "\
# Signing

Written on a machine.

## One URL

One thread.

|  | a call | to the floor |
|---|--:|--:|
| countersign | 12.3 µs | 1.07× |
| aws4 \\| npm | 123 µs | – |

- reached: to aws-sigv4: 1.07× (at most 1.10×)
- not reached: ahead (of all): 1.90× (at least 2.00×)

## Growth

Ten times.
";

    #[test]
    fn what_is_named_is_quoted() {
        let check = |parts: &[&str], expected: Option<&str>| {
            assert_eq!(quotation(RESULTS, parts).as_deref(), expected, "{parts:?}");
        };
        check(&["One URL", "countersign", "a call"], Some("12.3 µs"));
        check(&["One URL", "aws4 | npm", "to the floor"], Some("–"));
        check(&["One URL", "to aws-sigv4"], Some("1.07×"));
        check(&["One URL", "ahead (of all)"], Some("1.90×"));
        check(&["Growth"], Some("\n\nTen times.\n\n"));
        let whole = quotation(RESULTS, &[]).unwrap();
        assert!(whole.starts_with("\n\nWritten on a machine.\n\n### One URL\n\nOne"), "{whole}");
        assert!(whole.ends_with("\n\n### Growth\n\nTen times.\n\n"), "{whole}");
        check(&["One"], None);
        check(&["Growth", "countersign", "a call"], None);
        check(&["One URL", "countersign", "nowhere"], None);
        check(&["One URL", "nobody", "a call"], None);
        check(&["One URL", "of all"], None);
        check(&["One URL", "a", "b", "c"], None);
    }

    #[test]
    fn a_document_is_filled_between_its_marks_alone() {
        let folder = std::env::temp_dir().join(format!("xtask-documents-{}", std::process::id()));
        let put = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let cell = "<!-- bench/results/signing.md / One URL / countersign / a call -->";
        put("bench/results/signing.md", RESULTS);
        put("README.md", &format!("a\n\n| sign | {cell}old<!-- end --> | {cell}<!-- end --> |\n"));
        put("docs/performance.md", "a <!-- end --> b\n");
        assert_eq!(write(&folder).unwrap(), ["README.md"]);
        let expected =
            format!("a\n\n| sign | {cell}12.3 µs<!-- end --> | {cell}12.3 µs<!-- end --> |\n");
        assert_eq!(read("README.md"), expected);
        assert!(write(&folder).unwrap().is_empty(), "once is enough");

        let refused = |text: &str, expected: &str| {
            put("docs/performance.md", text);
            assert_eq!(write(&folder).unwrap_err().to_string(), expected);
            assert_eq!(read("docs/performance.md"), text);
        };
        let quotes = "docs/performance.md quotes bench/results/";
        refused(
            "<!-- bench/results/signing.md / Two -->\n<!-- end -->",
            &format!("{quotes}signing.md / Two, which is not there"),
        );
        refused(
            "<!-- bench/results/signing.md -->\n",
            &format!("{quotes}signing.md, expected <!-- end --> behind it"),
        );
        let missing = folder.join("bench/results/size.md");
        refused(
            "<!-- bench/results/size.md --><!-- end -->",
            &format!("cannot read {}", missing.display()),
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_documents_quote_the_results_as_they_are() {
        for document in DOCUMENTS {
            let (text, filled) = filled(workspace(), document).unwrap();
            assert!(
                text == filled,
                "{document} has other figures than bench/results: cargo xtask bench --write-documents"
            );
        }
    }

    #[test]
    fn the_documents_quote_every_area() {
        let read = |document| fs::read_to_string(workspace().join(document)).unwrap();
        for document in DOCUMENTS {
            assert!(read(document).contains(START), "{document} quotes nothing");
        }
        let performance = read("docs/performance.md");
        for area in Area::ALL {
            let mark = format!("{START}{}.md", area.name());
            assert!(performance.contains(&mark), "docs/performance.md has no {mark}");
        }
    }
}
