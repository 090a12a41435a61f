//! The address of a caching daemon.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The default port.
const DEFAULT_PORT: &str = "42217";

/// The address of a daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A socket in the file system: `unix:PATH` or an absolute path.
    Unix(PathBuf),
    /// A host and a port, by name or number: `HOST`, `HOST:PORT`, `[IPV6]`, `[IPV6]:PORT`.
    Tcp { host: String, port: String },
}

/// An address without a path or host.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A bracket is not closed.
    #[error("malformed address: {0}")]
    Malformed(String),
    /// Something other than a port follows the bracket.
    #[error("garbage after address: {0}")]
    Garbage(String),
}

impl Address {
    /// Parses an address.
    pub(crate) fn parse(text: &OsStr) -> Result<Self, AddressError> {
        let bytes = text.as_bytes();
        if let Some(path) = bytes.strip_prefix(b"unix:") {
            return Ok(Self::Unix(PathBuf::from(OsStr::from_bytes(path))));
        }
        if bytes.starts_with(b"/") {
            return Ok(Self::Unix(PathBuf::from(text)));
        }
        let text = text.to_string_lossy();
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, after) = rest
                .split_once(']')
                .ok_or_else(|| AddressError::Malformed(text.clone().into_owned()))?;
            match after.strip_prefix(':') {
                Some(port) => (host, port),
                None if after.is_empty() => (host, DEFAULT_PORT),
                None => return Err(AddressError::Garbage(after.to_owned())),
            }
        } else {
            text.split_once(':').unwrap_or((&*text, DEFAULT_PORT))
        };
        Ok(Self::Tcp { host: host.to_owned(), port: port.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, AddressError> {
        Address::parse(OsStr::new(text))
    }

    #[test]
    fn an_address_is_a_path_or_a_host() {
        assert_eq!(parse("unix:a.sock"), Ok(Address::Unix("a.sock".into())));
        assert_eq!(parse("/run/a.sock"), Ok(Address::Unix("/run/a.sock".into())));
        for (text, host, port) in [
            ("h", "h", "42217"),
            ("h:1", "h", "1"),
            ("[::1]", "::1", "42217"),
            ("[::1]:7", "::1", "7"),
        ] {
            let tcp = Address::Tcp { host: host.to_owned(), port: port.to_owned() };
            assert_eq!(parse(text), Ok(tcp));
        }
    }

    #[test]
    fn brackets_close_and_nothing_but_a_port_follows() {
        assert_eq!(parse("[::1"), Err(AddressError::Malformed("[::1".to_owned())));
        assert_eq!(parse("[::1]x"), Err(AddressError::Garbage("x".to_owned())));
    }
}
