//! Questions to the daemon of a data folder, at its control socket.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::alert::trial::Report;

/// Limit on the length of an answer.
const MAX_ANSWER: u64 = 1 << 20;

/// What the daemon answers; `None` if it closes without an answer.
pub(super) fn ask(
    stream: &mut UnixStream,
    question: &str,
    patience: Duration,
) -> io::Result<Option<Report>> {
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(question.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut text = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut text)?;
    Ok(Report::from_wire(&text))
}
