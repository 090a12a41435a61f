//! The kernel's counters under the names of Prometheus' `node_exporter`, for dashboards made for
//! it.
//!
//! Read only on request, at no cost otherwise; the text files of `[textfile]`, too. Names, labels,
//! types and units are facts about that program; a test compares them with the installed one.
//! Omitted is what walks all sockets (`udp_queues`), needs a call that no safe crate offers
//! (`timex`), or concerns hardware that the probes do not support.

mod families;
mod input;
mod kernel;
mod network;
mod storage;
mod textfile;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::fault::chain;
use crate::group::catalog::Catalog;
use crate::process::HostName;
use crate::rootfs::{Host, ReadError};

pub use families::{Families, FamilyType};
use input::{CpuSeconds, Source};

type Collect = fn(&Source<'_>, &mut Families) -> Result<(), ReadError>;

/// The collectors by their names in `node_exporter`.
const COLLECTORS: [(&str, Collect); 21] = [
    ("arp", network::arp),
    ("conntrack", network::conntrack),
    ("cpu", kernel::cpu),
    ("diskstats", storage::diskstats),
    ("entropy", kernel::entropy),
    ("filefd", kernel::filefd),
    ("filesystem", storage::filesystem),
    ("loadavg", kernel::loadavg),
    ("meminfo", kernel::meminfo),
    ("netclass", network::netclass),
    ("netdev", network::netdev),
    ("netstat", network::netstat),
    ("os", kernel::os),
    ("pressure", kernel::pressure),
    ("sockstat", network::sockstat),
    ("softnet", network::softnet),
    ("stat", kernel::stat),
    ("textfile", textfile::textfile),
    ("time", kernel::time),
    ("uname", kernel::uname),
    ("vmstat", kernel::vmstat),
];

/// State kept from one scrape to the next.
#[derive(Debug, Default)]
pub struct Node {
    /// The name of this host.
    name: HostName,
    cpus: Mutex<BTreeMap<usize, CpuSeconds>>,
    /// The folder of text files, which may change at any time.
    text_files: Mutex<Option<PathBuf>>,
}

impl Node {
    /// Without a previous scrape, and without text files.
    pub fn new(name: HostName) -> Self {
        Self { name, cpus: Mutex::default(), text_files: Mutex::default() }
    }

    /// Sets the folder of text files.
    pub fn set_text_files(&self, folder: Option<PathBuf>) {
        *self.text_files.lock().unwrap_or_else(PoisonError::into_inner) = folder;
    }

    /// All samples. Filesystems come from the newest samples: a mount that does not answer must not
    /// delay the page.
    pub fn scrape(&self, host: &Host, catalog: &Catalog) -> Families {
        let mut families = Families::default();
        let text_files = self.text_files.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (name, text_files) = (&self.name, text_files.as_deref());
        let source = Source { name, host, catalog, text_files, cpus: &self.cpus };
        for (name, collect) in COLLECTORS {
            let begun = Instant::now();
            let outcome = collect(&source, &mut families);
            if let Err(error) = &outcome {
                log::debug!("node_{name}: {}", chain(error));
            }
            let (labels, took) = ([("collector", name)], begun.elapsed().as_secs_f64());
            let (time, success) =
                ("node_scrape_collector_duration_seconds", "node_scrape_collector_success");
            families.gauge(time, "how long the collector took", &labels, took);
            let succeeded = f64::from(u8::from(outcome.is_ok()));
            families.gauge(success, "whether the collector succeeded", &labels, succeeded);
        }
        families
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_written_in_both_forms() {
        let mut families = Families::default();
        let cpu = [("cpu", "0"), ("mode", "a\"b")];
        families.counter("node_cpu_seconds_total", "time", &cpu, 1.5);
        families.add("node_vmstat_pgfault", FamilyType::Untyped, "faults", &[], 7.0);
        assert_eq!(
            families.text(false),
            "# HELP node_cpu_seconds_total time\n# TYPE node_cpu_seconds_total counter\n\
             node_cpu_seconds_total{cpu=\"0\",mode=\"a\\\"b\"} 1.5\n\
             # HELP node_vmstat_pgfault faults\n# TYPE node_vmstat_pgfault untyped\nnode_vmstat_pgfault 7\n"
        );
        assert_eq!(
            families.text(true),
            "# HELP node_cpu_seconds time\n# TYPE node_cpu_seconds counter\n\
             node_cpu_seconds_total{cpu=\"0\",mode=\"a\\\"b\"} 1.5\n\
             # HELP node_vmstat_pgfault faults\n# TYPE node_vmstat_pgfault unknown\nnode_vmstat_pgfault 7\n# EOF\n"
        );
    }

    #[test]
    fn an_odd_name_of_the_kernel_damages_no_other() {
        let mut families = Families::default();
        families.gauge("node_memory_Active(a b)\n", "field\n\\", &[], 7.0);
        assert_eq!(
            families.text(false),
            "# HELP node_memory_Active_a_b__ field\\n\\\\\n# TYPE node_memory_Active_a_b__ gauge\nnode_memory_Active_a_b__ 7\n"
        );
    }

    #[test]
    fn a_host_that_hides_everything_still_answers_and_says_what_failed() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            Node::default().scrape(&Host::at(folder.path()), &Catalog::default()).text(false);
        assert!(text.contains("node_scrape_collector_success{collector=\"cpu\"} 0\n"), "{text}");
        assert!(text.contains("node_scrape_collector_success{collector=\"uname\"} 1\n"), "{text}");
    }
}
