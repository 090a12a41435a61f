//! The PID file: one daemon a file, whatever an earlier one left behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags};
use rustix::process::{Pid, test_kill_process};

use super::reason::reason;
use super::start_error::StartError;

/// The name of the program, by which another process is known to be no daemon.
const PROGRAM: &str = "rrdcached";

/// A PID file of this process; removed when this is dropped, unless it is another one by then.
#[derive(Debug)]
pub(super) struct PidFile {
    path: PathBuf,
    /// Locked as long as this process lives.
    file: File,
}

impl PidFile {
    /// Writes the number of this process. Missing folders are made. What there is to say about a
    /// file that is there already is added to `notes`.
    pub(super) fn create(path: &Path, notes: &mut Vec<String>) -> Result<Self, StartError> {
        if let Some(folder) = path.parent() {
            // An error shows when the file is made.
            let _ = fs::create_dir_all(folder);
        }
        let mut file = match open_new(path) {
            Ok(file) => file,
            Err(error) => {
                notes.push(cannot_create(path, &error));
                if error.kind() != io::ErrorKind::AlreadyExists {
                    let text = format!(
                        "rrdcached: can't open pid file '{}' ({})\nFATAL: Fail to create/open PID file ",
                        path.display(),
                        reason(&error)
                    );
                    return Err(StartError::start(text));
                }
                remove_stale(path, notes)?;
                open_new(path).map_err(|error| StartError::start(cannot_create(path, &error)))?
            }
        };
        let written = writeln!(file, "{}", std::process::id());
        let pid_file = Self { path: path.to_owned(), file };
        written.map_err(|error| StartError::start(cannot_create(path, &error)))?;
        Ok(pid_file)
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if is_at(&self.file, &self.path) {
            // A process that has become another user may not; the next one finds it stale.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The daemon that a PID file names, if it lives.
pub(super) fn running(path: &Path) -> Option<Pid> {
    named(&open_existing(path).ok()?).filter(|pid| is_daemon(*pid))
}

fn open_new(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(path)?;
    // On a file system without locks the number of the process is all there is.
    let locked = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive);
    // Another daemon that starts may have taken the empty file for a stale one.
    if locked == Err(rustix::io::Errno::WOULDBLOCK) || !is_at(&file, path) {
        return Err(rustix::io::Errno::EXIST.into());
    }
    Ok(file)
}

/// Opens what is there, even if it is a pipe.
fn open_existing(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY).bits();
    OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)
}

fn remove_stale(path: &Path, notes: &mut Vec<String>) -> Result<(), StartError> {
    let file = open_existing(path).map_err(|error| {
        let text = format!(
            "rrdcached: can't open pid file '{}' ({})\nFATAL: Fail to create/open PID file ",
            path.display(),
            reason(&error)
        );
        StartError::start(text)
    })?;
    let pid = named(&file).ok_or_else(|| StartError::start("FATAL: PID file is corrupted"))?;
    let is_locked = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)
        == Err(rustix::io::Errno::WOULDBLOCK);
    if is_locked || is_daemon(pid) {
        let text =
            format!("FATAL: Another rrdcached daemon is running?? (pid {})", pid.as_raw_nonzero());
        return Err(StartError::start(text));
    }
    // With its lock: of several daemons that start at once, one removes it.
    if is_at(&file, path) {
        fs::remove_file(path).map_err(|error| StartError::start(cannot_create(path, &error)))?;
    }
    notes.push(format!(
        "rrdcached: removed stale PID file (no rrdcached on pid {})",
        pid.as_raw_nonzero()
    ));
    notes.push("rrdcached: starting normally.".to_owned());
    Ok(())
}

fn cannot_create(path: &Path, error: &io::Error) -> String {
    format!("rrdcached: can't create pid file '{}' ({})", path.display(), reason(error))
}

/// The process that a PID file names. An empty file is one whose daemon is just starting, or whose
/// disk was full: the file's lock tells which, and this process is surely not it.
fn named(file: &File) -> Option<Pid> {
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    match text.trim() {
        "" => Some(rustix::process::getpid()),
        text => Pid::from_raw(text.parse().ok().filter(|pid| *pid > 0)?),
    }
}

/// Whether a process is a daemon of this name. After a restart of the machine, its number may be
/// that of another program.
pub(super) fn is_daemon(pid: Pid) -> bool {
    if pid == rustix::process::getpid() {
        return false;
    }
    match fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())) {
        Ok(stat) => is_daemons(&stat),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // It has ended, or it belongs to somebody else and is hidden.
            test_kill_process(pid) == Err(rustix::io::Errno::PERM)
        }
        Err(_) => true,
    }
}

/// Whether this is the state of a daemon: `NUMBER (NAME) STATE ...`. One that has ended keeps its
/// number until its parent has asked how.
fn is_daemons(stat: &str) -> bool {
    let Some((process, rest)) = stat.rsplit_once(") ") else { return false };
    let name = process.split_once(" (").map_or("", |(_, name)| name);
    name == PROGRAM && !rest.starts_with(['Z', 'X'])
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(found)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
    (open.dev(), open.ino()) == (found.dev(), found.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_this_process_and_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/pid");
        let mut notes = Vec::new();
        let file = PidFile::create(&path, &mut notes).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        assert_eq!(notes, Vec::<String>::new());
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn the_file_of_another_daemon_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let file = PidFile::create(&path, &mut Vec::new()).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "1\n").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
    }

    #[test]
    fn a_file_whose_process_is_gone_or_another_program_is_stale() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        // Process 1 is another program everywhere; there is no process with the other number.
        for pid in ["1", "2147483647"] {
            fs::write(&path, format!("{pid}\n")).unwrap();
            let mut notes = Vec::new();
            let file = PidFile::create(&path, &mut notes).unwrap();
            assert_eq!(
                notes,
                [
                    format!("rrdcached: can't create pid file '{}' (File exists)", path.display()),
                    format!("rrdcached: removed stale PID file (no rrdcached on pid {pid})"),
                    "rrdcached: starting normally.".to_owned(),
                ]
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
            drop(file);
        }
    }

    #[test]
    fn a_process_is_a_daemon_by_its_name_while_it_lives() {
        assert!(is_daemons("12 (rrdcached) S 1 12 12 0"));
        for stat in ["12 (rrdcached) Z 1", "12 (rrd) S 1", "12 (x (rrdcached) S 1", "12", ""] {
            assert!(!is_daemons(stat), "{stat}");
        }
    }

    #[test]
    fn a_file_that_is_locked_belongs_to_a_daemon_that_lives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let _file = PidFile::create(&path, &mut Vec::new()).unwrap();
        let error = PidFile::create(&path, &mut Vec::new()).unwrap_err();
        let text = format!(
            "FATAL: Another rrdcached daemon is running?? (pid {})\nrrdcached: daemonize failed, exiting.",
            std::process::id()
        );
        assert_eq!(error, StartError { text, status: 1 });
    }

    #[test]
    fn a_file_without_a_number_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        for text in ["notanumber\n", "-5\n", "0\n", "99999999999999\n"] {
            fs::write(&path, text).unwrap();
            let error = PidFile::create(&path, &mut Vec::new()).unwrap_err();
            let expected = "FATAL: PID file is corrupted\nrrdcached: daemonize failed, exiting.";
            assert_eq!(error, StartError { text: expected.to_owned(), status: 1 });
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn an_empty_file_is_stale_unless_its_daemon_is_starting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        fs::write(&path, "").unwrap();
        drop(PidFile::create(&path, &mut Vec::new()).unwrap());
        let starting = File::create(&path).unwrap();
        rustix::fs::flock(&starting, FlockOperation::NonBlockingLockExclusive).unwrap();
        assert!(PidFile::create(&path, &mut Vec::new()).is_err());
    }
}
