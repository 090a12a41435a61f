//! The sources: one folder each, with configuration section, parser, task, kinds of groups and
//! charts. A source is registered by its line in [`SOURCES`].

pub mod apache;
pub mod cgroup;
pub mod charts;
pub mod clock;
pub mod collectd;
pub mod collector;
mod counter;
pub mod haproxy;
pub mod hardware;
pub mod host;
pub mod http_check;
pub mod http_json;
pub mod input;
pub mod kernel;
pub mod memcached;
pub mod meter;
pub mod munin;
pub mod mysql;
pub mod network;
pub mod nginx;
pub mod nut;
mod open;
pub mod php_fpm;
pub mod ping;
pub mod postgres;
pub mod probe;
pub mod process;
pub mod prometheus;
pub mod redis;
pub mod remote_write;
pub mod right;
pub mod sample;
pub mod server;
pub mod statsd;
pub mod storage;
pub mod systemd;
pub mod textfile;
mod variable;
pub mod watched;

use crate::group::Kind;
use crate::rootfs::Host;
use crate::section::{ConfigError, SectionReader, SectionValue};
use host::HostSettings;
use input::Source;
use probe::{Probe, ProbeThread, RegisteredProbe};
use right::Right;

/// All sources, in the order of the page.
pub static SOURCES: &[&Source] = &[
    &host::SOURCE,
    &cgroup::SOURCE,
    &hardware::SOURCE,
    &storage::SOURCE,
    &network::SOURCE,
    &clock::SOURCE,
    &process::SOURCE,
    &systemd::SOURCE,
    &kernel::SOURCE,
    &apache::SOURCE,
    &nginx::SOURCE,
    &haproxy::SOURCE,
    &php_fpm::SOURCE,
    &mysql::SOURCE,
    &postgres::SOURCE,
    &redis::SOURCE,
    &memcached::SOURCE,
    &http_check::SOURCE,
    &ping::SOURCE,
    &nut::SOURCE,
    &statsd::SOURCE,
    &munin::SOURCE,
    &textfile::SOURCE,
    &prometheus::SOURCE,
    &http_json::SOURCE,
    &collectd::SOURCE,
    &remote_write::SOURCE,
    &collector::SOURCE,
];

/// The section of the page that shows a kind.
pub fn section_of(kind: &str) -> Option<&'static input::PageSection> {
    let mut sections = SOURCES.iter().flat_map(|source| source.page);
    sections.find(|section| section.kinds.contains(&kind))
}

/// How a kind is shown that has many instances, if its source says so.
pub fn many_instances(kind: &str) -> Option<&'static input::ManyInstances> {
    SOURCES.iter().flat_map(|source| source.many).find(|many| many.kind == kind)
}

/// The source that reads this section of the configuration.
pub fn source_of(section: &str) -> Option<&'static Source> {
    let reads = |source: &&Source| source.sections.iter().any(|known| known.name == section);
    SOURCES.iter().copied().find(reads)
}

/// The kinds of groups whose metrics programs describe at run time.
pub fn described_kinds() -> Vec<&'static str> {
    SOURCES.iter().flat_map(|source| source.described_kinds).copied().collect()
}

/// All other kinds of groups, whose metrics are known in advance.
pub fn kinds() -> impl Iterator<Item = &'static Kind> + Clone {
    SOURCES.iter().flat_map(|source| source.known_kinds())
}

/// The probes of all sources.
pub fn registered_probes() -> impl Iterator<Item = &'static RegisteredProbe> {
    SOURCES.iter().flat_map(|source| source.probes)
}

/// All probes for a host.
pub fn host_probes(host: &Host) -> Vec<Box<dyn Probe>> {
    registered_probes().map(|probe| (probe.make)(host)).collect()
}

/// The probes of one thread for a host.
pub fn probes_on(thread: ProbeThread, host: &Host) -> Vec<Box<dyn Probe>> {
    let chosen = registered_probes().filter(|probe| probe.thread == thread);
    chosen.map(|probe| (probe.make)(host)).collect()
}

/// Adds what the `[probe.NAME]` sections of a file say.
///
/// # Errors
///
/// [`ConfigError`] for a probe that does not exist, and for a value that is not valid.
pub fn read_probes<'a>(
    settings: &mut HostSettings,
    reader: SectionReader<'a>,
    value: SectionValue<'a>,
) -> Result<(), ConfigError> {
    let names: Vec<&str> = registered_probes().map(|probe| probe.name).collect();
    settings.read(&names, reader, value)
}

/// The rights that sources need beyond those of the packaged service.
pub fn rights() -> impl Iterator<Item = &'static Right> {
    SOURCES.iter().flat_map(|source| source.rights)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::source::charts::packaged;

    #[test]
    fn every_metric_has_a_legal_and_unique_name() {
        for kind in kinds() {
            assert_eq!(crate::group::GroupId::new(&kind.name, "").unwrap().kind(), kind.name);
            let mut names = BTreeSet::new();
            for metric in kind.metrics.iter() {
                assert!(rrd_core::SourceName::new(&metric.name).is_ok(), "{}", metric.name);
                assert!(names.insert(metric.name.clone()), "{}.{} twice", kind.name, metric.name);
            }
        }
    }

    #[test]
    fn every_kind_has_a_configuration_name_a_section_of_the_page_and_a_chart() {
        let page: Vec<&str> = SOURCES
            .iter()
            .flat_map(|source| source.page)
            .flat_map(|section| section.kinds)
            .copied()
            .collect();
        for source in SOURCES {
            for kind in source.known_kinds() {
                let is_probe = source.probes.iter().any(|probe| probe.kinds.contains(&kind));
                // The collector samples itself without configuration.
                let of_collector = [&collector::OWN, &remote_write::REMOTE_WRITE];
                let is_configured = is_probe || of_collector.contains(&kind);
                let has_inputs = !source.sections.is_empty() || !(source.defaults)().is_empty();
                assert!(is_configured || has_inputs, "{}", kind.name);
                let sections = page.iter().filter(|name| **name == kind.name);
                assert_eq!(sections.count(), 1, "{}", kind.name);
                assert!(packaged().iter().any(|chart| chart.kind == kind.name), "{}", kind.name);
            }
        }
    }

    #[test]
    fn tables_and_heat_maps_show_metrics_that_are_measured() {
        for many in SOURCES.iter().flat_map(|source| source.many) {
            let kind = kinds().find(|kind| kind.name == many.kind).unwrap();
            let columns = many.columns.iter().flat_map(|column| column.metrics);
            for metric in columns.chain(many.heat_maps) {
                assert!(kind.position(metric).is_some(), "{}.{metric}", many.kind);
            }
            for column in many.columns {
                let unit = |metric: &&str| kind.metrics[kind.position(metric).unwrap()].unit;
                let units: BTreeSet<_> = column.metrics.iter().map(|m| unit(m).symbol()).collect();
                assert_eq!(units.len(), 1, "{}: {}", many.kind, column.title);
            }
        }
    }

    #[test]
    fn each_section_of_the_page_has_an_address_of_its_own() {
        let sections = SOURCES.iter().flat_map(|source| source.page);
        let ids: Vec<String> = sections.map(input::PageSection::id).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
        let is_plain = |id: &String| id.bytes().all(|b| b == b'-' || b.is_ascii_alphanumeric());
        assert!(ids.iter().all(is_plain), "{ids:?}");
    }

    #[test]
    fn every_kind_that_is_not_known_in_advance_is_a_kind_of_its_source() {
        for source in SOURCES {
            for name in source.unplanned.iter().flat_map(|groups| groups.kinds) {
                let is_known = source.known_kinds().any(|kind| kind.name == *name);
                assert!(is_known || source.described_kinds.contains(name), "{name}");
            }
        }
    }

    #[test]
    fn probes_are_configured_by_their_own_names() {
        let probes = host_probes(&Host::at("/nonexistent"));
        let names = probes.iter().map(|probe| probe.name());
        assert!(names.eq(registered_probes().map(|probe| probe.name)));
        let names: BTreeSet<_> = probes.iter().map(|probe| probe.name()).collect();
        assert_eq!(names.len(), probes.len());
    }

    #[test]
    fn no_section_is_read_by_two_sources() {
        let mut names = BTreeSet::new();
        for section in SOURCES.iter().flat_map(|source| source.sections) {
            assert!(names.insert(section.name), "{}", section.name);
        }
    }
}
