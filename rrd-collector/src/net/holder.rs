//! Which process has an address that is in use, as far as the kernel tells this user.

use std::fmt;
use std::net::SocketAddr;

use procfs::net::{TcpState, tcp, tcp6, udp, udp6};
use procfs::process::{FDTarget, Process, all_processes};

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// The process that has an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// This one.
    Process {
        /// Its name.
        name: String,
        /// Its number.
        id: i32,
    },
    /// One whose files this user may not see.
    User {
        /// The number of its user.
        id: u32,
    },
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process { name, id } => write!(f, "{name} (process {id})"),
            Self::User { id } => write!(f, "a process of the user with the number {id}"),
        }
    }
}

impl Holder {
    /// Who has this address, or one that leaves no room for it, such as the same port of all
    /// addresses.
    pub fn of(protocol: Protocol, address: SocketAddr) -> Option<Self> {
        let sockets = sockets(protocol);
        let (_, user, inode) =
            sockets.into_iter().find(|(local, ..)| conflicts(*local, address))?;
        let process = all_processes().ok()?.flatten().find(|process| has_open(process, inode));
        let named = process.and_then(|process| {
            let name = process.stat().ok()?.comm;
            Some(Self::Process { name, id: process.pid })
        });
        Some(named.unwrap_or(Self::User { id: user }))
    }

    /// Whether it is the running process.
    pub fn is_this_process(&self) -> bool {
        let own = i32::try_from(std::process::id()).ok();
        matches!(self, Self::Process { id, .. } if Some(*id) == own)
    }
}

/// Address, user and inode of each socket that has its address for itself.
fn sockets(protocol: Protocol) -> Vec<(SocketAddr, u32, u64)> {
    match protocol {
        Protocol::Tcp => [tcp(), tcp6()]
            .into_iter()
            .flatten()
            .flatten()
            .filter(|socket| socket.state == TcpState::Listen)
            .map(|socket| (socket.local_address, socket.uid, socket.inode))
            .collect(),
        Protocol::Udp => [udp(), udp6()]
            .into_iter()
            .flatten()
            .flatten()
            .map(|socket| (socket.local_address, socket.uid, socket.inode))
            .collect(),
    }
}

fn conflicts(one: SocketAddr, other: SocketAddr) -> bool {
    let is_for_all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (is_for_all || one.ip() == other.ip())
}

fn has_open(process: &Process, inode: u64) -> bool {
    let mut open = process.fd().into_iter().flatten().flatten();
    open.any(|file| matches!(file.target, FDTarget::Socket(socket) if socket == inode))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    #[test]
    fn the_process_that_has_a_port_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let id = i32::try_from(std::process::id()).unwrap();
        let found = Holder::of(Protocol::Tcp, address);
        assert!(matches!(&found, Some(Holder::Process { id: found, .. }) if *found == id));
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let found = Holder::of(Protocol::Udp, SocketAddr::from(([127, 0, 0, 1], port)));
        assert!(matches!(&found, Some(Holder::Process { id: found, .. }) if *found == id));
        drop(listener);
        assert_eq!(Holder::of(Protocol::Tcp, address), None);
    }

    #[test]
    fn the_same_port_of_another_address_is_free() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let page = address("127.0.0.1:7300");
        assert!(conflicts(address("[::]:7300"), page) && conflicts(address("0.0.0.0:7300"), page));
        assert!(!conflicts(address("127.0.0.2:7300"), page));
        assert!(!conflicts(address("127.0.0.1:7301"), page));
    }
}
