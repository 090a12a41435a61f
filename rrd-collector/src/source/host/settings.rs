//! Settings of the host: the location of its files, the sampling interval, and the probes.

use std::collections::BTreeMap;

use rrd_core::Step;
use serde::Deserialize;
use toml::Spanned;

use crate::rootfs::Host;
use crate::schedule::whole_seconds;
use crate::section::{ConfigError, InstanceFilter, SectionReader, SectionValue};
use crate::source::probe::Probe;
use crate::source::watched::WatchedProcess;

/// Settings of the host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostSettings {
    /// The location of the kernel's files.
    pub files: Host,
    /// The sampling interval.
    pub step: Step,
    /// Settings of single probes, by name.
    pub probes: BTreeMap<String, ProbeSettings>,
    /// The processes that are watched by name.
    pub processes: Vec<WatchedProcess>,
}

/// Settings of a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeSettings {
    /// Whether it is enabled.
    pub enabled: bool,
    /// Its interval; `None` for the default.
    pub step: Option<Step>,
    /// Which instances are sampled.
    pub instances: InstanceFilter,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self { enabled: true, step: None, instances: InstanceFilter::default() }
    }
}

impl Default for HostSettings {
    /// This host, every second.
    fn default() -> Self {
        Self {
            files: Host::at("/"),
            step: whole_seconds(1),
            probes: BTreeMap::new(),
            processes: Vec::new(),
        }
    }
}

impl HostSettings {
    /// The interval of a probe: as configured, or its default but not shorter than the host's.
    pub fn step_of(&self, probe: &dyn Probe) -> Step {
        self.probe(probe.name()).step.unwrap_or(self.step.max(probe.default_interval()))
    }

    /// The settings of a probe.
    pub fn probe(&self, name: &str) -> ProbeSettings {
        self.probes.get(name).cloned().unwrap_or_default()
    }

    /// Adds the `[probe.NAME]` sections; missing settings keep their value.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a probe that does not exist, and for an invalid value.
    pub fn read<'a>(
        &mut self,
        names: &[&str],
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<(), ConfigError> {
        let tables: BTreeMap<Spanned<String>, ProbeTable> = reader.parse(value)?;
        for (name, table) in tables {
            let (at, name) = (name.span().start, name.into_inner());
            if !names.contains(&&*name) {
                return Err(reader.unknown(at, &format!("probe.{name}"), names));
            }
            let section = format!("probe.{name}");
            let reader = reader.section(&section);
            let step = table.step.map(|text| reader.step("step", &text)).transpose()?;
            let probe = self.probes.entry(name).or_default();
            probe.enabled = table.enabled.unwrap_or(probe.enabled);
            probe.step = step.or(probe.step);
            probe.instances.read(table.include, table.also, table.exclude);
        }
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeTable {
    enabled: Option<bool>,
    step: Option<String>,
    include: Option<Vec<String>>,
    also: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
}
