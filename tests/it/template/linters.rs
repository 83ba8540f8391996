//! The linters: cfn-lint and cloudformation-validate, which find different faults, and none in the template.

use std::collections::BTreeSet;
use std::slice::from_ref;

use tests::folder::Folder;
use tests::programs::workspace;
use tests::python;
use tests::tool::{self, Finished};

use super::mutations::{self, Caught};

/// How cloudformation-validate is asked.
const VALIDATE: &str = include_str!("../../clients/validate.py");

/// What cfn-lint finds in templates: `PATH:LINE:COLUMN:LINE:COLUMN:RULE:WORDS`, a line each. Nothing where it is not
/// installed.
async fn cfn_lint(paths: &[String]) -> Option<Finished> {
    let mut command = tool::command("cfn-lint");
    command.args(["--format", "parseable"]).args(paths);
    tool::run("cfn-lint", &mut command).await
}

/// What cloudformation-validate finds in templates: `PATH:RULE:WHERE:WORDS`, a line each. Nothing where it is not
/// installed.
async fn validate(paths: &[String]) -> Option<Finished> {
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    python::script(VALIDATE, &paths, &[]).await
}

#[tokio::test]
async fn neither_linter_finds_anything() {
    let path = workspace().join("cloudformation/template.yaml").display().to_string();
    let found = [cfn_lint(from_ref(&path)).await, validate(from_ref(&path)).await];
    for linter in found.into_iter().flatten() {
        assert_eq!(linter.printed().trim(), "");
    }
}

#[tokio::test]
async fn each_fault_of_form_is_found_by_a_linter() {
    let folder = Folder::new("template-mutations");
    let (mut of_cfn_lint, mut of_validate) = (Vec::new(), Vec::new());
    for (number, mutation) in mutations::all().enumerate() {
        let list = match mutation.caught {
            Caught::Rule(_) => continue,
            Caught::CfnLint(rule) => (&mut of_cfn_lint, rule),
            Caught::Validate(rule) => (&mut of_validate, rule),
        };
        let path = folder.file(&format!("{number}.yaml"), &mutation.text());
        list.0.push((path, list.1, mutation.fault));
    }
    let check = |linter: Finished, expected: &[(String, &str, &str)]| {
        let found = linter.printed_anyway();
        for (path, rule, fault) in expected {
            let of_path = found.lines().filter_map(|line| line.strip_prefix(path.as_str()));
            let rules: BTreeSet<_> =
                of_path.flat_map(|line| line.split(':')).filter(|part| part == rule).collect();
            assert!(!rules.is_empty(), "{fault}: no {rule} in {found}");
        }
    };
    let paths = |list: &[(String, &str, &str)]| -> Vec<String> {
        list.iter().map(|(path, ..)| path.clone()).collect()
    };
    assert!(of_cfn_lint.len() > 3 && of_validate.len() > 3);
    if let Some(found) = cfn_lint(&paths(&of_cfn_lint)).await {
        check(found, &of_cfn_lint);
    }
    if let Some(found) = validate(&paths(&of_validate)).await {
        check(found, &of_validate);
    }
}
