//! A world for tests: groups whose values are known at any time, a receiver, and a clock that
//! jumps.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use hyper::StatusCode;
use prost::Message as _;
use rrd_core::{FetchRequest, Heartbeat, Schema, Series, Step, Timestamp};
use rrd_graph::data::Facts;
use rrd_graph::export::SeriesName;

use super::cursor::Cursor;
use super::endpoint::Protocol;
use super::outcome::Outcome;
use super::sender::{Action, Sender};
use super::settings::tests::endpoint;
use super::source::Source;
use crate::group::GroupId;
use crate::output::remote::wire::decompress;
use crate::output::remote::wire::v1::{Label, STALE, WriteRequest};
use crate::schedule::Now;
use crate::store::archives::ArchiveError;

/// When tests begin, in seconds since 1970: a multiple of ten minutes.
pub(super) const START: i64 = 1_700_000_400;
/// How long rows of ten seconds are kept; after that there are rows of a minute.
const FINE: i64 = 6 * 3600;

/// Groups with two metrics each, `a` and `b`. A row's values are those of its end.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) now: Rc<Cell<Now>>,
    pub(super) groups: Rc<RefCell<BTreeMap<GroupId, Span>>>,
    facts: Facts,
}

/// When a group is sampled.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) until: i64,
    /// When `b` is unknown.
    pub(super) unknown: std::ops::Range<i64>,
}

impl Span {
    pub(super) const ALWAYS: Self = Self { from: 0, until: i64::MAX, unknown: 0..0 };
}

/// The value of a metric of every group.
pub(super) fn value(metric: &str, at: i64) -> f64 {
    let at = f64::from(i32::try_from(at - START).unwrap());
    if metric == "a" { at } else { -at }
}

fn facts() -> Facts {
    let heartbeat = Heartbeat::from_seconds(10);
    let schema = Schema::builder(Step::from_seconds(1).unwrap())
        .gauge("a", heartbeat)
        .gauge("b", heartbeat)
        .average(0.5, 1, 3600)
        .average(0.5, 10, 2160)
        .average(0.5, 60, 2880)
        .build()
        .unwrap();
    Facts::new(&schema, Timestamp::from_seconds(START))
}

impl World {
    /// A world with this many groups, which begins this many seconds after the start.
    pub(super) fn new(groups: usize, after: i64) -> Self {
        let ids = (0..groups).map(|number| GroupId::new("disk", &format!("d{number:03}")).unwrap());
        let groups = ids.map(|id| (id, Span::ALWAYS)).collect();
        let now = Now { wall: Duration::ZERO, clock: Duration::ZERO };
        let (now, groups) = (Cell::new(now).into(), Rc::new(RefCell::new(groups)));
        let world = Self { now, groups, facts: facts() };
        world.go_to(START + after);
        world
    }

    pub(super) fn go_to(&self, wall: i64) {
        let wall = Duration::from_secs(u64::try_from(wall).unwrap());
        let before = self.now.get();
        let clock = before.clock + wall.saturating_sub(before.wall);
        self.now.set(Now { wall, clock });
    }

    pub(super) fn wall(&self) -> i64 {
        i64::try_from(self.now.get().wall.as_secs()).unwrap()
    }

    /// Sets the wall clock alone.
    pub(super) fn set_clock(&self, wall: i64) {
        let wall = Duration::from_secs(u64::try_from(wall).unwrap());
        self.now.set(Now { wall, ..self.now.get() });
    }

    pub(super) fn pass(&self, time: Duration) {
        let Now { wall, clock } = self.now.get();
        self.now.set(Now { wall: wall + time, clock: clock + time });
    }

    fn span(&self, group: &GroupId) -> Result<Span, ArchiveError> {
        let found =
            self.groups.borrow().get(group).filter(|span| span.from <= self.wall()).cloned();
        found.ok_or_else(|| ArchiveError::Missing { name: group.to_string() })
    }

    /// Lets a sender work until a time.
    pub(super) fn run(&self, sender: &mut Sender<Self>, receiver: &mut Receiver, until: i64) {
        while self.wall() < until {
            match sender.next(self.now.get()) {
                Action::Send { body, protocol } => {
                    assert_eq!(protocol, Protocol::V1);
                    let message = decompress(&body, 1 << 24).unwrap();
                    let request = WriteRequest::decode(&*message).unwrap();
                    self.pass(Duration::from_millis(5));
                    let outcome = receiver.take(&request, self.wall());
                    sender.note(&outcome, self.now.get());
                }
                Action::Wait(pause) => self.pass(pause),
                Action::End => return,
            }
        }
    }
}

impl Source for World {
    fn stored(&self) -> Result<Vec<GroupId>, ArchiveError> {
        let groups = self.groups.borrow();
        Ok(groups
            .iter()
            .filter(|(_, span)| span.from <= self.wall())
            .map(|(id, _)| id.clone())
            .collect())
    }

    fn sampled(&self) -> Vec<GroupId> {
        let (groups, now) = (self.groups.borrow(), self.wall());
        let sampled = groups.iter().filter(|(_, span)| span.from <= now && now - 10 <= span.until);
        sampled.map(|(id, _)| id.clone()).collect()
    }

    fn facts(&self, group: &GroupId) -> Result<Facts, ArchiveError> {
        let last = self.wall().min(self.span(group)?.until);
        Ok(Facts { last_update: Timestamp::from_seconds(last), ..self.facts.clone() })
    }

    fn rows(
        &self,
        group: &GroupId,
        request: &FetchRequest,
    ) -> Result<impl Iterator<Item = Result<Series, ArchiveError>>, ArchiveError> {
        let span = self.span(group)?;
        let last = self.wall().min(span.until).min(request.range().end.seconds());
        let start = request.range().start.seconds();
        let oldest = self.wall() - FINE;
        let fine = (oldest + (-oldest).rem_euclid(60)).max(start);
        let blocks = [(60, start, fine.min(last)), (10, fine, last)].map(|(step, start, until)| {
            let start = start - start.rem_euclid(step);
            let ends = (1..).map(|row| start + row * step).take_while(|end| *end <= until);
            let values = ends.flat_map(|end| {
                let is_known = span.from <= end && end <= span.until;
                let known = |metric, is_known| if is_known { value(metric, end) } else { f64::NAN };
                [known("a", is_known), known("b", is_known && !span.unknown.contains(&end))]
            });
            let (start, step) = (Timestamp::from_seconds(start), step.unsigned_abs());
            let step = Step::from_seconds(step).unwrap();
            Ok(Series::new(start, step, ["a", "b"], values.collect()))
        });
        Ok(blocks.into_iter().filter(|block| block.as_ref().is_ok_and(|rows| !rows.is_empty())))
    }

    fn name(&self, group: &GroupId, source: &str) -> SeriesName {
        SeriesName::new(format!("rrd_disk_{source}"), [("name", group.instance())])
    }
}

type Refuse = Box<dyn FnMut(&WriteRequest, i64) -> Option<Outcome>>;

/// A receiver, and all that it has.
pub(super) struct Receiver {
    /// Samples by series and time in milliseconds, as bits.
    pub(super) series: BTreeMap<String, BTreeMap<i64, u64>>,
    /// Requests that were answered, by the second.
    pub(super) requests: BTreeMap<i64, u32>,
    /// Answers with an error.
    pub(super) refused: u32,
    /// What it says to a request at a time, if it does not take it.
    pub(super) refuses: Refuse,
    /// Whether it takes samples that are older than others of the series.
    pub(super) takes_any_order: bool,
}

impl Default for Receiver {
    fn default() -> Self {
        Self {
            series: BTreeMap::new(),
            requests: BTreeMap::new(),
            refused: 0,
            refuses: Box::new(|_, _| None),
            takes_any_order: false,
        }
    }
}

/// An answer with a status.
pub(super) fn answer(status: u16, text: &str) -> Outcome {
    let (status, text) = (StatusCode::from_u16(status).unwrap(), text.to_owned());
    if status.is_server_error() {
        Outcome::Retry { status, after: None, text }
    } else {
        Outcome::Refused { status, text }
    }
}

/// The name of a series as text.
fn name(labels: &[Label]) -> String {
    labels
        .iter()
        .map(|label| format!("{}={}", label.name, label.value))
        .collect::<Vec<_>>()
        .join(",")
}

impl Receiver {
    fn take(&mut self, request: &WriteRequest, wall: i64) -> Outcome {
        *self.requests.entry(wall).or_default() += 1;
        let refused = (self.refuses)(request, wall).or_else(|| self.out_of_order(request));
        if let Some(refused) = refused {
            self.refused += 1;
            return refused;
        }
        for series in &request.timeseries {
            assert!(series.labels.is_sorted());
            let known = self.series.entry(name(&series.labels)).or_default();
            for sample in &series.samples {
                let bits = sample.value.to_bits();
                let before = known.insert(sample.timestamp, bits);
                assert!(before.is_none_or(|before| before == bits));
            }
        }
        Outcome::Done { written: None }
    }

    fn out_of_order(&self, request: &WriteRequest) -> Option<Outcome> {
        let is_late = request.timeseries.iter().any(|series| {
            let known = self.series.get(&name(&series.labels));
            let newest = known.and_then(|known| known.last_key_value());
            newest.is_some_and(|(at, _)| series.samples.iter().any(|sample| sample.timestamp < *at))
        });
        (is_late && !self.takes_any_order).then(|| answer(400, "out of order sample"))
    }

    /// The times of the samples of a series, in seconds.
    pub(super) fn times(&self, metric: &str, instance: &str) -> Vec<i64> {
        let check = |(at, bits): (i64, u64)| {
            assert_eq!(at % 1000, 0, "{metric} {instance}");
            assert_eq!(bits, value(metric, at / 1000).to_bits());
            at / 1000
        };
        let samples = self.samples(metric, instance);
        samples.filter(|(_, bits)| *bits != STALE.to_bits()).map(check).collect()
    }

    /// When a series ended, in milliseconds.
    pub(super) fn ends(&self, metric: &str, instance: &str) -> Vec<i64> {
        let samples = self.samples(metric, instance);
        samples.filter(|(_, bits)| *bits == STALE.to_bits()).map(|(at, _)| at).collect()
    }

    fn samples(&self, metric: &str, instance: &str) -> impl Iterator<Item = (i64, u64)> {
        let name = format!("__name__=rrd_disk_{metric},instance=web-1,job=rrd,name={instance}");
        self.series.get(&name).cloned().unwrap_or_default().into_iter()
    }
}

/// A sender to an endpoint with these further settings.
pub(super) fn sender(world: &World, settings: &str, cursor: Cursor) -> Sender<World> {
    let settings = endpoint(settings).unwrap();
    Sender::new(settings, &"web-1".parse().unwrap(), world.clone(), cursor, || 200)
}
