//! Deployment packages of the programs under test, made by tools that are not ours: strip, and Python's zipfile.

use std::path::Path;

use crate::folder::Folder;
use crate::programs::workspace;
use crate::{programs, python, template, tool};

/// Zips a program: the path of the zip file, the program's.
const ZIP: &str = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as package:
    package.write(sys.argv[2], 'bootstrap')
";

/// What the template's Architecture is to be where packages are made of programs for this machine.
pub fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    }
}

/// Writes the template and the packages that it names into a folder, where they lie to each other as in the
/// workspace. Returns the template's path. `None`, and a word on stderr, where a tool is missing.
///
/// # Panics
///
/// Where one is missing under `CI=true`.
pub async fn write(folder: &Folder) -> Option<String> {
    for path in ["cloudformation", "target/lambda"] {
        std::fs::create_dir_all(folder.path().join(path)).unwrap();
    }
    for (package, program) in programs::built().await {
        let stripped = folder.path().join(package);
        strip(program, &stripped).await?;
        let package = folder.path().join(format!("target/lambda/{package}.zip"));
        let arguments = [&package, &stripped].map(|path| path.to_str().unwrap());
        python::script(ZIP, &arguments, &[]).await?.printed();
    }
    Some(folder.file("cloudformation/template.yaml", &template::text()))
}

/// Copies a program without what a debugger reads, two thirds of it.
async fn strip(program: &Path, stripped: &Path) -> Option<()> {
    let mut command = tool::command("strip");
    command.arg("-o").args([stripped, program]).current_dir(workspace());
    tool::run("strip", &mut command).await?.printed();
    Some(())
}
