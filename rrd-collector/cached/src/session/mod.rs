//! One connection: which command may come next, and its answer.

use std::io::{self, Write};
use std::sync::Arc;

use crate::grammar::Permissions;
use crate::server::Server;

/// The state of a connection.
#[derive(Debug)]
pub(crate) struct Session {
    server: Arc<Server>,
    permissions: Arc<Permissions>,
}

/// Writes an answer of any length.
pub(crate) type Writing = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send>;

/// How a connection goes on after a line.
pub(crate) enum Next {
    /// With the next line.
    Continue,
    /// It is closed once the answer is sent.
    Close,
    /// A long answer is written on another thread; then the connection is closed.
    Stream(Writing),
}

impl Session {
    /// A new connection to a socket with these permissions.
    pub(crate) fn new(server: Arc<Server>, permissions: Arc<Permissions>) -> Self {
        Self { server, permissions }
    }

    /// Runs a line, without its end, and appends the answer to `out`. Only what takes long waits
    /// here: everything else is done when this returns for the first time.
    #[expect(clippy::unused_async, reason = "FLUSH will wait")]
    pub(crate) async fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Next {
        if line.eq_ignore_ascii_case(b"PING") {
            out.extend_from_slice(b"0 PONG\n");
        }
        Next::Continue
    }
}
