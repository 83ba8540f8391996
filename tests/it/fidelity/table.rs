//! `docs/fidelity.md` and the tests name one another.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tests::programs::workspace;

/// A row of one of the tables.
#[derive(Debug)]
struct Row {
    behaviour: String,
    mark: String,
    source: String,
    local: String,
    tests: Vec<String>,
}

#[test]
fn every_row_names_its_source_its_tests_and_where_a_choice_is_made() {
    let tests = tests_by_path();
    let rows = rows();
    assert!(!rows.is_empty());
    for row in &rows {
        let of = &row.behaviour;
        assert!(!of.is_empty() && !row.source.is_empty() && !row.local.is_empty(), "{row:?}");
        match row.mark.as_str() {
            "certain" => assert!(!row.tests.is_empty(), "no test shows: {of}"),
            "likely" | "unknown" => {
                let file = quoted(&row.local).into_iter().find(|name| name.ends_with(".rs"));
                let file = file.unwrap_or_else(|| panic!("no place in the code decides: {of}"));
                assert!(workspace().join(&file).is_file(), "there is no {file}: {of}");
            }
            other => panic!("{other:?} is no mark: {of}"),
        }
        for name in &row.tests {
            assert!(tests.contains(name), "there is no test {name}: {of}");
        }
    }
}

#[test]
fn every_test_of_fidelity_is_named_in_a_row() {
    let rows = rows();
    let named: BTreeSet<_> = rows.iter().flat_map(|row| &row.tests).collect();
    for test in tests_by_path() {
        let of_this_page = test.starts_with("fidelity::") && !test.starts_with("fidelity::table::");
        assert!(!of_this_page || named.contains(&test), "no row of docs/fidelity.md names {test}");
    }
}

#[test]
fn what_is_not_played_has_its_source_and_a_reason() {
    let (_, not_played) = tables();
    for line in lines(&not_played) {
        let cells = cells(&line);
        assert!(cells.len() == 3 && !cells.contains(&String::new()), "not three cells: {line}");
    }
}

/// The tables of what is played, and that of what is not, the last one.
fn tables() -> (String, String) {
    let page = std::fs::read_to_string(workspace().join("docs/fidelity.md")).unwrap();
    let (played, not_played) = page.split_once("\n## Certain, and not played\n").unwrap();
    assert!(!not_played.contains("\n## "), "it is the last");
    (played.to_owned(), not_played.to_owned())
}

fn rows() -> Vec<Row> {
    let (played, _) = tables();
    let mut rows = Vec::new();
    for line in lines(&played) {
        let cells = cells(&line);
        let [behaviour, mark, source, local, tests] = cells.as_slice() else {
            panic!("a row has five cells: {line}");
        };
        if behaviour != "AWS" && !behaviour.starts_with("---") {
            rows.push(Row {
                behaviour: behaviour.clone(),
                mark: mark.clone(),
                source: source.clone(),
                local: local.clone(),
                tests: quoted(tests),
            });
        }
    }
    rows
}

/// The lines of tables.
fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|line| line.starts_with('|')).map(ToOwned::to_owned)
}

/// The cells of a line. A bar that is escaped parts none.
fn cells(line: &str) -> Vec<String> {
    let line = line.replace("\\|", "\u{0}");
    let cells = line.trim_matches('|').split('|');
    cells.map(|text| text.trim().replace('\u{0}', "|")).collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

/// Every test of the workspace: `module::name` for those of `tests/it`, `crate::module::tests::name` for those
/// in a crate's own code, `crate::it::module::name` for those in its `tests/it`.
fn tests_by_path() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(workspace()).unwrap() {
        let folder = entry.unwrap().path();
        let package = folder.file_name().unwrap().to_string_lossy().replace('-', "_");
        if folder.join("src").is_dir() {
            collect(&folder.join("src"), &package, &mut found);
        }
        if folder.join("tests/it").is_dir() {
            collect(&folder.join("tests/it"), &format!("{package}::it"), &mut found);
        }
    }
    collect(&workspace().join("tests/it"), "", &mut found);
    found
}

/// Adds the tests in the files of `folder`, which is the module `module`.
fn collect(folder: &Path, module: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let module = match stem.as_str() {
            "mod" | "lib" | "main" => module.to_owned(),
            _ if module.is_empty() => stem,
            _ => format!("{module}::{stem}"),
        };
        if path.is_dir() {
            collect(&path, &module, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            found
                .extend(tests_in(&source).map(|name| {
                    if module.is_empty() { name } else { format!("{module}::{name}") }
                }));
        }
    }
}

/// The tests of a file; those in its `mod tests` begin with `tests::`.
fn tests_in(source: &str) -> impl Iterator<Item = String> {
    let mut inside = "";
    let mut marked = false;
    source.lines().filter_map(move |line| {
        let line = line.trim();
        if line == "mod tests {" {
            inside = "tests::";
        }
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        }
        let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
        let name = name.split(['(', '<']).next()?;
        std::mem::take(&mut marked).then(|| format!("{inside}{name}"))
    })
}
