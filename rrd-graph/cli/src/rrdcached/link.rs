//! A connection that stays between calls, for programs that have many: one that threads share, and
//! that a forked process does not share with its parent.

use std::ffi::{OsStr, OsString};
use std::mem;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use super::{Daemon, DaemonError};

/// A connection to one daemon at a time. Each request has it alone until its answer is there.
pub struct Link {
    first: OnceLock<Process>,
}

/// The connection as one process has it. A fork has its parent's memory, with the locks that other
/// threads of the parent had just taken, and its parent's connection, whose answers it would mix
/// with those of the parent: it gets locks and a connection of its own.
struct Process {
    id: u32,
    /// The address that the process is connected to. Written only while it connects or disconnects:
    /// a fork can read it although threads of its parent were just reading it.
    address: RwLock<Option<OsString>>,
    /// `None` although there is an address: the parent was connected to it before the fork.
    daemon: Mutex<Option<Daemon>>,
    child: OnceLock<Box<Process>>,
}

/// The connection, taken from other threads until this is dropped.
pub struct Linked<'a> {
    daemon: MutexGuard<'a, Option<Daemon>>,
    process: &'a Process,
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}

impl Link {
    /// A link without a connection.
    #[must_use]
    pub const fn new() -> Self {
        Self { first: OnceLock::new() }
    }

    /// Connects to the daemon at an address as typed, instead of the one before. A connection to
    /// the same address stays, if the daemon does.
    ///
    /// # Errors
    ///
    /// The daemon is not there; there is no connection afterwards.
    pub fn connect(&self, address: &OsStr) -> Result<(), DaemonError> {
        self.hold(address, None).map(drop)
    }

    /// The connection to this address, as by [`connect`](Self::connect). `strip_path` is the base
    /// folder of a remote daemon.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect).
    pub fn hold(
        &self,
        address: &OsStr,
        strip_path: Option<&OsStr>,
    ) -> Result<Linked<'_>, DaemonError> {
        let process = self.process();
        let mut daemon = process.lock();
        let same = process.address().as_deref() == Some(address);
        if let Some(known) = daemon.as_mut().filter(|known| same && known.connection.is_idle()) {
            known.set_strip_path(strip_path);
        } else {
            // The old connection ends before the new one begins.
            drop(mem::take(&mut *daemon));
            process.set_address(None);
            *daemon = Some(Daemon::connect(address, strip_path)?);
            process.set_address(Some(address));
        }
        Ok(Linked { daemon, process })
    }

    /// The present connection, if there is one.
    ///
    /// # Errors
    ///
    /// The daemon that the parent of this process was connected to is not there.
    pub fn current(&self, strip_path: Option<&OsStr>) -> Result<Option<Linked<'_>>, DaemonError> {
        let process = self.process();
        let mut daemon = process.lock();
        let Some(address) = process.address() else { return Ok(None) };
        match daemon.as_mut() {
            // What came unasked would be taken for the answer to the next request.
            Some(known) if !known.connection.has_surplus() => known.set_strip_path(strip_path),
            _ => {
                drop(mem::take(&mut *daemon));
                process.set_address(None);
                *daemon = Some(Daemon::connect(&address, strip_path)?);
                process.set_address(Some(&address));
            }
        }
        Ok(Some(Linked { daemon, process }))
    }

    /// Makes the daemon of the present connection, if there is one, drop what it knows of a file
    /// that was just made in the place of another: its last time, and readings of the old file.
    pub fn made(&self, file: &Path, strip_path: Option<&OsStr>) {
        if let Ok(Some(mut daemon)) = self.current(strip_path) {
            // An error means that the daemon knows nothing of the file.
            let _ = daemon.forget(file);
        }
    }

    /// The address of the present connection.
    pub fn address(&self) -> Option<OsString> {
        self.process().address()
    }

    /// Ends the connection, if there is one.
    pub fn disconnect(&self) {
        let process = self.process();
        let mut daemon = process.lock();
        drop(mem::take(&mut *daemon));
        process.set_address(None);
    }

    fn process(&self) -> &Process {
        let id = process::id();
        let mut found = self.first.get_or_init(|| Process::new(id, None));
        while found.id != id {
            let parent = found;
            found = parent.child.get_or_init(|| Box::new(Process::new(id, parent.leave())));
        }
        found
    }
}

impl Process {
    fn new(id: u32, address: Option<OsString>) -> Self {
        let (address, daemon) = (RwLock::new(address), Mutex::new(None));
        Self { id, address, daemon, child: OnceLock::new() }
    }

    /// Closes what a fork has of its parent's connection, and returns the address.
    fn leave(&self) -> Option<OsString> {
        // If a thread of the parent had a lock at the fork, nobody gives it back.
        if let Ok(mut daemon) = self.daemon.try_lock() {
            *daemon = None;
        }
        self.address.try_read().ok()?.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Daemon>> {
        self.daemon.lock().unwrap_or_else(|poisoned| {
            // The panic of a call: the rest of its answer is still to come.
            self.daemon.clear_poison();
            let mut daemon = poisoned.into_inner();
            *daemon = None;
            daemon
        })
    }

    fn address(&self) -> Option<OsString> {
        self.address.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_address(&self, address: Option<&OsStr>) {
        let address = address.map(OsStr::to_owned);
        *self.address.write().unwrap_or_else(PoisonError::into_inner) = address;
    }
}

impl Deref for Linked<'_> {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        self.daemon.as_ref().expect("a link that is held is connected")
    }
}

impl DerefMut for Linked<'_> {
    fn deref_mut(&mut self) -> &mut Daemon {
        self.daemon.as_mut().expect("a link that is held is connected")
    }
}

/// A connection that broke off, or whose answers make no sense, ends.
impl Drop for Linked<'_> {
    fn drop(&mut self) {
        if self.connection.has_ended() {
            *self.daemon = None;
            self.process.set_address(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// A daemon at `socket` that gives each connection these answers in turn and ends it then.
    fn serve(socket: &Path, connections: &'static [&'static [&'static str]]) {
        let listener = UnixListener::bind(socket).unwrap();
        thread::spawn(move || {
            for answers in connections {
                let (mut stream, _) = listener.accept().unwrap();
                let mut requests = BufReader::new(stream.try_clone().unwrap()).lines();
                for answer in *answers {
                    requests.next().unwrap().unwrap();
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            }
        });
    }

    fn ping(link: &Link) -> Option<Result<(), String>> {
        let current = link.current(None).unwrap();
        current.map(|mut daemon| daemon.ping().map_err(|error| error.to_string()))
    }

    #[test]
    fn a_connection_stays_until_the_daemon_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        serve(&socket, &[&["0 PONG\n", "-1 No.\n", "0 PONG\n"], &["0 PONG\n"]]);
        let (link, address) = (Link::new(), socket.as_os_str());
        assert_eq!(ping(&link), None);
        link.connect(address).unwrap();
        assert_eq!(ping(&link), Some(Ok(())));
        let refused = format!("rrdcached@{}: No.", socket.display());
        assert_eq!(ping(&link), Some(Err(refused)));
        // The same connection, so that the daemon goes on with its answers.
        link.connect(address).unwrap();
        assert_eq!(ping(&link), Some(Ok(())));
        let lost = format!("rrdcached@{}: connection lost", socket.display());
        assert_eq!(ping(&link), Some(Err(lost)));
        assert_eq!((link.address(), ping(&link)), (None, None));
        link.connect(address).unwrap();
        assert_eq!(link.address().as_deref(), Some(address));
        assert_eq!(ping(&link), Some(Ok(())));
        link.disconnect();
        assert_eq!((link.address(), ping(&link)), (None, None));
    }

    #[test]
    fn a_fork_knows_the_address_although_its_parent_was_just_reading_it_or_in_a_request() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        serve(&socket, &[&[], &["0 PONG\n"]]);
        let parent = Process::new(process::id() + 1, Some(socket.clone().into_os_string()));
        let link = Link { first: OnceLock::from(parent) };
        let parent = link.first.get().unwrap();
        *parent.daemon.lock().unwrap() = Some(Daemon::connect(socket.as_os_str(), None).unwrap());
        // These threads of the parent are not in the fork, where nobody gives the locks back.
        let (_requesting, _reading) = (parent.daemon.lock(), parent.address.read());
        assert_eq!(link.address().as_deref(), Some(socket.as_os_str()));
        assert_eq!(ping(&link), Some(Ok(())));
    }

    #[test]
    fn what_comes_unasked_is_not_the_answer_to_the_next_request() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        serve(&socket, &[&["-1 No.\n-1 No.\n"], &["0 PONG\n"]]);
        let link = Link::new();
        link.connect(socket.as_os_str()).unwrap();
        assert_eq!(ping(&link), Some(Err(format!("rrdcached@{}: No.", socket.display()))));
        assert_eq!(ping(&link), Some(Ok(())));
    }

    #[test]
    fn a_call_that_panics_ends_the_connection_and_the_next_has_a_new_one() {
        static LINK: Link = Link::new();
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        serve(&socket, &[&[], &["0 PONG\n"]]);
        LINK.connect(socket.as_os_str()).unwrap();
        let panicked = thread::spawn(|| {
            let _held = LINK.current(None).unwrap();
            std::panic::resume_unwind(Box::new("in the middle of an answer"));
        });
        assert!(panicked.join().is_err());
        assert_eq!(ping(&LINK), Some(Ok(())));
    }
}
