//! Names of files as clients type them: as paths that answers print, and whether `-B` permits them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::grammar::Answer;
use crate::server::{Server, ServerOptions};

impl Server {
    /// The path that a name means, as typed: below the base unless it is absolute.
    pub(crate) fn path_of(&self, name: &[u8]) -> PathBuf {
        self.options.base.join(path(name))
    }

    /// The path that a name means, unless `-B` refuses it. Where links lead to is checked by the
    /// store when it opens the file.
    ///
    /// # Errors
    ///
    /// The answer that refuses it.
    pub(crate) fn checked(&self, name: &[u8]) -> Result<PathBuf, Answer> {
        let path = self.path_of(name);
        if self.permits(name) { Ok(path) } else { Err(denied(&path)) }
    }

    /// The answer to a name that links lead out of where files may be. What to do about that is
    /// logged once.
    pub(crate) fn outside(&self, path: &Path, leads_to: &Path) -> Answer {
        if self.refused_links.is_new(leads_to) {
            log::warn!(
                "'{}' leads to '{}', which is not below the base: refused; --also DIR permits it",
                path.display(),
                leads_to.display()
            );
        }
        denied(path)
    }

    /// Whether `-B` permits a name.
    #[inline]
    pub(crate) fn permits(&self, name: &[u8]) -> bool {
        permits(&self.options, name)
    }
}

/// A name as a path.
#[inline]
pub(crate) fn path(name: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(name))
}

/// A text about a path, whose bytes are as they are.
pub(crate) fn about(before: &str, path: &Path, after: &str) -> Vec<u8> {
    [before.as_bytes(), path.as_os_str().as_bytes(), after.as_bytes()].concat()
}

/// The answer to a name that must not be used.
pub(crate) fn denied(path: &Path) -> Answer {
    Answer::failure(about("", path, ": Permission denied"))
}

#[inline]
fn permits(options: &ServerOptions, name: &[u8]) -> bool {
    if !options.confined {
        return true;
    }
    let below = |folder: &PathBuf| {
        let folder = folder.as_os_str().as_bytes();
        let folder = folder.strip_suffix(b"/").unwrap_or(folder);
        name.strip_prefix(folder).is_some_and(|rest| rest.starts_with(b"/"))
    };
    let reachable =
        !name.starts_with(b"/") || below(&options.base) || options.also.iter().any(below);
    reachable && !name.windows(3).any(|part| part == b"../")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permitted(name: &str) -> bool {
        let mut options = ServerOptions::new("/base");
        options.confined = true;
        options.also = vec![PathBuf::from("/disk2/rrd/")];
        permits(&options, name.as_bytes())
    }

    #[test]
    fn relative_names_and_those_below_the_base_or_another_folder_are_permitted() {
        for name in ["a.rrd", "./a.rrd", "sub/c.rrd", "", "..", "a../b", "/base/a.rrd"] {
            assert_eq!(permitted(name), !name.contains("../"), "{name}");
        }
        assert!(permitted("/disk2/rrd/host/a.rrd"));
    }

    #[test]
    fn names_that_lead_up_or_begin_elsewhere_are_refused() {
        for name in
            ["../a.rrd", "sub/../a.rrd", "/base/../a.rrd", "/a.rrd", "/base2/a.rrd", "/base"]
        {
            assert!(!permitted(name), "{name}");
        }
    }

    #[test]
    fn without_confinement_every_name_is_permitted() {
        assert!(permits(&ServerOptions::new("/base"), b"/etc/../a.rrd"));
    }
}
