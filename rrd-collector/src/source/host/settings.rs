//! What is configured of the host: where its files are, how often it is sampled, and each of its probes.

use std::collections::BTreeMap;

use rrd_core::Step;
use serde::Deserialize;
use toml::Spanned;

use crate::rootfs::Host;
use crate::schedule::whole_seconds;
use crate::section::{ConfigError, InstanceFilter, SectionReader, SectionValue};
use crate::source::probe::Probe;

/// What is configured of the host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostSettings {
    /// Where the kernel's files are.
    pub files: Host,
    /// How often the host is sampled.
    pub step: Step,
    /// What is configured of single probes, by their names.
    pub probes: BTreeMap<String, ProbeSettings>,
}

/// What is configured of one probe.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeSettings {
    /// Whether it runs.
    pub enabled: bool,
    /// How often; `None` for as often as the others.
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
        Self { files: Host::at("/"), step: whole_seconds(1), probes: BTreeMap::new() }
    }
}

impl HostSettings {
    /// How often a probe is asked: as configured, or at its default interval but not more often than the others.
    pub fn step_of(&self, probe: &dyn Probe) -> Step {
        self.probe(probe.name()).step.unwrap_or(self.step.max(probe.default_interval()))
    }

    /// What is configured of a probe.
    pub fn probe(&self, name: &str) -> ProbeSettings {
        self.probes.get(name).cloned().unwrap_or_default()
    }

    /// Adds what `[probe.NAME]` sections say of probes with these names; what they leave out stays.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a probe that does not exist, and for a value that is not valid.
    pub(super) fn read<'a>(
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
            probe.instances.read(table.include, table.exclude);
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
    exclude: Option<Vec<String>>,
}
