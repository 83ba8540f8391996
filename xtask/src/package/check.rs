//! What keeps programs and zips from running on Lambda, with the file, what was found, and what was expected.

use std::io;
use std::path::{Path, PathBuf};

use super::architecture::Architecture;
use super::machine::Machine;
use super::{DEFAULT_ARCHITECTURE, FUNCTIONS, Packaged, Zip, archive, bootstrap, zip_path};
use crate::chain::chain;

/// Why what is there is not for Lambda.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    /// No zip, or one that may not be read.
    #[error("cannot read {} (cargo xtask package writes it)", .0.display())]
    NoZip(PathBuf, #[source] io::Error),
    /// A line a fault.
    #[error("not for Lambda:\n  {}", .0.join("\n  "))]
    Faults(Vec<String>),
}

/// The zips of `functions` that are there. Without an architecture all have that of the first.
///
/// # Errors
///
/// See [`CheckError`].
pub(crate) fn zips(
    machine: &Machine,
    functions: &[&'static str],
    architecture: Option<Architecture>,
) -> Result<Packaged, CheckError> {
    let mut expected = architecture;
    let mut zips = Vec::new();
    let mut faults = Vec::new();
    for function in functions.iter().copied() {
        let path = zip_path(machine, function);
        let bytes = std::fs::read(&path).map_err(|error| CheckError::NoZip(path.clone(), error))?;
        match archive::read(&bytes) {
            Ok(found) => {
                let own = || bootstrap::architecture(&found).unwrap_or(DEFAULT_ARCHITECTURE);
                let architecture = *expected.get_or_insert_with(own);
                faults.extend(program(&path, &found, architecture, machine));
                zips.push(Zip { function, unpacked: found.len(), bytes });
            }
            Err(fault) => faults.push(format!("{} {}", path.display(), chain(&fault))),
        }
    }
    no_faults(faults)?;
    let architecture = expected.unwrap_or(DEFAULT_ARCHITECTURE);
    let others = others(machine, functions, architecture);
    Ok(Packaged { architecture, zips, others })
}

/// The functions beside `functions` whose zips are there, and for another architecture.
pub(crate) fn others(
    machine: &Machine,
    functions: &[&str],
    architecture: Architecture,
) -> Vec<&'static str> {
    let is_for_another = |function: &&'static str| {
        let bytes = std::fs::read(zip_path(machine, function)).unwrap_or_default();
        let program = archive::read(&bytes).unwrap_or_default();
        bootstrap::architecture(&program).is_some_and(|own| own != architecture)
    };
    let beside = FUNCTIONS.into_iter().filter(|function| !functions.contains(function));
    beside.filter(is_for_another).collect()
}

/// The faults of a program, each with its file.
pub(crate) fn program(
    path: &Path,
    program: &[u8],
    architecture: Architecture,
    machine: &Machine,
) -> Vec<String> {
    let own = bootstrap::faults(program, architecture).into_iter().map(|fault| fault.to_string());
    let trace = |folder: PathBuf| {
        format!("names {} of this machine, expected no path of it", folder.display())
    };
    let traces = machine.traces(program).into_iter().map(trace);
    own.chain(traces).map(|fault| format!("{} {fault}", path.display())).collect()
}

/// An error where there are faults.
///
/// # Errors
///
/// [`CheckError::Faults`].
pub(crate) fn no_faults(faults: Vec<String>) -> Result<(), CheckError> {
    if faults.is_empty() { Ok(()) } else { Err(CheckError::Faults(faults)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zips_for_another_processor_are_named() {
        let workspace = std::env::temp_dir().join(format!("xtask-others-{}", std::process::id()));
        let machine = Machine::ask(workspace.clone()).unwrap();
        let put = |function: &str, bytes: &[u8]| {
            let path = zip_path(&machine, function);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        let check = |functions: &[&str], architecture, expected: &[&str]| {
            assert_eq!(others(&machine, functions, architecture), expected, "{functions:?}");
        };
        // (System V ABI, "ELF Header": 64 bits, little-endian, the current version; e_machine at 18)
        let mut program = b"\x7fELF\x02\x01\x01".to_vec();
        program.resize(64, 0);
        check(&["sign-fn"], Architecture::X86_64, &[]);
        program[18] = 62;
        put("sign-fn", &archive::write(&program).unwrap());
        put("ws-connect", &archive::write(&program).unwrap());
        program[18] = 183;
        put("ws-default", &archive::write(&program).unwrap());
        put("ws-disconnect", b"no zip");
        check(&["sign-fn"], Architecture::X86_64, &["ws-default"]);
        check(&["sign-fn"], Architecture::Arm64, &["ws-connect"]);
        check(&["sign-fn", "ws-default"], Architecture::X86_64, &[]);
        std::fs::remove_dir_all(&workspace).unwrap();
    }
}
