//! One question and its answer over UDP. What others send, and what is no answer to the question,
//! is passed over.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use thiserror::Error;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// How long an answer may take. The services are on this host.
pub(super) const DEADLINE: Duration = Duration::from_secs(1);

/// The longest datagram that is looked at; answers of both services are shorter.
const LONGEST: usize = 1024;

/// Why a time service did not say how the clock is.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(super) enum ServiceError {
    /// Nobody is there.
    #[error("{service} cannot be asked at {address}")]
    Io {
        /// `chrony` or `ntpd`.
        service: &'static str,
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// No answer came.
    #[error("{service} at {address} did not answer within {} s", DEADLINE.as_secs())]
    Timeout {
        /// `chrony` or `ntpd`.
        service: &'static str,
        /// Where.
        address: SocketAddr,
    },
    /// It refused.
    #[error("{service} at {address} refused to say {what}: {reason}")]
    Refused {
        /// `chrony` or `ntpd`.
        service: &'static str,
        /// Where.
        address: SocketAddr,
        /// The question.
        what: &'static str,
        /// Its number for the reason, and what that means if it is known.
        reason: String,
    },
    /// An answer without what was asked for.
    #[error("{service} at {address} did not say {what}")]
    Incomplete {
        /// `chrony` or `ntpd`.
        service: &'static str,
        /// Where.
        address: SocketAddr,
        /// The question.
        what: &'static str,
    },
    /// Neither is asked.
    #[error("neither chrony nor ntpd is asked")]
    Disabled,
}

impl ServiceError {
    /// Whether nothing says that there is such a service.
    pub(super) fn is_silence(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Timeout { .. } | Self::Disabled)
    }
}

/// A service that can be asked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) service: &'static str,
    pub(super) address: SocketAddr,
    socket: UdpSocket,
}

impl Asked {
    /// Connects to a service, which sends nothing yet. Packets from elsewhere are not received.
    pub(super) async fn at(
        service: &'static str,
        address: SocketAddr,
    ) -> Result<Self, ServiceError> {
        let io = |source| ServiceError::Io { service, address, source };
        let any = match address {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        let socket = UdpSocket::bind(any).await.map_err(io)?;
        socket.connect(address).await.map_err(io)?;
        Ok(Self { service, address, socket })
    }

    /// Sends a question, and passes each packet to `accept` until that has made an answer of it.
    pub(super) async fn ask<T>(
        &self,
        question: &[u8],
        mut accept: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<T, ServiceError> {
        let Self { service, address, ref socket } = *self;
        let io = |source| ServiceError::Io { service, address, source };
        let until = Instant::now() + DEADLINE;
        socket.send(question).await.map_err(io)?;
        let mut packet = [0; LONGEST];
        loop {
            let received = timeout_at(until, socket.recv(&mut packet)).await;
            let length =
                received.map_err(|_| ServiceError::Timeout { service, address })?.map_err(io)?;
            if let Some(answer) = accept(packet.get(..length).unwrap_or_default()) {
                return Ok(answer);
            }
        }
    }

    /// The error for an answer without what was asked for.
    pub(super) fn incomplete(&self, what: &'static str) -> ServiceError {
        let Self { service, address, .. } = *self;
        ServiceError::Incomplete { service, address, what }
    }

    /// The error for a question that was refused.
    pub(super) fn refused(&self, what: &'static str, reason: String) -> ServiceError {
        let Self { service, address, .. } = *self;
        ServiceError::Refused { service, address, what, reason }
    }
}

/// A number of two bytes of a packet.
pub(super) fn word(packet: &[u8], at: usize) -> Option<u16> {
    packet.get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}

/// A number of four bytes of a packet.
pub(super) fn long(packet: &[u8], at: usize) -> Option<u32> {
    packet.get(at..)?.first_chunk().copied().map(u32::from_be_bytes)
}
