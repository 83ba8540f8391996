//! Measures, and prints tables: `cargo xtask bench` builds what it needs and calls it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use bench::areas::{self, Area};
use bench::machine::Machine;
use bench::results::{self, Run};
use bench::workplace::{Effort, Workplace};
use bench::{Error, text};
use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// What Countersign costs, measured beside what one would use instead.
#[derive(Parser)]
#[command(about)]
struct Arguments {
    /// What to measure; all of it if nothing is said
    #[arg(value_name = "AREA", value_parser = area())]
    areas: Vec<Area>,
    /// A minute for all areas together
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    places: Places,
    /// The folder for the results
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    /// The version of the compiler
    #[arg(long, value_name = "VERSION")]
    rust: String,
    /// What is measured
    #[arg(long)]
    commit: String,
    /// Now, as RFC 3339 has it
    #[arg(long)]
    date: String,
}

/// Where everything is that `cargo xtask bench` builds and installs.
#[derive(clap::Args)]
#[group(skip)]
struct Places {
    #[arg(long, value_name = "DIR")]
    functions: PathBuf,
    #[arg(long, value_name = "DIR")]
    zips: PathBuf,
    #[arg(long, value_name = "DIR")]
    programs: PathBuf,
    #[arg(long, value_name = "FILE")]
    template: PathBuf,
    #[arg(long, value_name = "DIR")]
    criterion: PathBuf,
    #[arg(long, value_name = "DIR")]
    scratch: PathBuf,
    #[arg(long, value_name = "DIR", required_unless_present = "no_node")]
    node: Option<PathBuf>,
    #[arg(long, value_name = "REASON", conflicts_with = "node")]
    no_node: Option<String>,
    #[arg(long, value_name = "DIR", required_unless_present = "no_serverless_offline")]
    serverless_offline: Option<PathBuf>,
    #[arg(long, value_name = "REASON", conflicts_with = "serverless_offline")]
    no_serverless_offline: Option<String>,
    #[arg(long, value_name = "DIR", required_unless_present = "no_signers")]
    signers: Option<PathBuf>,
    #[arg(long, value_name = "REASON", conflicts_with = "signers")]
    no_signers: Option<String>,
    #[arg(long, value_name = "PROGRAM", required_unless_present = "no_python")]
    python: Option<PathBuf>,
    #[arg(long, value_name = "REASON", conflicts_with = "python")]
    no_python: Option<String>,
}

fn area() -> impl TypedValueParser<Value = Area> {
    PossibleValuesParser::new(areas::ALL.iter().map(|area| area.name))
        .try_map(|name| areas::named(&name).ok_or("no such area"))
}

impl Places {
    fn workplace(self, effort: Effort) -> Workplace {
        let or = |place: Option<PathBuf>, reason: Option<String>| {
            place.ok_or_else(|| reason.unwrap_or_default())
        };
        Workplace {
            functions: self.functions,
            zips: self.zips,
            programs: self.programs,
            template: self.template,
            criterion: self.criterion,
            node: or(self.node, self.no_node),
            serverless_offline: or(self.serverless_offline, self.no_serverless_offline),
            signers: or(self.signers, self.no_signers),
            python: or(self.python, self.no_python),
            scratch: self.scratch,
            effort,
        }
    }
}

#[expect(clippy::print_stderr, reason = "a command speaks on stderr")]
fn main() -> ExitCode {
    match measure(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, clippy::print_stdout, reason = "progress, and a command's result")]
fn measure(arguments: Arguments) -> Result<(), Error> {
    let effort = if arguments.quick { Effort::Quick } else { Effort::Full };
    let workplace = arguments.places.workplace(effort);
    std::fs::create_dir_all(&workplace.scratch)?;
    let machine = Machine::ask(&workplace, &arguments.rust);
    println!("{}\n", machine.describe());
    let (date, commit) = (arguments.date, arguments.commit);
    let run = Run { date, commit, effort, machine };
    let is_wanted = |area: &&Area| {
        arguments.areas.is_empty() || arguments.areas.iter().any(|wanted| wanted.name == area.name)
    };
    for area in areas::ALL.iter().filter(is_wanted) {
        let start = Instant::now();
        let mut tell = |step: &str| {
            eprintln!("{:<9} {:>4}s  {step}", area.name, start.elapsed().as_secs());
        };
        tell(area.title);
        let tables = (area.measure)(&workplace, &mut tell)
            .map_err(|error| format!("{}: {}", area.name, chain(error.as_ref())))?;
        for table in &tables {
            println!("{}", text::plain(table));
        }
        let paths = results::write(&arguments.results, area, &run, &tables)?;
        tell(&format!("written to {} and {}", paths[0].display(), paths[1].display()));
    }
    Ok(())
}

/// An error with all its sources, outermost first: `a: b: c`.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// As `cargo xtask bench` gives them, but for what comes from npm and PyPI.
    const GIVEN: [&str; 19] = [
        "bench",
        "--functions=f",
        "--zips=z",
        "--programs=p",
        "--template=t",
        "--criterion=c",
        "--scratch",
        "s",
        "--results",
        "r",
        "--rust",
        "1.95.0",
        "--commit",
        "4bb0",
        "--date",
        "2026-11-20T07:55:00Z",
        "--quick",
        "--no-python",
        "no python",
    ];

    fn parse(more: &[&str]) -> Result<Arguments, clap::error::ErrorKind> {
        let all = GIVEN.into_iter().chain(more.iter().copied());
        Arguments::try_parse_from(all).map_err(|error| error.kind())
    }

    #[test]
    fn the_options_agree_with_one_another() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_is_not_installed_has_its_reason() {
        let more = ["--node=n", "--serverless-offline", "n", "--no-signers", "npm is not there"];
        let arguments = parse(&more).unwrap();
        assert!(arguments.quick && arguments.areas.is_empty());
        let workplace = arguments.places.workplace(Effort::Quick);
        assert_eq!(workplace.node, Ok("n".into()));
        assert_eq!(workplace.serverless_offline, Ok("n".into()));
        assert_eq!(workplace.signers, Err("npm is not there".to_owned()));
        assert_eq!(workplace.python, Err("no python".to_owned()));
        assert_eq!(workplace.template, PathBuf::from("t"));
    }

    #[test]
    fn every_client_is_there_or_has_a_reason() {
        use clap::error::ErrorKind::{ArgumentConflict, InvalidValue, MissingRequiredArgument};
        let check =
            |more: &[&str], expected| assert_eq!(parse(more).err(), Some(expected), "{more:?}");
        check(&["--node=n", "--no-serverless-offline=x"], MissingRequiredArgument);
        let all = ["--node=n", "--no-serverless-offline=x", "--no-signers=x"];
        assert!(parse(&all).is_ok());
        check(&[&all[..], &["--no-node=x"]].concat(), ArgumentConflict);
        check(&[&all[..], &["elsewhere"]].concat(), InvalidValue);
    }
}
