//! The kernel's counters under the names of Prometheus' `node_exporter`, for dashboards made for
//! it.
//!
//! Read only on request, at no cost otherwise. Names, labels, types and units are facts about that
//! program; a test compares them with the installed one. Omitted is what walks all sockets
//! (`udp_queues`), needs a call that no safe crate offers (`timex`), or concerns hardware that the
//! probes do not support.

mod kernel;
mod network;
mod storage;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::fault::chain;
use crate::group::catalog::Catalog;
use crate::rootfs::{Host, ReadError};
use crate::source::textfile::exposition::{escape_label, format_value};

/// The type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyType {
    /// Goes up and down.
    Gauge,
    /// Only grows.
    Counter,
    /// Either, as in the kernel.
    Untyped,
}

/// Samples by the name of their family.
#[derive(Debug, Default)]
pub struct Families(BTreeMap<String, Family>);

#[derive(Debug)]
struct Family {
    kind: FamilyType,
    help: String,
    samples: Vec<(String, f64)>,
}

impl Families {
    /// Adds a sample, with its labels as pairs sorted by name.
    fn add(
        &mut self,
        name: impl Into<String>,
        kind: FamilyType,
        help: &str,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        let mut text = String::new();
        for (index, (label, value)) in labels.iter().enumerate() {
            let comma = if index == 0 { '{' } else { ',' };
            let _ = write!(text, "{comma}{label}=\"{}\"", escape_label(value));
        }
        if !labels.is_empty() {
            text.push('}');
        }
        // Names come from the kernel: an odd one must not damage the others.
        let is_odd = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let (name, help) = (name.into().replace(is_odd, "_"), help.replace(is_unprintable, "_"));
        let family = || Family { kind, help, samples: Vec::new() };
        self.0.entry(name).or_insert_with(family).samples.push((text, value));
    }

    fn gauge(&mut self, name: impl Into<String>, help: &str, labels: &[(&str, &str)], value: f64) {
        self.add(name, FamilyType::Gauge, help, labels, value);
    }

    fn counter(
        &mut self,
        name: impl Into<String>,
        help: &str,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        self.add(name, FamilyType::Counter, help, labels, value);
    }

    /// Formats for Prometheus, format 0.0.4; for `OpenMetrics` if `open`.
    pub fn text(&self, open: bool) -> String {
        let mut text = String::new();
        for (name, Family { kind, help, samples }) in &self.0 {
            let (family, kind) = match (kind, open) {
                (FamilyType::Gauge, _) => (&**name, "gauge"),
                (FamilyType::Counter, false) => (&**name, "counter"),
                (FamilyType::Counter, true) => {
                    (name.strip_suffix("_total").unwrap_or(name), "counter")
                }
                (FamilyType::Untyped, false) => (&**name, "untyped"),
                (FamilyType::Untyped, true) => (&**name, "unknown"),
            };
            let _ = writeln!(text, "# HELP {family} {help}\n# TYPE {family} {kind}");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{labels} {}", format_value(*value));
            }
        }
        if open {
            text.push_str("# EOF\n");
        }
        text
    }
}

/// Whether a character needs escaping in the help text of a family.
fn is_unprintable(c: char) -> bool {
    c == '\\' || c.is_control()
}

/// The source of the collectors' data.
struct Source<'a> {
    host: &'a Host,
    catalog: &'a Catalog,
    node: &'a Node,
}

impl Source<'_> {
    /// The text of a file below `/proc`.
    fn proc(&self, name: &str) -> Result<String, ReadError> {
        self.host.proc(name).read().map(str::to_owned)
    }

    /// The number in a file below `/sys` or `/proc/sys`.
    fn number(&self, name: &str) -> Result<Option<f64>, ReadError> {
        Ok(self.proc(name)?.trim().parse().ok())
    }
}

type Collect = fn(&Source<'_>, &mut Families) -> Result<(), ReadError>;

/// The collectors by their names in `node_exporter`.
const COLLECTORS: [(&str, Collect); 20] = [
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
    ("time", kernel::time),
    ("uname", kernel::uname),
    ("vmstat", kernel::vmstat),
];

/// State kept from one scrape to the next.
#[derive(Debug, Default)]
pub struct Node {
    cpus: Mutex<BTreeMap<usize, kernel::Held>>,
}

impl Node {
    /// All samples. Filesystems come from the newest samples: a mount that does not answer must not
    /// delay the page.
    pub fn scrape(&self, host: &Host, catalog: &Catalog) -> Families {
        let mut families = Families::default();
        let source = Source { host, catalog, node: self };
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

    fn cpus(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, kernel::Held>> {
        self.cpus.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn an_odd_word_of_the_kernel_spoils_no_other() {
        let mut families = Families::default();
        families.gauge("node_memory_Active(a b)\n", "field\n\\", &[], 7.0);
        assert_eq!(
            families.text(false),
            "# HELP node_memory_Active_a_b__ field__\n# TYPE node_memory_Active_a_b__ gauge\nnode_memory_Active_a_b__ 7\n"
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
