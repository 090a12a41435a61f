//! Sockets that listen, and who may do what there.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixListener;
use std::sync::Arc;

use ipnet::IpNet;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use super::address::ListenAddress;
use super::bind_error::BindError;
use super::socket_file::{BACKLOG, FileAccess, SocketFile};
use crate::grammar::Permissions;

/// What the resolver's errors begin with in the standard library.
const RESOLVER: &str = "failed to lookup address information: ";

/// Who may do what at a socket.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The commands that may be used (`-P`).
    pub permissions: Arc<Permissions>,
    /// The networks whose hosts may connect (`--allow`); `None` for all. A unix socket has its mode
    /// instead.
    pub networks: Option<Arc<[IpNet]>>,
}

impl Access {
    /// Whether a host may connect.
    pub(super) fn admits(&self, host: IpAddr) -> bool {
        // An IPv6 socket shows hosts of IPv4 as `::ffff:1.2.3.4`.
        let host = host.to_canonical();
        self.networks.as_ref().is_none_or(|all| all.iter().any(|one| one.contains(&host)))
    }
}

/// A socket that listens. Its file, if it has one, is removed when this is dropped.
#[derive(Debug)]
pub struct BoundSocket {
    pub(super) socket: Socket,
    pub(super) access: Access,
    #[expect(dead_code, reason = "removes the file when it is dropped")]
    file: Option<SocketFile>,
}

/// Either kind of socket.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener) => listener.as_fd(),
        }
    }
}

impl BoundSocket {
    /// Listens at an address: one socket, or one for each address of a host.
    pub fn bind(
        address: &ListenAddress,
        access: &Access,
        file: FileAccess,
    ) -> Vec<Result<Self, BindError>> {
        let (host, port) = match address {
            ListenAddress::Unix(path) => {
                return vec![SocketFile::bind(path, file).map(|(listener, file)| Self {
                    socket: Socket::Unix(listener),
                    access: access.clone(),
                    file: Some(file),
                })];
            }
            ListenAddress::Tcp { host, port } => (host.as_deref(), port),
        };
        let addresses = match resolve(host, port) {
            Ok(addresses) => addresses,
            Err(error) => return vec![Err(error)],
        };
        let bind = |address| match tcp(address) {
            Ok(listener) => Ok(Self::inherited(Socket::Tcp(listener), access.clone())),
            Err(source) => Err(BindError::Bind { place: address.to_string(), source }),
        };
        addresses.into_iter().map(bind).collect()
    }

    /// A socket that listens already.
    pub(super) fn inherited(socket: Socket, access: Access) -> Self {
        Self { socket, access, file: None }
    }

    /// The address of a TCP socket, with its port.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            Socket::Unix(_) => None,
        }
    }

    /// Whether other machines can reach it, whoever they are.
    pub fn is_open_to_all(&self) -> bool {
        self.access.networks.is_none() && self.address().is_some_and(|it| !it.ip().is_loopback())
    }
}

/// The addresses of a host, each once; those of IPv6 and IPv4 without a host.
fn resolve(host: Option<&str>, port: &str) -> Result<Vec<SocketAddr>, BindError> {
    let failed = |reason: String| BindError::Host { host: host.unwrap_or("").to_owned(), reason };
    let port: u16 =
        port.parse().map_err(|_| failed("Servname not supported for ai_socktype".to_owned()))?;
    let Some(host) = host else {
        return Ok(vec![([0, 0, 0, 0], port).into(), ([0_u16; 8], port).into()]);
    };
    let found = (host, port).to_socket_addrs().map_err(|error| {
        let text = error.to_string();
        failed(text.strip_prefix(RESOLVER).unwrap_or(&text).to_owned())
    })?;
    let mut addresses: Vec<SocketAddr> = found.collect();
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
    // Connections of an earlier run may still be closing.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if address.is_ipv6() {
        // All addresses of IPv4 have a socket of their own.
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(text: &str) -> Vec<Result<BoundSocket, BindError>> {
        let file = FileAccess::default();
        BoundSocket::bind(&ListenAddress::parse(text.as_ref()), &Access::default(), file)
    }

    fn error(text: &str) -> String {
        match bind(text).pop() {
            Some(Err(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_host_or_a_port_that_cannot_be_is_told_in_the_words_of_rrdcached() {
        assert_eq!(
            error("127.0.0.1:x"),
            "getaddrinfo(127.0.0.1) failed: Servname not supported for ai_socktype"
        );
        // An address of the documentation's network, which no host has.
        assert_eq!(
            error("192.0.2.1:0"),
            "bind(192.0.2.1:0) failed: Cannot assign requested address."
        );
    }

    #[test]
    fn a_port_that_is_taken_is_told() {
        let first = bind("127.0.0.1:0").pop().expect("one").expect("a free port");
        let taken = first.address().expect("TCP").to_string();
        assert_eq!(error(&taken), format!("bind({taken}) failed: Address already in use."));
        assert!(!first.is_open_to_all());
    }

    #[test]
    fn networks_admit_hosts_of_both_versions() {
        let networks = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse().expect("a network"));
        let access = Access { networks: Some(Arc::new(networks)), ..Access::default() };
        for (host, admitted) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("fd00::1", true),
            ("127.0.0.1", false),
            ("::1", false),
        ] {
            assert_eq!(access.admits(host.parse().expect("an address")), admitted, "{host}");
        }
        assert!(Access::default().admits("192.0.2.1".parse().expect("an address")));
    }
}
