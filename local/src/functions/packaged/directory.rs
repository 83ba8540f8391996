//! A directory of the user's alone, for as long as it is needed.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::randomness::Randomness;

/// The rights of the directory.
const MODE: u32 = 0o700;

/// A new directory that nobody else may look into. It goes, with all that is in it, when this is dropped.
#[derive(Debug)]
pub(super) struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    /// Makes one inside `parent`, under a name that nobody can foresee.
    ///
    /// # Errors
    ///
    /// What the system says, also where something has that name.
    pub(super) fn new(parent: &Path, randomness: &Randomness) -> io::Result<Self> {
        let path = parent.join(format!("countersign-functions-{}", randomness.uuid()));
        DirBuilder::new().mode(MODE).create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!("{} is left behind: {error}", self.0.display());
        }
    }
}
