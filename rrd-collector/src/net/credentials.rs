//! The user name and password for the page.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use ring::rand::SystemRandom;

/// A user name and password, stored only as a keyed digest.
#[derive(Clone)]
pub struct Credentials {
    key: hmac::Key,
    tag: hmac::Tag,
    /// Equal for equal credentials, so that a changed password is noticed.
    seal: [u8; 32],
}

impl Credentials {
    /// The credentials of this user.
    pub fn new(user: &str, password: &str) -> Self {
        let text = format!("{user}:{password}");
        let seal = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"seal"), text.as_bytes());
        let mut digest = [0; 32];
        digest.copy_from_slice(seal.as_ref());
        // Without random numbers the key is fixed; the digest is still hard to invert.
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .unwrap_or_else(|_| hmac::Key::new(hmac::HMAC_SHA256, &digest));
        let tag = hmac::sign(&key, text.as_bytes());
        Self { key, tag, seal: digest }
    }

    /// Whether an `Authorization` header contains them. Takes the same time for wrong and correct
    /// passwords.
    ///
    /// ```
    /// use rrd_collector::net::credentials::Credentials;
    /// let credentials = Credentials::new("Aladdin", "open sesame");
    /// assert!(credentials.admit("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    /// assert!(!credentials.admit("Basic QWxhZGRpbjpvcGVuIHNlc2FtZRQ="));
    /// ```
    pub fn admit(&self, authorization: &str) -> bool {
        let encoded = match authorization.split_once(' ') {
            Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => encoded.trim(),
            _ => return false,
        };
        let given = BASE64_STANDARD.decode(encoded).unwrap_or_default();
        hmac::verify(&self.key, &given, self.tag.as_ref()).is_ok()
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
}
