//! The programs under test, built once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use local::functions::build::{self, Profile};
use tokio::sync::OnceCell;

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The Lambda programs, by package.
pub async fn built() -> &'static BTreeMap<String, PathBuf> {
    static PROGRAMS: OnceCell<BTreeMap<String, PathBuf>> = OnceCell::const_new();
    PROGRAMS.get_or_init(|| build(&["sign-fn", "ws-connect", "ws-default", "ws-disconnect"])).await
}

/// The `countersign` command. Built apart from the functions: together, cargo would give them the
/// command's features of the crates that they share, and `countersign` itself would build them anew.
pub async fn countersign() -> &'static Path {
    static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();
    PROGRAM.get_or_init(async || build(&["local"]).await.remove("local").unwrap()).await
}

/// `cargo xtask`, built apart for the same reason.
pub async fn xtask() -> &'static Path {
    static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();
    PROGRAM.get_or_init(async || build(&["xtask"]).await.remove("xtask").unwrap()).await
}

async fn build(packages: &[&str]) -> BTreeMap<String, PathBuf> {
    let packages = packages.iter().map(|package| (*package).to_owned()).collect::<BTreeSet<_>>();
    build::programs(workspace(), &packages, Profile::Dev)
        .await
        .unwrap_or_else(|error| panic!("{}", local::report::chain(&error)))
}
