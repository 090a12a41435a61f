//! A whole conversation in memory, for fuzzing.

use std::io;
use std::sync::Arc;

use tokio::runtime::Builder;

use super::{Next, Session};
use crate::grammar::Permissions;
use crate::server::Server;

/// The conversation ends before an answer of more pieces.
const MOST_PIECES: usize = 64;

/// The answers to lines, each of which ends in a newline.
///
/// # Errors
///
/// The conversation cannot begin, or a file cannot be read for DUMP.
pub fn converse(server: &Arc<Server>, lines: &[u8]) -> io::Result<Vec<u8>> {
    let runtime = Builder::new_current_thread().build()?;
    let mut session = Session::new(server.clone(), Arc::new(Permissions::default()));
    let mut out = Vec::new();
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else { break };
        let before = out.len();
        match runtime.block_on(session.line(line, &mut out)) {
            Next::Continue => {}
            Next::Rows(mut rows) => {
                // A range of a billion rows would take all memory here.
                if (0..MOST_PIECES).all(|_| rows.push_piece(&mut out)) {
                    out.truncate(before);
                    break;
                }
            }
            Next::Close => break,
            Next::Stream(writing) => {
                writing(&mut out)?;
                break;
            }
        }
    }
    Ok(out)
}
