//! A server that reads lines and answers each, and does nothing else: the floor. As rrdcached it
//! has a thread for each connection.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;

/// The argument that makes this program that server.
pub(crate) const WORD: &str = "--echo";

/// Serves until it is killed.
pub(crate) fn run(socket: &Path) -> io::Result<()> {
    for stream in UnixListener::bind(socket)?.incoming() {
        let stream = stream?;
        thread::spawn(move || serve(stream));
    }
    Ok(())
}

fn serve(stream: UnixStream) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(32 << 10, stream);
    let (mut line, mut answers, mut batch) = (Vec::new(), Vec::new(), false);
    while stream.read_until(b'\n', &mut line)? > 0 {
        match &line[..] {
            b"BATCH\n" => {
                batch = true;
                answers.extend_from_slice(b"0 Go ahead.  End with dot '.' on its own line.\n");
            }
            b".\n" => {
                batch = false;
                answers.extend_from_slice(b"0 errors\n");
            }
            _ if batch => {}
            _ => answers.extend_from_slice(b"0 errors, enqueued 1 value(s).\n"),
        }
        line.clear();
        // All that has been received is answered at once.
        if !stream.buffer().contains(&b'\n') && !answers.is_empty() {
            stream.get_mut().write_all(&answers)?;
            answers.clear();
        }
    }
    Ok(())
}
