//! On which processor something runs, and how many files it may open.

use std::io;
use std::marker::PhantomData;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processors that this thread may run on, by their numbers.
///
/// # Errors
///
/// The system's.
pub fn processors() -> io::Result<Vec<usize>> {
    let set = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|processor| set.is_set(*processor)).collect())
}

/// This thread runs on one processor until this is dropped, and so does what it starts meanwhile: threads and
/// processes inherit it.
pub struct Pinned {
    before: CpuSet,
    /// It is of the thread that made it.
    _not_send: PhantomData<*const ()>,
}

impl Pinned {
    /// Pins this thread to `processor`.
    ///
    /// # Errors
    ///
    /// The system's, as where there is no such processor.
    pub fn to(processor: usize) -> io::Result<Self> {
        let before = sched_getaffinity(None)?;
        let mut only = CpuSet::new();
        only.set(processor);
        sched_setaffinity(None, &only)?;
        Ok(Self { before, _not_send: PhantomData })
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // It was allowed before; where it no longer is, the thread stays where it is.
        let _ = sched_setaffinity(None, &self.before);
    }
}

/// Lets this process, and those that it starts, open as many files as the system allows; gives the number.
///
/// # Errors
///
/// The system's.
pub fn raise_open_files() -> io::Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    Ok(limit.maximum.unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_pinned_thread_starts_processes_on_its_processor() {
        let before = processors().unwrap();
        let last = *before.last().unwrap();
        let pinned = Pinned::to(last).unwrap();
        assert_eq!(processors().unwrap(), [last]);
        let output = Command::new("cat").arg("/proc/self/status").output().unwrap();
        let status = String::from_utf8(output.stdout).unwrap();
        let line = status.lines().find(|line| line.starts_with("Cpus_allowed_list:")).unwrap();
        assert_eq!(line.split_whitespace().last(), Some(last.to_string().as_str()));
        drop(pinned);
        assert_eq!(processors().unwrap(), before);
    }

    #[test]
    fn the_limit_of_open_files_is_raised_to_what_the_system_allows() {
        let most = raise_open_files().unwrap();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
        assert_eq!(limit.current.unwrap_or(u64::MAX), most);
    }
}
