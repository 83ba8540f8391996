//! What the kernel says of a process: its time on the processor, its memory, its children. (proc(5))

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::time::Duration;

/// A process's memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// What is in memory now.
    pub resident: u64,
    /// The most that ever was.
    pub peak: u64,
}

/// How long the threads of a process have run so far, user's and system's time together, to the nanosecond.
/// A thread that has ended is not counted any more.
///
/// # Errors
///
/// Where there is no such process, or the kernel does not count.
pub fn cpu_time(process: u32) -> io::Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        match fs::read_to_string(thread?.path().join("schedstat")) {
            Ok(text) => sum += running_time(&text).ok_or_else(|| malformed("schedstat", &text))?,
            // It has ended since.
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sum)
}

/// The memory of a process.
///
/// # Errors
///
/// Where there is no such process.
pub fn memory(process: u32) -> io::Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    memory_of(&text).ok_or_else(|| malformed("status", &text))
}

/// The processes that a process has started, and those that they have, and so on.
///
/// # Errors
///
/// Where `/proc` cannot be read.
pub fn descendants(process: u32) -> io::Result<Vec<u32>> {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        match fs::read_to_string(format!("/proc/{id}/stat")) {
            Ok(text) => {
                parents.insert(id, parent(&text).ok_or_else(|| malformed("stat", &text))?);
            }
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(below(process, &parents))
}

/// `RUNNING WAITING TIMESLICES`, the first two in nanoseconds.
fn running_time(schedstat: &str) -> Option<Duration> {
    let nanoseconds = schedstat.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// `VmRSS:    5432 kB` and `VmHWM`, among others.
fn memory_of(status: &str) -> Option<Memory> {
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1_024)
    };
    Some(Memory { resident: bytes("VmRSS")?, peak: bytes("VmHWM")? })
}

/// `ID (NAME) STATE PARENT …`; the name may hold anything, also blanks and brackets.
fn parent(stat: &str) -> Option<u32> {
    let (_, behind) = stat.rsplit_once(')')?;
    behind.split_whitespace().nth(1)?.parse().ok()
}

/// All that have `process` among their ancestors.
fn below(process: u32, parents: &BTreeMap<u32, u32>) -> Vec<u32> {
    let mut found = vec![process];
    let mut next = 0;
    while let Some(one) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(_, parent)| **parent == one).map(|(id, _)| *id));
        next += 1;
    }
    found.split_off(1)
}

/// Whether a process has ended: one that does so while it is read is not there, or says so (ESRCH).
#[must_use]
pub fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

fn malformed(file: &str, text: &str) -> io::Error {
    let message = format!("/proc's {file} is not as proc(5) has it: {text:?}");
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};

    use super::*;

    #[test]
    fn the_running_time_comes_first() {
        let check = |text, expected: Option<u64>| {
            assert_eq!(running_time(text), expected.map(Duration::from_nanos), "{text}");
        };
        check("537422 101728 2\n", Some(537_422));
        check("0 0 0\n", Some(0));
        check("", None);
        check("-1 0 0", None);
    }

    #[test]
    fn memory_is_what_is_resident_and_was_at_most() {
        let check = |text, expected: Option<(u64, u64)>| {
            let expected = expected.map(|(resident, peak)| Memory { resident, peak });
            assert_eq!(memory_of(text), expected, "{text}");
        };
        check(
            "Name:\tcat\nVmHWM:\t    1800 kB\nVmRSS:\t    1700 kB\n",
            Some((1_740_800, 1_843_200)),
        );
        // A kernel thread, or one that has ended.
        check("Name:\tkthreadd\nState:\tS (sleeping)\n", None);
        check("VmHWM:\t1 MB\nVmRSS:\t1 kB\n", None);
    }

    #[test]
    fn a_parent_is_found_behind_any_name() {
        let check = |text, expected| assert_eq!(parent(text), expected, "{text}");
        check("12 (cat) R 7 12 7 0", Some(7));
        check("12 (a b) c) S 8 12", Some(8));
        check("12 (tricky) S 1 (x) S 9 12", Some(9));
        check("12 cat R 7", None);
        check("12 (cat) R", None);
    }

    #[test]
    fn descendants_are_children_and_theirs() {
        let parents = BTreeMap::from([(2, 1), (3, 2), (4, 3), (5, 1), (6, 9)]);
        let check = |process, expected: &[u32]| assert_eq!(below(process, &parents), expected);
        check(1, &[2, 5, 3, 4]);
        check(2, &[3, 4]);
        check(4, &[]);
        check(9, &[6]);
        check(77, &[]);
    }

    /// Ends when its standard input does.
    fn child() -> Child {
        let mut command = Command::new("cat");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
    }

    #[test]
    fn a_child_has_memory_and_is_found() {
        let mut child = child();
        let memory = memory(child.id()).unwrap();
        assert!(memory.resident > 0 && memory.peak >= memory.resident, "{memory:?}");
        assert!(descendants(std::process::id()).unwrap().contains(&child.id()));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(is_gone(&cpu_time(child.id()).unwrap_err()));
    }

    #[test]
    fn work_takes_time_on_the_processor() {
        let process = std::process::id();
        let before = cpu_time(process).unwrap();
        let mut sum = 0_u64;
        // The kernel counts at every turn of the scheduler: it is asked until it has.
        for _ in 0..1_000_000 {
            if cpu_time(process).unwrap() > before {
                break;
            }
            sum = (0..10_000).fold(sum, |sum, number| std::hint::black_box(sum ^ number));
        }
        assert!(cpu_time(process).unwrap() > before);
    }
}
