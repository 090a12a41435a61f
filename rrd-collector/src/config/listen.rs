//! The key `listen`: an address, a table with one, or a list of these.

use serde::Deserialize;

use crate::net::listen::{InvalidListenAddress, PageAddress};
use crate::section::{ConfigError, SectionReader};

/// The addresses as written in a file.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a text, a table of address and tls, or a list of texts and tables"
)]
pub(super) enum Addresses {
    One(Address),
    Several(Vec<Address>),
}

/// One address as written in a file.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Address {
    Text(String),
    Table(Table),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    address: String,
    tls: Option<bool>,
}

impl Addresses {
    pub(super) fn read(&self, reader: SectionReader<'_>) -> Result<Vec<PageAddress>, ConfigError> {
        match self {
            Self::One(address) => Ok(vec![address.read(reader)?]),
            Self::Several(all) => all.iter().map(|address| address.read(reader)).collect(),
        }
    }
}

impl Address {
    fn read(&self, reader: SectionReader<'_>) -> Result<PageAddress, ConfigError> {
        let (text, tls) = match self {
            Self::Text(text) => (text, None),
            Self::Table(Table { address, tls }) => (address, *tls),
        };
        let address = reader.expand("listen", text)?.parse();
        let invalid = |error: InvalidListenAddress| reader.error("listen", error);
        Ok(PageAddress { address: address.map_err(invalid)?, tls })
    }
}
