//! How large the functions are: a cold start waits for the zip's download, and for the program's pages.

use std::fs;
use std::path::Path;

use crate::Error;
use crate::report::{Figure, Goal, Row, Table, Wanted};
use crate::workplace::Workplace;

/// What is shipped, and how large its zip is to be at most.
const SHIPPED: [(&str, u64); 4] = [
    ("sign-fn", 1_500_000),
    ("ws-connect", 2_500_000),
    ("ws-default", 2_500_000),
    ("ws-disconnect", 2_500_000),
];

/// What ours are held against, and is not shipped.
const EMPTY: &str = "empty-fn";

/// Looks at the files that are there.
///
/// # Errors
///
/// Where one cannot be looked at.
pub fn measure(workplace: &Workplace, progress: &mut dyn FnMut(&str)) -> Result<Vec<Table>, Error> {
    progress("size: looking at the zips and the programs");
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for (function, limit) in SHIPPED {
        let zip = bytes(&workplace.zips.join(function).with_extension("zip"))?;
        rows.push(Row {
            name: function.to_owned(),
            figures: vec![zip, program(workplace, function)?],
        });
        goals.push(Goal {
            what: format!("the zip of {function}"),
            wanted: Wanted::AtMost(Figure::Bytes(limit)),
            reached: zip,
        });
    }
    let figures = vec![Figure::Nothing, program(workplace, EMPTY)?];
    rows.push(Row { name: EMPTY.to_owned(), figures });
    Ok(vec![Table {
        title: "Size of the functions".to_owned(),
        how: "Lengths of the files that are uploaded to AWS, and of the one program in each. The empty function \
              has the same runtime and profile, and no client of AWS."
            .to_owned(),
        columns: ["function", "zip", "program"].map(str::to_owned).to_vec(),
        rows,
        goals,
        missing: Vec::new(),
    }])
}

fn program(workplace: &Workplace, function: &str) -> Result<Figure, Error> {
    bytes(&workplace.functions.join(function).join("bootstrap"))
}

fn bytes(file: &Path) -> Result<Figure, Error> {
    let metadata = fs::metadata(file)
        .map_err(|error| format!("cannot look at {}: {error}", file.display()))?;
    Ok(Figure::Bytes(metadata.len()))
}
