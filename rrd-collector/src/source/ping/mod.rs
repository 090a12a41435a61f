//! Echo requests to hosts: their round trips, as quantiles of each interval, and how many are lost.
//!
//! Sources: RFC 792 and RFC 4443; the manual pages icmp(7) and raw(7).

mod echo;
mod round;
mod settings;
mod socket;

use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;

use self::round::Pace;
use self::settings::{SECTION, read};
use self::socket::{EchoSocket, PingError};
use crate::fault::chain;
use crate::process::child::Guard;
use crate::schedule::{Schedule, clock};
use crate::source::input::{
    Context, InputTask, ManyInstances, PageSection, Plan, SectionKind, Source, TableColumn, same,
};
use crate::source::right::Right;
use crate::source::sample::{SampleBatch, SampleSink as _};

pub use self::round::PING;
pub use self::settings::{Family, PingedHost};

/// Hosts of `[[ping]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: SECTION, is_list: true, read }],
    kinds: || vec![&PING],
    rules: RULES,
    // Without a section nothing needs it; with one, its host is named by `host_faults`.
    rights: &[Right { name: "ping", probe: None, lacking: |_| None }],
    charts: &[include_str!("charts.toml")],
    part: "Servers",
    page: &[PageSection { heading: "Ping", kinds: &["ping"] }],
    many: &[ManyInstances {
        kind: "ping",
        columns: &[
            TableColumn::new("Lost", &["loss"]),
            TableColumn::new("Median", &["median"]),
            TableColumn::new("Highest", &["highest"]),
        ],
        heat_maps: &[],
    }],
    fuzz: |text| {
        // Packets are bytes: the characters of the text up to U+00FF.
        let bytes: Vec<u8> = text.chars().filter_map(|byte| u8::try_from(byte).ok()).collect();
        echo::parse_any(&bytes);
    },
    ..Source::EMPTY
};

const RULES: &[(&str, &str)] = &[
    // Hosts that somebody wants to be watched. The start of a network or of a host is shorter.
    ("ping-loss", "last of ping:*.loss > 50, clear below 20, for 5m"),
];

impl PingedHost {
    async fn watch(self, context: Rc<Context>) {
        let mut schedule = Schedule::new(self.step);
        let faults = context.faults.of_task();
        let concern = format!("ping {}", self.instance);
        let pace = Pace::of(self.step, self.count);
        let mut times: Option<Vec<_>> = None;
        let mut address = None;
        loop {
            let tick = clock::tick(&mut schedule).await;
            if let Some(times) = times {
                let mut batch = SampleBatch::new(tick.at, self.step);
                batch.group(&PING, &self.instance, &round::values(&times));
                if !context.samples.store(batch) {
                    return;
                }
            }
            let begun = (clock::now().clock, clock::monotonic());
            let (replies, outcome) = self.round(pace, &mut address).await;
            let slept = (clock::now().clock.saturating_sub(begun.0))
                .saturating_sub(clock::monotonic().saturating_sub(begun.1));
            faults.note(&concern, &outcome);
            // What was on its way while this host slept is lost, and says nothing.
            times = Some(if slept < pace.deadline { replies } else { Vec::new() });
        }
    }

    /// The times of all echo requests of an interval, and what kept them from being sent.
    async fn round(
        &self,
        pace: Pace,
        address: &mut Option<IpAddr>,
    ) -> (Vec<Option<Duration>>, Result<(), PingError>) {
        let found = match self.resolve(pace.deadline, *address).await {
            Ok(found) => *address.insert(found),
            Err(error) => return (Vec::new(), Err(error)),
        };
        match EchoSocket::open(found) {
            Ok(socket) => socket.measure(pace).await,
            Err(error) => (Vec::new(), Err(error)),
        }
    }

    /// The address of the host: the one before, if its name still has that.
    async fn resolve(
        &self,
        deadline: Duration,
        before: Option<IpAddr>,
    ) -> Result<IpAddr, PingError> {
        let host = &self.host;
        let found = timeout(deadline, lookup_host((&**host, 0))).await;
        let found = found.map_err(|_| PingError::Slow { host: host.clone(), limit: deadline })?;
        let found = found.map_err(|source| PingError::Unknown { host: host.clone(), source })?;
        let fitting = found.map(|address| address.ip()).filter(|address| self.family.has(*address));
        let fitting: Vec<IpAddr> = fitting.collect();
        let kept = before.filter(|before| fitting.contains(before));
        let family = self.family;
        kept.or(fitting.first().copied())
            .ok_or_else(|| PingError::NoAddress { host: host.clone(), family })
    }
}

impl InputTask for PingedHost {
    fn equals(&self, other: &dyn InputTask) -> bool {
        same(self, other)
    }

    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.clone().watch(context.clone()))
    }

    fn plan<'a>(
        &'a self,
        _data: &'a Path,
        _guard: &'a Rc<Guard>,
    ) -> Pin<Box<dyn Future<Output = Plan> + 'a>> {
        let groups = vec![(PING.clone(), self.instance.clone(), self.step)];
        Box::pin(std::future::ready(Plan { groups, faults: Vec::new() }))
    }

    fn host_faults(&self) -> Vec<String> {
        let refused = socket::refusal(self.family);
        refused
            .map(|error| format!("ping {}: {}", self.instance, chain(&error)))
            .into_iter()
            .collect()
    }
}
