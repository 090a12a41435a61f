//! The library: create, open, update, fetch, dump, restore, times.

use std::hint::black_box;
use std::io;
use std::path::Path;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use rrd_benches::workload::{
    START, STEP, any_time, four_archives, minutes, sample, sample_text, wide,
};
use rrd_core::{
    Access, ConsolidationFunction, CreateOptions, Dump, Durability, FetchRequest, LogSync,
    Overwrite, ReadOptions, Restore, Rrd, RrdReader, Schema, Series, Store, Template, TimeRange,
    TimeZone, Timestamp, WriteOptions, at_style,
};

fn create(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new.rrd");
    let mut number = 0;
    criterion.bench_function("create", |bench| {
        bench.iter(|| {
            number += 1;
            new(&folder.path().join(format!("{number}.rrd")), &four_archives())
        });
    });
    // A replacement file is synced first: the old file must not be gone before the new one is
    // complete.
    criterion.bench_function("create in place of another", |bench| {
        bench.iter(|| new(&path, &four_archives()));
    });
    criterion.bench_function("open", |bench| {
        bench.iter(|| Rrd::open(&path).expect("opened"));
    });
    criterion.bench_function("open read-only", |bench| {
        bench.iter(|| RrdReader::open(&path).expect("opened"));
    });
}

fn update(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = criterion.benchmark_group("update");
    for sources in [1, 8, 64] {
        let path = folder.path().join(format!("{sources}.rrd"));
        let mut rrd = new(&path, &wide(sources));
        let mut number = 0;
        group.bench_function(BenchmarkId::new("kept handle", sources), |bench| {
            bench.iter_batched(
                || {
                    number += 1;
                    sample(number, STEP, sources)
                },
                |sample| rrd.update(&sample).expect("updated"),
                BatchSize::SmallInput,
            );
        });
    }
    let path = folder.path().join("text.rrd");
    let mut rrd = new(&path, &four_archives());
    let mut number = 0;
    group.bench_function("kept handle, from text", |bench| {
        let template = Template::in_file_order(&four_archives());
        bench.iter_batched(
            || {
                number += 1;
                sample_text(number, STEP, 1)
            },
            |text| {
                let now = Timestamp::from_seconds(START);
                let sample = template.sample(&text, now, &TimeZone::UTC).expect("a sample");
                rrd.update(&sample).expect("updated");
            },
            BatchSize::SmallInput,
        );
    });
    let path = folder.path().join("closed.rrd");
    drop(new(&path, &four_archives()));
    let mut number = 0;
    group.bench_function("open, update, close", |bench| {
        bench.iter_batched(
            || {
                number += 1;
                sample(number, STEP, 1)
            },
            |sample| Rrd::open(&path).expect("opened").update(&sample).expect("updated"),
            BatchSize::SmallInput,
        );
    });
    let store = Store::open(folder.path().join("store"), any_time()).expect("a store");
    let start = Timestamp::from_seconds(START);
    store.create("one.rrd", &four_archives(), start, CreateOptions::default()).expect("created");
    let mut number = 0;
    group.bench_function("store", |bench| {
        bench.iter_batched(
            || {
                number += 1;
                sample(number, STEP, 1)
            },
            |sample| store.update("one.rrd", &sample).expect("acknowledged"),
            BatchSize::SmallInput,
        );
    });
    group.throughput(Throughput::Elements(10_000));
    let samples: Vec<_> = (1..=10_000).map(|number| sample(number, STEP, 1)).collect();
    group.bench_function("batch of 10,000", |bench| {
        bench.iter_batched_ref(
            || new(&folder.path().join("batch.rrd"), &four_archives()),
            |rrd| rrd.update_batch(&samples).expect("updated"),
            BatchSize::PerIteration,
        );
    });
    let texts: Vec<_> = (1..=10_000).map(|number| sample_text(number, STEP, 1)).collect();
    group.bench_function("batch of 10,000, from text", |bench| {
        let template = Template::in_file_order(&four_archives());
        let now = Timestamp::from_seconds(START);
        let read = |text: &String| template.sample(text, now, &TimeZone::UTC).expect("a sample");
        bench.iter_batched_ref(
            || new(&folder.path().join("batch.rrd"), &four_archives()),
            |rrd| {
                let samples: Vec<_> = texts.iter().map(read).collect();
                rrd.update_batch(&samples).expect("updated");
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// The cost of durability. With six data sources in four archives the head fits into one page,
/// which a single write replaces; with seven it crosses a page boundary, and each update goes
/// through a redo record behind the rows first.
fn safety(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = criterion.benchmark_group("safety");
    let start = Timestamp::from_seconds(START);
    for (name, sources, durability) in [
        ("file, one page", 6, Durability::Process),
        ("file, two pages", 7, Durability::Process),
        ("file, one page, synced", 6, Durability::Synced),
        ("file, two pages, synced", 7, Durability::Synced),
    ] {
        let path = folder.path().join("file.rrd");
        drop(new(&path, &wide(sources)));
        let options = WriteOptions::new().durability(durability);
        let mut rrd = Rrd::open_with(&path, options).expect("opened");
        let mut number = 0;
        group.bench_function(name, |bench| {
            bench.iter_batched(
                || {
                    number += 1;
                    sample(number, STEP, sources)
                },
                |sample| rrd.update(&sample).expect("updated"),
                BatchSize::SmallInput,
            );
        });
    }
    let on_request = LogSync::Every(Duration::MAX);
    for (name, sync, sync_each) in [
        ("store", LogSync::Never, None),
        ("store, synced each second", LogSync::Every(Duration::from_secs(1)), None),
        ("store, synced each 1000 samples", on_request, Some(1000)),
        ("store, synced each sample", LogSync::Each, None),
    ] {
        let options = any_time().sync(sync);
        let store = Store::open(folder.path().join(name), options).expect("a store");
        store.create("one.rrd", &wide(7), start, CreateOptions::default()).expect("created");
        let mut number = 0_u32;
        group.bench_function(name, |bench| {
            bench.iter_batched(
                || {
                    number += 1;
                    let sync = sync_each.is_some_and(|each| number.is_multiple_of(each));
                    (sample(number, STEP, 7), sync)
                },
                |(sample, sync)| {
                    store.update("one.rrd", &sample).expect("acknowledged");
                    if sync {
                        store.sync().expect("synced");
                    }
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn fetch(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = criterion.benchmark_group("fetch");
    for (name, sources, rows) in
        [("a day of minutes", 1, 1440_u32), ("a million rows of 8", 8, 1_000_000)]
    {
        let path = folder.path().join(format!("{rows}.rrd"));
        let mut rrd = new(&path, &minutes(sources, u64::from(rows)));
        let samples: Vec<_> = (1..=rows).map(|number| sample(number, 60, sources)).collect();
        rrd.update_batch(&samples).expect("updated");
        let range = TimeRange::from_seconds(START, START + i64::from(rows) * 60 - 1);
        let request = FetchRequest::new(ConsolidationFunction::Average, range)
            .resolution(Duration::from_secs(60));
        let mut series = Series::default();
        group.throughput(Throughput::Bytes(u64::from(rows) * 8 * sources as u64));
        group.bench_function(BenchmarkId::new("writer", name), |bench| {
            bench.iter(|| rrd.fetch_into(&request, &mut series).expect("fetched"));
        });
        for (access, access_name) in ACCESS {
            let options = ReadOptions::new().access(access);
            let reader = RrdReader::open_with(&path, options).expect("opened");
            group.bench_function(BenchmarkId::new(access_name, name), |bench| {
                bench.iter(|| reader.fetch_into(&request, &mut series).expect("fetched"));
            });
            group.bench_function(BenchmarkId::new(format!("sum, {access_name}"), name), |bench| {
                bench.iter(|| {
                    let mut sum = 0.0;
                    let add = |rows: &Series| sum += rows.kept().iter().sum::<f64>();
                    reader.scan(0, range, add).expect("scanned");
                    black_box(sum)
                });
            });
        }
        let values = vec![0.5; rows as usize * sources];
        let mut copy = values.clone();
        group.bench_function(BenchmarkId::new("memcpy of the values", name), |bench| {
            bench.iter(|| black_box(&mut copy).copy_from_slice(black_box(&values)));
        });
    }
    newest_rows(&mut group, folder.path());
    group.finish();
}

/// How a reader reads, and what that is called.
const ACCESS: [(Access, &str); 2] = [(Access::Position, "by position"), (Access::Mapped, "mapped")];

/// The newest row of a thousand files whose handles are kept, as for a page of current values.
fn newest_rows(group: &mut BenchmarkGroup<'_, WallTime>, folder: &Path) {
    let paths: Vec<_> = (0..1000).map(|file| folder.join(format!("newest-{file}.rrd"))).collect();
    for path in &paths {
        new(path, &minutes(1, 1440)).update(&sample(1, 60, 1)).expect("updated");
    }
    let range = TimeRange::from_seconds(START + 59, START + 59);
    let request = FetchRequest::new(ConsolidationFunction::Average, range);
    let mut series = Series::default();
    group.throughput(Throughput::Elements(1000));
    for (access, name) in ACCESS {
        let options = ReadOptions::new().access(access);
        let open = |path| RrdReader::open_with(path, options).expect("opened");
        let readers: Vec<_> = paths.iter().map(open).collect();
        group.bench_function(BenchmarkId::new(name, "the newest row of 1,000 files"), |bench| {
            bench.iter(|| {
                for reader in &readers {
                    reader.fetch_into(&request, &mut series).expect("fetched");
                }
            });
        });
    }
}

fn dump_and_restore(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("dump.rrd");
    let mut rrd = new(&path, &wide(4));
    let samples: Vec<_> = (1..=2000).map(|number| sample(number, STEP, 4)).collect();
    rrd.update_batch(&samples).expect("updated");
    let reader = RrdReader::open(&path).expect("opened");
    let mut xml = Vec::new();
    Dump::of(&reader).zone(TimeZone::UTC).write_to(&mut xml).expect("dumped");
    criterion.bench_function("dump", |bench| {
        bench.iter(|| Dump::of(&reader).zone(TimeZone::UTC).write_to(io::sink()).expect("dumped"));
    });
    let restored = folder.path().join("restored.rrd");
    criterion.bench_function("restore", |bench| {
        let restore = Restore::new().overwrite(Overwrite::Yes);
        bench.iter(|| restore.read(xml.as_slice(), &restored).expect("restored"));
    });
}

fn times(criterion: &mut Criterion) {
    let now = Timestamp::from_seconds(START);
    let zone = TimeZone::get("Europe/Zurich").expect("a known zone");
    for text in ["now-1d", "1700000000", "10:15 Oct 12 2025 +3 weeks"] {
        criterion.bench_function(&format!("time: {text}"), |bench| {
            bench.iter(|| {
                let spec = at_style::parse(black_box(text)).expect("a time");
                spec.resolve(now, &zone).expect("a moment")
            });
        });
    }
}

fn new(path: &Path, schema: &Schema) -> Rrd {
    let options = CreateOptions::new().overwrite(Overwrite::Yes);
    Rrd::create_with(path, schema, Timestamp::from_seconds(START), options).expect("created")
}

criterion_group!(benches, create, update, safety, fetch, dump_and_restore, times);
criterion_main!(benches);
