//! A receiver of samples: sends it one request at a time, and says what became of it.

use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use tokio::time::timeout;

use super::outcome::{Outcome, SendError};
use crate::net::kept_connection::KeptConnection;
use crate::net::page::Page;
use crate::schedule::clock;

/// The header with the version of the protocol.
pub(super) const VERSION: HeaderName = HeaderName::from_static("x-prometheus-remote-write-version");

/// The version of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// 1.0: `prometheus.WriteRequest`.
    V1,
    /// 2.0: `io.prometheus.write.v2.Request`.
    V2,
}

impl Protocol {
    const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::V1 => "application/x-protobuf",
            Self::V2 => "application/x-protobuf;proto=io.prometheus.write.v2.Request",
        })
    }

    /// The number in the header, which is not that of the specification.
    const fn version(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::V1 => "0.1.0",
            Self::V2 => "2.0.0",
        })
    }
}

/// A receiver, and the connection to it.
#[derive(Debug)]
pub struct Endpoint {
    connection: KeptConnection,
    timeout: Duration,
}

impl Endpoint {
    /// The receiver at this address, which has this time for an answer.
    pub fn new(page: Page, timeout: Duration) -> Self {
        Self { connection: KeptConnection::new(page), timeout }
    }

    /// Sends a message, which is compressed already. This takes no longer than the time for an
    /// answer, whatever the receiver does.
    pub async fn send(&mut self, body: Bytes, protocol: Protocol) -> Outcome {
        let headers = [
            (CONTENT_ENCODING, HeaderValue::from_static("snappy")),
            (CONTENT_TYPE, protocol.content_type()),
            (VERSION, protocol.version()),
        ];
        match timeout(self.timeout, self.connection.post(&headers, body)).await {
            Ok(Ok(answer)) => Outcome::of(&answer, clock::unix_now()),
            Ok(Err(error)) => Outcome::Failed(SendError::Connection(error)),
            Err(_) => Outcome::Failed(SendError::Timeout { limit: self.timeout }),
        }
    }
}

#[cfg(test)]
mod tests;
