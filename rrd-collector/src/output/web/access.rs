//! Access to the page: certificate, password, and the host name of requests.

use std::net::IpAddr;

use crate::net::credentials::Credentials;
use crate::net::tls::Identity;

/// The access rules of the page.
#[derive(Clone, Debug, Default)]
pub struct Access {
    identity: Option<Identity>,
    credentials: Option<Credentials>,
}

impl Access {
    /// With this certificate, and only for this user if there is one.
    pub fn new(identity: Option<Identity>, credentials: Option<Credentials>) -> Self {
        Self { identity, credentials }
    }

    pub(super) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Who may see the page; `None` for everybody.
    pub(super) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }
}

/// Whether the host name of a request to a loopback listener cannot come from DNS: an IP address,
/// or a name of this host, as configured or as the kernel knows it.
pub(super) fn is_ours(asked: &str, own: [&str; 2]) -> bool {
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = match asked.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => asked,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || own.iter().any(|own| name.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_somebody_else_gave_the_loopback_is_not_ours() {
        for name in
            ["127.0.0.1:7300", "[::1]:7300", "localhost", "LOCALHOST:80", "web1:7300", "4f5a"]
        {
            assert!(is_ours(name, ["web1", "4f5a"]), "{name}");
        }
        for name in ["evil.example:7300", "localhost.evil.example", "", "127.0.0.1.evil.example"] {
            assert!(!is_ours(name, ["web1", "4f5a"]), "{name}");
        }
    }
}
