//! How far the names of a store reach.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Which files the names of a [`Store`](crate::Store) may lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Plain names of files in the folder of the store: relative, without `..`. Links are followed
    /// as long as they stay in the folder. The folder can be moved while it is open.
    #[default]
    Folder,
    /// Relative and absolute names. What they lead to, with all links followed, must lie below the
    /// folder of the store or one of these.
    Below(Vec<PathBuf>),
    /// Relative and absolute names of any file. Relative ones begin at the folder.
    Anywhere,
}

/// A name that leads out of the folders in which files may be.
#[derive(Debug, thiserror::Error)]
pub(crate) struct Outside {
    /// What it leads to, with all links followed; `None` if nobody looked.
    pub(crate) leads_to: Option<PathBuf>,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the path leads out of the base folder")?;
        match &self.leads_to {
            Some(path) => write!(f, ": to '{}'", path.display()),
            None => Ok(()),
        }
    }
}

/// The error about a path that leads out of a folder, where nobody looked how far.
pub(super) fn outside() -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, Outside { leads_to: None })
}

impl Reach {
    /// Whether names may be absolute and may contain `..`.
    pub(crate) fn is_wide(&self) -> bool {
        *self != Self::Folder
    }
}

/// The path with all links followed, although its end need not exist. Whether a link at the end is
/// followed, too, is `follow`.
pub(super) fn resolved(path: &Path, follow: bool) -> PathBuf {
    let mut rest = Vec::new();
    for there in path.ancestors() {
        let is_end = there == path;
        if (!is_end || follow || path.file_name().is_none())
            && let Ok(mut found) = there.canonicalize()
        {
            found.extend(rest.iter().rev());
            return found;
        }
        // Nothing can be made beyond `..`: the operation itself will say so.
        let Some(name) = there.file_name() else { break };
        rest.push(name);
    }
    path.to_owned()
}
