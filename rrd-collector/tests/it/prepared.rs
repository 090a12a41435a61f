//! A data folder with hours of samples that end now, a host that goes on with some of them, and
//! what is to arrive elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_collector::group::retention::Retention;
use rrd_collector::group::{GroupId, Kind};
use rrd_collector::source::host::{FILESYSTEM, LOAD};
use rrd_core::{
    ConsolidationFunction, FetchRequest, Rrd, RrdReader, Sample, Step, TimeRange, Timestamp,
};
use tempfile::TempDir;

use crate::programs::Collector;
use crate::receivers::{Labels, Stored};

const HOUR: i64 = 3600;
/// How long ten-second rows are kept; rows of a minute follow.
const FINE: i64 = 6 * HOUR;
/// The time around the end of the ten-second rows in which either may have been sent.
const EITHER: i64 = 600;

/// Series of the prepared groups: file, data source, and what they are called elsewhere.
pub(crate) const SERIES: [(&str, &str, &str, Option<&str>); 4] = [
    ("load.rrd", "load1", "rrd_load_load1", None),
    ("load.rrd", "tasks", "rrd_load_tasks", None),
    ("filesystem/%2Fsrv.rrd", "used", "rrd_filesystem_used_bytes", Some("/srv")),
    ("filesystem/%2Fsrv.rrd", "used_share", "rrd_filesystem_used_share_ratio", Some("/srv")),
];

/// The folder. The host goes on with the load; its filesystem is gone.
pub(crate) struct Prepared {
    folder: TempDir,
    /// The last second of the samples.
    pub(crate) end: i64,
}

impl Prepared {
    /// Samples of this many hours, every ten seconds, with a gap of ten minutes around an hour
    /// ago.
    pub(crate) fn new(hours: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let end = Timestamp::now().seconds();
        fs::create_dir_all(folder.path().join("host/proc")).unwrap();
        fs::write(folder.path().join("host/proc/loadavg"), "0.5 0.25 0.125 1/96 4711\n").unwrap();
        let prepared = Self { folder, end };
        prepared.fill(&LOAD, "", hours);
        prepared.fill(&FILESYSTEM, "/srv", hours);
        prepared
    }

    fn fill(&self, kind: &Kind, instance: &str, hours: i64) {
        let file = self.data().join(GroupId::of(kind, instance).file_name());
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let schema = Retention::default().schema(kind, Step::SECOND).unwrap();
        let begin = self.end - hours * HOUR;
        let mut rrd = Rrd::create(&file, &schema, Timestamp::from_seconds(begin)).unwrap();
        let gap = self.end - HOUR - 300..self.end - HOUR + 300;
        let times = (1..=hours * 360).map(|tens| begin + 10 * tens);
        let samples = times.filter(|time| !gap.contains(time)).map(|time| {
            let tens = u32::try_from(time / 10 % 977).unwrap();
            let metric = |index: u32| f64::from(1000 * (index + 1) + tens) / 8.0;
            let values = (0..u32::try_from(kind.metrics.len()).unwrap()).map(metric);
            Sample::new(Timestamp::from_seconds(time), values)
        });
        rrd.update_batch(&samples.collect::<Vec<_>>()).unwrap();
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Keeps that an endpoint has all samples until a time.
    pub(crate) fn sent_until(&self, endpoint: &str, time: i64) {
        let folder = self.data().join("cursors");
        fs::create_dir_all(&folder).unwrap();
        let cursor = format!("{{\"began\":{time},\"groups\":{{}}}}");
        fs::write(folder.join(format!("{endpoint}.json")), cursor).unwrap();
    }

    /// Writes the configuration.
    pub(crate) fn configure(&self, config: &str) -> PathBuf {
        crate::programs::configure(self.folder.path(), config)
    }

    /// Starts the daemon on the folder with this configuration.
    pub(crate) fn start(&self, config: &str) -> Collector {
        let host = self.folder.path().join("host");
        let config = self.configure(config);
        let options = ["--config", config.to_str().unwrap(), "--rootfs", host.to_str().unwrap()];
        Collector::start(&self.data(), &options)
    }

    /// What of the rows after a time has not arrived, or has arrived and is no row: expected are
    /// rows of ten seconds as long as they are kept, and of a minute before.
    pub(crate) fn differences(&self, stored: &Stored, labels: &Labels, after: i64) -> Vec<String> {
        let mut differences = Vec::new();
        for (file, source, name, instance) in SERIES {
            let mut labels = labels.clone();
            labels.insert("__name__".to_owned(), name.to_owned());
            labels.extend(instance.map(|instance| ("name".to_owned(), instance.to_owned())));
            let Some(arrived) = stored.get(&labels) else {
                differences.push(format!("no {labels:?}"));
                continue;
            };
            let arrived: BTreeMap<i64, f64> = arrived.iter().copied().collect();
            let cut = self.end - FINE + EITHER / 2;
            let file = self.data().join(file);
            let mut rows = known_rows(&file, source, 10, after.max(cut), self.end);
            if after < cut - EITHER {
                rows.extend(known_rows(&file, source, 60, after, cut - EITHER));
            }
            let is_compared = |time: i64| {
                (after * 1000 + 1..=self.end * 1000).contains(&time)
                    && !((cut - EITHER) * 1000 + 1..=cut * 1000).contains(&time)
            };
            for (time, value) in &rows {
                let found = arrived.get(time);
                if !found.is_some_and(|found| is_same(*found, *value)) {
                    differences.push(format!("{name} at {time}: {value}, arrived {found:?}"));
                }
            }
            let others = arrived.keys().filter(|time| is_compared(**time));
            let others = others.filter(|time| !rows.contains_key(time));
            differences.extend(others.map(|time| format!("{name} has no row that ends at {time}")));
        }
        differences
    }
}

/// The known rows of a data source: the milliseconds of their ends, and their values.
pub(crate) fn known_rows(
    file: &Path,
    source: &str,
    resolution: u64,
    start: i64,
    end: i64,
) -> BTreeMap<i64, f64> {
    let range = TimeRange::from_seconds(start, end);
    let request = FetchRequest::new(ConsolidationFunction::Average, range)
        .resolution(Duration::from_secs(resolution));
    let series = RrdReader::open(file).unwrap().fetch(&request).unwrap();
    assert_eq!(series.step().seconds(), resolution);
    let column = series.names().iter().position(|name| name == source).unwrap();
    let rows = series.kept_rows().filter(|(at, _)| (start + 1..=end).contains(&at.seconds()));
    let rows = rows.map(|(at, row)| (at.seconds() * 1000, row[column]));
    rows.filter(|(_, value)| !value.is_nan()).collect()
}

/// Whether two values are equal but for the last digits: `VictoriaMetrics` keeps twelve or more.
fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-11 * a.abs().max(b.abs())
}
