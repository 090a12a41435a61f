//! What the kernel does besides running programs: interrupts by their source, work put off by them,
//! and its random numbers.

mod entropy;
mod interrupts;
mod rows;
mod softirqs;

use crate::source::input::{ManyInstances, PageSection, Source, TableColumn};
use crate::source::probe::{RegisteredProbe, probe};

pub use entropy::{ENTROPY, EntropyProbe};
pub use interrupts::{INTERRUPT_SOURCE, InterruptSourcesProbe};
pub use softirqs::{SOFTIRQS, SoftirqsProbe};

/// Interrupts and random numbers.
pub static SOURCE: Source = Source {
    probes: PROBES,
    rules: RULES,
    charts: &[include_str!("charts.toml")],
    part: "Host",
    page: &[PageSection {
        heading: "Interrupts and entropy",
        kinds: &["softirqs", "interrupt_source", "entropy"],
    }],
    many: &[ManyInstances {
        kind: "interrupt_source",
        columns: &[TableColumn::new("Interrupts", &["interrupts"])],
        heat_maps: &[],
    }],
    ..Source::EMPTY
};

const PROBES: &[RegisteredProbe] = &[
    probe!("interrupt_sources", InterruptSourcesProbe, INTERRUPT_SOURCE).slow(),
    probe!("softirqs", SoftirqsProbe, SOFTIRQS).slow(),
    probe!("entropy", EntropyProbe, ENTROPY).slow(),
];

const RULES: &[(&str, &str)] = &[
    // Only where programs wait for it.
    (
        "entropy",
        "average over 10m of entropy.available < 200, clear above 400, while entropy.wakeup > 0, no data ok",
    ),
];
