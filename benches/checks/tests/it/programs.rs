//! The programs of this repository, as built by the test run.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;

use rrd_checks::repository::root;

/// The folder with `rrd` and `rrd-collector`.
///
/// `cargo test --workspace` builds them before it runs a test. If only this package is tested, they
/// may be missing or old. So cargo builds them again, with options that reuse what the workspace
/// tests built.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let own = env::current_exe().expect("this test");
        let folder = own.ancestors().nth(2).expect("two folders above").to_owned();
        // Without cargo, the programs must exist already.
        if let Some(cargo) = env::var_os("CARGO") {
            build(&cargo, &folder);
        }
        for program in ["rrd", "rrd-collector", "rrdcached"] {
            assert!(folder.join(program).is_file(), "{program} is not in {}", folder.display());
        }
        folder
    })
}

fn build(cargo: &OsString, folder: &Path) {
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let mut command = Command::new(cargo);
    // The tests named `it` with all packages: the same features as in `cargo test --workspace`.
    command.args(["build", "--quiet", "--workspace", "--offline", "--locked", "--test", "it"]);
    command.args(["--profile", profile]).current_dir(root());
    // The variables that cargo sets for a test would make build scripts run again.
    for (name, _) in env::vars_os() {
        let prefixes =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        if prefixes.iter().any(|start| name.to_string_lossy().starts_with(start)) {
            command.env_remove(name);
        }
    }
    let output = command.output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `PATH` with the folder of the programs first.
pub(crate) fn path() -> OsString {
    let before = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder().to_owned()).chain(env::split_paths(&before));
    env::join_paths(folders).expect("folders without colons")
}

/// A shell command or program that runs in a folder, with the programs on its path.
pub(crate) fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("PATH", path());
    command
}

/// A program that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Whether a program is installed. In CI a missing one fails the test; elsewhere it passes.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    let is_there = found.is_ok_and(|output| output.status.success());
    assert!(is_there || env::var_os("CI").is_none(), "{program} is not installed");
    is_there
}
