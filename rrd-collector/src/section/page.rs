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
        let user = match (options.user, options.password) {
            (None, None) => None,
            (Some(user), Some(password)) => {
                Some((self.expand("user", &user)?, self.secret("password", &password)?))
            }
            (Some(_), None) => return Err(self.error("password", ValueError::UserWithoutPassword)),
            (None, Some(_)) => return Err(self.error("user", ValueError::UserWithoutPassword)),
        };
        let mut trust = match options.ca {
            Some(file) => {
                let trust = Trust::only(self.expand("ca", &file)?.as_ref());
                Some(trust.map_err(|error| self.error("ca", error))?)
            }
            None => None,
        };
        if options.verify == Some(false) {
            trust = Some(Trust::anybody());
        }
        // The address comes last: it is needed, so without it no other error would be found.
        let invalid = |error: AddressError| self.error("url", error);
        let mut page = Page::parse(&self.expand("url", url)?).map_err(invalid)?;
        if let Some(host) = options.host {
            page = page.for_host(&host);
        }
        if let Some((user, password)) = user {
            page = page.for_user(&user, &password).map_err(invalid)?;
        }
        if let Some(trust) = trust {
            page = page.trusting(trust).map_err(invalid)?;
        }
        Ok(page)
    }
}
