//! `show stat` over a `stats socket`.
//!
//! Source: "Unix Socket commands" in the management guide of `HAProxy`.

use std::io;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::csv::Stats;
use crate::net::endpoint::Endpoint;

/// Limit on the size of an answer; a line has some hundred bytes.
const MAX_ANSWER: u64 = 8 << 20;

/// How the collector is let in. The group of the usual socket may do everything, and this service
/// may be in no group.
pub(super) const HELP: &str = "this line in the section `global` of haproxy.cfg gives it a socket that shows and changes nothing: \
    stats socket /run/haproxy/stats.sock mode 666 level user";

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SocketError {
    /// The user of this program may not connect.
    #[error("may not connect to {address}: {HELP}")]
    Denied {
        /// Where.
        address: Endpoint,
        /// The system's error.
        source: io::Error,
    },
    /// Nobody answers at the address, or the connection broke.
    #[error("cannot talk to {address}")]
    Io {
        /// Where.
        address: Endpoint,
        /// The system's error.
        source: io::Error,
    },
    /// The answer took too long.
    #[error("no answer from {address} within {} s", limit.as_secs_f64())]
    Timeout {
        /// Where.
        address: Endpoint,
        /// The time limit.
        limit: Duration,
    },
    /// Something else answers.
    #[error("{address} does not answer `show stat` with a table, but with {answer:?}")]
    NotStats {
        /// Where.
        address: Endpoint,
        /// The beginning of the answer.
        answer: String,
    },
}

/// The table of the proxy at a socket.
///
/// # Errors
///
/// [`SocketError`], after `limit` at the latest.
pub(super) async fn fetch(address: &Endpoint, limit: Duration) -> Result<Stats, SocketError> {
    let timeout = || SocketError::Timeout { address: address.clone(), limit };
    tokio::time::timeout(limit, converse(address)).await.unwrap_or_else(|_| Err(timeout()))
}

async fn converse(address: &Endpoint) -> Result<Stats, SocketError> {
    let error = |source: io::Error| {
        let address = address.clone();
        match source.kind() {
            io::ErrorKind::PermissionDenied => SocketError::Denied { address, source },
            _ => SocketError::Io { address, source },
        }
    };
    let mut stream = address.connect().await.map_err(error)?;
    stream.write_all(b"show stat\n").await.map_err(error)?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).await.map_err(error)?;
    let text = String::from_utf8_lossy(&answer);
    Stats::parse(&text).ok_or_else(|| SocketError::NotStats {
        address: address.clone(),
        answer: text.trim_start().chars().take(80).collect(),
    })
}
