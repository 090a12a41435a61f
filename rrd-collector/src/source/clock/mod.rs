//! The clock of this host: when it was set, and how far it is from the time of the servers that
//! chrony or ntpd compares it with.

mod chrony;
mod confirmed;
mod datagram;
mod ntpd;
mod settings;
mod state;
mod timesyncd;

use std::future::ready;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;

use crate::group::Kind;
use crate::process::child::Guard;
use crate::rootfs::Host;
use crate::schedule::{Schedule, clock};
use crate::source::input::{
    Context, Input, InputTask, PageSection, Plan, SectionKind, Source, same,
};
use crate::source::probe::probe;
use crate::source::sample::{SampleBatch, SampleSink as _};

use self::datagram::ServiceError;
use self::settings::{SECTION, read};
use self::state::ClockState;

pub use self::confirmed::Confirmations;
pub use self::settings::TimeServices;
pub use self::state::TIME_SERVER;
pub use self::timesyncd::{CLOCK, ClockProbe};

/// The clock of this host.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: SECTION, is_list: false, read }],
    probes: &[probe!("clock", ClockProbe, CLOCK)],
    kinds: || vec![&TIME_SERVER],
    rules: RULES,
    charts: &[include_str!("charts.toml")],
    part: "Host",
    page: &[PageSection { heading: "Clock", kinds: &["time_server", "clock"] }],
    defaults: || vec![Input::new(SECTION, TimeServices::default())],
    fuzz: |text| {
        // Answers are bytes: the characters of the text up to U+00FF.
        let bytes: Vec<u8> = text.chars().filter_map(|byte| u8::try_from(byte).ok()).collect();
        chrony::parse_any(&bytes);
        ntpd::parse_any(&bytes, text);
    },
    ..Source::EMPTY
};

const RULES: &[(&str, &str)] = &[
    // Five times the longest interval between synchronisations, and awake for long enough to
    // synchronise again.
    ("clock", "last of clock.since_sync > 10800, for 40m, no data ok"),
    // Ten minutes are more than chrony and ntpd take to correct what they correct at once.
    (
        "clock-offset",
        "last of time_server.error > 0.1, critical > 1, clear below 0.05, critical clear below 0.5, for 10m, no data ok",
    ),
    // Unknown where the sources were switched off on purpose, as on a notebook without a network.
    ("time-servers", "last of time_server.reachable < 1, for 30m, no data ok"),
];

/// What a service answered, or why none did.
type Answered = Result<ClockState, ServiceError>;

impl TimeServices {
    /// Asks chrony, then ntpd.
    async fn ask(&self) -> Answered {
        let mut silence = None;
        if let Some(address) = self.chrony {
            match chrony::ask(address).await {
                Err(error) if error.is_silence() => silence = Some(error),
                answered => return answered,
            }
        }
        if let Some(address) = self.ntp {
            match ntpd::ask(address).await {
                Err(error) if error.is_silence() => silence = silence.or(Some(error)),
                answered => return answered,
            }
        }
        Err(silence.unwrap_or(ServiceError::Disabled))
    }

    async fn watch(self, context: Rc<Context>) {
        let mut schedule = Schedule::new(self.step);
        let faults = context.faults.of_task();
        let confirmations = context.shared(|| Confirmations::new(&Host::at("/")));
        let mut has_answered = false;
        loop {
            let tick = clock::tick(&mut schedule).await;
            let answered = self.ask().await;
            has_answered |= answered.as_ref().err().is_none_or(|error| !error.is_silence());
            let state = match answered {
                // Most hosts have none of them, or systemd-timesyncd.
                Err(error) if !has_answered => {
                    faults.note_absence("time servers", &error);
                    continue;
                }
                Err(error) => {
                    faults.note("time servers", &Err(error));
                    ClockState::UNKNOWN
                }
                Ok(state) => {
                    faults.note("time servers", &Ok::<(), ServiceError>(()));
                    state
                }
            };
            confirmations.note(&state);
            let mut batch = SampleBatch::new(tick.at, self.step);
            batch.group(&TIME_SERVER, "", &state.values());
            if !context.samples.store(batch) {
                return;
            }
        }
    }
}

impl InputTask for TimeServices {
    fn equals(&self, other: &dyn InputTask) -> bool {
        same(self, other)
    }

    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>> {
        if self.chrony.is_none() && self.ntp.is_none() {
            return Box::pin(ready(()));
        }
        Box::pin(self.clone().watch(context.clone()))
    }

    fn plan<'a>(
        &'a self,
        _data: &'a Path,
        _guard: &'a Rc<Guard>,
    ) -> Pin<Box<dyn Future<Output = Plan> + 'a>> {
        Box::pin(async {
            let group = (Kind::clone(&TIME_SERVER), String::new(), self.step);
            let groups = self.ask().await.map(|_| vec![group]).unwrap_or_default();
            Plan { groups, faults: Vec::new() }
        })
    }

    fn host_faults(&self) -> Vec<String> {
        chrony::switched_off(self.chrony)
    }
}
