//! Notifications for systemd: ready, reloading, stopping, alive. Without systemd nothing is sent.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::time::Duration;

/// The service manager's notification socket.
#[derive(Debug, Default)]
pub struct Notify {
    socket: Option<UnixDatagram>,
    /// The interval of the watchdog.
    watchdog: Option<Duration>,
}

impl Notify {
    /// The socket named by `$NOTIFY_SOCKET`, a path or `@` and an abstract name; `watchdog` is
    /// `$WATCHDOG_USEC`.
    ///
    /// # Errors
    ///
    /// The socket cannot be reached.
    pub fn connect(address: &Path, watchdog: Option<&str>) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        let name = address.as_os_str().as_bytes();
        let address = match name.strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(address)?,
        };
        socket.connect_addr(&address)?;
        socket.set_nonblocking(true)?;
        let watchdog = watchdog.and_then(|text| text.parse().ok()).map(Duration::from_micros);
        Ok(Self { socket: Some(socket), watchdog })
    }

    /// The interval at which [`alive`](Self::alive) should be called; `None` for never. Half of the
    /// allowed time.
    pub fn rhythm(&self) -> Option<Duration> {
        self.watchdog.map(|allowed| allowed / 2)
    }

    /// Samples are being taken.
    pub fn ready(&self) {
        self.send("READY=1");
    }

    /// The configuration is being reloaded; `since_boot` is the monotonic clock.
    pub fn reloading(&self, since_boot: Duration) {
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={}", since_boot.as_micros()));
    }

    /// The sampling loop is running.
    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    /// Shutdown has begun.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, text: &str) {
        if let Some(socket) = &self.socket {
            // Best effort: a manager that does not listen must not stop the samples.
            let _ = socket.send(text.as_bytes());
        }
    }

    /// Another handle for the same socket, for another thread.
    ///
    /// # Errors
    ///
    /// The system has no file descriptor left.
    pub fn try_clone(&self) -> io::Result<Self> {
        let socket = self.socket.as_ref().map(UnixDatagram::try_clone).transpose()?;
        Ok(Self { socket, watchdog: self.watchdog })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manager_receives_notifications() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notify = Notify::connect(&path, Some("30000000")).unwrap();
        assert_eq!(notify.rhythm(), Some(Duration::from_secs(15)));
        notify.ready();
        notify.reloading(Duration::from_micros(5));
        let mut buffer = [0; 100];
        let mut heard = || {
            let length = manager.recv(&mut buffer).unwrap();
            String::from_utf8_lossy(&buffer[..length]).into_owned()
        };
        assert_eq!(heard(), "READY=1");
        assert_eq!(heard(), "RELOADING=1\nMONOTONIC_USEC=5");
    }

    #[test]
    fn nothing_is_sent_without_a_manager() {
        let notify = Notify::default();
        notify.ready();
        assert_eq!(notify.rhythm(), None);
    }
}
