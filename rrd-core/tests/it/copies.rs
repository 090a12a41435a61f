//! Copies of a database that is being written: each has the state after some update, byte for byte.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rrd_core::{
    BatchError, ConvertError, CreateError, CreateOptions, Heartbeat, Locking, Overwrite,
    PastSamples, Rrd, RrdReader, Sample, Schema, SchemaBuilder, Season, Step, Timestamp,
    WriteOptions, check,
};

const START: i64 = 1_000_000_000;
/// Copies of each shape beside a writer, unless the environment variable `RRD_COPIES` says
/// otherwise.
const COPIES: usize = 300;

fn builder() -> SchemaBuilder {
    Schema::builder(Step::from_seconds(10).expect("positive"))
}

/// Shapes of which each update needs the record of a change: a head of two pages, and rows that are
/// replaced in place; and one that needs none.
fn shapes() -> [(&'static str, Schema); 3] {
    let heartbeat = Heartbeat::from_seconds(60);
    let plain = builder().gauge("a", heartbeat).average(0.5, 1, 60).max(0.5, 5, 20);
    let wide =
        (0..10).fold(builder(), |shape, number| shape.gauge(&format!("source{number}"), heartbeat));
    let wide = (1..=7).fold(wide, |shape, points| shape.average(0.5, points, 5));
    let forecast = builder().gauge("a", heartbeat).forecast(Season::Additive, 60, 0.1, 0.003, 45);
    [("plain", plain), ("wide", wide), ("forecast", forecast)]
        .map(|(name, shape)| (name, shape.build().expect("a shape")))
}

fn sample(schema: &Schema, number: i64) -> Sample {
    let number = i32::try_from(number).expect("small");
    let values = schema.sources().iter().map(|_| f64::from(number % 97));
    Sample::new(Timestamp::from_seconds(START + 10 * i64::from(number)), values)
}

fn create(path: &Path, schema: &Schema) -> Rrd {
    Rrd::create(path, schema, Timestamp::from_seconds(START)).expect("created")
}

/// Ends the writer, also after a failure.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn copies_beside_a_writer_at_full_rate_are_whole() {
    let wanted = std::env::var("RRD_COPIES").ok().and_then(|count| count.parse().ok());
    let wanted = wanted.unwrap_or(COPIES);
    for (name, schema) in shapes() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, copy) = (folder.path().join("x.rrd"), folder.path().join("copy.rrd"));
        let mut rrd = create(&path, &schema);
        let done = AtomicBool::new(false);
        let mut copies: Vec<(i64, Vec<u8>)> = thread::scope(|scope| {
            scope.spawn(|| {
                for number in 1.. {
                    rrd.update(&sample(&schema, number)).expect("updated");
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
            let _end = End(&done);
            let copies = (0..wanted).map(|_| {
                // A copy over another one would wait for the disk.
                let _ = fs::remove_file(&copy);
                let reader = RrdReader::open(&path).expect("readable");
                reader.copy_to(&copy, CreateOptions::new()).expect("copied");
                let last = RrdReader::open(&copy).expect("a database").last_update();
                ((last.seconds() - START) / 10, fs::read(&copy).expect("bytes"))
            });
            copies.collect()
        });
        copies.dedup();
        assert!(copies.len() > 1, "{name}: the writer was never running");
        let reference = folder.path().join("reference.rrd");
        let mut rrd = create(&reference, &schema);
        let mut applied = 0;
        for (number, bytes) in &copies {
            while applied < *number {
                applied += 1;
                rrd.update(&sample(&schema, applied)).expect("updated");
            }
            let _ = fs::remove_file(&copy);
            let reader = RrdReader::open(&reference).expect("readable");
            reader.copy_to(&copy, CreateOptions::new()).expect("copied");
            assert!(fs::read(&copy).expect("bytes") == *bytes, "{name}: {number} updates");
        }
        assert!(check(&copy).is_empty(), "{name}: {:?}", check(&copy));
    }
}

#[test]
fn a_copy_of_a_file_is_its_bytes_and_needs_a_name_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("x.rrd"), folder.path().join("copy.rrd"));
    let [(_, schema), ..] = shapes();
    create(&path, &schema).update(&sample(&schema, 1)).expect("updated");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("allowed");
    let reader = RrdReader::open(&path).expect("readable");
    reader.copy_to(&copy, CreateOptions::new()).expect("copied");
    assert!(fs::read(&copy).expect("bytes") == fs::read(&path).expect("bytes"));
    assert_eq!(copy.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    let again = reader.copy_to(&copy, CreateOptions::new());
    assert!(matches!(again, Err(ConvertError::Create(CreateError::Exists { .. }))));
    let options = CreateOptions::new().overwrite(Overwrite::Yes);
    reader.copy_to(&copy, options).expect("replaced");
    let itself = reader.copy_to(&path, options);
    assert!(matches!(itself, Err(ConvertError::SameFile { .. })), "{itself:?}");
}

#[test]
fn what_another_program_keeps_behind_the_rows_is_copied() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("x.rrd"), folder.path().join("copy.rrd"));
    let [(_, schema), ..] = shapes();
    drop(create(&path, &schema));
    let mut bytes = fs::read(&path).expect("bytes");
    bytes.extend(b"something of a stranger");
    fs::write(&path, &bytes).expect("written");
    let reader = RrdReader::open(&path).expect("readable");
    reader.copy_to(&copy, CreateOptions::new()).expect("copied");
    assert!(fs::read(&copy).expect("bytes") == bytes);
}

#[test]
fn a_copy_waits_for_a_writer_who_does_not_pause() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("x.rrd"), folder.path().join("copy.rrd"));
    let [(_, schema), ..] = shapes();
    let mut rrd = create(&path, &schema);
    let reader = RrdReader::open(&path).expect("readable");
    // A writer that holds its lock: a copy waits until it lets go.
    rrd.set_options(WriteOptions::new().locking(Locking::Try));
    thread::scope(|scope| {
        let updated = rrd.update_batch_with::<BatchError>(
            PastSamples::Refuse,
            |schema, samples| {
                let copier = scope.spawn(|| reader.copy_to(&copy, CreateOptions::new()));
                thread::sleep(Duration::from_millis(500));
                assert!(!copier.is_finished() && !copy.exists());
                samples.push(sample(schema, 1));
                Ok(())
            },
            None,
        );
        updated.expect("updated");
    });
    let copied = RrdReader::open(&copy).expect("a database");
    assert_eq!(copied.last_update(), Timestamp::from_seconds(START + 10));
}
