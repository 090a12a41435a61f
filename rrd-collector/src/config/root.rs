//! The keys of a configuration file that are outside all sections, and the sections of the page.

use std::path::PathBuf;

use rrd_core::LogSync;
use serde::Deserialize;

use super::Config;
use super::listen::Addresses;
use crate::group::retention::Retention;
use crate::net::credentials::Credentials;
use crate::net::tls::Identity;
use crate::process::HostName;
use crate::rootfs::Host;
use crate::section::{ConfigError, SectionReader, SectionValue};

/// The keys outside all sections.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Root {
    host: Option<String>,
    data: Option<PathBuf>,
    listen: Option<Addresses>,
    step: Option<String>,
    keep: Option<String>,
    sync: Option<String>,
    procfs: Option<PathBuf>,
    sysfs: Option<PathBuf>,
    rootfs: Option<PathBuf>,
}

pub(super) const ROOT_KEYS: [&str; 9] =
    ["host", "data", "listen", "step", "keep", "sync", "procfs", "sysfs", "rootfs"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    certificate: String,
    key: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Auth {
    user: String,
    password: String,
}

impl Config {
    /// Adds the section with the certificate of the page.
    pub(super) fn read_tls<'a>(
        &mut self,
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<(), ConfigError> {
        let tls: Tls = reader.parse(value)?;
        let certificate = reader.expand("certificate", &tls.certificate)?;
        let key = reader.expand("key", &tls.key)?;
        let identity = Identity::read(certificate.as_ref(), key.as_ref());
        self.identity = Some(identity.map_err(|error| reader.error("", error))?);
        Ok(())
    }

    /// Adds the section with the user of the page.
    pub(super) fn read_auth<'a>(
        &mut self,
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<(), ConfigError> {
        let auth: Auth = reader.parse(value)?;
        let user = reader.expand("user", &auth.user)?;
        let password = reader.secret("password", &auth.password)?;
        self.credentials = Some(Credentials::new(&user, &password));
        Ok(())
    }

    /// Adds the keys of one file that are outside all sections.
    pub(super) fn read_root<'a>(
        &mut self,
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<(), ConfigError> {
        let root: Root = reader.parse(value)?;
        if let Some(text) = root.host {
            let parsed = reader.expand("host", &text)?.parse::<HostName>();
            self.host_name = parsed.map_err(|error| reader.error("host", error))?;
        }
        if let Some(data) = root.data {
            self.data = data;
        }
        if let Some(addresses) = root.listen {
            self.listen = addresses.read(reader)?;
        }
        if let Some(text) = root.step {
            self.host.step = reader.step("step", &text)?;
        }
        if let Some(text) = root.keep {
            let parsed = text.parse::<Retention>();
            self.retention = parsed.map_err(|error| reader.error("keep", error))?;
        }
        if let Some(text) = root.sync {
            let parsed = text.parse::<LogSync>();
            self.sync = parsed.map_err(|error| reader.error("sync", error))?;
        }
        if let Some(root) = &root.rootfs {
            self.host.files = Host::at(root);
        }
        self.host.files.replace(root.procfs, root.sysfs);
        Ok(())
    }
}
