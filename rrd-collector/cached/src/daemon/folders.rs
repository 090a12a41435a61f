//! The folders of a daemon: its base and its journal, made if they are missing.

use std::ffi::OsStr;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::Access;
use rustix::process::geteuid;

use super::options::Options;
use super::reason::reason;
use super::start_error::StartError;

/// The base folder without `-b`.
const DEFAULT_BASE: &str = "/tmp";
/// The journal's own folder in one where everybody may add files, as `/tmp`; the number of the
/// user follows.
const PRIVATE: &str = "rrdcached-journal.";

/// The folders of a daemon, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folders {
    pub(super) base: PathBuf,
    /// `None` for the hidden one in the base.
    pub(super) journal: Option<PathBuf>,
    /// Whether the journal is below a folder where everybody may add files.
    is_private: bool,
    /// Where rrdcached may have left a journal.
    pub(super) former: Option<PathBuf>,
    /// Folders that did not exist before.
    pub(super) made: Vec<PathBuf>,
}

impl Folders {
    /// Makes and resolves the folders that these options name; `state` is `$STATE_DIRECTORY`.
    pub(super) fn open(options: &Options, state: Option<&OsStr>) -> Result<Self, StartError> {
        let mut made = Vec::new();
        let base = match &options.base {
            Some(base) => open_base(base, &mut made)?,
            None => PathBuf::from(DEFAULT_BASE),
        };
        let given = options.journal.as_deref();
        let state = state.and_then(|state| state.as_bytes().split(|byte| *byte == b':').next());
        let state = state.filter(|first| !first.is_empty()).map(OsStr::from_bytes);
        let journal = given.or(state.map(Path::new));
        let mut journal = journal.map(|folder| open_journal(folder, &mut made)).transpose()?;
        let former = journal.clone().filter(|_| given.is_some());
        let holds_journal = journal.as_deref().unwrap_or(&base);
        let is_private = is_open_to_all(holds_journal);
        if is_private {
            let user = options.user.as_ref().map_or_else(|| geteuid().as_raw(), |user| user.uid);
            let folder = holds_journal.join(format!("{PRIVATE}{user}"));
            journal = Some(open_private(folder, &mut made)?);
        }
        Ok(Self { base, journal, is_private, former, made })
    }

    /// Checks that this process, which is `account` by now, can use the folders. A journal below a
    /// folder where everybody may add files must be its own: whoever may write there can damage it.
    pub(super) fn check(&self, account: &str) -> Result<(), StartError> {
        let refused = |what: &str, folder: &Path, error: &str, remedy: &str| {
            let name = folder.display();
            StartError::start(format!(
                "rrdcached: cannot use {what} {name} as {account}: {error}\n\
                 rrdcached: {remedy}chown {account} {name}"
            ))
        };
        let access = |what, folder: &Path, needed, remedy| {
            let result = rustix::fs::access(folder, needed).map_err(io::Error::from);
            result.map_err(|error| refused(what, folder, &reason(&error), remedy))
        };
        access("base directory", &self.base, Access::EXEC_OK, "")?;
        let all = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
        let Some(journal) = &self.journal else {
            let remedy = "name a directory for the journal with -j, or ";
            return access("base directory for the journal", &self.base, all, remedy);
        };
        access("journal directory", journal, all, "")?;
        let found = std::fs::symlink_metadata(journal);
        let is_own = found.is_ok_and(|found| {
            found.is_dir() && found.uid() == geteuid().as_raw() && !is_open_to_all(journal)
        });
        // Elsewhere, whoever made the folder above decides who may write.
        if self.is_private && !is_own {
            let error = "it belongs to somebody else";
            return Err(refused("journal directory", journal, error, ""));
        }
        Ok(())
    }
}

fn open_base(typed: &OsStr, made: &mut Vec<PathBuf>) -> Result<PathBuf, StartError> {
    let typed = Path::new(typed);
    let failed = |error: &io::Error| {
        let text =
            format!("Failed to create base directory '{}': {}", typed.display(), reason(error));
        StartError::option(3, text)
    };
    make(typed, made).map_err(|error| failed(&error))?;
    let real = typed.canonicalize().map_err(|error| failed(&error))?;
    let bytes = typed.as_os_str().as_bytes();
    let end = bytes.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    // As rrdcached, which compares texts: `..` and two slashes count as links, too.
    if real.as_os_str().as_bytes() == &bytes[..end] {
        return Ok(real);
    }
    let text = format!(
        "Base directory (-b) resolved via file system links!\n\
         Please consult rrdcached '-b' documentation!\n\
         Consider specifying the real directory ({})",
        real.display()
    );
    Err(StartError::option(5, text))
}

fn open_journal(typed: &Path, made: &mut Vec<PathBuf>) -> Result<PathBuf, StartError> {
    let failed = |error: &io::Error| {
        let text =
            format!("Failed to create journal directory '{}': {}", typed.display(), reason(error));
        StartError::option(6, text)
    };
    make(typed, made).map_err(|error| failed(&error))?;
    typed.canonicalize().map_err(|error| failed(&error))
}

/// Makes a folder and those above it, and notes which ones.
fn make(folder: &Path, made: &mut Vec<PathBuf>) -> io::Result<()> {
    match std::fs::create_dir(folder) {
        Ok(()) => {
            made.push(folder.to_owned());
            return Ok(());
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        // A read-only file system says so before it says that the folder is there.
        Err(error) => {
            let found = std::fs::metadata(folder);
            return match found {
                Ok(found) if found.is_dir() => Ok(()),
                Ok(_) => Err(io::Error::from(rustix::io::Errno::NOTDIR)),
                Err(_) => Err(error),
            };
        }
    }
    let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) else {
        return Err(io::Error::from(rustix::io::Errno::NOENT));
    };
    make(above, made)?;
    std::fs::create_dir(folder)?;
    made.push(folder.to_owned());
    Ok(())
}

fn open_private(folder: PathBuf, made: &mut Vec<PathBuf>) -> Result<PathBuf, StartError> {
    match DirBuilder::new().mode(0o700).create(&folder) {
        Ok(()) => made.push(folder.clone()),
        // Whose it is shows later.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => {
            let (name, reason) = (folder.display(), reason(&error));
            let text = format!("Failed to create journal directory '{name}': {reason}");
            return Err(StartError::option(6, text));
        }
    }
    Ok(folder)
}

/// Whether everybody may add files to a folder.
fn is_open_to_all(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|found| found.mode() & 0o002 != 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn options(base: &Path) -> Options {
        Options { base: Some(base.into()), ..Options::default() }
    }

    #[test]
    fn missing_folders_are_made_and_noted() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let options = Options { journal: Some(root.join("j/k")), ..options(&root.join("a/b/")) };
        let found = Folders::open(&options, None).unwrap();
        assert_eq!(found.base, root.join("a/b"));
        assert_eq!(found.journal, Some(root.join("j/k")));
        let made = ["a", "a/b", "j", "j/k"].map(|name| root.join(name));
        assert_eq!(found.made, made);
        assert_eq!(Folders::open(&options, None).unwrap().made, Vec::<PathBuf>::new());
    }

    #[test]
    fn a_base_that_is_reached_by_a_link_is_refused_with_its_real_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("real")).unwrap();
        std::os::unix::fs::symlink("real", root.join("link")).unwrap();
        for name in ["link", "real/.", "real/../real"] {
            let error = Folders::open(&options(&root.join(name)), None).unwrap_err();
            let real = root.join("real");
            let text = format!(
                "Base directory (-b) resolved via file system links!\nPlease consult rrdcached '-b' documentation!\nConsider specifying the real directory ({})",
                real.display()
            );
            assert_eq!(error, StartError { text, status: 5 });
        }
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let file = root.join("file");
        std::fs::write(&file, "").unwrap();
        let error = Folders::open(&options(&file), None).unwrap_err();
        let text = format!("Failed to create base directory '{}': Not a directory", file.display());
        assert_eq!(error, StartError { text, status: 3 });
        let error = Folders::open(&options(&file.join("x")), None).unwrap_err();
        let text =
            format!("Failed to create base directory '{}/x': Not a directory", file.display());
        assert_eq!(error, StartError { text, status: 3 });
        let options = Options { journal: Some(file.clone()), ..options(&root) };
        let error = Folders::open(&options, None).unwrap_err();
        let text =
            format!("Failed to create journal directory '{}': Not a directory", file.display());
        assert_eq!(error, StartError { text, status: 6 });
    }

    #[test]
    fn the_service_managers_folder_holds_the_journal_if_no_other_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let state = format!("{0}/one:{0}/two", root.display());
        let found = Folders::open(&options(&root), Some(state.as_ref())).unwrap();
        assert_eq!(found.journal, Some(root.join("one")));
        let given = Options { journal: Some(root.join("j")), ..options(&root) };
        let found = Folders::open(&given, Some(state.as_ref())).unwrap();
        assert_eq!(found.journal, Some(root.join("j")));
        assert_eq!(Folders::open(&options(&root), None).unwrap().journal, None);
        assert_eq!(Folders::open(&options(&root), Some("".as_ref())).unwrap().journal, None);
    }

    #[test]
    fn a_journal_in_a_folder_of_everybody_has_a_folder_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let everybodys = root.join("tmp");
        std::fs::create_dir(&everybodys).unwrap();
        let mode = |mode| std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&everybodys, mode(0o1777)).unwrap();
        let own = everybodys.join(format!("{PRIVATE}{}", geteuid().as_raw()));
        let given = Options { journal: Some(everybodys.clone()), ..options(&root) };
        let found = Folders::open(&given, None).unwrap();
        assert_eq!(
            (&found.journal, &found.former),
            (&Some(own.clone()), &Some(everybodys.clone()))
        );
        assert_eq!(std::fs::metadata(&own).unwrap().mode() & 0o777, 0o700);
        assert_eq!(found.check("me"), Ok(()));
        let found = Folders::open(&options(&everybodys), None).unwrap();
        assert_eq!((&found.journal, &found.former), (&Some(own.clone()), &None));
        std::fs::set_permissions(&own, mode(0o777)).unwrap();
        let text = format!(
            "rrdcached: cannot use journal directory {0} as me: it belongs to somebody else\nrrdcached: chown me {0}",
            own.display()
        );
        assert_eq!(found.check("me"), Err(StartError::start(text)));
    }
}
