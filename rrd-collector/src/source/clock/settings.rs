//! The section `[clock]`: where the time services of this host are asked.

use std::net::{Ipv4Addr, SocketAddr};

use rrd_core::Step;
use serde::Deserialize;

use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::input::Input;
use crate::source::probe::MINUTE;

/// The name of the section.
pub(super) const SECTION: &str = "clock";

/// Where the time services are asked, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeServices {
    /// chronyd's command port; `None` if it is not asked.
    pub chrony: Option<SocketAddr>,
    /// ntpd; `None` if it is not asked.
    pub ntp: Option<SocketAddr>,
    /// The interval.
    pub step: Step,
}

impl Default for TimeServices {
    /// Both on this host, at their usual ports.
    fn default() -> Self {
        let here = |port| Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        Self { chrony: here(323), ntp: here(123), step: MINUTE }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    enabled: Option<bool>,
    chrony: Option<String>,
    ntp: Option<String>,
    step: Option<String>,
}

pub(super) fn read<'a>(
    reader: SectionReader<'a>,
    value: SectionValue<'a>,
) -> Result<Input, ConfigError> {
    let table: Table = reader.parse(value)?;
    let usual = TimeServices::default();
    let step = table.step.map_or(Ok(usual.step), |text| reader.step("step", &text))?;
    let socket = |key, text: Option<String>, usual| {
        text.map_or(Ok(usual), |text| reader.socket(key, text).map(Some))
    };
    let (chrony, ntp) =
        (socket("chrony", table.chrony, usual.chrony)?, socket("ntp", table.ntp, usual.ntp)?);
    let services = match table.enabled {
        Some(false) => TimeServices { chrony: None, ntp: None, step },
        _ => TimeServices { chrony, ntp, step },
    };
    Ok(Input::new(SECTION, services))
}
