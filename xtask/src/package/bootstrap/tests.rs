//! Programs made by hand, each with one fault, and a real one.

use super::*;

/// What a made program has.
#[derive(Clone)]
struct Made {
    machine: u16,
    loader: Option<&'static str>,
    needed: Vec<&'static str>,
    /// Of the library, this version.
    versions: Vec<(&'static str, &'static str)>,
    /// A section beside the usual ones: name, type.
    section: Option<(&'static str, u32)>,
    /// Whether the versions are in a section that can be found.
    versions_section: bool,
}

const X86_64: u16 = 62;
const AARCH64: u16 = 183;

fn good() -> Made {
    Made {
        machine: X86_64,
        loader: Some("/lib64/ld-linux-x86-64.so.2"),
        needed: vec!["libc.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"],
        versions: vec![
            ("libc.so.6", "GLIBC_2.34"),
            ("libc.so.6", "GLIBC_2.2.5"),
            ("libgcc_s.so.1", "GCC_4.2.0"),
        ],
        section: None,
        versions_section: true,
    }
}

#[test]
fn a_program_for_lambda_has_no_fault() {
    check(&good(), &[]);
    let arm = Made {
        machine: AARCH64,
        loader: Some("/lib/ld-linux-aarch64.so.1"),
        needed: vec!["libc.so.6", "ld-linux-aarch64.so.1"],
        ..good()
    };
    assert_eq!(faults(&arm.bytes(), Architecture::Arm64), []);
    assert_eq!(architecture(&arm.bytes()), Some(Architecture::Arm64));
    assert_eq!(architecture(&good().bytes()), Some(Architecture::X86_64));
}

#[test]
fn another_machine_is_a_fault() {
    let found = faults(&good().bytes(), Architecture::Arm64);
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    // The other's loader is a library that this one does not have.
    assert_eq!(found[0], "is built for x86_64, expected arm64");
    check(&Made { machine: 40, ..good() }, &["is built for machine 40, expected x86_64"]);
    assert_eq!(architecture(&Made { machine: 40, ..good() }.bytes()), None);
}

#[test]
fn another_loader_is_a_fault() {
    let expected = "expected /lib64/ld-linux-x86-64.so.2";
    let musl = Made { loader: Some("/lib/ld-musl-x86_64.so.1"), ..good() };
    check(&musl, &[&format!("is started by /lib/ld-musl-x86_64.so.1, {expected}")]);
    let library = Made { loader: None, ..good() };
    check(&library, &[&format!("is started by no dynamic loader, {expected}")]);
}

#[test]
fn a_newer_glibc_is_a_fault() {
    let check = |version: &'static str, is_fault: bool| {
        let mut made = good();
        made.versions.push(("libm.so.6", version));
        let fault = format!("needs {version} of libm.so.6, expected at most GLIBC_2.34");
        let expected = if is_fault { vec![fault.as_str()] } else { Vec::new() };
        self::check(&made, &expected);
    };
    check("GLIBC_2.9", false);
    check("GLIBC_2.33", false);
    check("GLIBC_2.34", false);
    check("GLIBC_2.35", true);
    check("GLIBC_2.100", true);
    check("GLIBC_3.0", true);
    check("GLIBC_2", true);
    // glibc 2.36's mark of packed relocations, and what is for glibc alone.
    check("GLIBC_ABI_DT_RELR", true);
    check("GLIBC_PRIVATE", true);
    check("GCC_14.0.0", false);
}

#[test]
fn an_unknown_library_is_a_fault() {
    let mut made = good();
    made.needed.push("libssl.so.3");
    let expected = "needs the shared library libssl.so.3, expected no other than libc.so.6, libdl.so.2, \
                    libgcc_s.so.1, libm.so.6, libpthread.so.0, librt.so.1, libutil.so.1";
    check(&made, &[expected]);
}

#[test]
fn what_a_debugger_reads_is_a_fault() {
    let check = |name: &'static str, kind| {
        let made = Made { section: Some((name, kind)), ..good() };
        self::check(&made, &[&format!("is not stripped: it has the section {name}")]);
    };
    check(".symtab", 2);
    check(".debug_info", 1);
}

#[test]
fn versions_that_cannot_be_read_are_a_fault() {
    let made = Made { versions_section: false, ..good() };
    let expected = "is not a readable 64-bit little-endian ELF file (it needs versions of symbols, but has \
                    no section that lists them)";
    check(&made, &[expected]);
}

#[test]
fn no_bytes_make_it_panic() {
    let whole = good().bytes();
    for length in 0..whole.len() {
        assert_ne!(faults(&whole[..length], Architecture::X86_64), [], "{length} bytes");
    }
    for position in 0..whole.len() {
        let mut changed = whole.clone();
        changed[position] ^= 0xff;
        faults(&changed, Architecture::X86_64);
    }
    assert_ne!(faults(b"#!/bin/sh\n", Architecture::X86_64), []);
}

#[test]
fn a_real_program_is_read() {
    // The program of these tests, as Rust's own linker has made it.
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let architecture = architecture(&program).expect("tests run on one of the two");
    let faults = faults(&program, architecture);
    let is_symbols = |fault: &Fault| *fault == Fault::NotStripped(".symtab".to_owned());
    assert!(faults.iter().any(is_symbols), "{faults:?}");
    let is_this_machines = |fault: &Fault| match fault {
        Fault::NotStripped(_) | Fault::Glibc { .. } => false,
        Fault::Unreadable(_)
        | Fault::Machine { .. }
        | Fault::Loader { .. }
        | Fault::Library { .. } => true,
    };
    assert!(!faults.iter().any(is_this_machines), "{faults:?}");
}

fn check(made: &Made, expected: &[&str]) {
    let found = faults(&made.bytes(), Architecture::X86_64);
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

impl Made {
    /// The file. (System V ABI, "Object Files" and "Program Loading and Dynamic Linking"; Linux Standard
    /// Base Core, "Symbol Versioning")
    fn bytes(&self) -> Vec<u8> {
        let mut strings = Strings::default();
        let mut dynamic = Vec::new();
        for library in &self.needed {
            dynamic.extend([1, u64::from(strings.add(library))]);
        }
        if !self.versions.is_empty() {
            dynamic.extend([0x6fff_fffe, 0]);
        }
        dynamic.extend([0, 0]);
        let dynamic: Vec<u8> = dynamic.into_iter().flat_map(u64::to_le_bytes).collect();

        let mut versions = Vec::new();
        for (index, (library, version)) in self.versions.iter().enumerate() {
            let next: u32 = if index + 1 == self.versions.len() { 0 } else { 32 };
            versions.extend([1_u16, 1].iter().flat_map(|value| value.to_le_bytes()));
            let fields = [strings.add(library), 16, next, 0, 0, strings.add(version), 0];
            versions.extend(fields.iter().flat_map(|value| value.to_le_bytes()));
        }

        let mut loader = self.loader.unwrap_or_default().as_bytes().to_vec();
        loader.push(0);
        let mut sections: Vec<(&str, u32, u32, Vec<u8>)> = vec![
            ("", 0, 0, Vec::new()),
            (".dynstr", 3, 0, Vec::new()),
            (".dynamic", 6, 1, dynamic),
            (".interp", 1, 0, loader.clone()),
        ];
        if self.versions_section {
            sections.push((".gnu.version_r", 0x6fff_fffe, 1, versions));
        }
        if let Some((name, kind)) = self.section {
            sections.push((name, kind, 1, Vec::new()));
        }
        let names: Vec<_> = sections.iter().map(|(name, ..)| strings.add(name)).collect();
        sections[1].3 = strings.0;

        let (header, program_headers) = (64_u64, u64::from(self.loader.is_some()));
        let mut body = Vec::new();
        let mut offsets = Vec::new();
        for (_, _, _, data) in &sections {
            offsets.push(header + program_headers * 56 + body.len() as u64);
            body.extend_from_slice(data);
            body.resize(body.len().next_multiple_of(8), 0);
        }
        let section_headers = header + program_headers * 56 + body.len() as u64;

        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(16, 0);
        for value in [3, self.machine] {
            file.extend(value.to_le_bytes());
        }
        file.extend(1_u32.to_le_bytes());
        for value in [0, if program_headers == 0 { 0 } else { header }, section_headers] {
            file.extend(value.to_le_bytes());
        }
        file.extend(0_u32.to_le_bytes());
        let section_count = u16::try_from(sections.len()).unwrap();
        for value in [64, 56, u16::try_from(program_headers).unwrap(), 64, section_count, 1] {
            file.extend(value.to_le_bytes());
        }
        if program_headers == 1 {
            file.extend([3_u32, 4].iter().flat_map(|value| value.to_le_bytes()));
            let size = loader.len() as u64;
            let fields = [offsets[3], 0, 0, size, size, 1];
            file.extend(fields.iter().flat_map(|value| value.to_le_bytes()));
        }
        file.extend(body);
        for (index, (_, kind, link, data)) in sections.iter().enumerate() {
            file.extend([names[index], *kind].iter().flat_map(|value| value.to_le_bytes()));
            let fields = [0, 0, offsets[index], data.len() as u64];
            file.extend(fields.iter().flat_map(|value| value.to_le_bytes()));
            file.extend([*link, 0].iter().flat_map(|value| value.to_le_bytes()));
            file.extend([1_u64, 0].iter().flat_map(|value| value.to_le_bytes()));
        }
        file
    }
}

/// A table of strings, each ended by a zero.
struct Strings(Vec<u8>);

impl Default for Strings {
    fn default() -> Self {
        Self(vec![0])
    }
}

impl Strings {
    fn add(&mut self, text: &str) -> u32 {
        let offset = u32::try_from(self.0.len()).unwrap();
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
        offset
    }
}
