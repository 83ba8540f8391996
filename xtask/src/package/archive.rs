//! The zip file that Lambda takes: one program named `bootstrap`, the same bytes for the same program.

use std::borrow::Cow;
use std::io::{Cursor, Read, Write};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

/// What Lambda starts. (AWS Lambda Developer Guide, "Building a custom runtime for AWS Lambda")
const ENTRY: &str = "bootstrap";
/// Anyone may run it: Lambda does so as a user of its own. (AWS Lambda Developer Guide, "Working with
/// .zip file archives": read permission for all, for a program execute permission too)
const MODE: u32 = 0o755;
/// The smallest zip: a function's start waits for its download.
const LEVEL: i64 = 9;
/// Lambda's limit of an unpacked function, 250 MB. (AWS Lambda Developer Guide, "Lambda quotas")
const UNPACKED_LIMIT: u64 = 250 * 1024 * 1024;

/// Why a zip file is not one that Lambda can run, or that `write` has not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Not a zip file, or a broken one.
    #[error("is not a readable zip file")]
    Unreadable(#[source] ZipError),
    /// The program could not be unpacked.
    #[error("has an entry that cannot be unpacked")]
    Unpacking(#[source] std::io::Error),
    /// More than the program, or less.
    #[error("has the entries {0:?}, expected {ENTRY:?} alone")]
    Entries(Vec<String>),
    /// The program may not be run, or anyone may change it.
    #[error("has {ENTRY:?} with mode {0:o}, expected {MODE:o}")]
    Mode(u32),
    /// Too large for Lambda.
    #[error("unpacks to more than {UNPACKED_LIMIT} bytes")]
    TooLarge,
    /// Made by something else: another time, another compression.
    #[error("is not, byte for byte, what is made of its {ENTRY:?}: package it again")]
    OtherBytes,
}

/// The zip file of `program`. Neither the time nor the machine has a part in its bytes.
///
/// # Errors
///
/// Where the program is too large for a zip file without extensions (4 GiB).
pub(crate) fn write(program: &[u8]) -> Result<Vec<u8>, ZipError> {
    let options = SimpleFileOptions::default()
        .system(System::Unix)
        .unix_permissions(MODE)
        .last_modified_time(DateTime::DEFAULT)
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(ENTRY, options)?;
    writer.write_all(program)?;
    Ok(writer.finish()?.into_inner())
}

/// The program in a zip file that [`write()`] has written.
///
/// # Errors
///
/// See [`Fault`].
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(Fault::Unreadable)?;
    let names = archive.file_names().map(|name| name.map(Cow::into_owned));
    let names = names.collect::<Result<Vec<_>, _>>().map_err(Fault::Unreadable)?;
    if names != [ENTRY] {
        return Err(Fault::Entries(names));
    }
    let entry = archive.by_index(0).map_err(Fault::Unreadable)?;
    let mode = entry.unix_mode().unwrap_or_default() & 0o7777;
    if mode != MODE {
        return Err(Fault::Mode(mode));
    }
    let mut program = Vec::new();
    entry.take(UNPACKED_LIMIT + 1).read_to_end(&mut program).map_err(Fault::Unpacking)?;
    if program.len() as u64 > UNPACKED_LIMIT {
        return Err(Fault::TooLarge);
    }
    match write(&program) {
        Ok(own) if own == bytes => Ok(program),
        Ok(_) => Err(Fault::OtherBytes),
        Err(error) => Err(Fault::Unreadable(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let program = [b"\x7fELF".as_slice(), &[7; 100_000]].concat();
        let zip = write(&program).unwrap();
        assert!(zip.len() < 1_000, "{} bytes", zip.len());
        assert_eq!(read(&zip).unwrap(), program);
        assert_eq!(write(&program).unwrap(), zip, "the same bytes again");
    }

    #[test]
    fn it_is_what_the_format_says() {
        // PKWARE's APPNOTE.TXT, 4.3.7 and 4.3.12: two headers with version, flags, method, time and date.
        let zip = write(b"program").unwrap();
        let local = &zip[..30];
        assert_eq!(&local[..4], b"PK\x03\x04");
        assert_eq!(&local[8..10], [8, 0], "deflate");
        assert_eq!(&local[10..14], [0, 0, 0x21, 0], "midnight of the first of January 1980");
        assert_eq!(&zip[30..39], b"bootstrap");
        let central = zip.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        let central = &zip[central..];
        assert_eq!(central[5], 3, "made on Unix");
        assert_eq!(&central[40..42], (0o100_755_u16).to_le_bytes(), "a file that all may run");
    }

    #[test]
    fn another_zip_is_refused() {
        let check = |entries: &[(&str, u32, i64)], expected: &str| {
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            for (name, mode, level) in entries {
                let options = SimpleFileOptions::default()
                    .system(System::Unix)
                    .unix_permissions(*mode)
                    .compression_level(Some(*level));
                writer.start_file(*name, options).unwrap();
                // A text that the levels compress differently.
                let text: Vec<_> =
                    (0..20_000_u32).flat_map(|n| (n % 997 * n).to_le_bytes()).collect();
                writer.write_all(&text).unwrap();
            }
            let zip = writer.finish().unwrap().into_inner();
            assert_eq!(read(&zip).unwrap_err().to_string(), expected, "{entries:?}");
        };
        check(&[], "has the entries [], expected \"bootstrap\" alone");
        check(
            &[("program", 0o755, 9)],
            "has the entries [\"program\"], expected \"bootstrap\" alone",
        );
        let two = [("bootstrap", 0o755, 9), ("more", 0o755, 9)];
        check(&two, "has the entries [\"bootstrap\", \"more\"], expected \"bootstrap\" alone");
        check(&[("bootstrap", 0o644, 9)], "has \"bootstrap\" with mode 644, expected 755");
        check(&[("bootstrap", 0o777, 9)], "has \"bootstrap\" with mode 777, expected 755");
        let other = "is not, byte for byte, what is made of its \"bootstrap\": package it again";
        check(&[("bootstrap", 0o755, 1)], other);
    }

    #[test]
    fn a_broken_zip_is_refused() {
        let zip = write(b"program").unwrap();
        for length in 0..zip.len() {
            read(&zip[..length]).unwrap_err();
        }
        let mut changed = zip.clone();
        // A byte of the program.
        changed[41] ^= 1;
        read(&changed).unwrap_err();
        read(b"program").unwrap_err();
    }
}
