//! Packages that are made by hand, most of them wrong in one way.

use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::report;

/// Where a header of an entry has its flags, and its length when it is unpacked: in the directory at the end
/// of the file, and before the entry itself. (APPNOTE.TXT, "Central directory structure", "Local file header")
const CENTRAL: (&[u8], usize, usize) = (b"PK\x01\x02", 8, 24);
const LOCAL: (&[u8], usize, usize) = (b"PK\x03\x04", 6, 22);

/// A program's head for a machine, and something behind it.
fn program(machine: u8) -> Vec<u8> {
    let mut program = b"\x7fELF\x02\x01".to_vec();
    program.resize(elf::HEAD_BYTES + 300, 0);
    program[18] = machine;
    program
}

fn with_mode(mode: u32) -> SimpleFileOptions {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    options.unix_permissions(mode)
}

/// A zip file of what `write` puts into it.
fn zip(write: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    write(&mut writer);
    writer.finish().unwrap().into_inner()
}

/// A zip file of one file.
fn one(name: &str, mode: u32, contents: &[u8]) -> Vec<u8> {
    zip(|writer| add(writer, name, mode, contents))
}

fn add(writer: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, mode: u32, contents: &[u8]) {
    writer.start_file(name, with_mode(mode)).unwrap();
    writer.write_all(contents).unwrap();
}

/// Changes the headers of the one entry of a zip file.
fn change(archive: &mut [u8], field: fn(&(&'static [u8], usize, usize)) -> usize, value: &[u8]) {
    for header in [CENTRAL, LOCAL] {
        let starts = archive.windows(header.0.len()).position(|bytes| bytes == header.0);
        let at = starts.unwrap() + field(&header);
        archive[at..at + value.len()].copy_from_slice(value);
    }
}

/// What becomes of a package: the program that is unpacked, or what is said of it.
fn unpacked(package: &[u8]) -> Result<(Architecture, Vec<u8>), String> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let (process, number) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let name = format!("countersign-archive-test-{process}-{number}");
    let folder = std::env::temp_dir().join(name);
    fs::create_dir(&folder).unwrap();
    let (archive, program) = (folder.join("f.zip"), folder.join("bootstrap"));
    fs::write(&archive, package).unwrap();
    let outcome = unpack(&archive, &program).map(|built_for| {
        let found = fs::metadata(&program).unwrap();
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&found) & 0o777, MODE);
        (built_for, fs::read(&program).unwrap())
    });
    fs::remove_dir_all(&folder).unwrap();
    outcome.map_err(|error| report::chain(&error).to_string())
}

fn check_refused(package: &[u8], expected: &str) {
    let said = unpacked(package).expect_err("it is refused");
    assert!(said.contains(expected), "{said}");
}

#[test]
fn the_program_of_a_package_comes_out_as_it_went_in() {
    let check = |machine, expected| {
        let program = program(machine);
        let package = one("bootstrap", 0o755, &program);
        assert_eq!(unpacked(&package), Ok((expected, program)));
    };
    check(62, Architecture::X86_64);
    check(183, Architecture::Arm64);
}

#[test]
fn what_is_no_zip_file_is_refused() {
    check_refused(b"", "it is no zip file that can be read: ");
    check_refused(b"PK\x03\x04 and no more", "it is no zip file that can be read: ");
    let cut = one("bootstrap", 0o755, &program(62));
    check_refused(&cut[..cut.len() - 30], "it is no zip file that can be read: ");
}

#[test]
fn a_path_without_a_file_is_refused() {
    let check = |path: PathBuf, expected: &str| {
        let said = unpack(&path, Path::new("/nonexistent/bootstrap")).unwrap_err().to_string();
        assert!(said.starts_with(expected), "{said}");
    };
    check(PathBuf::from("/nonexistent/f.zip"), "there is no such file (");
    check(std::env::temp_dir(), "it is no file");
}

#[test]
fn a_package_holds_a_bootstrap_and_nothing_else() {
    let program = program(62);
    check_refused(&zip(|_| ()), "it has no bootstrap at its top");
    check_refused(&one("sign-fn", 0o755, &program), "it has no bootstrap at its top");
    check_refused(&one("release/bootstrap", 0o755, &program), "it has no bootstrap at its top");
    check_refused(&one("../bootstrap", 0o755, &program), "it has no bootstrap at its top");
    let folder = zip(|writer| writer.add_directory("bootstrap", with_mode(0o755)).unwrap());
    check_refused(&folder, "it has no bootstrap at its top");

    for name in ["../evil", "/etc/evil", "settings.json"] {
        let beside = zip(|writer| {
            add(writer, name, 0o644, b"{}");
            add(writer, "bootstrap", 0o755, &program);
        });
        let expected = "expected a bootstrap at its top and nothing else";
        check_refused(&beside, &format!("it holds {name:?}, {expected}"));
    }
    // The writer refuses a second one of the name: it gets it afterwards.
    let mut twice = zip(|writer| {
        add(writer, "bootstrap", 0o755, &program);
        add(writer, "bootstra_", 0o755, &program);
    });
    while let Some(at) = twice.windows(9).position(|bytes| bytes == b"bootstra_") {
        twice[at + 8] = b'p';
    }
    check_refused(&twice, "it holds more than one bootstrap");
}

#[test]
fn a_bootstrap_is_an_ordinary_file_that_everybody_may_execute() {
    let program = program(62);
    let link = zip(|writer| writer.add_symlink("bootstrap", "/bin/sh", with_mode(0o777)).unwrap());
    check_refused(&link, "its bootstrap is no ordinary file");
    for mode in [0o644, 0o700, 0o744, 0o711] {
        let expected = format!("its bootstrap has the mode {mode:o}, expected 755");
        check_refused(&one("bootstrap", mode, &program), &expected);
    }
    assert!(unpacked(&one("bootstrap", 0o555, &program)).is_ok());
}

#[test]
fn a_bootstrap_is_a_program_for_one_of_lambdas_machines() {
    let check = |contents: &[u8]| {
        let expected = "its bootstrap is no ELF program for arm64 or x86_64";
        check_refused(&one("bootstrap", 0o755, contents), expected);
    };
    check(b"");
    check(b"\x7fELF\x02\x01");
    check(b"#!/bin/sh\nexec /usr/bin/env true\n");
    // 32 bits; big endian; RISC-V.
    check(&[b"\x7fELF\x01\x01", &program(62)[6..]].concat());
    check(&[b"\x7fELF\x02\x02", &program(62)[6..]].concat());
    check(&program(243));
}

#[test]
fn a_bootstrap_in_cipher_is_refused() {
    let mut package = one("bootstrap", 0o755, &program(62));
    change(&mut package, |(_, flags, _)| *flags, &[1, 0]);
    check_refused(&package, "cannot read its bootstrap: ");
}

#[test]
fn a_bootstrap_longer_than_lambda_takes_is_refused() {
    let mut package = one("bootstrap", 0o755, &program(62));
    let length = u32::try_from(DEPLOYMENT_PACKAGE_BYTES).unwrap() + 1;
    change(&mut package, |(_, _, length)| *length, &length.to_le_bytes());
    let expected = "it holds 262144001 bytes, expected at most 262144000";
    check_refused(&package, expected);
}

#[test]
fn a_bootstrap_that_unpacks_to_more_than_it_says_is_refused() {
    let mut bomb = program(62);
    bomb.resize(10_000_000, 0);
    let mut package = one("bootstrap", 0o755, &bomb);
    assert!(package.len() < 20_000, "{}", package.len());
    change(&mut package, |(_, _, length)| *length, &1_000_u32.to_le_bytes());
    let expected =
        "cannot unpack its bootstrap: File is larger than its declared uncompressed size";
    check_refused(&package, expected);
}

#[test]
fn a_damaged_bootstrap_is_refused() {
    let program: Vec<_> = program(62);
    let options = with_mode(0o755).compression_method(CompressionMethod::Stored);
    let mut package = zip(|writer| {
        writer.start_file("bootstrap", options).unwrap();
        writer.write_all(&program).unwrap();
    });
    let at = package.windows(4).position(|bytes| bytes == b"\x7fELF").unwrap();
    package[at + 200] = 1;
    check_refused(&package, "cannot unpack its bootstrap: ");
}
