//! Processes: how many there are in which state, and what those of a name use.
//!
//! One look at `/proc/PID/stat` of every process gives all of it but the open descriptors. The
//! groups are those of `[[process]]` in the configuration. The names of all other programs can be
//! brought in by `[probe.process] also = ["*"]`: those are stored that are among the top few by CPU
//! time or memory, from then on as long as the program runs.

mod files;
mod hung;
mod matching;
mod probe;
mod stat;
mod totals;

use crate::rootfs::Host;
use crate::source::input::{ManyInstances, PageSection, Source, TableColumn};
use crate::source::probe::{RegisteredProbe, probe};
use crate::source::right::Right;

pub use probe::{ProcessProbe, TASKS};
pub use totals::PROCESS;

/// Processes by state and by name.
pub static SOURCE: Source = Source {
    probes: PROBES,
    rules: RULES,
    rights: &[Right { name: "processes", probe: Some("process"), lacking: hidden_processes }],
    charts: &[include_str!("charts.toml")],
    part: "Host",
    page: &[PageSection { heading: "Processes", kinds: &["tasks", "process"] }],
    many: &[ManyInstances {
        kind: "process",
        columns: &[
            TableColumn::new("CPU", &["cpu"]),
            TableColumn::new("Memory", &["memory"]),
            TableColumn::new("Processes", &["count"]),
            TableColumn::new("Threads", &["threads"]),
            TableColumn::new("Descriptors", &["descriptors"]),
        ],
        heat_maps: &[],
    }],
    ..Source::EMPTY
};

const PROBES: &[RegisteredProbe] = &[probe!("process", ProcessProbe, TASKS, PROCESS).slow()];

const RULES: &[(&str, &str)] = &[
    // Programs that start many others have some for a moment.
    ("zombies", "average over 30m of tasks.zombies > 50, clear below 25, for 15m, no data ok"),
    ("hung-processes", "last of tasks.hung > 0, for 10m, no data ok"),
];

/// Whether this host hides the processes of others, so that not all can be counted.
fn hidden_processes(host: &Host) -> Option<String> {
    let first = host.proc("1/stat");
    let is_hidden = host.is_live() && std::fs::File::open(first.path()).is_err();
    is_hidden.then(|| {
        format!(
            "{}: cannot be read, because /proc is mounted with hidepid, so processes of other \
             users are not counted",
            first.path().display()
        )
    })
}
