//! The write path on a disk that is killed, fails or loses power at every operation in turn.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use crate::archive::{Archive, ArchiveKind, ClassicFunction, Season};
use crate::commit::Durability;
use crate::data_source::{DataSource, Heartbeat, SourceKind, SourceName};
use crate::database::{CreateOptions, Ending, PastSamples, Rrd, RrdReader, WriteOptions, create};
use crate::disk::Disk;
use crate::disk::fake::{Fault, MemoryDisk};
use crate::rpn::CompactExpression;
use crate::sample::Sample;
use crate::schema::Schema;
use crate::time::{Step, Timestamp};

pub(super) const NAME: &str = "x.rrd";

fn builder() -> crate::schema::SchemaBuilder {
    Schema::builder(Step::from_seconds(10).expect("positive"))
}

pub(super) fn small() -> Schema {
    builder()
        .gauge("a", Heartbeat::from_seconds(60))
        .average(0.5, 1, 6)
        .max(0.5, 2, 5)
        .build()
        .expect("shape")
}

/// A head of 6.8 KiB: two pages.
pub(super) fn wide() -> Schema {
    let mut shape = builder();
    for source in 0..10 {
        shape = shape.gauge(&format!("source{source}"), Heartbeat::from_seconds(60));
    }
    for archive in 1..=7 {
        shape = shape.average(0.5, archive, 5);
    }
    shape.build().expect("shape")
}

/// Archives so long that the equal rows of a gap are kept once.
fn long() -> Schema {
    builder()
        .gauge("a", Heartbeat::from_seconds(1_000_000))
        .average(0.5, 1, 700)
        .max(0.5, 3, 600)
        .build()
        .expect("shape")
}

pub(super) fn forecast() -> Schema {
    let shape = builder().gauge("a", Heartbeat::from_seconds(60)).forecast(
        Season::Additive,
        60,
        0.1,
        0.003,
        45,
    );
    shape.build().expect("shape")
}

fn computed() -> Schema {
    let expression = CompactExpression::parse("a,2,*", |_| Some(0)).expect("an expression");
    let name = SourceName::new("twice").expect("a name");
    let kind = ArchiveKind::Classic {
        function: ClassicFunction::Last,
        points_per_row: 1,
        xfiles_factor: 0.5,
    };
    builder()
        .gauge("a", Heartbeat::from_seconds(60))
        .source(DataSource { name, kind: SourceKind::Computed(expression) })
        .archive(Archive { rows: 4, kind })
        .build()
        .expect("shape")
}

pub(super) fn sample(schema: &Schema, number: i64) -> Sample {
    let readings = (0..schema.measured_sources()).map(|source| {
        f64::from(u32::try_from(number).expect("small") * 3 % 7)
            + f64::from(u8::try_from(source).expect("small"))
    });
    Sample::new(Timestamp::from_seconds(1_000_000_000 + number * 10), readings)
}

fn samples(schema: &Schema, numbers: std::ops::Range<i64>) -> Vec<Sample> {
    numbers.map(|number| sample(schema, number)).collect()
}

fn options(durability: Durability) -> WriteOptions {
    WriteOptions { durability, ..WriteOptions::default() }
}

pub(super) fn open(disk: &MemoryDisk, durability: Durability) -> Rrd {
    Rrd::open_on(Arc::new(disk.clone()), Path::new(NAME), options(durability)).expect("opened")
}

/// A disk with a file that has received and synced the samples before `first`.
pub(super) fn prepared(schema: &Schema, first: i64) -> MemoryDisk {
    let disk = MemoryDisk::default();
    let start = Timestamp::from_seconds(1_000_000_000);
    let synced = CreateOptions::new().durability(Durability::Synced);
    create::create(&disk, Path::new(NAME), schema, start, synced).expect("created");
    let mut rrd = open(&disk, Durability::Synced);
    for number in 1..first {
        rrd.update(&sample(schema, number)).expect("updated");
    }
    drop(rrd);
    disk.sync_folder(Path::new(NAME)).expect("synced");
    disk
}

/// Everything a reader sees, as text, because NaN does not equal itself. The rows of each archive
/// are in order of time.
pub(super) fn seen(disk: &MemoryDisk) -> (String, Vec<Vec<u64>>) {
    let reader = RrdReader::open_on(disk, Path::new(NAME)).expect("readable");
    let head = reader.head();
    let width = head.schema.sources().len();
    let mut archives = Vec::new();
    for (index, archive) in head.schema.archives().iter().enumerate() {
        let rows = usize::try_from(archive.rows).expect("small");
        let mut values = vec![0.0; rows * width];
        reader.read_rows(index, 0, &mut values).expect("rows");
        let newest = usize::try_from(head.live.current_rows[index]).expect("small");
        values.rotate_left((newest + 1) % rows * width);
        archives.push(values.iter().map(|value| value.to_bits()).collect());
    }
    (format!("{head:?}"), archives)
}

struct Case {
    name: &'static str,
    schema: Schema,
    /// Number of samples in the file before the batch, and one.
    first: i64,
    batch: Vec<Sample>,
}

/// The six cases: one source, two pages of head, a season that is smoothed, a batch, a computed
/// source, a gap longer than the archives.
fn cases() -> Vec<Case> {
    let case = |name, schema, first, count| {
        let batch = samples(&schema, first..first + count);
        Case { name, schema, first, batch }
    };
    let gap = samples(&long(), 5000..5003);
    vec![
        case("one source", small(), 8, 1),
        case("two pages", wide(), 14, 1),
        case("a season is smoothed", forecast(), 100, 50),
        case("a batch of 20", small(), 9, 20),
        case("a computed source", computed(), 6, 1),
        Case { name: "a long gap", schema: long(), first: 5, batch: gap },
    ]
}

/// Whether both readers saw the same except for the oldest rows, which an interrupted simple commit
/// may have replaced.
fn same_but_oldest(
    found: &(String, Vec<Vec<u64>>),
    wanted: &(String, Vec<Vec<u64>>),
    width: usize,
) -> bool {
    let rows = |(found, wanted): (&Vec<u64>, &Vec<u64>)| found[width..] == wanted[width..];
    found.0 == wanted.0 && found.1.iter().zip(&wanted.1).all(rows)
}

#[test]
fn a_kill_at_any_write_leaves_before_or_after_and_a_retry_ends_as_if_nothing_had_happened() {
    for durability in [Durability::Process, Durability::Synced] {
        for Case { name, schema, first, batch } in cases() {
            let width = schema.sources().len();
            let prepared = prepared(&schema, first);
            let before = seen(&prepared);
            let undisturbed = prepared.copy();
            open(&undisturbed, durability).update_batch(&batch).expect("updated");
            let after = seen(&undisturbed);
            for at in 0.. {
                let disk = prepared.copy();
                let mut rrd = open(&disk, durability);
                disk.plan(at, Fault::Kill);
                let acknowledged = rrd.update_batch(&batch).is_ok();
                let complete = disk.is_untouched();
                drop(rrd);
                disk.revive();
                let found = seen(&disk);
                let is_before = if durability == Durability::Process {
                    same_but_oldest(&found, &before, width)
                } else {
                    found == before
                };
                assert!(is_before || found == after, "{name}, killed at {at}: neither nor");
                assert!(!acknowledged || found == after, "{name}, killed at {at}: lost");
                // The retry: existing samples are skipped, as by a caller who checks the last
                // update.
                let mut rrd = open(&disk, durability);
                let last = rrd.last_update();
                let rest =
                    batch.iter().filter(|sample| sample.at > last).cloned().collect::<Vec<_>>();
                rrd.update_batch(&rest).expect("retried");
                drop(rrd);
                assert!(
                    disk.bytes(NAME) == undisturbed.bytes(NAME),
                    "{name}, killed at {at}: retry"
                );
                assert_eq!(disk.names(), [NAME], "{name}, killed at {at}");
                if complete {
                    break;
                }
            }
        }
    }
}

#[test]
fn an_update_that_opens_its_file_is_killed_and_retried_like_any_other() {
    let update = |disk: &MemoryDisk, durability, batch: &[Sample]| {
        let (disk, path) = (Arc::new(disk.clone()), Path::new(NAME));
        Rrd::update_on(disk, path, options(durability), |mut locked| {
            locked.apply(batch, Ending::Whole, PastSamples::Skip, None)
        })
    };
    for durability in [Durability::Process, Durability::Synced] {
        for Case { name, schema, first, batch } in cases() {
            let width = schema.sources().len();
            let prepared = prepared(&schema, first);
            let before = seen(&prepared);
            let undisturbed = prepared.copy();
            open(&undisturbed, durability).update_batch(&batch).expect("updated");
            let after = seen(&undisturbed);
            for at in 0.. {
                let disk = prepared.copy();
                disk.plan(at, Fault::Kill);
                let acknowledged = update(&disk, durability, &batch).is_ok();
                let complete = disk.is_untouched();
                disk.revive();
                let found = seen(&disk);
                let is_before = same_but_oldest(&found, &before, width);
                assert!(is_before || found == after, "{name}, killed at {at}: neither nor");
                assert!(!acknowledged || found == after, "{name}, killed at {at}: lost");
                update(&disk, durability, &batch).expect("retried");
                assert!(disk.bytes(NAME) == undisturbed.bytes(NAME), "{name}, killed at {at}");
                assert_eq!(disk.names(), [NAME], "{name}, killed at {at}");
                if complete {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_rewind_that_is_killed_at_any_write_is_done_or_not_and_a_retry_completes_it() {
    for durability in [Durability::Process, Durability::Synced] {
        for Case { name, schema, first, batch } in cases() {
            let ahead = prepared(&schema, first);
            let to = open(&ahead, durability).last_update();
            open(&ahead, durability).update_batch(&batch).expect("updated");
            let before = seen(&ahead);
            let undisturbed = ahead.copy();
            open(&undisturbed, durability).rewind(to).expect("rewound");
            let after = seen(&undisturbed);
            for at in 0.. {
                let disk = ahead.copy();
                let mut rrd = open(&disk, durability);
                disk.plan(at, Fault::Kill);
                let acknowledged = rrd.rewind(to).is_ok();
                let complete = disk.is_untouched();
                drop(rrd);
                disk.revive();
                let found = seen(&disk);
                assert!(found == before || found == after, "{name}, killed at {at}: neither nor");
                assert!(!acknowledged || found == after, "{name}, killed at {at}: lost");
                open(&disk, durability).rewind(to).expect("retried");
                assert!(
                    disk.bytes(NAME) == undisturbed.bytes(NAME),
                    "{name}, killed at {at}: retry"
                );
                if complete {
                    break;
                }
            }
        }
    }
}

#[test]
fn an_operation_that_fails_is_reported_and_a_retry_succeeds() {
    for durability in [Durability::Process, Durability::Synced] {
        for Case { name, schema, first, batch } in cases() {
            let prepared = prepared(&schema, first);
            let undisturbed = prepared.copy();
            open(&undisturbed, durability).update_batch(&batch).expect("updated");
            for at in 0.. {
                let disk = prepared.copy();
                let mut rrd = open(&disk, durability);
                disk.plan(at, Fault::Error(ErrorKind::StorageFull));
                let result = rrd.update_batch(&batch);
                let complete = disk.is_untouched();
                disk.revive();
                if let Err(error) = result {
                    assert_eq!(error.applied, 0, "{name}, failed at {at}");
                    // The same handle continues.
                    let last = {
                        let reader = RrdReader::open_on(&disk, Path::new(NAME));
                        reader.expect("readable").last_update()
                    };
                    let rest = batch.iter().filter(|sample| sample.at > last).cloned();
                    rrd.update_batch(&rest.collect::<Vec<_>>()).expect("retried");
                }
                drop(rrd);
                open(&disk, durability);
                assert!(disk.bytes(NAME) == undisturbed.bytes(NAME), "{name}, failed at {at}");
                if complete {
                    break;
                }
            }
        }
    }
}

/// Pseudo-random numbers; the same each time.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("small") % limit
    }
}

/// Calls `check` with the disk after a power loss: with every choice of unsynced pages up to 12,
/// and with 300 choices of sectors and their versions.
pub(super) fn for_each_power_loss(
    disk: &MemoryDisk,
    chance: &mut Chance,
    mut check: impl FnMut(&MemoryDisk),
) {
    const EXHAUSTIVE: usize = 12;
    const SECTOR_CHOICES: usize = 100;
    let pages = disk.unsynced_pages();
    let names = disk.unsynced_name_changes() + 1;
    if pages <= EXHAUSTIVE {
        for choice in 0..1_usize << pages {
            let lost = disk.copy();
            let mut page = 0;
            lost.lose_power(chance.below(names), |versions| {
                let kept = choice >> page & 1;
                page += 1;
                kept * versions
            });
            check(&lost);
        }
    }
    let choices = if pages == 0 { 0 } else { SECTOR_CHOICES };
    for _ in 0..choices {
        let lost = disk.copy();
        lost.lose_sectors(chance.below(names), |versions| chance.below(versions + 1));
        check(&lost);
    }
}

#[test]
fn a_power_loss_at_any_moment_leaves_a_state_that_existed() {
    let mut chance = Chance(7);
    for Case { name, schema, first, batch } in cases() {
        let prepared = prepared(&schema, first);
        let before = seen(&prepared);
        let undisturbed = prepared.copy();
        open(&undisturbed, Durability::Synced).update_batch(&batch).expect("updated");
        let after = seen(&undisturbed);
        for at in 0.. {
            let disk = prepared.copy();
            let mut rrd = open(&disk, Durability::Synced);
            disk.plan(at, Fault::Kill);
            let acknowledged = rrd.update_batch(&batch).is_ok();
            let complete = disk.is_untouched();
            for_each_power_loss(&disk, &mut chance, |lost| {
                let found = seen(lost);
                assert!(found == after || found == before && !acknowledged, "{name}, at {at}");
                drop(open(lost, Durability::Synced));
                let found = seen(lost);
                assert!(found == after || found == before, "{name}, at {at}, opened");
            });
            if complete {
                break;
            }
        }
    }
}

/// Heads of 1 to 5 pages, whose sectors reach the disk one by one.
#[test]
fn a_power_loss_that_tears_a_head_within_its_pages_leaves_a_state_that_existed() {
    const IMAGES: usize = 1000;
    let mut chance = Chance(5);
    for pages in 1..=5 {
        let shape = (0..10 * pages - 1).fold(builder(), |shape, source| {
            shape.gauge(&format!("source{source}"), Heartbeat::from_seconds(60))
        });
        let schema = shape.average(0.5, 1, 6).max(0.5, 2, 5).build().expect("shape");
        let prepared = prepared(&schema, 8);
        let before = seen(&prepared);
        assert_eq!(open(&prepared, Durability::Process).snapshot.bytes.len() / 4096 + 1, pages);
        let batch = samples(&schema, 8..11);
        let mut killed = Vec::new();
        for at in 0.. {
            let disk = prepared.copy();
            let mut rrd = open(&disk, Durability::Synced);
            disk.plan(at, Fault::Kill);
            let acknowledged = rrd.update_batch(&batch).is_ok();
            killed.push((disk.copy(), acknowledged));
            if disk.is_untouched() {
                break;
            }
        }
        let undisturbed = prepared.copy();
        open(&undisturbed, Durability::Synced).update_batch(&batch).expect("updated");
        let after = seen(&undisturbed);
        for image in 0..IMAGES {
            let (disk, acknowledged) = &killed[chance.below(killed.len())];
            let lost = disk.copy();
            lost.lose_sectors(0, |versions| chance.below(versions + 1));
            let found = seen(&lost);
            let right = found == after || found == before && !acknowledged;
            assert!(right, "{pages} pages, image {image}");
            let mut rrd = open(&lost, Durability::Synced);
            let last = rrd.last_update();
            let rest = batch.iter().filter(|sample| sample.at > last).cloned().collect::<Vec<_>>();
            rrd.update_batch(&rest).expect("retried");
            assert!(seen(&lost) == after, "{pages} pages, image {image}: retry");
        }
    }
}

#[test]
fn a_refused_sample_changes_no_byte() {
    let schema = small();
    let disk = prepared(&schema, 5);
    let bytes = disk.bytes(NAME);
    let operations = disk.operations();
    let mut rrd = open(&disk, Durability::Process);
    for refused in [
        sample(&schema, 4),
        Sample::new(Timestamp::from_seconds(1_000_000_100), ["1x"]),
        Sample::new(Timestamp::from_seconds(1_000_000_100), [1.0, 2.0]),
    ] {
        rrd.update(&refused).expect_err("refused");
    }
    drop(rrd);
    assert_eq!(disk.operations(), operations);
    assert!(disk.bytes(NAME) == bytes);
}
