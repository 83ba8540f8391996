//! Which CPU runs what: the measured process has one, and the harness with all that it plays another.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Two CPUs of this machine. What the calling thread starts meanwhile belongs to the harness, unless it is started
/// [`Cpus::beside`] it. The thread may run anywhere again when this is dropped.
pub(super) struct Cpus {
    before: CpuSet,
    harness: usize,
    measured: usize,
}

impl Cpus {
    /// Puts the calling thread on the harness's CPU.
    pub(super) fn take() -> io::Result<Self> {
        let before = sched_getaffinity(None)?;
        let (harness, measured) =
            choose(&before).ok_or_else(|| io::Error::other("no CPU is allowed to this thread"))?;
        let cpus = Self { before, harness, measured };
        sched_setaffinity(None, &only(harness))?;
        Ok(cpus)
    }

    /// Whether there are two: with one, the harness takes its time from what it measures.
    pub(super) fn are_two(&self) -> bool {
        self.harness != self.measured
    }

    /// Starts something on the measured CPU: a process keeps the CPU of the thread that starts it.
    pub(super) fn beside<T>(&self, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        sched_setaffinity(None, &only(self.measured))?;
        let started = start();
        sched_setaffinity(None, &only(self.harness))?;
        started
    }
}

impl Drop for Cpus {
    fn drop(&mut self) {
        // What was allowed before is allowed now.
        let _ = sched_setaffinity(None, &self.before);
    }
}

/// The first and the last: the first is where the system's own work tends to be done.
fn choose(allowed: &CpuSet) -> Option<(usize, usize)> {
    let mut cpus = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
    let first = cpus.next()?;
    Some((first, cpus.next_back().unwrap_or(first)))
}

fn only(cpu: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(cpu);
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(allowed: &[usize], expected: Option<(usize, usize)>) {
        let mut set = CpuSet::new();
        for cpu in allowed {
            set.set(*cpu);
        }
        assert_eq!(choose(&set), expected);
    }

    #[test]
    fn two_cpus_are_taken_where_there_are_two() {
        check(&[0, 1], Some((0, 1)));
        check(&[2, 5, 7], Some((2, 7)));
        check(&[3], Some((3, 3)));
        check(&[], None);
    }

    #[test]
    fn the_thread_may_run_where_it_could_before() {
        let before = sched_getaffinity(None).unwrap();
        let cpus = Cpus::take().unwrap();
        let measured = cpus.beside(|| Ok(sched_getaffinity(None)?)).unwrap();
        assert!(measured == only(cpus.measured));
        assert!(sched_getaffinity(None).unwrap() == only(cpus.harness));
        drop(cpus);
        assert!(sched_getaffinity(None).unwrap() == before);
    }
}
