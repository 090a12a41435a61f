//! One `[[ping]]` section: a host, and how often it is pinged.

use std::fmt;
use std::net::IpAddr;

use rrd_core::Step;
use serde::Deserialize;
use thiserror::Error;

use super::round::{self, MOST_REQUESTS};
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::input::Input;
use crate::source::probe::MINUTE;

/// The name of the section.
pub(super) const SECTION: &str = "ping";

/// The number of echo requests in an interval, unless something else is configured.
const USUAL: u16 = 10;
/// Fewer have no quantiles.
const FEWEST: u16 = 3;

/// A host that is pinged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PingedHost {
    /// Its name in files and on the page.
    pub instance: String,
    /// Its name or address.
    pub host: String,
    /// Which of its addresses are used.
    pub family: Family,
    /// The interval.
    pub step: Step,
    /// The number of echo requests in it.
    pub count: u16,
}

/// Which addresses of a host are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// The first one that the system gives.
    #[default]
    Any,
    /// Only those of IPv4.
    V4,
    /// Only those of IPv6.
    V6,
}

impl Family {
    /// Whether an address is one of it.
    pub(super) fn has(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "IPv4 or IPv6",
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// Why a number of a section is not valid.
#[derive(Debug, Error)]
enum SettingError {
    #[error("invalid count {count}: expected {FEWEST} to {MOST_REQUESTS}, e.g. {USUAL}")]
    Count { count: i64 },
    #[error(
        "{count} echo requests in {step} s are less than 0.1 s apart: expected at most {most}, or a \
         longer step"
    )]
    Fast { count: u16, step: u64, most: u16 },
    #[error("invalid ip {ip}: expected 4 or 6")]
    Ip { ip: i64 },
    #[error("invalid host {host:?}: expected a name or an address, e.g. 192.0.2.1")]
    Host { host: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    host: String,
    ip: Option<i64>,
    count: Option<i64>,
    step: Option<String>,
}

pub(super) fn read<'a>(
    reader: SectionReader<'a>,
    value: SectionValue<'a>,
) -> Result<Input, ConfigError> {
    let Table { name, host, ip, count, step } = reader.parse(value)?;
    let step = step.map_or(Ok(MINUTE), |text| reader.step("step", &text))?;
    let count = count.unwrap_or(USUAL.into());
    let range = FEWEST..=MOST_REQUESTS;
    let count = u16::try_from(count)
        .ok()
        .filter(|count| range.contains(count))
        .ok_or_else(|| reader.error("count", SettingError::Count { count }))?;
    let most = round::most_requests(step);
    if count > most {
        let step = step.seconds();
        return Err(reader.error("count", SettingError::Fast { count, step, most }));
    }
    let family = match ip {
        None => Family::Any,
        Some(4) => Family::V4,
        Some(6) => Family::V6,
        Some(ip) => return Err(reader.error("ip", SettingError::Ip { ip })),
    };
    if host.is_empty() || host.contains(|letter: char| letter.is_whitespace() || letter == '\0') {
        return Err(reader.error("host", SettingError::Host { host }));
    }
    let instance = name.unwrap_or_else(|| host.clone());
    Ok(Input::new(SECTION, PingedHost { instance, host, family, step, count }))
}
