//! Tests with real processes: killed at every write, killed at any time, on a full disk, many at
//! once.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use rrd_core::rpn::CompactExpression;
use rrd_core::{
    Archive, ArchiveKind, BatchError, ClassicFunction, ConsolidationFunction, CreateError,
    CreateOptions, DataSource, Durability, FetchError, FetchRequest, Heartbeat, Overwrite,
    PastSamples, Rrd, RrdReader, Sample, Schema, Season, SourceKind, SourceName, Step, Store,
    StoreOptions, TimeRange, Timestamp, Unprotected, UpdateError, WriteOptions,
};

use crate::errors::chain;

const START: i64 = 1_000_000_000;

fn builder(step: u64) -> rrd_core::SchemaBuilder {
    Schema::builder(Step::from_seconds(step).expect("positive"))
}

fn shape(name: &str) -> Schema {
    let plain = builder(10).gauge("a", Heartbeat::from_seconds(60));
    let shape = match name {
        "one" | "batch" => plain.average(0.5, 1, 6).max(0.5, 2, 5),
        "wide" => {
            let sources = (1..10).fold(plain, |shape, number| {
                shape.gauge(&format!("source{number}"), Heartbeat::from_seconds(60))
            });
            (1..=7).fold(sources, |shape, points| shape.average(0.5, points, 5))
        }
        "forecast" => plain.forecast(Season::Additive, 60, 0.1, 0.003, 45),
        _ => {
            let kind = ArchiveKind::Classic {
                function: ClassicFunction::Last,
                points_per_row: 1,
                xfiles_factor: 0.5,
            };
            let expression = CompactExpression::parse("a,2,*", |_| Some(0)).expect("an expression");
            let name = SourceName::new("twice").expect("a name");
            plain
                .source(DataSource { name, kind: SourceKind::Computed(expression) })
                .archive(Archive { rows: 4, kind })
        }
    };
    shape.build().expect("a shape")
}

/// The samples that a child writes: the last ones of a season, a batch, or one.
fn numbers(name: &str) -> std::ops::RangeInclusive<i64> {
    match name {
        "batch" => 9..=28,
        "forecast" => 100..=150,
        _ => 9..=9,
    }
}

fn sample(schema: &Schema, number: i64) -> Sample {
    let sources =
        schema.sources().iter().filter(|source| matches!(source.kind, SourceKind::Measured(_)));
    Sample::new(
        Timestamp::from_seconds(START + number * 10),
        sources.map(|_| number * 3 % 7).collect::<Vec<_>>(),
    )
}

/// Starts this test program again as `child`, controlled by its environment.
fn spawn(program: &mut Command, work: &str, path: &Path) -> Child {
    program
        .args(["--exact", "trials::child", "--ignored", "--nocapture", "--test-threads", "1"])
        .env("RRD_TRIAL", work)
        .env("RRD_TRIAL_PATH", path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child")
}

fn this_program() -> PathBuf {
    std::env::current_exe().expect("a program")
}

#[test]
#[ignore = "what the children of the trials run"]
fn child() {
    let work = std::env::var("RRD_TRIAL").expect("what to do");
    let path = PathBuf::from(std::env::var_os("RRD_TRIAL_PATH").expect("where"));
    match work.split_once(' ') {
        Some(("update", name)) => {
            let mut rrd = Rrd::open(&path).expect("opened");
            let schema = rrd.schema().clone();
            let samples = numbers(name).map(|number| sample(&schema, number)).collect::<Vec<_>>();
            rrd.update_batch(&samples).expect("updated");
        }
        Some(("store", pause)) => feed_store(&path, pause.parse().expect("milliseconds")),
        Some(("compete", count)) => {
            let count: i64 = count.parse().expect("a number");
            println!(
                "\nwon {}",
                (0..count).map(|_| compete(&mut Rrd::open(&path).expect("opened"))).sum::<i64>()
            );
        }
        _ => panic!("unknown work: {work}"),
    }
}

fn strace_is_there() -> bool {
    let there = Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok();
    if !there {
        assert!(std::env::var_os("CI").is_none(), "strace is needed");
        println!("left out: strace is not installed");
    }
    there
}

#[test]
fn a_process_killed_at_any_write_leaves_before_or_after_and_a_retry_ends_as_if_nothing_had_happened()
 {
    if !strace_is_there() {
        return;
    }
    for name in ["one", "wide", "forecast", "batch", "computed"] {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, copy) = (folder.path().join("x.rrd"), folder.path().join("undisturbed.rrd"));
        let schema = shape(name);
        let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(START)).expect("created");
        for number in 1..*numbers(name).start() {
            rrd.update(&sample(&schema, number)).expect("updated");
        }
        drop(rrd);
        let before = std::fs::read(&path).expect("bytes");
        std::fs::write(&copy, &before).expect("written");
        let samples = numbers(name).map(|number| sample(&schema, number)).collect::<Vec<_>>();
        Rrd::open(&copy).expect("opened").update_batch(&samples).expect("updated");
        let after = std::fs::read(&copy).expect("bytes");
        let head = |path: &Path| format!("{:?}", RrdReader::open(path).expect("readable").head());
        let head_after = head(&copy);
        std::fs::write(&copy, &before).expect("written");
        let head_before = head(&copy);
        let mut writes = 0;
        for system_call in ["pwrite64", "ftruncate"] {
            for place in 1.. {
                std::fs::write(&path, &before).expect("written");
                let mut strace = Command::new("strace");
                let inject = format!("inject={system_call}:signal=SIGKILL:when={place}");
                strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &inject]).arg(this_program());
                let status = spawn(&mut strace, &format!("update {name}"), &path).wait();
                let complete = status.expect("a status").success();
                let found = head(&path);
                assert!(
                    found == head_before || found == head_after,
                    "{name}: {system_call} {place}"
                );
                let mut rrd = Rrd::open(&path).expect("opened");
                let last = rrd.last_update();
                let rest = samples.iter().filter(|sample| sample.at > last).cloned();
                rrd.update_batch(&rest.collect::<Vec<_>>()).expect("retried");
                drop(rrd);
                assert!(
                    std::fs::read(&path).expect("bytes") == after,
                    "{name}: {system_call} {place}"
                );
                let names = std::fs::read_dir(folder.path()).expect("names").count();
                assert_eq!(names, 2, "{name}: {system_call} {place}");
                if complete {
                    writes += place - 1;
                    break;
                }
            }
        }
        let least = if name == "one" || name == "computed" { 2 } else { 4 };
        assert!(writes >= least, "{name}: killed {writes} times only");
    }
}

const FILES: [&str; 4] = ["a.rrd", "b.rrd", "c.rrd", "d.rrd"];

fn stored(name: &str) -> Schema {
    shape(if name == "b.rrd" {
        "wide"
    } else if name == "c.rrd" {
        "forecast"
    } else {
        "one"
    })
}

/// Reports each acknowledged sample, and writes the files back occasionally.
fn feed_store(folder: &Path, pause: u64) {
    let options = StoreOptions::new().segment_size(64 << 10);
    let store = Store::open(folder, options).expect("a store");
    let schemas = FILES.map(stored);
    let mut out = std::io::stdout().lock();
    out.write_all(b"\nready\n").expect("a reader");
    for number in 1.. {
        for (file, schema) in FILES.iter().zip(&schemas) {
            store.update(file, &sample(schema, number)).expect("acknowledged");
        }
        out.write_all(format!("{number}\n").as_bytes()).expect("a reader");
        out.flush().expect("a reader");
        if number % 37 == 0 {
            store.flush_all();
        }
        if pause > 0 {
            std::thread::sleep(Duration::from_millis(pause));
        }
    }
}

/// Kills a feeder a while after it has told of so many acknowledged samples; returns how many it
/// told of, and how many of them are lost.
fn lost_by_kill(pause: u64, samples: usize, after: Duration) -> (i64, i64) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), StoreOptions::default()).expect("a store");
    for name in FILES {
        let start = Timestamp::from_seconds(START);
        store.create(name, &stored(name), start, CreateOptions::default()).expect("created");
    }
    store.close().expect("closed");
    let mut feeder =
        spawn(&mut Command::new(this_program()), &format!("store {pause}"), folder.path());
    let mut lines = BufReader::new(feeder.stdout.take().expect("its output")).lines();
    let ready = lines.find(|line| line.as_ref().is_ok_and(|line| line == "ready"));
    assert!(ready.is_some(), "the feeder starts");
    assert_eq!(lines.by_ref().take(samples).map_while(Result::ok).count(), samples);
    std::thread::sleep(after);
    feeder.kill().expect("killed");
    feeder.wait().expect("gone");
    let last = lines.map_while(Result::ok).filter_map(|line| line.parse().ok()).last();
    let acknowledged = last.unwrap_or(i64::try_from(samples).expect("few"));
    let store = Store::open(folder.path(), StoreOptions::default()).expect("a store");
    assert!(store.recovery().failed.is_empty() && store.recovery().damaged_bytes == 0);
    let mut lost = 0;
    for name in FILES {
        let last = (store.last_update(name).expect("a time").seconds() - START) / 10;
        lost += (acknowledged - last).max(0);
        let path = folder.path().join("undisturbed.rrd");
        let options = CreateOptions::new().overwrite(Overwrite::Yes);
        let start = Timestamp::from_seconds(START);
        let mut rrd = Rrd::create_with(&path, &stored(name), start, options).expect("created");
        for number in 1..=last {
            rrd.update(&sample(&stored(name), number)).expect("updated");
        }
        drop(rrd);
        let same = std::fs::read(folder.path().join(name)).expect("bytes")
            == std::fs::read(&path).expect("bytes");
        assert!(same, "{name} after {last} samples");
    }
    (acknowledged, lost)
}

#[test]
fn kill_9_at_full_rate_loses_no_acknowledged_sample() {
    for trial in 0..12 {
        let after = Duration::from_micros(10 + 130 * u64::try_from(trial).expect("small"));
        let (count, lost) = lost_by_kill(0, 1 + 90 * trial, after);
        assert_eq!(lost, 0, "trial {trial}: {count} acknowledged");
    }
}

#[test]
fn kill_9_at_ten_updates_a_second_loses_no_acknowledged_sample() {
    for (samples, after) in [(6, 10), (7, 60)] {
        let (count, lost) = lost_by_kill(100, samples, Duration::from_millis(after));
        assert_eq!(lost, 0, "{count} acknowledged");
    }
}

/// A small separate file system; `None` if this user may not mount one.
pub(crate) struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    pub(crate) fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            assert!(
                std::env::var_os("CI").is_none(),
                "the right to mount a small file system is needed"
            );
            println!("left out: no right to mount a small file system");
        }
        mounted.then_some(Self(folder))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn fill(&self) {
        let mut file = std::fs::File::create(self.0.path().join("filler")).expect("a file");
        while file.write_all(&[1; 512]).is_ok() {}
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_reported_and_harms_no_file() {
    const HEAD: usize = 584;
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = disk.0.path();
    let (plain, wide, sparse) =
        (folder.join("plain.rrd"), folder.join("wide.rrd"), folder.join("sparse.rrd"));
    let start = Timestamp::from_seconds(START);
    let mut kept = Rrd::create(&plain, &shape("one"), start).expect("created");
    Rrd::create(&wide, &shape("wide"), start).expect("created");
    // Rows that have no space on the disk.
    let big = builder(10)
        .gauge("a", Heartbeat::from_seconds(60))
        .average(0.5, 1, 4000)
        .build()
        .expect("a shape");
    Rrd::create(&sparse, &big, start).expect("created");
    let head = std::fs::read(&sparse).expect("bytes")[..600].to_vec();
    std::fs::write(&sparse, &head).expect("written");
    let file = std::fs::File::options().write(true).open(&sparse).expect("a file");
    file.set_len(584 + 8 * 4000).expect("a sparse file");
    drop(file);
    disk.fill();

    let refused = Rrd::create(folder.join("new.rrd"), &big, start).expect_err("full");
    assert!(
        matches!(refused, CreateError::Temporary { .. } | CreateError::Write { .. })
            && chain(&refused).contains("No space left on device"),
        "{refused}"
    );
    let names = std::fs::read_dir(folder).expect("names").count();
    assert_eq!(names, 4, "nothing is left behind");
    // A file whose blocks are there goes on.
    kept.update(&sample(&shape("one"), 1)).expect("updated");
    assert_eq!(kept.unprotected(), None);
    // One that has no place for its redo record goes on as RRDtool does, and says so.
    let mut unprotected = Rrd::open(&wide).expect("opened");
    let length = std::fs::metadata(&wide).expect("a file").len();
    unprotected.update(&sample(&shape("wide"), 1)).expect("updated");
    assert_eq!(unprotected.unprotected(), Some(Unprotected::NoSpace));
    assert_eq!(std::fs::metadata(&wide).expect("a file").len(), length, "nothing is left behind");
    // With a change that must survive a power loss it is an error, and the file stays as it was.
    let before = std::fs::read(&wide).expect("bytes");
    unprotected.set_options(WriteOptions::new().durability(Durability::Synced));
    let refused = unprotected.update(&sample(&shape("wide"), 2));
    assert!(matches!(refused, Err(UpdateError::Record { .. })), "{refused:?}");
    assert!(std::fs::read(&wide).expect("bytes") == before);
    // A sparse file goes on where its blocks are there; a row without a block is an error, and the
    // head stays as it was.
    let mut filling = Rrd::open(&sparse).expect("opened");
    filling.update(&sample(&big, 1)).expect("the first row has a block");
    let before = std::fs::read(&sparse).expect("bytes")[..HEAD].to_vec();
    let samples = (2..=1000).map(|number| sample(&big, number)).collect::<Vec<_>>();
    let refused = filling.update_batch(&samples).map_err(|error| error.source);
    assert!(matches!(refused, Err(UpdateError::Write { .. })), "{refused:?}");
    assert!(std::fs::read(&sparse).expect("bytes")[..HEAD] == before);
    // Reading goes on.
    RrdReader::open(&sparse).expect("readable");
    std::fs::remove_file(folder.join("filler")).expect("removed");
    unprotected.update(&sample(&shape("wide"), 2)).expect("updated");
    assert_eq!(unprotected.unprotected(), None);
    filling.update_batch(&samples).expect("updated");
}

#[test]
fn a_file_cut_short_under_a_reader_and_a_writer_is_an_error_not_a_signal() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    let big = builder(10)
        .gauge("a", Heartbeat::from_seconds(60))
        .average(0.5, 1, 4000)
        .build()
        .expect("a shape");
    let mut rrd = Rrd::create(&path, &big, Timestamp::from_seconds(START)).expect("created");
    rrd.update(&sample(&big, 1)).expect("updated");
    let reader = RrdReader::open(&path).expect("opened");
    let request = FetchRequest::new(
        ConsolidationFunction::Average,
        TimeRange::from_seconds(START - 39_000, START),
    )
    .resolution(Duration::from_secs(10));
    assert_eq!(reader.fetch(&request).expect("rows").len(), 3901);
    let whole = std::fs::read(&path).expect("bytes");
    for length in [whole.len() - 1, 20_000, 600, 300, 0] {
        let file = std::fs::File::options().write(true).open(&path).expect("a file");
        file.set_len(u64::try_from(length).expect("small")).expect("cut");
        let fetched = reader.fetch(&request);
        let refused = matches!(fetched, Err(FetchError::Read { .. } | FetchError::Open(_)));
        // The last byte belongs to no row that was asked for.
        assert!(refused || length == whole.len() - 1, "{length}: {fetched:?}");
        rrd.update(&sample(&big, 2)).expect_err("cut");
        std::fs::write(&path, &whole).expect("written");
    }
    rrd.update(&sample(&big, 2)).expect("whole again");
    assert_eq!(reader.fetch(&request).expect("rows").len(), 3901);
}

#[test]
fn who_opens_a_file_beside_a_writer_sees_a_head_of_one_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    let schema = shape("wide");
    let equal =
        |number: i64| Sample::new(Timestamp::from_seconds(START + number * 10), vec![number; 10]);
    let start = Timestamp::from_seconds(START);
    Rrd::create(&path, &schema, start).expect("created").update(&equal(1)).expect("updated");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers = (0..2).map(|_| {
            scope.spawn(|| {
                let mut seen = 0;
                while !done.load(Ordering::Relaxed) {
                    let reader = RrdReader::open(&path).expect("opened");
                    let number = (reader.last_update().seconds() - START) / 10;
                    for pdp in &reader.head().live.pdps {
                        assert_eq!(pdp.last_reading.text(), number.to_string());
                    }
                    seen += 1;
                }
                seen
            })
        });
        let readers = readers.collect::<Vec<_>>();
        // A file of one change each, which comes and goes behind the rows, and one that stays.
        for number in 2..400 {
            Rrd::open(&path).expect("opened").update(&equal(number)).expect("updated");
        }
        let mut kept = Rrd::open(&path).expect("opened");
        for number in 400..1500 {
            kept.update(&equal(number)).expect("updated");
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            assert!(reader.join().expect("no reader failed") > 0);
        }
    });
}

#[test]
fn who_reads_rows_by_name_beside_writers_by_name_sees_rows_of_one_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    let start = Timestamp::from_seconds(START);
    drop(Rrd::create(&path, &shape("wide"), start).expect("created"));
    let range = TimeRange::new(start, Timestamp::from_seconds(START + 20_000));
    let request = FetchRequest::new(ConsolidationFunction::Average, range);
    let (done, next) = (AtomicBool::new(false), AtomicI64::new(1));
    let equal =
        |number: i64| Sample::new(Timestamp::from_seconds(START + number * 10), vec![number; 10]);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut newest = 0.0;
            while !done.load(Ordering::Relaxed) {
                let rows = RrdReader::fetch_file(&path, &request).expect("fetched");
                let mut before = f64::NAN;
                for (end, row) in rows.kept_rows() {
                    assert!(row.iter().all(|value| value.to_bits() == row[0].to_bits()), "{end}");
                    assert!(row[0].is_nan() || before.is_nan() || row[0] > before, "{end}");
                    before = row[0];
                }
                assert!(before.is_nan() || before >= newest, "{before} after {newest}");
                newest = newest.max(before);
            }
            newest
        });
        // Two writers, each of whose samples is later than any before.
        let writers = (0..2).map(|_| {
            scope.spawn(|| {
                let mut taken = 0;
                while next.load(Ordering::Relaxed) < 1000 {
                    let make = |_: &Schema, samples: &mut Vec<Sample>| {
                        samples.push(equal(next.fetch_add(1, Ordering::Relaxed)));
                        Ok::<_, BatchError>(())
                    };
                    let options = WriteOptions::new();
                    Rrd::update_file(&path, options, PastSamples::Refuse, make, None)
                        .expect("updated");
                    taken += 1;
                }
                taken
            })
        });
        let writers = writers.collect::<Vec<_>>();
        let taken: i64 = writers.into_iter().map(|writer| writer.join().expect("written")).sum();
        done.store(true, Ordering::Relaxed);
        assert_eq!(taken, next.load(Ordering::Relaxed) - 1);
        assert!(reader.join().expect("read") > 0.0);
        let last = RrdReader::open(&path).expect("opened").last_update();
        assert_eq!(last.seconds(), START + taken * 10);
    });
}

/// Tries to add the next second; 1 if this was the writer that did.
fn compete(rrd: &mut Rrd) -> i64 {
    let at = rrd.last_update().seconds() + 1;
    match rrd.update(&Sample::new(Timestamp::from_seconds(at), [at % 100])) {
        Ok(()) => 1,
        Err(UpdateError::Sample { .. }) => 0,
        Err(error) => panic!("a writer within its waiting limit: {error}"),
    }
}

#[test]
fn many_writers_advance_a_file_by_equal_steps_beside_readers_that_wait_for_none() {
    const ROUNDS: i64 = 150;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    let schema =
        builder(1).gauge("a", Heartbeat::from_seconds(60)).average(0.5, 1, 97).max(0.5, 5, 60);
    let schema = schema.build().expect("a shape");
    Rrd::create(&path, &schema, Timestamp::from_seconds(START)).expect("created");
    let won = AtomicI64::new(0);
    let done = AtomicBool::new(false);
    let request = |start, end| {
        FetchRequest::new(ConsolidationFunction::Average, TimeRange::from_seconds(start, end))
    };
    let is_right = |reader: &RrdReader, range: TimeRange| {
        let series =
            reader.fetch(&request(range.start.seconds(), range.end.seconds())).expect("rows");
        for (time, values) in series.rows() {
            let wanted = f64::from(u8::try_from(time.seconds() % 100).expect("small"));
            assert!(values[0].is_nan() || values[0] == wanted, "{time}: {}", values[0]);
        }
    };
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let reader = RrdReader::open(&path).expect("opened");
            let mut fetches = 0;
            while !done.load(Ordering::Relaxed) {
                is_right(&reader, TimeRange::from_seconds(START, START + 3000));
                fetches += 1;
            }
            fetches
        });
        let children = ["compete 150", "compete 150"]
            .map(|work| spawn(&mut Command::new(this_program()), work, &path));
        let writers = (0..4).map(|_| {
            scope.spawn(|| {
                let mut rrd = Rrd::open(&path).expect("opened");
                won.fetch_add((0..ROUNDS).map(|_| compete(&mut rrd)).sum(), Ordering::Relaxed);
            })
        });
        let writers = writers.collect::<Vec<_>>();
        // RRDtool does not wait for locks: it wins or goes away.
        let rrdtool = scope.spawn(|| {
            for _ in 0..40 {
                let at = RrdReader::open(&path).expect("opened").last_update().seconds() + 1;
                let update = Command::new("rrdtool")
                    .args(["update", "x.rrd", &format!("{at}:{}", at % 100)])
                    .current_dir(folder.path())
                    .stderr(Stdio::null())
                    .status();
                match update {
                    Ok(status) => won.fetch_add(i64::from(status.success()), Ordering::Relaxed),
                    Err(error) => {
                        assert!(std::env::var_os("CI").is_none(), "rrdtool is needed: {error}");
                        println!("left out: rrdtool cannot be started: {error}");
                        return;
                    }
                };
            }
        });
        for mut child in children {
            let mut output = String::new();
            child.stdout.take().expect("output").read_to_string(&mut output).expect("text");
            assert!(child.wait().expect("a status").success(), "{output}");
            let count = output.lines().find_map(|line| line.strip_prefix("won ")).expect("a count");
            won.fetch_add(count.parse::<i64>().expect("a number"), Ordering::Relaxed);
        }
        for writer in writers {
            writer.join().expect("no writer failed");
        }
        rrdtool.join().expect("no writer failed");
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().expect("no reader failed") > 0);
    });
    let won = won.into_inner();
    let reader = RrdReader::open(&path).expect("opened");
    assert_eq!(reader.last_update().seconds(), START + won, "each success is one second");
    let row = u64::try_from((96 + won) % 97).expect("small");
    assert_eq!(reader.head().live.current_rows[0], row, "and one row");
    is_right(&reader, TimeRange::from_seconds(START + won - 96, START + won));
    assert!(won >= ROUNDS, "{won}");
}
