//! The addresses of `-l`: a socket in a folder, or a host and a port.

use std::ffi::OsStr;
use std::fmt;
use std::net::Ipv6Addr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The port of an address that names none.
const DEFAULT_PORT: &str = "42217";

/// An address to listen at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// A unix socket.
    Unix(PathBuf),
    /// A host and a port, as they were typed; no host for all addresses of this one.
    Tcp {
        /// A name or an address.
        host: Option<String>,
        /// A number.
        port: String,
    },
}

impl ListenAddress {
    /// All addresses of this host and the usual port (`-L`).
    pub fn everywhere() -> Self {
        Self::Tcp { host: None, port: DEFAULT_PORT.to_owned() }
    }

    /// The value of `-l`: `unix:PATH`, `/PATH`, `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT` or
    /// `:PORT`.
    ///
    /// ```
    /// # use rrd_cached::ListenAddress;
    /// let address = |host: &str, port: &str| ListenAddress::Tcp {
    ///     host: Some(host.to_owned()),
    ///     port: port.to_owned(),
    /// };
    /// assert_eq!(ListenAddress::parse("[::1]:4000".as_ref()), address("::1", "4000"));
    /// assert_eq!(ListenAddress::parse("::1".as_ref()), address("::1", "42217"));
    /// ```
    pub fn parse(text: &OsStr) -> Self {
        let bytes = text.as_bytes();
        if let Some(path) = bytes.strip_prefix(b"unix:") {
            return Self::Unix(OsStr::from_bytes(path).into());
        }
        if bytes.starts_with(b"/") {
            return Self::Unix(text.into());
        }
        let text = text.to_string_lossy();
        let (host, port) = split(&text);
        Self::Tcp {
            host: (!host.is_empty()).then(|| host.to_owned()),
            port: if port.is_empty() { DEFAULT_PORT } else { port }.to_owned(),
        }
    }
}

/// Host and port, either of which may be empty.
fn split(text: &str) -> (&str, &str) {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':').unwrap_or(rest));
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return (text, "");
    }
    text.rsplit_once(':').unwrap_or((text, ""))
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp { host: None, port } => write!(f, ":{port}"),
            Self::Tcp { host: Some(host), port } if host.contains(':') => {
                write!(f, "[{host}]:{port}")
            }
            Self::Tcp { host: Some(host), port } => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_rrdcached() {
        for (text, meaning) in [
            ("unix:/run/s", "unix:/run/s"),
            ("unix:s", "unix:s"),
            ("/run/s", "unix:/run/s"),
            ("localhost", "localhost:42217"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("[::1]", "[::1]:42217"),
            ("[::1]:2", "[::1]:2"),
            ("fe80::1", "[fe80::1]:42217"),
            (":3", ":3"),
            ("", ":42217"),
        ] {
            assert_eq!(ListenAddress::parse(text.as_ref()).to_string(), meaning, "{text}");
        }
        assert_eq!(ListenAddress::everywhere(), ListenAddress::parse("".as_ref()));
    }

    #[test]
    fn the_path_of_a_socket_may_have_any_bytes() {
        let path = OsStr::from_bytes(b"/run/\xff");
        assert_eq!(ListenAddress::parse(path), ListenAddress::Unix(path.into()));
    }
}
