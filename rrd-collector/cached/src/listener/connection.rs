//! One connection: reads lines, runs them in order, sends their answers.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::client::Stream;
use super::half_lines::HalfLine;
use super::lines;
use super::scratch::{SEND, Scratch};
use super::streaming;
use super::worker::Worker;
use crate::session::{Next, Rows, Session, Writing};

/// Lines of one read after which other connections of the thread have their turn.
const TURN: usize = 4 << 10;

/// How a connection goes on after what was read.
enum After {
    Read,
    Close,
    Stream(Writing),
}

/// Serves a connection until either side closes it, or the server stops.
pub(super) async fn serve(mut stream: impl Stream, mut session: Session, worker: &Worker) {
    let mut half = HalfLine::default();
    loop {
        // A client that is gone needs no answer, whatever the reason.
        let Ok(mut scratch) = receive(&mut stream, worker).await else { break };
        let busy = worker.busy();
        let received = scratch.input.len();
        let after = answer(&mut stream, &mut session, &mut half, &mut scratch, worker).await;
        worker.scratch.take_back(scratch);
        match after {
            Ok(After::Read) if !worker.is_stopping() => {}
            Ok(After::Stream(writing)) => {
                let _ = Box::pin(streaming::send(&mut stream, writing, worker)).await;
                break;
            }
            Ok(After::Read | After::Close) | Err(_) => break,
        }
        drop(busy);
        if received >= TURN {
            tokio::task::yield_now().await;
        }
    }
    half.clear(&worker.half_lines);
}

/// Waits without a buffer, then reads into that of the thread.
async fn receive(stream: &mut impl Stream, worker: &Worker) -> io::Result<Scratch> {
    poll_fn(|context| {
        let mut scratch = worker.scratch.lend();
        let read = pin!(stream.read_buf(&mut scratch.input)).poll(context);
        if let Poll::Ready(Ok(1..)) = read {
            return Poll::Ready(Ok(scratch));
        }
        worker.scratch.take_back(scratch);
        let ended = io::Error::from(io::ErrorKind::UnexpectedEof);
        read.map(|read| Err(read.err().unwrap_or(ended)))
    })
    .await
}

/// Runs the lines that were received and sends their answers. No line is looked at while the client
/// does not take the answers to those before it.
async fn answer(
    stream: &mut impl Stream,
    session: &mut Session,
    half: &mut HalfLine,
    scratch: &mut Scratch,
    worker: &Worker,
) -> io::Result<After> {
    let Scratch { input, output } = scratch;
    let mut rest = &input[..];
    let mut after = After::Read;
    while let Some((line, length)) = lines::next(rest) {
        rest = &rest[length..];
        let whole = if half.is_empty() {
            Some(line)
        } else {
            half.extend(line, &worker.half_lines);
            half.whole()
        };
        let next = if let Some(line) = whole {
            session.line(lines::trimmed(line), output).await
        } else {
            session.line_too_long(output)
        };
        if !half.is_empty() {
            half.clear(&worker.half_lines);
        }
        match next {
            Next::Continue => {}
            Next::Rows(rows) => send_rows(stream, *rows, output).await?,
            Next::Close => after = After::Close,
            Next::Stream(writing) => after = After::Stream(writing),
        }
        if !matches!(after, After::Read) {
            break;
        }
        if output.len() >= SEND {
            stream.write_all(output).await?;
            output.clear();
        }
    }
    if matches!(after, After::Read) && !rest.is_empty() {
        half.extend(rest, &worker.half_lines);
    }
    if !output.is_empty() {
        stream.write_all(output).await?;
    }
    Ok(after)
}

/// Sends all but the last piece of an answer that is made piece by piece, each when the client has
/// taken the one before it.
async fn send_rows(
    stream: &mut impl Stream,
    mut rows: Rows,
    output: &mut Vec<u8>,
) -> io::Result<()> {
    loop {
        stream.write_all(output).await?;
        output.clear();
        if !rows.push_piece(output) {
            return Ok(());
        }
        // Making a piece takes a while: other connections of the thread have their turn.
        tokio::task::yield_now().await;
    }
}
