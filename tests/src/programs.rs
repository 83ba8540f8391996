//! The programs under test, built once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use local::functions::build::{self, Profile};
use tokio::sync::OnceCell;

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The Lambda programs and the `countersign` command, by package.
pub async fn built() -> &'static BTreeMap<String, PathBuf> {
    static PROGRAMS: OnceCell<BTreeMap<String, PathBuf>> = OnceCell::const_new();
    PROGRAMS
        .get_or_init(async || {
            let packages = ["sign-fn", "ws-connect", "ws-default", "ws-disconnect"];
            let packages = BTreeSet::from(packages.map(ToOwned::to_owned));
            build::programs(workspace(), &packages, Profile::Dev)
                .await
                .unwrap_or_else(|error| panic!("{}", local::report::chain(&error)))
        })
        .await
}
