//! How cost and memory grow: updates with 1 to 100,000 files and 1 to 64 data sources, and how many
//! pages the kernel writes for a minute of updates of 10,000 files, ours and the peers'.
//!
//! The kernel counts pages (`write_bytes` of `/proc/PID/io` grows by a page whenever the process
//! dirties a clean one). The folder is synced after each minute, so that a page counts once per
//! minute regardless of the number of writes.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use rrd_benches::caching_daemon::CachingDaemon;
use rrd_benches::pipe::Pipe;
use rrd_benches::workload::{
    FOUR_ARCHIVES, START, STEP, any_time, four_archives, sample, sample_text,
};
use rrd_core::{CreateOptions, Heartbeat, Sample, Schema, Step, Store, Timestamp};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Files of the dirtied-pages test, and minutes in which each gets one update.
const FILES: u32 = 10_000;
const MINUTES: u32 = 10;

fn main() -> Outcome<()> {
    if let [_, files, sources] = &*std::env::args().collect::<Vec<_>>() {
        return row(files.parse()?, sources.parse()?);
    }
    println!(
        "| files | data sources | update | write-back of a file | RSS a file | PSS a file | descriptors | maps |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let shapes = [(1, 1), (1000, 1), (100_000, 1), (1000, 4), (1000, 16), (1000, 64)];
    for (files, sources) in shapes {
        // One process each, so that none reuses the memory of the previous one.
        let arguments = [files, sources].map(|number: u32| number.to_string());
        if !Command::new(std::env::current_exe()?).args(arguments).status()?.success() {
            return Err("a row failed".into());
        }
    }
    println!(
        "\n| {FILES} files, an update a minute each | pages dirtied a minute | bytes an update |"
    );
    println!("|---|---|---|");
    let minute = |write_back| move || ours(write_back);
    report("store, written back each minute", minute(1))?;
    report("store, written back every five minutes", minute(5))?;
    report("store, written back every ten minutes", minute(10))?;
    report("RRDtool", rrdtool)?;
    report("rrdcached with its journal, flushed every five minutes", || rrdcached(5))?;
    report("rrdcached with its journal, flushed every ten minutes", || rrdcached(10))
}

/// One schema: updates of files in memory, acknowledged, then all files written back.
fn row(files: usize, sources: usize) -> Outcome<()> {
    /// The journal size that needs no write-back.
    const JOURNAL: usize = 12 << 20;
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path(), any_time())?;
    let schema = small(sources);
    let names: Vec<String> =
        (0..files).map(|index| format!("{:03}/{index}.rrd", index / 1000)).collect();
    for name in &names {
        store.create(name, &schema, Timestamp::from_seconds(START), CreateOptions::default())?;
    }
    let rounds = (JOURNAL / (files * (40 + 20 * sources))).clamp(2, 20_000);
    let samples: Vec<Sample> =
        (1..=u32::try_from(rounds)? + 1).map(|number| sample(number, 60, sources)).collect();
    let (first, rest) = samples.split_first().ok_or("no samples")?;
    let (resident, proportional) = (memory("Rss:")?, memory("Pss:")?);
    for name in &names {
        store.update(name, first)?;
    }
    store.flush_all();
    let begin = Instant::now();
    for sample in rest {
        for name in &names {
            store.update(name, sample)?;
        }
    }
    let update = begin.elapsed().as_nanos() / (rounds * files) as u128;
    let a_file = |bytes: u64, before: u64| bytes.saturating_sub(before) / files as u64;
    let (rss, pss) = (a_file(memory("Rss:")?, resident), a_file(memory("Pss:")?, proportional));
    let begin = Instant::now();
    store.flush_all();
    let write_back = begin.elapsed().as_micros() / files as u128;
    let descriptors = fs::read_dir("/proc/self/fd")?.count();
    let maps = fs::read_to_string("/proc/self/maps")?.lines().count();
    println!(
        "| {files} | {sources} | {update} ns | {write_back} us | {rss} B | {pss} B | {descriptors} | {maps} |"
    );
    store.close()?;
    Ok(())
}

/// A small database: one archive of 60 rows.
fn small(sources: usize) -> Schema {
    let mut builder = Schema::builder(Step::from_seconds(60).expect("not zero"));
    for index in 0..sources {
        builder = builder.gauge(&format!("v{index}"), Heartbeat::from_seconds(120));
    }
    builder.average(0.5, 1, 60).build().expect("a schema that is valid")
}

/// Bytes of memory of this process, from a line of `smaps_rollup`.
fn memory(key: &str) -> Outcome<u64> {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup")?;
    let line = rollup.lines().find_map(|line| line.strip_prefix(key)).ok_or("no such line")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}

/// Prints the bytes of pages that `work` dirtied.
fn report(who: &str, work: impl FnOnce() -> Outcome<u64>) -> Outcome<()> {
    let bytes = work()?;
    let (pages, an_update) = (bytes / 4096, bytes / u64::from(FILES * MINUTES));
    println!("| {who} | {} | {an_update} |", pages / u64::from(MINUTES));
    Ok(())
}

/// Bytes of pages that a process has dirtied; those discarded again do not count.
fn dirtied(process: u32) -> Outcome<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/io"))?;
    let count = |key: &str| -> Outcome<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(key)).ok_or("no such line")?;
        Ok(line.trim().parse()?)
    };
    Ok(count("write_bytes:")? - count("cancelled_write_bytes:")?)
}

/// Syncs the file system, so that all pages are clean.
fn clean(folder: &Path) -> Outcome<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

fn name(index: u32) -> String {
    format!("{index}.rrd")
}

fn ours(write_back: u32) -> Outcome<u64> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path(), any_time())?;
    let start = Timestamp::from_seconds(START);
    for index in 0..FILES {
        store.create(name(index), &four_archives(), start, CreateOptions::default())?;
    }
    let me = std::process::id();
    clean(folder.path())?;
    let before = dirtied(me)?;
    for minute in 1..=MINUTES {
        let sample = sample(minute, STEP, 1);
        for index in 0..FILES {
            store.update(name(index), &sample)?;
        }
        if minute.is_multiple_of(write_back) {
            store.flush_all();
        }
        clean(folder.path())?;
    }
    let bytes = dirtied(me)? - before;
    store.close()?;
    Ok(bytes)
}

/// Creates the files that the peers update.
fn create(folder: &Path) -> Outcome<()> {
    let (start, step) = (START.to_string(), STEP.to_string());
    let first = folder.join(name(0));
    let made = Command::new("rrdtool")
        .arg("create")
        .arg(&first)
        .args(["--start", &start, "--step", &step])
        .args(FOUR_ARCHIVES)
        .status()?;
    if !made.success() {
        return Err("rrdtool create failed".into());
    }
    for index in 1..FILES {
        fs::copy(&first, folder.join(name(index)))?;
    }
    clean(folder)
}

fn rrdtool() -> Outcome<u64> {
    let folder = tempfile::tempdir()?;
    create(folder.path())?;
    let mut pipe = Pipe::start(Path::new("rrdtool"), folder.path())?;
    let before = dirtied(pipe.process())?;
    for minute in 1..=MINUTES {
        let reading = sample_text(minute, STEP, 1);
        for index in 0..FILES {
            pipe.ask(&format!("update {} {reading}", name(index)))?;
        }
        clean(folder.path())?;
    }
    Ok(dirtied(pipe.process())? - before)
}

fn rrdcached(flush: u32) -> Outcome<u64> {
    let folder = tempfile::tempdir()?;
    create(folder.path())?;
    let mut daemon = CachingDaemon::start(folder.path())?;
    let before = dirtied(daemon.process())?;
    for minute in 1..=MINUTES {
        let reading = sample_text(minute, STEP, 1);
        for index in 0..FILES {
            let path = folder.path().join(name(index));
            daemon.ask(&format!("UPDATE {} {reading}", path.display()))?;
        }
        if minute.is_multiple_of(flush) {
            // Each is answered when its file is written.
            for index in 0..FILES {
                let path = folder.path().join(name(index));
                daemon.ask(&format!("FLUSH {}", path.display()))?;
            }
        }
        clean(folder.path())?;
    }
    Ok(dirtied(daemon.process())? - before)
}
