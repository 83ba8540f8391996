//! The functions, cold and warm, beside an empty one and beside the same in Node.js.
//!
//! - `cold`, `warm`, `growth`: the tables;
//! - `variant`: what is measured, and whether it answers well; `events`: what it is invoked with;
//! - `process`: one process of a function, on a CPU of its own; `runtime_api`: by which it is invoked;
//!   `played_aws`: what it calls, trusted by `certificates`;
//! - `processor`, `proc`, `http`, `statistics`: what these need.
//!
//! All that is not measured is made of threads that wait for one another, on another CPU.

mod certificates;
mod cold;
mod events;
mod growth;
mod http;
mod played_aws;
mod proc;
mod process;
mod processor;
mod runtime_api;
mod statistics;
mod variant;
mod warm;

use std::fs;

use self::played_aws::PlayedAws;
use self::processor::Cpus;
use self::variant::Stage;
use crate::Error;
use crate::report::Table;
use crate::workplace::Workplace;

/// Measures the functions: area `functions`.
///
/// # Errors
///
/// Where a function does not start, or does not answer as it should, by name.
pub fn measure(workplace: &Workplace, progress: &mut dyn FnMut(&str)) -> Result<Vec<Table>, Error> {
    let folder = workplace.scratch.join("functions");
    fs::create_dir_all(&folder)?;
    // The functions run in this folder, but read the roots by a path that any could.
    let folder = folder.canonicalize()?;
    let cpus = Cpus::take()?;
    let (tls, trust) = certificates::make(&folder)?;
    let aws = PlayedAws::start(tls)?;
    let stage = Stage { workplace, aws: &aws, trust: &trust };
    let cold = cold::table(&stage, &cpus, progress)?;
    let [warm, calls] = warm::tables(&stage, &cpus, progress)?;
    let growth = growth::table(&stage, &cpus, progress)?;
    let mut tables = vec![cold, warm, calls, growth];
    if !cpus.are_two() {
        for table in &mut tables {
            table
                .missing
                .push("a second CPU: the harness took its time from what it measured".to_owned());
        }
    }
    Ok(tables)
}
