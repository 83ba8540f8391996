//! What of this machine a build knows, and must not leave in a program: its paths.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use super::architecture::Architecture;

/// Where things are, and which Rust is there.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// The root of this repository.
    pub(crate) workspace: PathBuf,
    /// What cargo downloads to.
    cargo_home: PathBuf,
    /// Whoever builds.
    home: Option<PathBuf>,
    /// What rustup keeps compilers in, where it is not in `home`.
    rustup_home: Option<PathBuf>,
    rust: Rust,
}

/// The compiler.
#[derive(Clone, Debug)]
struct Rust {
    release: String,
    commit: String,
    host: String,
    sysroot: PathBuf,
}

/// Why nothing is known of the machine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MachineError {
    /// No compiler.
    #[error("cannot run {0} (the functions are built with Rust)")]
    NoRust(String, #[source] io::Error),
    /// The compiler's answer cannot be read.
    #[error("{0} gives another answer than Rust's compiler does, expected {1}")]
    Answer(String, String),
    /// The compiler failed.
    #[error("{0} ended with {1}")]
    Failed(String, ExitStatus),
    /// Neither `CARGO_HOME` nor `HOME` is there.
    #[error("cannot tell where cargo keeps its downloads, expected CARGO_HOME or HOME to be set")]
    NoCargoHome,
}

impl Machine {
    /// Asks the environment and the compiler.
    ///
    /// # Errors
    ///
    /// See [`MachineError`].
    pub(crate) fn ask(workspace: PathBuf) -> Result<Self, MachineError> {
        let folder = |name| std::env::var_os(name).filter(|folder| !folder.is_empty());
        let home = folder("HOME").map(PathBuf::from);
        let rustup_home = folder("RUSTUP_HOME").map(PathBuf::from);
        let cargo_home = match (folder("CARGO_HOME"), &home) {
            (Some(cargo_home), _) => PathBuf::from(cargo_home),
            (None, Some(home)) => home.join(".cargo"),
            (None, None) => return Err(MachineError::NoCargoHome),
        };
        let version = ask_rustc(&["-vV"])?;
        let sysroot = PathBuf::from(ask_rustc(&["--print", "sysroot"])?.trim());
        let rust = Rust::read(&version, sysroot)?;
        Ok(Self { workspace, cargo_home, home, rustup_home, rust })
    }

    /// The same machine with the repository in another folder.
    pub(crate) fn at(&self, workspace: &Path) -> Self {
        Self { workspace: workspace.to_owned(), ..self.clone() }
    }

    /// The version of Rust: another one makes other bytes.
    pub(crate) fn rust(&self) -> &str {
        &self.rust.release
    }

    /// What Rust calls this machine.
    pub(crate) fn host(&self) -> &str {
        &self.rust.host
    }

    /// The architecture of this machine, where its programs are Lambda's.
    pub(crate) fn architecture(&self) -> Option<Architecture> {
        Architecture::ALL.into_iter().find(|architecture| architecture.target() == self.rust.host)
    }

    /// Whether Rust's standard library is there for `architecture`.
    ///
    /// # Errors
    ///
    /// See [`MachineError`].
    pub(crate) fn has_target(&self, architecture: Architecture) -> Result<bool, MachineError> {
        let folder = ask_rustc(&["--print", "target-libdir", "--target", architecture.target()])?;
        Ok(Path::new(folder.trim()).is_dir())
    }

    /// The compiler's flags that give each path of this machine in a program (a panic names its place) a
    /// name that is the same on every machine. The last one that fits is taken.
    /// (The rustc book, "Remap source paths")
    pub(crate) fn remapping(&self) -> Vec<OsString> {
        let mut paths = vec![
            (self.cargo_home.clone(), "/cargo".to_owned()),
            (self.workspace.clone(), "/countersign".to_owned()),
            // Where Rust's own sources are installed, they are named instead of this.
            (self.rust.library().join("src/rust"), format!("/rustc/{}", self.rust.commit)),
        ];
        // A folder a registry: the name depends on where the registry is.
        let registries = std::fs::read_dir(self.cargo_home.join("registry/src"));
        let registries = registries.into_iter().flatten().flatten();
        paths.extend(registries.map(|registry| (registry.path(), "/crates".to_owned())));
        let flag = |(path, name): (PathBuf, String)| {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(path);
            flag.push("=");
            flag.push(name);
            flag
        };
        paths.into_iter().map(flag).collect()
    }

    /// The paths of this machine that `program` names.
    pub(crate) fn traces(&self, program: &[u8]) -> Vec<PathBuf> {
        let library = self.rust.library();
        let folders = [&self.workspace, &self.cargo_home, &library].into_iter();
        let folders = folders.chain(&self.rustup_home).chain(&self.home);
        let mut found = Vec::new();
        for folder in folders.filter(|folder| folder.file_name().is_some()) {
            let mut prefix = folder.as_os_str().as_encoded_bytes().to_vec();
            prefix.push(b'/');
            if contains(program, &prefix) && !found.contains(folder) {
                found.push(folder.clone());
            }
        }
        found
    }
}

impl Rust {
    /// From the lines of `rustc -vV`.
    fn read(version: &str, sysroot: PathBuf) -> Result<Self, MachineError> {
        let field = |name: &'static str| {
            let line = version.lines().find_map(|line| line.strip_prefix(name));
            let expected = || format!("a line that begins with {name:?}");
            line.map(str::to_owned)
                .ok_or_else(|| MachineError::Answer("rustc -vV".to_owned(), expected()))
        };
        let (release, commit) = (field("release: ")?, field("commit-hash: ")?);
        Ok(Self { release, commit, host: field("host: ")?, sysroot })
    }

    /// The standard library's folder, and with rust-src that of its sources. The sysroot itself may be
    /// `/usr`, which every program names: its loader may be there.
    fn library(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib")
    }
}

/// What the compiler that cargo uses says.
fn ask_rustc(arguments: &[&str]) -> Result<String, MachineError> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let name = || format!("{} {}", rustc.display(), arguments.join(" "));
    let output = Command::new(&rustc)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| MachineError::NoRust(rustc.display().to_string(), error))?;
    if !output.status.success() {
        return Err(MachineError::Failed(name(), output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| MachineError::Answer(name(), "UTF-8".to_owned()))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        let version = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\ncommit-hash: 5980\n\
                       commit-date: 2026-04-14\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22";
        Machine {
            workspace: "/w/countersign".into(),
            cargo_home: "/home/ann/.cargo".into(),
            home: Some("/home/ann".into()),
            rustup_home: Some("/opt/rustup".into()),
            rust: Rust::read(version, "/opt/rust".into()).unwrap(),
        }
    }

    #[test]
    fn the_compiler_says_what_it_is() {
        let machine = machine();
        assert_eq!(machine.rust(), "1.95.0");
        assert_eq!(machine.architecture(), Some(Architecture::X86_64));
        let error = Rust::read("rustc 1.95.0", "/opt/rust".into()).unwrap_err().to_string();
        let expected = "rustc -vV gives another answer than Rust's compiler does, expected a line that \
                        begins with \"release: \"";
        assert_eq!(error, expected);
        let real = Machine::ask("/w".into()).unwrap();
        let own = real.architecture().expect("tests run on one of the two");
        assert!(real.has_target(own).unwrap());
    }

    #[test]
    fn every_path_gets_a_name() {
        let flags = machine().remapping();
        let flags: Vec<_> = flags.iter().map(|flag| flag.to_str().unwrap()).collect();
        let expected = [
            "--remap-path-prefix=/home/ann/.cargo=/cargo",
            "--remap-path-prefix=/w/countersign=/countersign",
            "--remap-path-prefix=/opt/rust/lib/rustlib/src/rust=/rustc/5980",
        ];
        assert_eq!(flags, expected);
    }

    #[test]
    fn a_path_of_the_machine_is_found() {
        let check = |program: &str, expected: &[&str]| {
            let found = machine().traces(program.as_bytes());
            assert_eq!(found, expected.iter().map(PathBuf::from).collect::<Vec<_>>(), "{program}");
        };
        check("src/main.rs /cargo/x.rs /countersign/y.rs", &[]);
        check("at /w/countersign/sign-fn/src/lib.rs:1", &["/w/countersign"]);
        check("at /home/ann/.cargo/registry/x.rs", &["/home/ann/.cargo", "/home/ann"]);
        check("/opt/rust/lib/rustlib/src/rust/library/x.rs", &["/opt/rust/lib/rustlib"]);
        check("/opt/rust/lib/rustlibs/", &[]);
        check("/opt/rustup/toolchains/stable/x.rs", &["/opt/rustup"]);
        // A container's user may live in the root.
        let root = Machine { home: Some("/".into()), ..machine() };
        assert_eq!(root.traces(b"/lib/x"), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_distributions_rust_may_live_in_usr() {
        let machine = machine();
        let machine = Machine { rust: Rust { sysroot: "/usr".into(), ..machine.rust }, ..machine };
        let check = |program: &str, expected: &[&str]| {
            let found = machine.traces(program.as_bytes());
            assert_eq!(found, expected.iter().map(PathBuf::from).collect::<Vec<_>>(), "{program}");
        };
        check("/usr/share/zoneinfo/ /usr/lib/ssl /usr/src/rustc-1.95.0/library/x.rs", &[]);
        check("/usr/lib/rustlib/src/rust/library/core/x.rs", &["/usr/lib/rustlib"]);
    }
}
