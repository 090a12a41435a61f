//! Tells the programs the commit that they are built from, if they are built from the repository.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, io};

/// The folder of this package in the repository. A copy elsewhere, such as an unpacked archive or
/// the folder of `cargo vendor`, may be in a repository of something else.
const PLACE: &str = "rrd-graph/cli/";

/// Tells the compiler the commit, if it is known.
pub(super) fn tell() {
    // Those who build from an archive may say which commit it was made of.
    println!("cargo::rerun-if-env-changed=RRD_COMMIT");
    let given = env::var("RRD_COMMIT").ok();
    // Builds for development would be made again after each commit.
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = given.or_else(|| is_release.then(of_repository).flatten());
    if let Some(commit) = commit.filter(|commit| !commit.is_empty()) {
        println!("cargo::rustc-env=RRD_COMMIT={commit}");
    }
}

/// The commit of the repository, and that of later builds if it changes. Where git is missing or
/// refuses, there is none.
fn of_repository() -> Option<String> {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
    let git = |words: &[&str]| said(&folder, words).ok().flatten();
    if git(&["rev-parse", "--show-prefix"])? != PLACE {
        return None;
    }
    let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        let file = folder.join(git(&["rev-parse", "--git-path", name])?);
        if file.exists() {
            println!("cargo::rerun-if-changed={}", file.display());
        }
    }
    Some(commit)
}

fn said(folder: &Path, words: &[&str]) -> io::Result<Option<String>> {
    let output = Command::new("git").args(words).current_dir(folder).output()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(output.status.success().then_some(text))
}
