//! What the user sees at the end: a table.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{DEFAULT_ARCHITECTURE, Packaged};

/// The table on stdout.
#[expect(clippy::print_stdout, reason = "a command's result goes to stdout")]
pub(crate) fn print(packaged: &Packaged) {
    print!("{}", text(packaged));
}

/// The sizes with what Lambda calls `CodeSha256`, the same hashes as `sha256sum` has them, and what the
/// stack must be told. (AWS Lambda API Reference, "FunctionConfiguration": the hash of the deployment package,
/// in base64)
fn text(packaged: &Packaged) -> String {
    let mut text = format!(
        "{:<14}{:>13}{:>11}  CodeSha256\n",
        packaged.architecture.name(),
        "bootstrap",
        "zip"
    );
    let mut hashes = String::new();
    for zip in &packaged.zips {
        let hash = Sha256::digest(&zip.bytes);
        let (name, unpacked) = (zip.function, megabytes(zip.unpacked));
        let (size, code) = (megabytes(zip.bytes.len()), STANDARD.encode(hash));
        // Writing to a String does not fail.
        let _ = writeln!(text, "{name:<14}{unpacked:>13}{size:>11}  {code}");
        for byte in hash {
            let _ = write!(hashes, "{byte:02x}");
        }
        let _ = writeln!(hashes, "  target/lambda/{name}.zip");
    }
    text.push('\n');
    text.push_str(&hashes);
    let name = packaged.architecture.name();
    if !packaged.others.is_empty() {
        let others = packaged.others.join(", ");
        let _ = write!(
            text,
            "\nNot to be deployed like this: in target/lambda {others} is for another processor.\n\
             For all of them: cargo xtask package --arch {name}\n"
        );
    } else if packaged.architecture != DEFAULT_ARCHITECTURE {
        let _ = write!(text, "\nDeploy with --parameter-overrides Architecture={name}\n");
    }
    text
}

/// Of a million bytes, with two digits.
fn megabytes(bytes: usize) -> String {
    let hundredths = (bytes + 5_000) / 10_000;
    format!("{}.{:02} MB", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{Architecture, Zip};

    #[test]
    fn a_table_has_sizes_and_hashes() {
        let zips = vec![
            Zip { function: "sign-fn", unpacked: 6_708_416, bytes: b"abc".to_vec() },
            Zip { function: "ws-connect", unpacked: 4_999, bytes: Vec::new() },
        ];
        let packaged = Packaged { architecture: Architecture::X86_64, zips, others: Vec::new() };
        // The hash of "abc": FIPS 180-2, appendix B.1.
        let expected = "\
x86_64            bootstrap        zip  CodeSha256
sign-fn             6.71 MB    0.00 MB  ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=
ws-connect          0.00 MB    0.00 MB  47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  target/lambda/sign-fn.zip
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  target/lambda/ws-connect.zip

Deploy with --parameter-overrides Architecture=x86_64
";
        assert_eq!(text(&packaged), expected);
        let arm = Packaged { architecture: Architecture::Arm64, ..packaged };
        assert!(!text(&arm).contains("parameter-overrides"));
    }

    #[test]
    fn a_mixed_set_is_not_to_be_deployed() {
        let others = vec!["sign-fn", "ws-default"];
        let packaged = Packaged { architecture: Architecture::X86_64, zips: Vec::new(), others };
        let expected = "
Not to be deployed like this: in target/lambda sign-fn, ws-default is for another processor.
For all of them: cargo xtask package --arch x86_64
";
        let text = text(&packaged);
        assert!(text.ends_with(expected), "{text}");
        assert!(!text.contains("parameter-overrides"), "{text}");
    }
}
