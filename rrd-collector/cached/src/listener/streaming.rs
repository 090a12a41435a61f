//! Answers of any length: written on a thread of their own, sent as fast as the client takes them.

use std::io::{self, Write};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::client::Stream;
use super::worker::Worker;
use crate::session::Writing;

/// How much is handed over at once.
const PIECE: usize = 64 << 10;

/// Pieces that wait for the client.
const PIECES: usize = 2;

/// A client that takes nothing for so long holds up others who want such an answer: it is left.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends what is written.
pub(super) async fn send(
    stream: &mut impl Stream,
    writing: Writing,
    worker: &Worker,
) -> io::Result<()> {
    // The semaphore is never closed.
    let _turn = worker.streams.acquire().await;
    let (sender, mut pieces) = mpsc::channel(PIECES);
    let written = tokio::task::spawn_blocking(move || {
        let mut pieces = Pieces { sender, piece: Vec::new() };
        writing(&mut pieces)?;
        pieces.flush()
    });
    while let Some(piece) = pieces.recv().await {
        let sent = timeout(PATIENCE, stream.write_all(&piece)).await;
        sent.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    }
    drop(pieces);
    written.await.map_err(io::Error::other)??;
    stream.shutdown().await
}

/// Collects what is written, and hands it over in pieces.
struct Pieces {
    sender: mpsc::Sender<Vec<u8>>,
    piece: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.piece);
        self.sender.blocking_send(piece).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
