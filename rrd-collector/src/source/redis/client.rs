//! A minimal client for the protocol of `Redis`: log in, ask for `INFO`. Every answer is bounded.
//!
//! Source: "Redis serialization protocol specification", and the pages of `AUTH` and `INFO`, in the
//! documentation of `Redis` and `Valkey`.

use std::fmt;
use std::fmt::Write;
use std::io;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::info::Info;
use crate::net::endpoint::{Endpoint, Stream};
use crate::net::tls::Trust;

/// Limit on the size of an answer; that of a server with many databases and kinds of errors has
/// some ten thousand bytes.
const MAX_ANSWER: u64 = 256 << 10;
/// Limit on the first line of an answer, which may be an error.
const MAX_LINE: u64 = 4096;

/// The address of a server and the login.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisServer {
    /// Where.
    pub address: Endpoint,
    /// The user; empty for the default one.
    pub user: String,
    /// The password; empty for none.
    pub password: String,
    /// Whom to trust, if it speaks TLS.
    pub trust: Option<Trust>,
}

impl fmt::Debug for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisServer")
            .field("address", &self.address)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RedisError {
    /// Nobody answers at the address, or the connection broke.
    #[error("cannot talk to {address}")]
    Io {
        /// Where.
        address: Endpoint,
        /// The system's error.
        source: io::Error,
    },
    /// The server's certificate is not trusted, or it does not use TLS.
    #[error(
        "no TLS with {address} (`ca` names a file of certificates to accept, `verify = false` accepts any)"
    )]
    Tls {
        /// Where.
        address: Endpoint,
        /// The error.
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
    /// The server wants a login, and none is configured.
    #[error("{address} wants a password: set `password`, and `user` if it is not `default`")]
    NoLogin {
        /// Where.
        address: Endpoint,
    },
    /// The user may not ask.
    #[error("{address}: the user may not run INFO: run ACL SETUSER {user} +info")]
    Denied {
        /// Where.
        address: Endpoint,
        /// The user.
        user: String,
    },
    /// The server refuses.
    #[error("{address} refuses: {message}")]
    Refused {
        /// Where.
        address: Endpoint,
        /// The server's message.
        message: String,
    },
    /// The data received do not follow the protocol, or are not those of `INFO`.
    #[error("{address} does not speak the protocol of Redis: {problem}")]
    Protocol {
        /// Where.
        address: Endpoint,
        /// The error.
        problem: &'static str,
    },
}

/// Asks a server for its state.
///
/// # Errors
///
/// [`RedisError`], after `limit` at the latest.
pub async fn fetch(server: &RedisServer, limit: Duration) -> Result<Info, RedisError> {
    let address = server.address.clone();
    tokio::time::timeout(limit, converse(server))
        .await
        .unwrap_or(Err(RedisError::Timeout { address, limit }))
}

async fn converse(server: &RedisServer) -> Result<Info, RedisError> {
    let address = || server.address.clone();
    let stream = server.address.connect().await;
    let stream = stream.map_err(|source| RedisError::Io { address: address(), source })?;
    let stream = server.address.secure(stream, server.trust.as_ref()).await;
    let stream = stream.map_err(|source| RedisError::Tls { address: address(), source })?;
    let mut client = Client { stream: BufReader::new(stream), server };
    match (&*server.user, &*server.password) {
        ("", "") => {}
        ("", password) => drop(client.ask(&["AUTH", password]).await?),
        (user, password) => drop(client.ask(&["AUTH", user, password]).await?),
    }
    let answer = client.ask(&["INFO"]).await?;
    Info::parse(&answer).ok_or_else(|| client.protocol("the answer is not that of INFO"))
}

struct Client<'a> {
    stream: BufReader<Box<dyn Stream>>,
    server: &'a RedisServer,
}

impl Client<'_> {
    /// Sends a command and reads its answer.
    async fn ask(&mut self, words: &[&str]) -> Result<String, RedisError> {
        let mut command = format!("*{}\r\n", words.len());
        for word in words {
            // Writing to a text cannot fail.
            let _ = write!(command, "${}\r\n{word}\r\n", word.len());
        }
        // A server that is full or protected says so and does not read.
        let sent = self.stream.get_mut().write_all(command.as_bytes()).await;
        let line = match self.line().await {
            Ok(line) => line,
            Err(error) => return Err(sent.err().map_or(error, |source| self.broken(source))),
        };
        let (kind, rest) = line.split_at_checked(1).unwrap_or_default();
        match kind {
            "+" => Ok(rest.to_owned()),
            "-" => Err(self.refused(rest)),
            "$" => self.bulk(rest).await,
            _ => Err(self.protocol("the first byte of the answer")),
        }
    }

    async fn line(&mut self) -> Result<String, RedisError> {
        let mut line = Vec::new();
        let read = (&mut self.stream).take(MAX_LINE).read_until(b'\n', &mut line).await;
        read.map_err(|source| self.broken(source))?;
        if line.is_empty() {
            return Err(self.broken(io::ErrorKind::UnexpectedEof.into()));
        }
        let line = line.strip_suffix(b"\n").ok_or_else(|| self.protocol("a line without end"))?;
        Ok(String::from_utf8_lossy(line).trim_end_matches('\r').to_owned())
    }

    async fn bulk(&mut self, length: &str) -> Result<String, RedisError> {
        let length: u64 = length.parse().map_err(|_| self.protocol("the length of the answer"))?;
        if length > MAX_ANSWER {
            return Err(self.protocol("too long an answer"));
        }
        let mut text = Vec::new();
        // Memory grows with the data received, not with the announced length.
        let read = (&mut self.stream).take(length).read_to_end(&mut text).await;
        let read = read.map_err(|source| self.broken(source))?;
        if u64::try_from(read).unwrap_or(0) < length {
            return Err(self.broken(io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn refused(&self, message: &str) -> RedisError {
        let address = self.server.address.clone();
        match message.split(' ').next() {
            Some("NOAUTH") => RedisError::NoLogin { address },
            Some("NOPERM") => {
                let user = if self.server.user.is_empty() { "default" } else { &self.server.user };
                RedisError::Denied { address, user: user.to_owned() }
            }
            _ => RedisError::Refused { address, message: message.chars().take(300).collect() },
        }
    }

    fn broken(&self, source: io::Error) -> RedisError {
        RedisError::Io { address: self.server.address.clone(), source }
    }

    fn protocol(&self, problem: &'static str) -> RedisError {
        RedisError::Protocol { address: self.server.address.clone(), problem }
    }
}
