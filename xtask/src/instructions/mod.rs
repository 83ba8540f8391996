//! `cargo xtask instructions`: how many instructions a signing and a verifying take, held against `bench/instructions.json`.

mod count;
mod figures;

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::process::ExitCode;

use figures::Figures;

use crate::package::machine::Machine;
use crate::progress::Progress;
use crate::workspace;

/// Where the figures are kept.
const FILE: &str = "bench/instructions.json";
/// What is held: a task of the program `count`, and the one beside it, whose share of the compiler's doing is the same.
const HELD: [(&str, &str); 2] = [("sign", "bare"), ("verify", "floor-verify")];
/// What is counted only, to be compared with.
const ORIENTATION: [&str; 1] = ["floor-sign"];
/// With the same compiler a count repeats to 0.3 %, whatever the folder, the environment and the load: docs/performance.md.
const TOLERANCE: f64 = 0.02;
/// With another one, or on another processor, the ratio to what is beside it is held instead.
const RATIO_TOLERANCE: f64 = 0.10;

/// Options of `instructions`.
#[derive(clap::Args)]
pub(crate) struct InstructionsArguments {
    /// Write what is counted, in place of what was there
    #[arg(long)]
    update: bool,
}

/// Counts, and compares or writes.
#[expect(clippy::print_stdout, reason = "a command's result goes to stdout")]
pub(crate) fn instructions(arguments: &InstructionsArguments) -> Result<ExitCode, Box<dyn Error>> {
    let machine = Machine::ask(workspace().to_owned())?;
    let mut progress = Progress::start("instructions");
    let tasks = HELD.iter().flat_map(|(held, beside)| [*held, *beside]).chain(ORIENTATION);
    let counts = count::all(tasks, &mut progress)?;
    let counted =
        Figures { rust: machine.rust().to_owned(), target: machine.host().to_owned(), counts };
    let path = workspace().join(FILE);
    if arguments.update {
        fs::write(&path, counted.text())
            .map_err(|error| format!("cannot write {FILE}: {error}"))?;
        println!("{counted}written to {FILE}");
        return Ok(ExitCode::SUCCESS);
    }
    let text = fs::read_to_string(&path).map_err(|error| {
        format!("cannot read {FILE} (cargo xtask instructions --update writes it): {error}")
    })?;
    let kept = Figures::read(&text).map_err(|fault| format!("{FILE} {fault}"))?;
    let (report, changed) = compare(&kept, &counted);
    print!("{counted}{report}");
    if changed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(format!(
        "{} another work than {FILE} says. Where that is meant: cargo xtask instructions --update with Rust {}, \
         and the commit says why",
        changed.join(", "),
        kept.rust,
    )
    .into())
}

/// A line for each that is held, and what has changed.
fn compare(kept: &Figures, counted: &Figures) -> (String, Vec<String>) {
    let is_same_compiler = kept.rust == counted.rust && kept.target == counted.target;
    let mut report = String::new();
    if !is_same_compiler {
        // Writing to a String does not fail.
        let _ = writeln!(
            report,
            "{FILE} is of Rust {} for {}: ratios are held, not counts",
            kept.rust, kept.target
        );
    }
    let mut changed = Vec::new();
    for (held, beside) in HELD {
        let figure = |figures: &Figures| {
            if is_same_compiler { figures.count(held) } else { figures.ratio(held, beside) }
        };
        let tolerance = if is_same_compiler { TOLERANCE } else { RATIO_TOLERANCE };
        let change = match (figure(kept), figure(counted)) {
            (Some(kept), Some(counted)) => counted / kept - 1.0,
            _ => f64::INFINITY,
        };
        let _ = writeln!(
            report,
            "{held}: {:+.2} % (at most {:.0} % either way)",
            change * 100.0,
            tolerance * 100.0
        );
        if change.abs() > tolerance {
            changed.push(format!("{held} does {:+.1} %", change * 100.0));
        }
    }
    (report, changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASKS: [&str; 4] = ["sign", "bare", "verify", "floor-verify"];

    fn figures(rust: &str, counts: [u64; 4]) -> Figures {
        let counts = TASKS.map(str::to_owned).into_iter().zip(counts).collect();
        Figures { rust: rust.to_owned(), target: "x86_64".to_owned(), counts }
    }

    #[track_caller]
    fn check(rust: &str, counts: [u64; 4], expected: &[&str]) {
        let kept = figures("1.95.0", [100_000, 90_000, 50_000, 25_000]);
        let (_, changed) = compare(&kept, &figures(rust, counts));
        assert_eq!(changed, expected);
    }

    #[test]
    fn a_change_of_more_than_a_fiftieth_is_one() {
        check("1.95.0", [100_000, 90_000, 50_000, 25_000], &[]);
        check("1.95.0", [101_900, 90_000, 49_100, 25_000], &[]);
        check("1.95.0", [102_100, 90_000, 50_000, 25_000], &["sign does +2.1 %"]);
        let both = ["sign does -3.0 %", "verify does +4.0 %"];
        check("1.95.0", [97_000, 90_000, 52_000, 25_000], &both);
        // What is beside them is orientation only.
        check("1.95.0", [100_000, 50_000, 50_000, 90_000], &[]);
    }

    #[test]
    fn of_another_compiler_the_ratio_counts() {
        check("1.96.0", [50_000, 45_000, 75_000, 37_500], &[]);
        check("1.96.0", [50_000, 52_000, 75_000, 37_500], &["sign does -13.5 %"]);
        check("1.96.0", [100_000, 90_000, 56_000, 25_000], &["verify does +12.0 %"]);
        let other = Figures { target: "aarch64".to_owned(), ..figures("1.95.0", [2, 2, 3, 2]) };
        let kept = figures("1.95.0", [100, 100, 150, 100]);
        let (report, changed) = compare(&kept, &other);
        assert!(changed.is_empty(), "{changed:?}");
        assert!(report.contains("is of Rust 1.95.0 for x86_64: ratios are held"), "{report}");
    }

    #[test]
    fn what_was_never_counted_has_changed() {
        let mut kept = figures("1.95.0", [1, 1, 1, 1]);
        kept.counts.remove("verify");
        let (_, changed) = compare(&kept, &figures("1.95.0", [1, 1, 1, 1]));
        assert_eq!(changed, ["verify does +inf %"]);
    }

    #[test]
    fn the_file_has_what_is_held() {
        let text = fs::read_to_string(workspace().join(FILE)).unwrap();
        let kept = Figures::read(&text).unwrap();
        for (held, beside) in HELD {
            assert!(kept.ratio(held, beside).is_some(), "{held}, {beside}");
        }
        assert_eq!(kept.text(), text, "as it is written");
    }
}
