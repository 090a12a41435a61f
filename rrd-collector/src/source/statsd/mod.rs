//! `StatsD` packets: received over UDP, summarised every ten seconds, passed to the sampler.

pub mod collected;
mod lines;
pub mod packet;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;
use tokio::net::UdpSocket;

use self::collected::{Collected, Summary};
use self::lines::Received;
use crate::group::{GroupId, Kind, Metric, Unit};
use crate::net::holder::Protocol;
use crate::net::listen::ListenAddress;
use crate::process::child::Guard;
use crate::schedule::{Due, Schedule, clock, whole_seconds};
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::input::{
    Context, Input, InputTask, PageSection, Plan, SectionKind, Source, Unplanned, same,
};
use crate::source::open::open;
use crate::source::sample::SampleBatch;

/// The interval of summaries, in seconds.
const EVERY: u64 = 10;
/// Limit on the size of a packet; longer ones are truncated, and their last line is dropped.
const MAX_PACKET: usize = 65_536;

/// What became of the lines of all packets.
pub static RECEIVED: Kind = Kind::new("statsd", "StatsD lines", RECEIVED_METRICS);

const RECEIVED_METRICS: &[Metric] = &[
    Metric::new("lines", Unit::PerSecond, "valid lines"),
    Metric::new("invalid", Unit::PerSecond, "lines that are not of the protocol"),
    Metric::new("dropped", Unit::PerSecond, "values dropped because of a limit or another type"),
];

/// Events counted by programs.
pub static COUNTER: Kind = Kind::new("statsd_counter", "Counters", COUNTER_METRICS);

const COUNTER_METRICS: &[Metric] = &[Metric::new("rate", Unit::PerSecond, "events")];

/// Values set by programs.
pub static GAUGE: Kind = Kind::new("statsd_gauge", "Gauges", GAUGE_METRICS);

const GAUGE_METRICS: &[Metric] = &[Metric::new("value", Unit::Any, "the last value")];

/// Times and sizes measured by programs.
pub static MEASUREMENT: Kind = Kind::new("statsd_timer", "Measurements", MEASUREMENT_METRICS);

const MEASUREMENT_METRICS: &[Metric] = &[
    Metric::new("rate", Unit::PerSecond, "measurements"),
    Metric::new("mean", Unit::Any, "their mean; seconds for times"),
    Metric::new("least", Unit::Any, "the smallest"),
    Metric::new("most", Unit::Any, "the largest"),
    Metric::new("percentile_95", Unit::Any, "95th percentile"),
];

/// Number of different members of sets.
pub static MEMBERS: Kind = Kind::new("statsd_set", "Sets", MEMBERS_METRICS);

const MEMBERS_METRICS: &[Metric] = &[Metric::new("members", Unit::Count, "different members")];

const SECTION: &str = "statsd";

/// Packets at the address of `[statsd]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: SECTION, is_list: false, read }],
    kinds: || vec![&COUNTER, &GAUGE, &MEASUREMENT, &MEMBERS, &RECEIVED],
    charts: &[include_str!("charts.toml")],
    page: &[PageSection {
        heading: "StatsD",
        kinds: &["statsd_counter", "statsd_gauge", "statsd_timer", "statsd_set", "statsd"],
    }],
    fuzz: |text| {
        let mut received = Received::default();
        received.take(text.as_bytes());
        for elapsed in [Duration::from_secs(EVERY), Duration::ZERO] {
            summary(&mut received.metrics, elapsed);
            let _ = received.finish(elapsed);
        }
    },
    unplanned: Some(&Unplanned {
        name: "statsd",
        until: "packets come",
        kinds: &["statsd_counter", "statsd_gauge", "statsd_timer", "statsd_set"],
    }),
    ..Source::EMPTY
};

/// How long a metric may be unsent until it is forgotten, unless something else is configured.
const FORGET_AFTER: Duration = Duration::from_secs(86_400);

/// An address where packets come in.
#[derive(Clone, Debug, PartialEq)]
pub struct StatsdListener {
    /// The address.
    pub address: SocketAddr,
    /// How long a metric may be unsent until it is forgotten.
    pub forget_after: Duration,
}

impl StatsdListener {
    /// The default settings.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, forget_after: FORGET_AFTER }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    listen: String,
    forget_after: Option<String>,
}

fn read<'a>(reader: SectionReader<'a>, value: SectionValue<'a>) -> Result<Input, ConfigError> {
    let table: Table = reader.parse(value)?;
    let span = |text: String| reader.span("forget_after", &text);
    let forget_after = table.forget_after.map_or(Ok(FORGET_AFTER), span)?;
    let address = reader.socket("listen", table.listen)?;
    Ok(Input::new(SECTION, StatsdListener { address, forget_after }))
}

impl InputTask for StatsdListener {
    fn equals(&self, other: &dyn InputTask) -> bool {
        same(self, other)
    }

    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(listen(self.clone(), context.clone()))
    }

    fn plan<'a>(
        &'a self,
        _data: &'a Path,
        _guard: &'a Rc<Guard>,
    ) -> Pin<Box<dyn Future<Output = Plan> + 'a>> {
        let groups = vec![(RECEIVED.clone(), String::new(), whole_seconds(EVERY))];
        Box::pin(std::future::ready(Plan { groups, faults: Vec::new() }))
    }
}

/// Receives packets at an address until the receiver of the summaries is closed.
async fn listen(listener: StatsdListener, context: Rc<Context>) {
    let faults = context.faults.of_task();
    let place = (ListenAddress::Network(listener.address), Protocol::Udp);
    let socket = open(place, "statsd.listen", &faults, &context, || bind(listener.address)).await;
    let mut received = Received::default();
    let mut schedule = Schedule::new(whole_seconds(EVERY));
    let mut packet = vec![0; MAX_PACKET];
    let mut begun = clock::now().clock;
    loop {
        let wait = match schedule.due(clock::now()) {
            Due::Tick { tick, .. } => {
                let elapsed = tick.clock.saturating_sub(begun);
                begun = tick.clock;
                let [mut groups, repeated] = summary(&mut received.metrics, elapsed);
                let (lines, [invalid, dropped]) = received.finish(elapsed);
                groups.push_back((RECEIVED.clone(), String::new(), lines));
                faults.note("statsd", &dropped);
                faults.note("statsd.invalid", &invalid);
                let (at, step) = (tick.at, whole_seconds(EVERY));
                let samples = &context.samples;
                if !samples.store(SampleBatch { groups, ..SampleBatch::new(at, step) }) {
                    return;
                }
                samples.repeat(SampleBatch { groups: repeated, ..SampleBatch::new(at, step) });
                received.metrics.forget(listener.forget_after, |name, summary| {
                    context.samples.forget(GroupId::of(group_of(summary).0, name));
                });
                continue;
            }
            Due::Wait(wait) => wait,
        };
        if let Ok(Ok(length)) = tokio::time::timeout(wait, socket.recv(&mut packet)).await {
            received.take(packet.get(..length).unwrap_or_default());
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}

/// The groups that were sent since the last summary, and the others, which go on.
fn summary(
    collected: &mut Collected,
    elapsed: Duration,
) -> [VecDeque<(Kind, String, Vec<f64>)>; 2] {
    let [mut sent, mut repeated] = [VecDeque::new(), VecDeque::new()];
    collected.summarise(elapsed, |name, summary, is_sent| {
        let (kind, values) = group_of(summary);
        let groups = if is_sent { &mut sent } else { &mut repeated };
        groups.push_back((kind.clone(), name.to_owned(), values));
    });
    [sent, repeated]
}

/// The kind and the values of a metric.
fn group_of(summary: Summary) -> (&'static Kind, Vec<f64>) {
    match summary {
        Summary::Rate(rate) => (&COUNTER, vec![rate]),
        Summary::Gauge(value) => (&GAUGE, vec![value]),
        Summary::Members(members) => (&MEMBERS, vec![f64::from(members)]),
        Summary::Measurements { rate, mean, least, most, percentile_95 } => {
            (&MEASUREMENT, vec![rate, mean, least, most, percentile_95])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_values_of_a_line_and_several_lines_of_a_packet_all_count() {
        let mut received = Received::default();
        let packet = b"reply:100:200:300|ms|@0.5|#shop:eu\nhits:1:2|c|#shop:eu\nusers:a:b|s\nusers:c|s\nbad:1:x|c\n";
        received.take(packet);
        let [groups, _] = summary(&mut received.metrics, Duration::from_secs(10));
        let found: Vec<(&str, &[f64])> =
            groups.iter().map(|(_, name, values)| (&**name, &**values)).collect();
        assert_eq!(found[0], ("hits,shop:eu", &[0.3][..]));
        // Six measurements, each sampled at one half.
        assert_eq!((found[1].0, found[1].1[0]), ("reply,shop:eu", 0.6));
        assert!((found[1].1[1] - 0.2).abs() < 1e-12);
        assert_eq!(found[2], ("users", &[2.0][..]));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn packets_become_groups_by_their_type() {
        let mut received = Received::default();
        received.take(b"hits:5|c\nhits:15|c\nqueue:7|g\nreply:250|ms\nnonsense\n");
        let [groups, _] = summary(&mut received.metrics, Duration::from_secs(10));
        let found: Vec<(&str, &str, f64)> =
            groups.iter().map(|(kind, name, values)| (&*kind.name, &**name, values[0])).collect();
        assert_eq!(
            found,
            [
                ("statsd_counter", "hits", 2.0),
                ("statsd_gauge", "queue", 7.0),
                ("statsd_timer", "reply", 0.1)
            ]
        );
    }
}
