//! A page of another server as described by a section: address, virtual host, user, and trusted
//! certificates.

use super::{ConfigError, SectionReader, ValueError};
use crate::net::page::{AddressError, Page};
use crate::net::tls::Trust;

/// How a page is requested, apart from its address.
#[derive(Debug, Default)]
pub struct PageOptions {
    /// The virtual host.
    pub host: Option<String>,
    /// The user.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// A file of trusted certificates.
    pub ca: Option<String>,
    /// Whether certificates are verified.
    pub verify: Option<bool>,
}

impl SectionReader<'_> {
    /// The page at `url`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] with the key that is wrong.
    pub fn page(&self, url: &str, options: PageOptions) -> Result<Page, ConfigError> {
        let invalid = |error: AddressError| self.error("url", error);
        let mut page = Page::parse(&self.expand("url", url)?).map_err(invalid)?;
        if let Some(host) = options.host {
            page = page.for_host(&host);
        }
        match (options.user, options.password) {
            (None, None) => {}
            (Some(user), Some(password)) => {
                let user = self.expand("user", &user)?;
                let password = self.secret("password", &password)?;
                page = page.for_user(&user, &password).map_err(invalid)?;
            }
            _ => return Err(self.error("user", ValueError::UserWithoutPassword)),
        }
        if let Some(file) = options.ca {
            let trust = Trust::only(self.expand("ca", &file)?.as_ref());
            let trust = trust.map_err(|error| self.error("ca", error))?;
            page = page.trusting(trust).map_err(invalid)?;
        }
        if options.verify == Some(false) {
            page = page.trusting(Trust::anybody()).map_err(invalid)?;
        }
        Ok(page)
    }
}
