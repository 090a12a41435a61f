//! Why an address cannot be listened at.

use std::fmt;
use std::io;

use thiserror::Error;

use super::holder::{Holder, Protocol};
use super::listen::ListenAddress;

/// Why an address cannot be listened at.
#[derive(Debug, Error)]
#[error("cannot listen at {address}{}", Where(holder.as_ref()))]
pub struct ListenError {
    /// Where.
    pub address: ListenAddress,
    /// The process that listens there, if that is known.
    pub holder: Option<Holder>,
    /// The system's error: in use, not of this host, or not permitted.
    pub source: io::Error,
}

struct Where<'a>(Option<&'a Holder>);

impl fmt::Display for Where<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |holder| write!(f, ", which {holder} has"))
    }
}

impl ListenError {
    /// The error at an address; who has it is asked from the kernel.
    pub fn new(address: ListenAddress, protocol: Protocol, source: io::Error) -> Self {
        let holder = match &address {
            ListenAddress::Network(address) if source.kind() == io::ErrorKind::AddrInUse => {
                Holder::of(protocol, *address)
            }
            _ => None,
        };
        Self { address, holder, source }
    }
}
