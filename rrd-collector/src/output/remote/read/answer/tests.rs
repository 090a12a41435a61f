//! Answers to queries over archives of this test.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use prost::Message;
use rrd_core::{Heartbeat, Rrd, Sample as Update, Schema, Step, Timestamp};
use rrd_graph::export::SeriesName;

use super::super::super::wire::v1::{
    Chunk, ChunkedReadResponse, ChunkedSeries, Label, LabelMatcher, Query, QueryResult, ReadHints,
    ReadRequest, ReadResponse, STALE,
};
use super::super::super::wire::{compress, decompress, frame, xor_chunk};
use super::super::collection::{Collection, ListedFile};
use super::*;
use crate::fault::AllFaults;
use crate::store::archives::ArchiveError;
use crate::store::archives::Archives;

const START: i64 = 1_700_000_000;
const LIMITS: ReadSettings = ReadSettings { max_samples: 2000, densify: true };

/// Files of a folder, and some that are not there.
struct Files(Archives, Vec<&'static str>);

impl Collection for Files {
    fn name(&self) -> String {
        "the trial".to_owned()
    }

    fn archives(&self) -> &Archives {
        &self.0
    }

    fn files(&self) -> Result<Vec<ListedFile>, ArchiveError> {
        let listed = |path: &&str| {
            let stem = path.trim_end_matches(".rrd").to_owned();
            let shared = SeriesName::new("rrd_disk", [("name", stem.clone())]);
            let name_of = move |source: &str| {
                SeriesName::new(format!("rrd_disk_{source}"), [("name", stem.clone())])
            };
            ListedFile { path: (*path).to_owned(), shared, name_of: Box::new(name_of) }
        };
        Ok(self.1.iter().map(listed).collect())
    }
}

/// A file with rows of a second for 200 seconds, and of 10 seconds for 1,000; the value is the
/// number of seconds, and four seconds are unknown.
fn write(folder: &Path, name: &str) {
    let schema = Schema::builder(Step::SECOND)
        .gauge("read", Heartbeat::from_seconds(1))
        .gauge("write", Heartbeat::from_seconds(1))
        .average(0.5, 1, 200)
        .average(0.5, 10, 100)
        .max(0.5, 10, 100)
        .build()
        .unwrap();
    let at = |second| Timestamp::from_seconds(START + second);
    let mut rrd = Rrd::create(folder.join(name), &schema, at(0)).unwrap();
    for second in (1..=1000).filter(|second| !(994..=996).contains(second)) {
        let value = f64::from(i32::try_from(second).unwrap());
        rrd.update(&Update::new(at(second), [value, -value])).unwrap();
    }
}

fn sources(folder: &Path, files: &[&'static str], all: &AllFaults) -> Sources {
    let files = Files(Archives::Folder(folder.to_owned()), files.to_vec());
    let host = [("instance", "web1"), ("job", "rrd")];
    let host = host.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Sources { collections: vec![Arc::new(files)], host, faults: all.of_task() }
}

/// A query for these seconds.
fn query(first: i64, last: i64, matchers: &[(&str, &str)]) -> Query {
    let matcher = |(name, value): &(&str, &str)| LabelMatcher {
        r#type: 0,
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    Query {
        start_timestamp_ms: (START + first) * 1000,
        end_timestamp_ms: (START + last) * 1000,
        matchers: matchers.iter().map(matcher).collect(),
        hints: None,
    }
}

fn ask(
    sources: &Sources,
    limits: ReadSettings,
    queries: Vec<Query>,
    form: i32,
) -> Result<Vec<u8>, ReadError> {
    let request = ReadRequest { queries, accepted_response_types: vec![form] };
    let body = compress(&request.encode_to_vec());
    let (reply, answered) = oneshot::channel();
    let received = async {
        match answered.await.unwrap()? {
            ReadAnswer::Samples(body) => Ok(decompress(&body, MAX_MESSAGE).unwrap()),
            ReadAnswer::Chunks(mut frames) => {
                let mut all = Vec::new();
                while let Some(frame) = frames.recv().await {
                    all.extend(frame.unwrap());
                }
                Ok(all)
            }
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ((), outcome) =
        runtime.block_on(async { tokio::join!(answer(sources, limits, &body, reply), received) });
    outcome
}

/// A series: its name and instance, and its samples with their seconds from the start.
type Shown = (String, Vec<(f64, f64)>);

/// The series of each query.
fn series(sources: &Sources, queries: Vec<Query>) -> Vec<Vec<Shown>> {
    let message = ask(sources, LIMITS, queries, 0).unwrap();
    let results = ReadResponse::decode(&*message).unwrap().results;
    let value = |labels: &[Label], name: &str| {
        labels.iter().find(|label| label.name == name).unwrap().value.clone()
    };
    let second = |sample: &Sample| {
        f64::from(i32::try_from(sample.timestamp - START * 1000).unwrap()) / 1000.0
    };
    let shown = |result: &QueryResult| {
        let series = result.timeseries.iter().map(|series| {
            assert_eq!(value(&series.labels, "instance"), "web1");
            assert_eq!(value(&series.labels, "job"), "rrd");
            let name =
                format!("{} {}", value(&series.labels, "__name__"), value(&series.labels, "name"));
            (name, series.samples.iter().map(|sample| (second(sample), sample.value)).collect())
        });
        series.collect()
    };
    results.iter().map(shown).collect()
}

#[test]
fn each_query_has_its_series_sorted_with_the_rows_of_its_range() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["vdb.rrd", "vda.rrd"];
    for name in names {
        write(folder.path(), name);
    }
    let sources = sources(folder.path(), &names, &AllFaults::default());
    let reads = query(10, 12, &[("__name__", "rrd_disk_read"), ("job", "rrd")]);
    let all = query(990, 998, &[("name", "vdb")]);
    let none = query(990, 998, &[("instance", "web2")]);
    let answers = series(&sources, vec![reads, none, all]);
    // What a second has been forgotten is in rows of ten.
    let name = |metric: &str, disk: &str| format!("rrd_disk_{metric} {disk}");
    let ten = |disk: &str| (name("read", disk), vec![(10.0, 5.5)]);
    assert_eq!(answers[0], [ten("vda"), ten("vdb")]);
    assert_eq!(answers[1], []);
    let [read, write] = &*answers[2] else { panic!("two series") };
    assert_eq!((&read.0, &write.0), (&name("read", "vdb"), &name("write", "vdb")));
    let [known @ .., end, after_gap] = &*read.1 else { panic!("samples") };
    assert_eq!(known, [(990.0, 990.0), (991.0, 991.0), (992.0, 992.0), (993.0, 993.0)]);
    assert_eq!((end.0, end.1.to_bits()), (993.001, STALE.to_bits()));
    assert_eq!(*after_gap, (998.0, 998.0));
    assert_eq!(write.1[0], (990.0, -990.0));
}

#[test]
fn hints_and_the_label_cf_choose_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "vda.rrd");
    let sources = sources(folder.path(), &["vda.rrd"], &AllFaults::default());
    let read = [("__name__", "rrd_disk_read")];
    let of = |query: Query| series(&sources, vec![query]).remove(0).remove(0).1;
    let hints = |func: &str, step_ms, range_ms| {
        Some(ReadHints { func: func.to_owned(), step_ms, range_ms, ..ReadHints::default() })
    };
    let max = Query { hints: hints("max_over_time", 0, 600_000), ..query(900, 920, &read) };
    assert_eq!(of(max), [(900.0, 900.0), (910.0, 910.0), (920.0, 920.0)]);
    let average = Query { hints: hints("", 10_000, 0), ..query(900, 920, &read) };
    assert_eq!(of(average), [(900.0, 895.5), (910.0, 905.5), (920.0, 915.5)]);
    let named = query(100, 120, &[read[0], ("cf", "MAX")]);
    assert_eq!(of(named.clone()), [(100.0, 100.0), (110.0, 110.0), (120.0, 120.0)]);
    let labels = ReadResponse::decode(&*ask(&sources, LIMITS, vec![named], 0).unwrap()).unwrap();
    let labels = &labels.results[0].timeseries[0].labels;
    assert!(labels.iter().any(|label| (&*label.name, &*label.value) == ("cf", "MAX")));
    let lookup = Query { hints: hints("series", 0, 0), ..query(0, 1000, &[]) };
    let found = series(&sources, vec![lookup]).remove(0);
    assert_eq!(found.iter().map(|(_, samples)| samples.len()).collect::<Vec<_>>(), [0, 0]);
    assert_eq!(series(&sources, vec![query(0, 1000, &[("cf", "HWPREDICT")])]), [vec![]]);
}

#[test]
fn chunks_hold_what_the_message_holds() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["vdb.rrd", "vda.rrd"];
    for name in names {
        write(folder.path(), name);
    }
    let sources = sources(folder.path(), &names, &AllFaults::default());
    let queries = || vec![query(0, 0, &[]), query(805, 1000, &[("__name__", "rrd_disk_read")])];
    let message = ask(&sources, LIMITS, queries(), 0).unwrap();
    let results = ReadResponse::decode(&*message).unwrap().results;
    let frames = results[1].timeseries.iter().map(|series| {
        let chunks: Vec<Chunk> = series.samples.chunks(120).filter_map(xor_chunk).collect();
        assert_eq!(chunks.len(), 2);
        let chunked_series = vec![ChunkedSeries { labels: series.labels.clone(), chunks }];
        frame(&ChunkedReadResponse { chunked_series, query_index: 1 })
    });
    let frames: Vec<Vec<u8>> = frames.collect();
    assert_eq!(frames.len(), 2);
    assert_eq!(ask(&sources, LIMITS, queries(), 1).unwrap(), frames.concat());
}

#[test]
fn a_query_for_all_time_has_what_there_is_and_one_for_too_much_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "vda.rrd");
    let sources = sources(folder.path(), &["vda.rrd"], &AllFaults::default());
    let all = || Query {
        start_timestamp_ms: i64::MIN,
        end_timestamp_ms: i64::MAX,
        ..query(0, 0, &[("__name__", "rrd_disk_read")])
    };
    let found = series(&sources, vec![all()]).remove(0).remove(0).1;
    // 80 rows of ten seconds, 200 of one, four of them unknown, and one end.
    assert_eq!(found.len(), 80 + 200 - 4 + 1);
    for form in [0, 1] {
        let limits = ReadSettings { max_samples: 200, ..LIMITS };
        assert_eq!(
            ask(&sources, limits, vec![all()], form).unwrap_err().to_string(),
            "query asks for 285 samples, at most 200: ask for a shorter time, a longer step or fewer series"
        );
    }
    let backwards = query(10, 5, &[]);
    assert_eq!(series(&sources, vec![backwards]), [vec![]]);
}

#[test]
fn the_samples_of_a_query_are_never_more_than_were_expected() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "vda.rrd");
    let sources = sources(folder.path(), &["vda.rrd"], &AllFaults::default());
    let settings = LIMITS;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (first, last, step_ms) in [
        (0, 1000, 0),
        (0, 1000, 20_000),
        (795, 805, 0),
        (3, 4, 0),
        (-50, 9, 0),
        (999, 5000, 10_000),
    ] {
        let hints = Some(ReadHints { step_ms, ..ReadHints::default() });
        let query = Query { hints, ..query(first, last, &[("__name__", "rrd_disk_read")]) };
        let request = ReadRequest { queries: vec![query], ..ReadRequest::default() };
        let body = compress(&request.encode_to_vec());
        let prepared = runtime.block_on(prepare(&sources, settings, &body)).unwrap();
        let reading = Reading { sources: &sources, settings, count: 0 };
        for (query, found) in &prepared.queries {
            for series in found {
                let read: usize = reading.samples(query, series).map(|block| block.len()).sum();
                assert!(read as u64 <= series.most, "{first} {last} {step_ms}");
            }
        }
    }
}

#[test]
fn a_damaged_file_is_left_out_and_reported_while_it_is_there_and_a_vanished_one_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "vda.rrd");
    fs::write(folder.path().join("bad.rrd"), "RRD\0what").unwrap();
    let all = AllFaults::default();
    let mut sources = sources(folder.path(), &["bad.rrd", "gone.rrd", "vda.rrd"], &all);
    for _ in 0..3 {
        let found = series(&sources, vec![query(900, 900, &[])]).remove(0);
        assert_eq!(found.len(), 2);
    }
    let faults: Vec<String> = all.present().into_iter().map(|fault| fault.concern).collect();
    assert_eq!(faults, ["remote read of bad.rrd"]);
    sources.collections =
        vec![Arc::new(Files(Archives::Folder(folder.path().to_owned()), vec!["vda.rrd"]))];
    assert_eq!(series(&sources, vec![query(900, 900, &[])]).remove(0).len(), 2);
    assert_eq!(all.present(), []);
}

#[test]
fn what_is_not_asked_for_rightly_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let sources = sources(folder.path(), &[], &AllFaults::default());
    let error = ask(&sources, LIMITS, vec![], 9).unwrap_err().to_string();
    assert_eq!(error, "response types [9]: expected 0 (samples) or 1 (chunks)");
    assert_eq!(ask(&sources, LIMITS, vec![], 0).unwrap(), b"");
}
