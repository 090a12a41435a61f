//! Combinations of page settings that are not safe.

use super::Config;
use crate::section::ConfigError;

impl Config {
    /// Checks that the page is served safely.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ClearPassword`], which says what to do.
    pub fn check_exposure(&self) -> Result<(), ConfigError> {
        let exposed = self.listen.iter().find(|listen| listen.is_exposed());
        match exposed {
            Some(listen) if self.credentials.is_some() && self.identity.is_none() => {
                Err(ConfigError::ClearPassword { listen: listen.clone() })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::credentials::Credentials;

    #[test]
    fn a_password_goes_over_the_network_inside_tls_only() {
        let mut config = Config::new("data".into());
        config.credentials = Some(Credentials::new("me", "s3cret"));
        for safe in ["127.0.0.1:7300", "[::1]:7300", "unix:/run/page.sock"] {
            config.listen = vec![safe.parse().unwrap()];
            assert!(config.check_exposure().is_ok());
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
        assert!(config.check_exposure().is_ok());
    }
}
