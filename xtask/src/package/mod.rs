//! `cargo xtask package`: the functions' zips for the template, checked.

mod again;
pub(crate) mod architecture;
pub(crate) mod archive;
mod bootstrap;
pub(crate) mod build;
mod check;
pub(crate) mod machine;
pub(crate) mod make;
mod report;
mod tools;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use architecture::Architecture;
use machine::Machine;

use crate::workspace;

/// The packages of the template's functions: each `Code` is `target/lambda/PACKAGE.zip`.
pub(crate) const FUNCTIONS: [&str; 4] = ["sign-fn", "ws-connect", "ws-default", "ws-disconnect"];
/// The template's default.
const DEFAULT_ARCHITECTURE: Architecture = Architecture::Arm64;

/// Options of `package`.
#[derive(clap::Args)]
pub(crate) struct PackageArguments {
    /// The processor of the functions; arm64, the template's default, if nothing is said
    ///
    /// The stack must be told of the other one: --parameter-overrides Architecture=x86_64
    #[arg(long, value_enum)]
    arch: Option<Architecture>,
    /// Only this function; may be given more than once
    #[arg(long, value_name = "NAME", value_parser = FUNCTIONS)]
    function: Vec<String>,
    /// Build nothing: check the zips that are there
    #[arg(long)]
    check: bool,
    /// Build a second time, from a copy in another folder, and compare the bytes
    #[arg(long, conflicts_with = "check")]
    twice: bool,
}

/// The zips of one architecture.
pub(crate) struct Packaged {
    architecture: Architecture,
    zips: Vec<Zip>,
    /// The functions that have a zip for the other one: with them a stack cannot be deployed.
    others: Vec<&'static str>,
}

/// One function for Lambda.
pub(crate) struct Zip {
    /// Its package, or its program.
    pub(crate) function: &'static str,
    /// The size of the program, in bytes.
    unpacked: usize,
    /// The zip file.
    pub(crate) bytes: Vec<u8>,
}

/// Packages, or checks what is packaged.
pub(crate) fn package(arguments: &PackageArguments) -> Result<ExitCode, Box<dyn Error>> {
    let machine = Machine::ask(workspace().to_owned())?;
    let is_wanted = |function: &&str| {
        arguments.function.is_empty() || arguments.function.iter().any(|name| name == function)
    };
    let functions: Vec<_> = FUNCTIONS.into_iter().filter(is_wanted).collect();
    let packaged = if arguments.check {
        check::zips(&machine, &functions, arguments.arch)?
    } else {
        let architecture = arguments.arch.unwrap_or(DEFAULT_ARCHITECTURE);
        make::zips(&machine, &functions, architecture, arguments.twice)?
    };
    report::print(&packaged);
    Ok(ExitCode::SUCCESS)
}

/// Where the template looks for the zip of `function`.
fn zip_path(machine: &Machine, function: &str) -> PathBuf {
    machine.workspace.join("target/lambda").join(function).with_extension("zip")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_looks_for_these_zips_and_this_architecture() {
        let template = include_str!("../../../cloudformation/template.yaml");
        let lines = || template.lines().map(str::trim);
        let code: Vec<_> =
            lines().filter_map(|line| line.strip_prefix("Code: ../target/lambda/")).collect();
        let mut expected = FUNCTIONS.map(|function| format!("{function}.zip"));
        expected.sort_unstable();
        let mut sorted = code.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);

        let mut parameter = lines().skip_while(|line| *line != "Architecture:");
        let default = parameter.find_map(|line| line.strip_prefix("Default: "));
        assert_eq!(default, Some(DEFAULT_ARCHITECTURE.name()));
        let runtimes: Vec<_> = lines().filter(|line| line.starts_with("Runtime: ")).collect();
        assert_eq!(runtimes, ["Runtime: provided.al2023"; 4]);
    }
}
