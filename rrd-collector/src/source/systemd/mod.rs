//! systemd: the units that failed, and its jobs, as it says on the system bus.

mod bus;
mod message;
mod probe;
mod service;

use crate::source::input::{ManyInstances, PageSection, Source, TableColumn};
use crate::source::probe::{RegisteredProbe, probe};

#[doc(hidden)]
pub use bus::read_message;
pub use probe::{FAILED_UNIT, SYSTEMD, SystemdProbe};
pub use service::{ServiceState, is_clock_synchronized, own_service};

/// The manager of services.
pub static SOURCE: Source = Source {
    probes: PROBES,
    rules: RULES,
    charts: &[include_str!("charts.toml")],
    part: "Host",
    page: &[PageSection { heading: "systemd", kinds: &["systemd", "failed_unit"] }],
    many: &[ManyInstances {
        kind: "failed_unit",
        columns: &[TableColumn::new("Failed", &["failed"])],
        heat_maps: &[],
    }],
    ..Source::EMPTY
};

const PROBES: &[RegisteredProbe] = &[probe!("systemd", SystemdProbe, SYSTEMD, FAILED_UNIT).slow()];

const RULES: &[(&str, &str)] = &[("failed-units", "last of failed_unit:*.failed > 0, for 2m")];
