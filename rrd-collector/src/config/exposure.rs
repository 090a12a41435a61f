//! Combinations of page settings that are not safe.

use super::Config;
use crate::section::ConfigError;

impl Config {
    /// Checks that the page is served safely.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ClearPassword`], [`ConfigError::NoCertificate`], which say what to do.
    pub fn check_exposure(&self) -> Result<(), ConfigError> {
        let has_certificate = self.identity.is_some();
        for listen in &self.listen {
            let address = || listen.address.clone();
            if listen.tls == Some(true) && !has_certificate {
                return Err(ConfigError::NoCertificate { listen: address() });
            }
            let is_plain = !(has_certificate && listen.wants_tls());
            if self.credentials.is_some() && is_plain && listen.address.is_exposed() {
                return Err(ConfigError::ClearPassword { listen: address() });
            }
        }
        Ok(())
    }

    /// The warning that everybody who can reach this machine sees the page, if that is so.
    pub fn exposure_warning(&self) -> Option<String> {
        let exposed = self.listen.iter().map(|listen| &listen.address);
        let exposed: Vec<String> =
            exposed.filter(|listen| listen.is_exposed()).map(ToString::to_string).collect();
        (self.credentials.is_none() && !exposed.is_empty()).then(|| {
            format!(
                "the page at {} is shown to everybody who can reach it: give [auth] and [tls], or \
                 listen at 127.0.0.1 or unix:/path",
                exposed.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::credentials::Credentials;
    use crate::net::listen::PageAddress;

    fn listen(text: &str) -> PageAddress {
        PageAddress { address: text.parse().unwrap(), tls: None }
    }

    #[test]
    fn a_page_for_everybody_is_warned_about_in_one_line() {
        let mut config = Config::new("data".into());
        config.listen = vec![listen("127.0.0.1:7300"), listen("unix:/run/page.sock")];
        assert_eq!(config.exposure_warning(), None);
        config.listen.extend([listen("0.0.0.0:7300"), listen("[2001:db8::1]:80")]);
        assert_eq!(
            config.exposure_warning().as_deref(),
            Some(
                "the page at 0.0.0.0:7300, [2001:db8::1]:80 is shown to everybody who can reach it: give \
                 [auth] and [tls], or listen at 127.0.0.1 or unix:/path"
            )
        );
        config.credentials = Some(Credentials::new("me", "s3cret"));
        assert_eq!(config.exposure_warning(), None);
    }

    #[test]
    fn a_password_goes_over_the_network_inside_tls_only() {
        let mut config = Config::new("data".into());
        config.credentials = Some(Credentials::new("me", "s3cret"));
        for safe in ["127.0.0.1:7300", "[::1]:7300", "unix:/run/page.sock"] {
            config.listen = vec![listen(safe)];
            assert!(config.check_exposure().is_ok());
        }
        config.listen.push(listen("0.0.0.0:7300"));
        assert_eq!(
            config.check_exposure().unwrap_err().to_string(),
            "auth without tls at 0.0.0.0:7300: the password would be sent in the clear; give tls.certificate and \
             tls.key, or listen at 127.0.0.1 or unix:/path"
        );
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = crate::net::tls::trial::certificate(folder.path(), "one");
        config.identity = Some(crate::net::tls::Identity::read(&certificate, &key).unwrap());
        assert!(config.check_exposure().is_ok());
        // One address may be left without it.
        config.listen[1].tls = Some(false);
        assert!(matches!(config.check_exposure(), Err(ConfigError::ClearPassword { .. })));
        config.listen[1] = PageAddress { tls: Some(true), ..listen("unix:/run/page.sock") };
        assert!(config.check_exposure().is_ok());
        config.identity = None;
        assert_eq!(
            config.check_exposure().unwrap_err().to_string(),
            "tls at unix:/run/page.sock: there is no certificate; give tls.certificate and tls.key"
        );
    }
}
