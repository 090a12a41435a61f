//! A page of another server as described by a section: address, virtual host, user or token,
//! further headers, and trusted certificates.

use std::collections::BTreeMap;

use super::{ConfigError, SectionReader, ValueError};
use crate::net::page::{AddressError, Page};
use crate::net::tls::Trust;

/// How a page is requested, apart from its address.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PageOptions {
    /// The virtual host.
    pub host: Option<String>,
    /// The user.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// A token that is sent in place of user and password.
    pub bearer: Option<String>,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// A file of trusted certificates.
    pub ca: Option<String>,
    /// Whether certificates are verified.
    pub verify: Option<bool>,
    /// A file with the certificate that is shown to the server.
    pub certificate: Option<String>,
    /// A file with its key.
    pub key: Option<String>,
}

impl SectionReader<'_> {
    /// The trust that the keys `ca` and `verify` describe; `None` without them.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] if the file of `ca` cannot be used.
    pub fn trust(
        &self,
        ca: Option<String>,
        verify: Option<bool>,
    ) -> Result<Option<Trust>, ConfigError> {
        let mut trust = match ca {
            Some(file) => {
                let trust = Trust::only(self.expand("ca", &file)?.as_ref());
                Some(trust.map_err(|error| self.error("ca", error))?)
            }
            None => None,
        };
        if verify == Some(false) {
            trust = Some(Trust::anybody());
        }
        Ok(trust)
    }

    /// The trust in a server whose address does not say whether it speaks TLS: that is what `tls`
    /// says, or else `ca` and `verify`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] as by [`trust`](Self::trust), and if the keys contradict each other.
    pub fn tls(
        &self,
        tls: Option<bool>,
        ca: Option<String>,
        verify: Option<bool>,
    ) -> Result<Option<Trust>, ConfigError> {
        match (tls, self.trust(ca, verify)?) {
            (Some(false), Some(_)) => Err(self.error("tls", "`ca` and `verify` need tls = true")),
            (Some(true), None) => Ok(Some(self.file.system_trust())),
            (_, trust) => Ok(trust),
        }
    }

    /// The trust that shows a certificate to servers that ask for one, if there is one.
    fn showing(
        &self,
        trust: Option<Trust>,
        certificate: Option<String>,
        key: Option<String>,
    ) -> Result<Option<Trust>, ConfigError> {
        let (certificate, key) = match (certificate, key) {
            (None, None) => return Ok(trust),
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(_), None) => return Err(self.error("key", ValueError::CertificateWithoutKey)),
            (None, Some(_)) => {
                return Err(self.error("certificate", ValueError::CertificateWithoutKey));
            }
        };
        let files = (self.expand("certificate", &certificate)?, self.expand("key", &key)?);
        let trust = trust.unwrap_or_else(|| self.file.system_trust());
        let showing = trust.showing(files.0.as_ref(), files.1.as_ref());
        showing.map(Some).map_err(|error| self.error("certificate", error))
    }

    /// The page at `url`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] with the key that is wrong.
    pub fn page(&self, url: &str, options: PageOptions) -> Result<Page, ConfigError> {
        let user = match (options.user, options.password) {
            (None, None) => None,
            (Some(user), Some(password)) => {
                Some((self.expand("user", &user)?, self.secret("password", &password)?))
            }
            (Some(_), None) => return Err(self.error("password", ValueError::UserWithoutPassword)),
            (None, Some(_)) => return Err(self.error("user", ValueError::UserWithoutPassword)),
        };
        let bearer = options.bearer.map(|token| self.secret("bearer", &token)).transpose()?;
        if bearer.is_some() && user.is_some() {
            return Err(self.error("bearer", ValueError::TwoAuthorizations));
        }
        let mut headers = Vec::new();
        for (name, value) in &options.headers {
            let key = format!("headers.{name}");
            headers.push((name, self.expand(&key, value)?));
        }
        let trust = self.trust(options.ca, options.verify)?;
        let trust = self.showing(trust, options.certificate, options.key)?;
        // The address comes last: it is needed, so without it no other error would be found.
        let invalid = |error: AddressError| self.error("url", error);
        let url = self.expand("url", url)?;
        let system = || self.file.system_trust();
        let mut page = Page::parse_trusting(&url, system).map_err(invalid)?;
        if let Some(host) = options.host {
            page = page.for_host(&host);
        }
        if let Some((user, password)) = user {
            page = page.for_user(&user, &password).map_err(invalid)?;
        }
        if let Some(token) = bearer {
            page = page.for_bearer(&token).map_err(|error| self.error("bearer", error))?;
        }
        for (name, value) in headers {
            let refused = |error| self.error(&format!("headers.{name}"), error);
            page = page.with_header(name, &value).map_err(refused)?;
        }
        if let Some(trust) = trust {
            page = page.trusting(trust).map_err(invalid)?;
        }
        Ok(page)
    }
}
