//! The directory of the sockets: the user's own, closed to everybody else.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::process::geteuid;
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

use super::PATIENCE;

/// The rights of the directory: the user's alone.
const MODE: u32 = 0o700;

/// Between two tries to lock it: nobody is told when it becomes free.
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// The ending of a socket's name.
const ENDING: &str = ".sock";

/// Where the sockets of one user's running stacks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    path: PathBuf,
    /// The user's number.
    owner: u32,
}

/// Why a directory is not used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It cannot be made or looked at.
    #[error("cannot use the directory {}", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// Something else has its name, such as a link to another directory.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// Somebody else made it.
    #[error("{} belongs to another user", .0.display())]
    NotOurs(PathBuf),
    /// Others may look into it.
    #[error("{} is open to other users: its mode is {mode:o}, expected {MODE:o}", .path.display())]
    Open {
        /// The directory.
        path: PathBuf,
        /// Its rights.
        mode: u32,
    },
}

/// A socket: its file, and the ports of the WebSocket APIs of its stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Socket {
    pub(super) path: PathBuf,
    pub(super) ports: Vec<u16>,
}

impl Socket {
    /// A connection to whoever listens; `None` when nobody does, as where a stack was killed.
    pub(super) async fn connect(&self) -> io::Result<Option<UnixStream>> {
        match UnixStream::connect(&self.path).await {
            Ok(stream) => Ok(Some(stream)),
            Err(error) => match error.kind() {
                io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Ok(None),
                _ => Err(error),
            },
        }
    }
}

impl Directory {
    /// `countersign` in the user's runtime directory (`$XDG_RUNTIME_DIR`), or else, in the directory for
    /// temporary files, one that has the user's number in its name.
    pub fn new(runtime: Option<&Path>, temporary: &Path) -> Self {
        let owner = geteuid().as_raw();
        let path = match runtime {
            Some(runtime) => runtime.join("countersign"),
            None => temporary.join(format!("countersign-{owner}")),
        };
        Self { path, owner }
    }

    /// Makes the directory where there is none.
    ///
    /// # Errors
    ///
    /// See [`DirectoryError`].
    pub(super) fn make(&self) -> Result<(), DirectoryError> {
        match DirBuilder::new().mode(MODE).create(&self.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(DirectoryError::Io(self.path.clone(), error)),
        }
        self.look().and_then(|found| self.check(&found))
    }

    /// Keeps others who lock it waiting until what is returned is dropped; waits for them itself, though not
    /// for long: one that was stopped may hold it for ever.
    ///
    /// # Errors
    ///
    /// See [`DirectoryError`].
    pub(super) async fn lock(&self) -> Result<File, DirectoryError> {
        let lock = async {
            let directory = File::open(&self.path)?;
            while let Err(error) = flock(&directory, FlockOperation::NonBlockingLockExclusive) {
                if error != Errno::WOULDBLOCK {
                    return Err(error.into());
                }
                sleep(BETWEEN_TRIES).await;
            }
            Ok(directory)
        };
        let locked = timeout(PATIENCE, lock).await;
        let locked = locked.unwrap_or_else(|_| Err(io::ErrorKind::WouldBlock.into()));
        locked.map_err(|error| DirectoryError::Io(self.path.clone(), error))
    }

    /// Every socket in it, by its first port; none where there is no directory.
    ///
    /// # Errors
    ///
    /// See [`DirectoryError`].
    pub(super) fn sockets(&self) -> Result<Vec<Socket>, DirectoryError> {
        match self.look() {
            Err(DirectoryError::Io(_, error)) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Vec::new());
            }
            found => self.check(&found?)?,
        }
        let cannot = |error| DirectoryError::Io(self.path.clone(), error);
        let mut sockets = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            if let Some(ports) = path.file_name().and_then(|name| ports(name.to_str()?)) {
                sockets.push(Socket { path, ports });
            }
        }
        sockets.sort_by(|one, other| one.ports.cmp(&other.ports));
        Ok(sockets)
    }

    /// Where it is.
    pub(super) fn as_path(&self) -> &Path {
        &self.path
    }

    /// The file of the socket of a stack whose WebSocket APIs have these ports.
    pub(super) fn path(&self, ports: &[u16]) -> PathBuf {
        let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
        self.path.join(ports.join("-") + ENDING)
    }

    /// A file beside the sockets that is none of them, and of this process alone.
    pub(super) fn draft(&self) -> PathBuf {
        self.path.join(format!("{}.new", std::process::id()))
    }

    /// What has the directory's name; a link is not followed.
    fn look(&self) -> Result<Metadata, DirectoryError> {
        fs::symlink_metadata(&self.path)
            .map_err(|error| DirectoryError::Io(self.path.clone(), error))
    }

    fn check(&self, found: &Metadata) -> Result<(), DirectoryError> {
        let mode = found.mode() & 0o777;
        if !found.is_dir() {
            Err(DirectoryError::NotADirectory(self.path.clone()))
        } else if found.uid() != self.owner {
            Err(DirectoryError::NotOurs(self.path.clone()))
        } else if mode & !MODE != 0 {
            Err(DirectoryError::Open { path: self.path.clone(), mode })
        } else {
            Ok(())
        }
    }
}

/// `3001-40123.sock` → 3001, 40123
fn ports(name: &str) -> Option<Vec<u16>> {
    name.strip_suffix(ENDING)?.split('-').map(|port| port.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::control::tests::Folder;

    #[test]
    fn it_is_the_users_own_in_the_runtime_directory_or_else_beside_temporary_files() {
        let (runtime, temporary) = (Path::new("/run/user/7"), Path::new("/tmp"));
        let directory = Directory::new(Some(runtime), temporary);
        assert_eq!(directory.path, Path::new("/run/user/7/countersign"));
        let directory = Directory::new(None, temporary);
        assert_eq!(directory.path, Path::new(&format!("/tmp/countersign-{}", geteuid().as_raw())));
    }

    #[test]
    fn it_is_made_closed_to_others_and_found_again() {
        let folder = Folder::new();
        let directory = Directory::new(Some(folder.path()), folder.path());
        assert_eq!(directory.sockets().unwrap(), [], "nothing is there, and nothing is made");
        assert!(!directory.path.exists());
        for _ in 0..2 {
            directory.make().unwrap();
            assert_eq!(fs::metadata(&directory.path).unwrap().mode() & 0o777, MODE);
        }
    }

    #[test]
    fn one_that_is_not_the_users_own_is_refused() {
        let folder = Folder::new();
        let directory = Directory::new(Some(folder.path()), folder.path());
        let check = |directory: &Directory, expected: &str| {
            for refused in [directory.make(), directory.sockets().map(drop)] {
                let message = refused.unwrap_err().to_string();
                assert!(message.ends_with(expected), "{message}");
            }
        };
        directory.make().unwrap();
        let anothers = Directory { owner: directory.owner + 1, ..directory.clone() };
        check(&anothers, "/countersign belongs to another user");
        fs::set_permissions(&directory.path, fs::Permissions::from_mode(0o750)).unwrap();
        check(&directory, "/countersign is open to other users: its mode is 750, expected 700");
        fs::remove_dir(&directory.path).unwrap();
        symlink(folder.path(), &directory.path).unwrap();
        check(&directory, "/countersign is not a directory");
    }

    #[test]
    fn a_name_says_the_ports() {
        let check = |name, expected: Option<&[u16]>| {
            assert_eq!(ports(name).as_deref(), expected, "{name}");
        };
        check("3001.sock", Some(&[3001]));
        check("3001-40123.sock", Some(&[3001, 40123]));
        check("3001", None);
        check("70000.sock", None);
        check(".sock", None);
        check("12.new", None);
        let directory = Directory { path: PathBuf::from("d"), owner: 0 };
        assert_eq!(directory.path(&[3001, 40123]), Path::new("d/3001-40123.sock"));
    }
}
