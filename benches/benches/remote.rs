//! Remote write: reading rows of the archives, making requests of them, encoding and compressing
//! those. The receiver is a stub that takes everything at once, and the clock is one that jumps, so
//! that nothing is waited for. Before the time, the bytes of a sample are printed.

use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rrd_benches::receiver::Counts;
use rrd_collector::config::{Config, load};
use rrd_collector::group::GroupId;
use rrd_collector::output::names::SeriesNames;
use rrd_collector::output::remote::write::{Action, Cursor, Outcome, RemoteWrite, Sender, Source};
use rrd_collector::process::HostName;
use rrd_collector::schedule::Now;
use rrd_collector::section::Environment;
use rrd_collector::store::archives::{ArchiveError, Archives};
use rrd_core::{
    FetchRequest, Heartbeat, Reading, Rrd, RrdReader, Sample, Schema, Series, Step, Timestamp,
};
use rrd_graph::data::Facts;
use rrd_graph::export::SeriesName;

const START: i64 = 1_700_000_000;
const STEP: u32 = 10;
/// Six hours.
const ROWS: u32 = 2160;
const GROUPS: u32 = 40;
/// Of a disk, as the collector calls them.
const METRICS: [&str; 5] = ["util", "read", "write", "read_latency", "queue"];

/// The files of a folder, all of whose groups are gone.
struct Folder {
    path: std::path::PathBuf,
    archives: Archives,
    names: SeriesNames,
}

impl Folder {
    fn fill(path: &Path) -> Self {
        let step = Step::from_seconds(STEP.into()).expect("not zero");
        let schema = METRICS.iter().fold(Schema::builder(step), |builder, name| {
            builder.gauge(name, Heartbeat::from_seconds(60))
        });
        // The short rows reach back beyond the first sample: no longer one takes their place.
        let schema = schema.average(0.5, 1, 2 * u64::from(ROWS)).average(0.5, 6, 2880).build();
        let schema = schema.expect("a schema");
        std::fs::create_dir(path.join("disk")).expect("a folder");
        for number in 0..GROUPS {
            let file = path.join(group(number).file_name());
            let start = Timestamp::from_seconds(START);
            let mut rrd = Rrd::create(&file, &schema, start).expect("created");
            let samples: Vec<_> = (1..=ROWS).map(|row| sample(number, row)).collect();
            rrd.update_batch(&samples).expect("updated");
        }
        let names = SeriesNames::read(path).expect("names");
        Self { path: path.to_owned(), archives: Archives::Folder(path.to_owned()), names }
    }
}

impl Source for &Folder {
    fn stored(&self) -> Result<Vec<GroupId>, ArchiveError> {
        Ok((0..GROUPS).map(group).collect())
    }

    fn sampled(&self) -> Vec<GroupId> {
        Vec::new()
    }

    fn facts(&self, group: &GroupId) -> Result<Facts, ArchiveError> {
        let reader = RrdReader::open(self.path.join(group.file_name()));
        let reader = reader.map_err(ArchiveError::Open)?;
        Ok(Facts::new(reader.schema(), reader.last_update()))
    }

    fn rows(
        &self,
        group: &GroupId,
        request: &FetchRequest,
    ) -> Result<impl Iterator<Item = Result<Series, ArchiveError>>, ArchiveError> {
        self.archives.joined(&group.file_name(), request)
    }

    fn name(&self, group: &GroupId, source: &str) -> SeriesName {
        self.names.of(group, source)
    }
}

fn group(number: u32) -> GroupId {
    GroupId::new("disk", &format!("d{number:02}")).expect("a group")
}

/// Means of a second's readings have all digits of a number, counts have few, and much is zero most
/// of the time.
fn sample(group: u32, row: u32) -> Sample {
    let noise = |number: u32| {
        let mixed = (row * 7919 + group * 104_729 + number * 1_299_709).wrapping_mul(2_654_435_761);
        f64::from(mixed >> 8) / f64::from(1 << 24)
    };
    let busy = if row % 60 < 10 { noise(0) } else { 0.0 };
    let values = [
        noise(1) / 3.0,
        busy * 1e6 / 7.0,
        (noise(2) * 1e6).round() * 4096.0 / 10.0,
        busy / 300.0,
        (noise(3) * 20.0).round(),
    ];
    let at = Timestamp::from_seconds(START + i64::from(row * STEP));
    Sample::new(at, values.map(Reading::Number))
}

fn settings(folder: &Path) -> RemoteWrite {
    let file = folder.join("rrd-collector.toml");
    let text = "[[remote_write]]\nurl = \"http://127.0.0.1:9/api/v1/write\"\nmax_age = \"30d\"\n";
    std::fs::write(&file, text).expect("written");
    let mut config = Config::new(folder.to_owned());
    let environment = Environment { variable: &|_| None, credentials: None };
    load(&file, &mut config, &environment).expect("a configuration");
    config.remote_write.pop().expect("an endpoint")
}

/// Sends everything, and shows `receive` each body.
fn send(folder: &Folder, settings: &RemoteWrite, mut receive: impl FnMut(&[u8])) {
    let (host, cursor) = (HostName::of_system(), Cursor::beginning(START));
    let mut sender = Sender::new(settings.clone(), &host, folder, cursor, || 1 << 63);
    let end = Duration::from_secs(u64::try_from(START).unwrap_or(0) + u64::from(ROWS * STEP));
    let mut now = Now { wall: end, clock: Duration::from_secs(1) };
    let all = u64::from(GROUPS * ROWS) * METRICS.len() as u64;
    while sender.status().sent < all {
        match sender.next(now) {
            Action::Send { body, .. } => {
                receive(&body);
                sender.note(&Outcome::Done { written: None }, now);
            }
            Action::Wait(_) if now.clock > Duration::from_secs(86_400) => {
                panic!("not all was sent")
            }
            Action::Wait(pause) => now = Now { wall: now.wall + pause, clock: now.clock + pause },
            Action::End => return,
        }
    }
}

fn catching_up(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = Folder::fill(folder.path());
    let settings = settings(folder.path());
    let mut counts = Counts::default();
    send(&rows, &settings, |body| counts.add(0, body).expect("a message"));
    let (message, body) = counts.bytes_a_sample();
    println!(
        "{} samples in {} requests; bytes a sample: {message:.1}, compressed {body:.1}",
        counts.samples, counts.requests
    );
    let mut group = criterion.benchmark_group("remote write");
    group.sample_size(10);
    group.throughput(Throughput::Elements(counts.samples));
    group.bench_function("six hours of 200 series", |bench| {
        bench.iter(|| send(&rows, &settings, |_| ()));
    });
    group.finish();
}

criterion_group!(benches, catching_up);
criterion_main!(benches);
