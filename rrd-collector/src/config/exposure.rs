//! Where the page is served and who may see it: addresses, credentials, and which of them must not go together.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use ring::rand::SystemRandom;
use thiserror::Error;

use super::Config;

/// Where the page is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// At an address of this host.
    Network(SocketAddr),
    /// At a socket in a folder.
    Socket(PathBuf),
}

/// Why text is no place to listen at.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{text:?} is not an address and a port, such as 127.0.0.1:7300 or [::1]:7300, nor unix:/path"
)]
pub struct ListenError {
    /// The text.
    pub text: String,
}

/// ```
/// use rrd_collector::config::Listen;
/// assert_eq!("unix:/run/page.sock".parse(), Ok(Listen::Socket("/run/page.sock".into())));
/// assert!("7300".parse::<Listen>().is_err());
/// ```
impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        let wrong = || ListenError { text: text.to_owned() };
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Socket(path.into())),
            Some(_) => Err(wrong()),
            None => text.parse().map(Self::Network).map_err(|_| wrong()),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => address.fmt(formatter),
            Self::Socket(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

impl Listen {
    /// Whether other machines can reach it.
    pub fn is_exposed(&self) -> bool {
        matches!(self, Self::Network(address) if !address.ip().is_loopback())
    }
}

/// A user's name and password, kept as a keyed digest only.
#[derive(Clone)]
pub struct Credentials {
    key: hmac::Key,
    tag: hmac::Tag,
    /// The same for the same credentials, so that a changed password is noticed.
    seal: [u8; 32],
}

impl Credentials {
    /// Those of this user.
    pub fn new(user: &str, password: &str) -> Self {
        let text = format!("{user}:{password}");
        let seal = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"seal"), text.as_bytes());
        let mut digest = [0; 32];
        digest.copy_from_slice(seal.as_ref());
        // Without random numbers the digest is a key of its own; it stays as hard to turn back.
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .unwrap_or_else(|_| hmac::Key::new(hmac::HMAC_SHA256, &digest));
        let tag = hmac::sign(&key, text.as_bytes());
        Self { key, tag, seal: digest }
    }

    /// Whether an `Authorization` header says them. Takes as long for a wrong password as for the right one.
    ///
    /// ```
    /// use rrd_collector::config::Credentials;
    /// let credentials = Credentials::new("Aladdin", "open sesame");
    /// assert!(credentials.admit("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    /// assert!(!credentials.admit("Basic QWxhZGRpbjpvcGVuIHNlc2FtZRQ="));
    /// ```
    pub fn admit(&self, authorization: &str) -> bool {
        let said = match authorization.split_once(' ') {
            Some((scheme, said)) if scheme.eq_ignore_ascii_case("basic") => said.trim(),
            _ => return false,
        };
        let said = BASE64_STANDARD.decode(said).unwrap_or_default();
        hmac::verify(&self.key, &said, self.tag.as_ref()).is_ok()
    }
}

impl PartialEq for Credentials {
    fn eq(&self, other: &Self) -> bool {
        self.seal == other.seal
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Why a page must not be served like this.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExposureError {
    /// A password would go over the network for all to read.
    #[error(
        "auth without tls at {listen}: the password would be sent in the clear; give tls.certificate and tls.key, \
         or listen at 127.0.0.1 or unix:/path"
    )]
    Clear {
        /// Where.
        listen: Listen,
    },
}

impl Config {
    /// Whether the page is served where and as it is safe.
    ///
    /// # Errors
    ///
    /// [`ExposureError`], which says what to do.
    pub fn check_exposure(&self) -> Result<(), ExposureError> {
        let exposed = self.listen.iter().find(|listen| listen.is_exposed());
        match exposed {
            Some(listen) if self.credentials.is_some() && self.identity.is_none() => {
                Err(ExposureError::Clear { listen: listen.clone() })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_right_credentials_are_admitted() {
        let credentials = Credentials::new("me", "s3cret");
        let said = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
        assert!(credentials.admit(&said("me:s3cret")));
        assert!(credentials.admit(&said("me:s3cret").replace("Basic", "basic")));
        for wrong in ["me:s3cre", "me:s3cret2", "ME:s3cret", "me", ":", ""] {
            assert!(!credentials.admit(&said(wrong)), "{wrong}");
        }
        for wrong in ["", "Basic", "Basic !!", "Bearer bWU6czNjcmV0"] {
            assert!(!credentials.admit(wrong), "{wrong}");
        }
        assert_eq!(credentials, Credentials::new("me", "s3cret"));
        assert_ne!(credentials, Credentials::new("me", "other"));
        assert_eq!(format!("{credentials:?}"), "Credentials { .. }");
    }

    #[test]
    fn a_password_goes_over_the_network_inside_tls_only() {
        let mut config = Config::new("data".into());
        config.credentials = Some(Credentials::new("me", "s3cret"));
        for safe in ["127.0.0.1:7300", "[::1]:7300", "unix:/run/page.sock"] {
            config.listen = vec![safe.parse().unwrap()];
            assert_eq!(config.check_exposure(), Ok(()));
        }
        config.listen.push("0.0.0.0:7300".parse().unwrap());
        assert_eq!(
            config.check_exposure().unwrap_err().to_string(),
            "auth without tls at 0.0.0.0:7300: the password would be sent in the clear; give tls.certificate and \
             tls.key, or listen at 127.0.0.1 or unix:/path"
        );
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = crate::net::tls::trial::certificate(folder.path(), "one");
        config.identity = Some(crate::net::tls::Identity::read(&certificate, &key).unwrap());
        assert_eq!(config.check_exposure(), Ok(()));
    }
}
