//! A thousand hosts that send to one `VictoriaMetrics`, which is away for a quarter of an hour.
//! All are real senders in this process; their rows are made up.

use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::BuildHasher;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rrd_collector::config::{Config, load};
use rrd_collector::group::GroupId;
use rrd_collector::output::remote::write::{Cursor, Endpoint, Sender, Source, drive};
use rrd_collector::process::HostName;
use rrd_collector::section::Environment;
use rrd_collector::store::archives::ArchiveError;
use rrd_core::{FetchRequest, Heartbeat, Schema, Series, Step, Timestamp};
use rrd_graph::data::Facts;
use rrd_graph::export::SeriesName;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{lasting, note};
use crate::programs::configure;
use crate::receivers::{Engine, Receiver};

const HOSTS: usize = 1000;
const STEP: Step = Step::from_seconds(10).unwrap();

/// Rows of ten seconds of one group with many values, at all times.
#[derive(Clone)]
struct Synthetic {
    group: GroupId,
    metrics: Rc<[String]>,
    schema: Rc<Schema>,
}

impl Synthetic {
    fn new(series: u64) -> Self {
        let metrics: Rc<[_]> = (0..series).map(|number| format!("m{number:03}")).collect();
        let heartbeat = Heartbeat::from_seconds(30);
        let builder = Schema::builder(STEP);
        let builder = metrics.iter().fold(builder, |builder, name| builder.gauge(name, heartbeat));
        let schema = builder.average(0.5, 1, 2160).build().unwrap().into();
        Self { group: "synthetic".parse().unwrap(), metrics, schema }
    }
}

impl Source for Synthetic {
    fn stored(&self) -> Result<Vec<GroupId>, ArchiveError> {
        Ok(vec![self.group.clone()])
    }

    fn sampled(&self) -> Vec<GroupId> {
        vec![self.group.clone()]
    }

    fn facts(&self, _: &GroupId) -> Result<Facts, ArchiveError> {
        Ok(Facts::new(&self.schema, Timestamp::now()))
    }

    fn rows(
        &self,
        _: &GroupId,
        request: &FetchRequest,
    ) -> Result<impl Iterator<Item = Result<Series, ArchiveError>>, ArchiveError> {
        let range = request.range();
        let last = range.end.seconds().min(Timestamp::now().seconds());
        // The row that covers the time after the start is the first.
        let start = range.start.seconds() - range.start.seconds().rem_euclid(10);
        let ends = (start / 10 + 1)..=(last / 10);
        let row = |end: i64| {
            let value = f64::from(u32::try_from(end % 8640).unwrap());
            (0..self.metrics.len()).map(move |_| value)
        };
        let values: Vec<f64> = ends.flat_map(row).collect();
        let start = Timestamp::from_seconds(start);
        let series = (!values.is_empty())
            .then(|| Ok(Series::new(start, STEP, self.metrics.iter().cloned(), values)));
        Ok(series.into_iter())
    }

    fn name(&self, _: &GroupId, source: &str) -> SeriesName {
        SeriesName::new(format!("rrd_synthetic_{source}"), [("", ""); 0])
    }
}

fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// The value of a counter of the receiver, over all its labels that contain a text.
fn counter(metrics: &str, name: &str, text: &str) -> f64 {
    let lines = metrics.lines().filter(|line| line.starts_with(name) && line.contains(text));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// What has come to the receiver, and how far behind the hosts are.
struct Watch {
    behind: Rc<RefCell<Vec<u64>>>,
    known: Option<(Instant, f64, f64)>,
    /// The largest number of requests a second, and when all hosts had caught up.
    most: f64,
    total: f64,
}

impl Watch {
    async fn look(&mut self, receiver: &Receiver, seconds: u64) -> Option<u64> {
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut caught_up, mut first) = (None, None);
        for second in 0..=seconds {
            ticks.tick().await;
            let metrics = receiver.metrics();
            let requests = counter(&metrics, "vm_http_requests_total", "/api/v1/write");
            let samples = counter(&metrics, "vm_rows_inserted_total", "promremotewrite");
            let now = Instant::now();
            if let Some((at, requests_before, samples_before)) = self.known {
                let elapsed = (now - at).as_secs_f64();
                // A restarted receiver counts from zero.
                let rate = (requests - requests_before).max(0.0) / elapsed;
                let behind = self.behind.borrow();
                let late = behind.iter().filter(|seconds| **seconds > 30).count();
                note!(
                    "{second} s: {rate:.0} requests/s, {:.0} samples/s; {late} hosts are behind, by {} s at most",
                    (samples - samples_before).max(0.0) / elapsed,
                    behind.iter().max().unwrap_or(&0)
                );
                self.most = self.most.max(rate);
                if late > 0 {
                    caught_up = None;
                } else if caught_up.is_none() {
                    caught_up = Some(second);
                }
            }
            first.get_or_insert((now, requests));
            self.known = Some((now, requests, samples));
        }
        let (at, requests) = first.unwrap();
        self.total = (self.known.unwrap().1 - requests) / at.elapsed().as_secs_f64();
        caught_up
    }
}

#[test]
#[ignore = "takes 25 minutes"]
fn a_thousand_hosts_catch_up_without_a_flood() {
    let Some(mut receiver) = Receiver::start(Engine::VictoriaMetrics) else { return };
    let series = lasting("RRD_TRIAL_SERIES", 200).as_secs();
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for host in 0..HOSTS {
        let url = receiver.url();
        writeln!(text, "[[remote_write]]\nname = \"h{host:03}\"\nurl = \"{url}\"").unwrap();
        writeln!(text, "external_labels = {{ instance = \"h{host:03}\" }}").unwrap();
    }
    let mut config = Config::new(folder.path().to_owned());
    let environment = Environment { variable: &|_| None, credentials: None };
    load(&configure(folder.path(), &text), &mut config, &environment).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(LocalSet::new().run_until(async {
        let source = Synthetic::new(series);
        let behind = Rc::new(RefCell::new(vec![0; HOSTS]));
        let now = Timestamp::now().seconds();
        for (host, settings) in config.remote_write.into_iter().enumerate() {
            let (source, behind) = (source.clone(), behind.clone());
            spawn_local(async move {
                let mut endpoint = Endpoint::new(settings.page.clone(), settings.timeout);
                let name = HostName::of_system();
                let cursor = Cursor::beginning(now);
                let mut sender = Sender::new(settings, &name, source, cursor, random);
                let each = |sender: &mut Sender<Synthetic>| {
                    let now = Timestamp::now().seconds();
                    behind.borrow_mut()[host] = sender.status().behind(now);
                };
                drive(&mut sender, &mut endpoint, each).await;
            });
        }
        let mut watch = Watch { behind, known: None, most: 0.0, total: 0.0 };
        sleep(Duration::from_secs(60)).await;
        watch.look(&receiver, 60).await;
        let steady = watch.total;
        note!("steady: {steady:.1} requests/s, {:.0} in the worst second", watch.most);
        receiver.stop();
        note!("the receiver is away");
        sleep(lasting("RRD_TRIAL_AWAY", 900)).await;
        receiver.start_again();
        note!("the receiver is back");
        (watch.known, watch.most) = (None, 0.0);
        let caught_up = watch.look(&receiver, 300).await;
        let times = watch.most / steady;
        note!("at most {:.0} requests/s, {times:.2} times the steady rate; all hosts had caught up after {caught_up:?} s", watch.most);
        assert!(times <= 4.0 && caught_up.is_some());
    }));
}
