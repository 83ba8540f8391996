//! What the figures were measured on, as Linux tells of it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Serialize;

use crate::workplace::Workplace;

/// A machine with more to do than this beside us gives other figures.
const QUIET: f64 = 0.05;
/// How long its load is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// What is not known.
const UNKNOWN: &str = "unknown";

/// One machine, with what is installed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    /// The processor's own name for itself.
    pub processor: String,
    /// How many of it a program may use.
    pub processors: usize,
    /// Whether it computes SHA-256 by instructions of its own.
    pub sha_instructions: bool,
    /// In bytes.
    pub memory: u64,
    /// Linux's version.
    pub kernel: String,
    /// What compiled the programs.
    pub rust: String,
    /// Node's version.
    pub node: String,
    /// Python's version.
    pub python: String,
    /// The share of all processors that others used just before, from 0 to 1.
    pub load: f64,
}

impl Machine {
    /// Asks the machine. `rust` is the compiler's version.
    #[must_use]
    pub fn ask(workplace: &Workplace, rust: &str) -> Self {
        let information = read("/proc/cpuinfo");
        let memory = field(&read("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        let has_node = workplace.node.is_ok() || workplace.signers.is_ok();
        let python = workplace.python.as_deref().ok();
        Self {
            processor: processor(&information),
            processors: std::thread::available_parallelism().map_or(0, Into::into),
            sha_instructions: has_sha_instructions(&information),
            memory: memory.unwrap_or_default() * 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rust: rust.to_owned(),
            node: if has_node { version(Path::new("node")) } else { UNKNOWN.to_owned() },
            python: python.map_or_else(|| UNKNOWN.to_owned(), version),
            load: load(),
        }
    }

    /// Whether others have so much to do that the figures are not to be believed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.load > QUIET
    }

    /// In a paragraph of Markdown.
    #[must_use]
    pub fn describe(&self) -> String {
        let Self { processor, processors, kernel, rust, node, python, .. } = self;
        let sha = if self.sha_instructions { "with" } else { "without" };
        #[expect(clippy::cast_precision_loss, reason = "a digit behind the point is shown")]
        let memory = self.memory as f64 / f64::from(1 << 30);
        let mut text = format!(
            "{processors} × {processor} ({sha} SHA instructions), {memory:.1} GiB, Linux {kernel}, Rust {rust}, \
             Node.js {node}, Python {python}."
        );
        if self.is_busy() {
            text.push_str(&format!(
                " **Not a quiet machine: others used {:.0} % of it at the start.**",
                self.load * 100.0
            ));
        }
        text
    }
}

/// x86 has a name; arm64 has numbers, of whom made it and which it is.
/// (Linux, "arch/x86/kernel/cpu/proc.c", "arch/arm64/kernel/cpuinfo.c")
fn processor(information: &str) -> String {
    let named = || field(information, "model name").map(str::to_owned);
    let numbered = || {
        let [maker, part] = ["CPU implementer", "CPU part"].map(|name| field(information, name));
        Some(format!("arm64 processor {} of implementer {}", part?, maker?))
    };
    named().or_else(numbered).unwrap_or_else(|| UNKNOWN.to_owned())
}

fn has_sha_instructions(information: &str) -> bool {
    let has = |name, flag| {
        field(information, name).is_some_and(|flags| flags.split(' ').any(|other| other == flag))
    };
    has("flags", "sha_ni") || has("Features", "sha2")
}

/// Of a file that has lines of `name : value`, the first of that name.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (own, value) = line.split_once(':')?;
        (own.trim() == name).then(|| value.trim())
    })
}

/// The version of a program that says `v20.1.0` or `Python 3.13.1` when asked.
fn version(program: &Path) -> String {
    let output =
        Command::new(program).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let version = text.trim().trim_start_matches("Python ").trim_start_matches('v');
    if version.is_empty() { UNKNOWN.to_owned() } else { version.to_owned() }
}

/// What others use of the machine while this sleeps.
fn load() -> f64 {
    let before = times(&read("/proc/stat"));
    std::thread::sleep(LOOK);
    let after = times(&read("/proc/stat"));
    share(before, after)
}

/// How long the processors were idle, and how long there were any, since the start.
/// (proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal)
fn times(stat: &str) -> Option<(u64, u64)> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let numbers: Vec<u64> = line.split_whitespace().take(8).map_while(|n| n.parse().ok()).collect();
    Some((numbers.get(3)? + numbers.get(4)?, numbers.iter().sum()))
}

#[expect(clippy::cast_precision_loss, reason = "hundredths of a second, of one second")]
fn share(before: Option<(u64, u64)>, after: Option<(u64, u64)>) -> f64 {
    let (Some((idle, all)), Some((idle_after, all_after))) = (before, after) else { return 0.0 };
    let (idle, all) = (idle_after.saturating_sub(idle), all_after.saturating_sub(all));
    if all == 0 { 0.0 } else { 1.0 - idle as f64 / all as f64 }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_has_a_name() {
        let check = |information: &str, expected: &str, sha: bool| {
            assert_eq!(processor(information), expected);
            assert_eq!(has_sha_instructions(information), sha, "{information}");
        };
        let x86 = "processor\t: 0\nmodel name\t: AMD EPYC 7B13\nflags\t\t: fpu sha_ni avx2\n";
        check(x86, "AMD EPYC 7B13", true);
        check("model name\t: Old\nflags\t\t: fpu sha_nix\n", "Old", false);
        let arm = "Features\t: fp aes sha2\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n";
        check(arm, "arm64 processor 0xd40 of implementer 0x41", true);
        check("", "unknown", false);
    }

    #[test]
    fn the_load_is_what_was_not_idle() {
        let check = |before: &str, after: &str, expected: f64| {
            let share = share(times(before), times(after));
            assert!((share - expected).abs() < 1e-9, "{share}");
        };
        let before = "cpu  100 0 50 1000 10 0 0 0 7 7\ncpu0 1 1 1 1\n";
        check(before, "cpu  100 0 50 1200 10 0 0 0 9 9\n", 0.0);
        check(before, "cpu  125 0 75 1130 30 0 0 0 9 9\n", 0.25);
        check(before, before, 0.0);
        check("", "", 0.0);
    }

    #[test]
    fn a_busy_machine_says_so() {
        let machine = |load| Machine {
            processor: "AMD EPYC".to_owned(),
            processors: 2,
            sha_instructions: true,
            memory: 24 << 30,
            kernel: "6.1.0".to_owned(),
            rust: "1.95.0".to_owned(),
            node: "20.20.2".to_owned(),
            python: "3.11.7".to_owned(),
            load,
        };
        let quiet = "2 × AMD EPYC (with SHA instructions), 24.0 GiB, Linux 6.1.0, Rust 1.95.0, \
                     Node.js 20.20.2, Python 3.11.7.";
        assert_eq!(machine(0.01).describe(), quiet);
        let busy = " **Not a quiet machine: others used 38 % of it at the start.**";
        assert_eq!(machine(0.38).describe(), format!("{quiet}{busy}"));
    }

    #[test]
    fn a_program_tells_its_version() {
        let check =
            |program: &str, expected: &str| assert_eq!(version(Path::new(program)), expected);
        check("/nonexistent/node", UNKNOWN);
        // It is there wherever this was built, and says `rustc 1.95.0 (…)`.
        let rust = version(Path::new("rustc"));
        assert!(rust.starts_with("rustc 1."), "{rust}");
    }
}
