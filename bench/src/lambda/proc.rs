//! What Linux tells of a process: the time that it has run, and the memory that it has.
//! (Linux kernel documentation, "sched-stats" and "The /proc Filesystem")

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

/// The CPU time of all threads that the process has.
pub(super) fn cpu_time(process: u32) -> io::Result<Duration> {
    let mut total = Duration::ZERO;
    for thread in fs::read_dir(folder(process).join("task"))? {
        match fs::read_to_string(thread?.path().join("schedstat")) {
            Ok(text) => total += ran(&text).ok_or_else(|| malformed("schedstat"))?,
            // One that has just ended.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    /// What is there now.
    pub(super) resident: u64,
    /// The most that was there.
    pub(super) peak: u64,
}

/// The memory of the process.
pub(super) fn memory(process: u32) -> io::Result<Memory> {
    memory_of(&fs::read_to_string(folder(process).join("status"))?)
        .ok_or_else(|| malformed("status"))
}

fn folder(process: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{process}"))
}

/// `TIME-ON-CPU TIME-WAITING TIMESLICES`, the times in nanoseconds.
fn ran(schedstat: &str) -> Option<Duration> {
    schedstat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn memory_of(status: &str) -> Option<Memory> {
    let kibibytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    Some(Memory { resident: kibibytes("VmRSS:")? * 1_024, peak: kibibytes("VmHWM:")? * 1_024 })
}

fn malformed(file: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("/proc/PID/{file} has another form"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_is_the_time_on_a_cpu() {
        assert_eq!(ran("24937421 169210 45\n"), Some(Duration::from_nanos(24_937_421)));
        assert_eq!(ran(""), None);
        assert_eq!(ran("x 1 2"), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let status =
            "Name:\tsign-fn\nVmPeak:\t   99999 kB\nVmHWM:\t    8004 kB\nVmRSS:\t    8000 kB\n";
        let expected = Memory { resident: 8_192_000, peak: 8_196_096 };
        assert_eq!(memory_of(status), Some(expected));
        assert_eq!(memory_of("VmHWM:\t 8004 kB\n"), None, "a process that has ended has none");
    }

    #[test]
    fn this_process_has_run_and_has_memory() {
        let process = std::process::id();
        assert!(cpu_time(process).unwrap() > Duration::ZERO);
        let memory = memory(process).unwrap();
        assert!(memory.resident > 0 && memory.peak >= memory.resident, "{memory:?}");
    }
}
