//! The release of the programs and the commit that they are built from, and the release of RRDtool
//! whose command line `rrd` has.

/// Scripts read it as the second word of the usage text.
pub(crate) const COMPATIBLE_WITH: &str = "1.9.0";

pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What `--version` says after the version: ` (commit 1a2b3c4d5e)`, or nothing if the commit is not
/// known, as in builds of an archive and in those for development.
///
/// The build script asks git; `RRD_COMMIT` in the environment of the build overrides that.
pub fn commit_note() -> String {
    note(option_env!("RRD_COMMIT"))
}

fn note(commit: Option<&str>) -> String {
    commit.map(|commit| format!(" (commit {commit})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_is_known_follows_the_version() {
        assert_eq!(note(Some("1a2b3c4d5e")), " (commit 1a2b3c4d5e)");
        assert_eq!(note(None), "");
    }
}
