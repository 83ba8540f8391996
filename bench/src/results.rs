//! Where tables are kept: a file for programs and a file for people, an area each.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::areas::Area;
use crate::machine::Machine;
use crate::report::Table;
use crate::text;
use crate::workplace::Effort;

/// What was measured together.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// When, as RFC 3339 has it.
    pub date: String,
    /// Of what: git's name of the commit, with `-dirty` where it was changed.
    pub commit: String,
    /// For how long.
    pub effort: Effort,
    /// On what.
    pub machine: Machine,
}

/// A file's content.
#[derive(Serialize)]
struct Results<'a> {
    area: &'a str,
    #[serde(flatten)]
    run: &'a Run,
    tables: &'a [Table],
}

/// Writes `AREA.json` and `AREA.md` into `folder`, and says where.
///
/// # Errors
///
/// Where a file cannot be written.
pub fn write(folder: &Path, area: &Area, run: &Run, tables: &[Table]) -> io::Result<[PathBuf; 2]> {
    std::fs::create_dir_all(folder)?;
    let file = |extension: &str| folder.join(area.name).with_extension(extension);
    let results = Results { area: area.name, run, tables };
    let mut json = serde_json::to_string_pretty(&results)?;
    json.push('\n');
    let paths = [file("json"), file("md")];
    std::fs::write(&paths[0], json)?;
    std::fs::write(&paths[1], markdown(area, run, tables))?;
    Ok(paths)
}

fn markdown(area: &Area, run: &Run, tables: &[Table]) -> String {
    let Run { date, commit, machine, .. } = run;
    let effort = match run.effort {
        Effort::Full => "",
        Effort::Quick => " A quick run: the figures have one good digit.",
    };
    let mut text = format!(
        "# {}\n\nWritten by `cargo xtask bench {}` on {date}, commit {commit}.{effort} {}\n",
        area.title,
        area.name,
        machine.describe()
    );
    for table in tables {
        text.push('\n');
        text.push_str(&text::markdown(table));
    }
    text
}
