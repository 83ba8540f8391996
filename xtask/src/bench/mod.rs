//! `cargo xtask bench`: builds and installs what the measurements need, and has the package `bench` measure.

mod area;
pub(crate) mod build;
mod clients;
mod documents;
mod group;
mod run;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use area::Area;

use crate::package::machine::Machine;
use crate::progress::Progress;
use crate::workspace;

/// Options of `bench`.
#[derive(clap::Args)]
pub(crate) struct BenchArguments {
    /// What to measure; all of it if nothing is said
    #[arg(value_enum, value_name = "AREA")]
    areas: Vec<Area>,
    /// A minute for all areas together: shows that everything runs, and figures of one digit
    ///
    /// Its results go to target/bench/quick, so that the full ones in bench/results stay.
    #[arg(long)]
    quick: bool,
    /// Measure nothing: put the figures of bench/results into README.md and docs/performance.md
    #[arg(long, conflicts_with_all = ["areas", "quick"])]
    write_documents: bool,
}

/// Where everything is that is built and installed here.
struct Folders {
    /// `target/bench`.
    root: PathBuf,
}

impl Folders {
    /// `FUNCTION/bootstrap`.
    fn functions(&self) -> PathBuf {
        self.root.join("functions")
    }

    /// A copy of the template, which finds zips by a path relative to itself.
    fn template(&self) -> PathBuf {
        self.root.join("stack/cloudformation/template.yaml")
    }

    /// `FUNCTION.zip`: where the template looks.
    fn zips(&self) -> PathBuf {
        self.root.join("stack/target/lambda")
    }

    /// What is run, apart from cargo's own folder, where another build would replace it meanwhile.
    fn programs(&self) -> PathBuf {
        self.root.join("programs")
    }

    /// Programs of criterion.
    fn criterion(&self) -> PathBuf {
        self.root.join("criterion")
    }

    /// What cargo builds into.
    fn cargo(&self) -> PathBuf {
        self.root.join("cargo")
    }
}

/// Measures, or brings the documents up to date.
pub(crate) fn bench(arguments: &BenchArguments) -> Result<ExitCode, Box<dyn Error>> {
    if arguments.write_documents {
        let mut progress = Progress::start("bench");
        for document in documents::write(workspace())? {
            progress.step(&format!("{document} has the figures of bench/results"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let machine = Machine::ask(workspace().to_owned())?;
    let folders = Folders { root: workspace().join("target/bench") };
    let areas =
        if arguments.areas.is_empty() { Area::ALL.to_vec() } else { arguments.areas.clone() };
    let needs = |need| areas.iter().any(|area| area.needs().contains(&need));
    let mut progress = Progress::start("bench");
    build::all(&machine, &folders, needs, &mut progress)?;
    let clients = clients::install(&folders.root, needs, &mut progress);
    run::run(&machine, &folders, &clients, &areas, arguments.quick, &mut progress)
}
