//! What Lambda's runtime `provided.al2023` asks of a program, read from its ELF file.

use std::collections::BTreeSet;

use object::elf::{DT_NEEDED, DT_VERNEED, FileHeader64, Machine, SHT_SYMTAB};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, LittleEndian};

use super::architecture::Architecture;

/// The glibc of Amazon Linux 2023, on which `provided.al2023` is built: the newest that a program
/// may need. (AL2023 User Guide, "Core toolchain packages glibc, gcc, binutils"; "Using AL2023 in
/// AWS Lambda")
pub(crate) const GLIBC: Version = Version { major: 2, minor: 34 };

/// The shared libraries that a program may need, beside the dynamic loader: those of Amazon Linux's
/// packages glibc and libgcc, which its smallest image has too. (AL2023 User Guide, "Comparing packages
/// installed on Amazon Linux 2023 Container Images")
const LIBRARIES: [&str; 7] = [
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
];

/// A version of glibc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
}

/// Why a program cannot run on Lambda, or should not.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// Not an ELF file, or a broken one; the reader's reason.
    #[error("is not a readable 64-bit little-endian ELF file ({0})")]
    Unreadable(String),
    /// For another processor.
    #[error("is built for {found}, expected {}", .expected.name())]
    Machine {
        /// What the file names.
        found: String,
        /// What was asked for.
        expected: Architecture,
    },
    /// No program, or one for another system.
    #[error("is started by {found}, expected {expected}")]
    Loader {
        /// The path of the loader, or that there is none.
        found: String,
        /// Where the loader is.
        expected: &'static str,
    },
    /// A symbol of a glibc that Lambda does not have.
    #[error("needs {found} of {library}, expected at most GLIBC_{GLIBC}")]
    Glibc {
        /// The version, as the file names it.
        found: String,
        /// The library that should have it.
        library: String,
    },
    /// A library that Lambda does not have.
    #[error("needs the shared library {name}, expected no other than {}", LIBRARIES.join(", "))]
    Library {
        /// The name by which the loader looks for it.
        name: String,
    },
    /// Something that only a debugger reads.
    #[error("is not stripped: it has the section {0}")]
    NotStripped(String),
}

/// The architecture that a program is built for, where it is one of Lambda's.
pub(crate) fn architecture(program: &[u8]) -> Option<Architecture> {
    let header = FileHeader64::<Endianness>::parse(program).ok()?;
    let machine = header.e_machine(header.endian().ok()?);
    Architecture::ALL.into_iter().find(|architecture| architecture.machine() == machine)
}

/// Everything that keeps `program` from running on Lambda as `architecture`.
pub(crate) fn faults(program: &[u8], architecture: Architecture) -> Vec<Fault> {
    read(program, architecture).unwrap_or_else(|error| vec![Fault::Unreadable(error.to_string())])
}

fn read(program: &[u8], architecture: Architecture) -> Result<Vec<Fault>, object::Error> {
    let header = FileHeader64::<LittleEndian>::parse(program)?;
    let endian = header.endian()?;
    let mut faults = Vec::new();
    let machine = header.e_machine(endian);
    if machine != architecture.machine() {
        faults.push(Fault::Machine { found: machine_name(machine), expected: architecture });
    }

    let mut loader = None;
    for segment in header.program_headers(endian, program)? {
        if let Some(path) = segment.interpreter(endian, program)? {
            loader = Some(text(path));
        }
    }
    // Another machine's loader is another machine's fault.
    if machine == architecture.machine() && loader.as_deref() != Some(architecture.loader()) {
        let found = loader.clone().unwrap_or_else(|| "no dynamic loader".to_owned());
        faults.push(Fault::Loader { found, expected: architecture.loader() });
    }

    let sections = header.sections(endian, program)?;
    let dynamic = sections.dynamic_table(endian, program)?;
    let mut has_versions = false;
    for entry in dynamic.iter() {
        if entry.tag == DT_NEEDED {
            let name = text(dynamic.string(entry)?);
            let is_loader = architecture.loader().ends_with(&format!("/{name}"));
            if !is_loader && !LIBRARIES.contains(&name.as_str()) {
                faults.push(Fault::Library { name });
            }
        }
        has_versions |= entry.tag == DT_VERNEED;
    }

    let needs = sections.gnu_verneed(endian, program)?;
    if has_versions && needs.is_none() {
        let reason = "it needs versions of symbols, but has no section that lists them";
        faults.push(Fault::Unreadable(reason.to_owned()));
    }
    if let Some((mut files, strings)) = needs {
        let strings = sections.strings(endian, program, strings)?;
        let mut found = BTreeSet::new();
        while let Some((file, mut versions)) = files.next()? {
            let library = text(file.file(endian, strings)?);
            while let Some(version) = versions.next()? {
                found.insert((text(version.name(endian, strings)?), library.clone()));
            }
        }
        let is_missing = |version: &str| match version.strip_prefix("GLIBC_") {
            // Names without a number came later, or are glibc's own.
            Some(number) => Version::parse(number).is_none_or(|version| version > GLIBC),
            None => false,
        };
        let missing = found.into_iter().filter(|(version, _)| is_missing(version));
        faults.extend(missing.map(|(found, library)| Fault::Glibc { found, library }));
    }

    for section in sections.iter() {
        let name = text(sections.section_name(endian, section)?);
        if section.sh_type(endian) == SHT_SYMTAB || name.starts_with(".debug_") {
            faults.push(Fault::NotStripped(name));
        }
    }
    Ok(faults)
}

impl Version {
    /// From `2.34`; a third number, as in `2.2.5`, does not count.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        Some(Self { major: numbers.next()??, minor: numbers.next()?? })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

fn machine_name(machine: Machine) -> String {
    let known = Architecture::ALL.into_iter().find(|known| known.machine() == machine);
    known.map_or_else(|| format!("machine {}", machine.0), |known| known.name().to_owned())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
