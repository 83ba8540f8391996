//! The figures of `bench/results` where the documents quote them.

use std::io;
use std::path::Path;

/// Puts them in.
pub(super) fn write(_workspace: &Path) -> io::Result<()> {
    Ok(())
}
