//! What each setting of a store's `sync` costs: samples a second at full rate, and waits for the
//! disk a minute, at that rate and as a collector, which writes its files every minute (`never`:
//! every ten seconds). strace counts the waits; with its filter other calls go on untouched.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rrd_benches::workload::{START, STEP, any_time, sample, wide};
use rrd_core::{CreateOptions, LogSync, Store, StoreError, Timestamp};

type Outcome<T> = Result<T, Box<dyn Error>>;

const FILES: u32 = 60;
const SOURCES: usize = 8;
const FULL_RATE: Duration = Duration::from_secs(10);

fn main() -> Outcome<()> {
    if let [_, rate, sync, threads] = &*std::env::args().collect::<Vec<_>>() {
        let sync = sync.parse()?;
        return match rate.as_str() {
            "full" => full_rate(sync, threads.parse()?),
            _ => one_a_second(sync),
        };
    }
    println!(
        "| sync | threads | samples a second | waits a minute at that rate | waits a minute, {FILES} files every second |"
    );
    println!("|---|---|---|---|---|");
    for (sync, threads) in [("never", 1), ("10s", 1), ("1s", 1), ("each", 1), ("each", 8)] {
        let (samples, waits) = counted("full", sync, threads)?;
        let waits = waits * 60 / FULL_RATE.as_secs();
        let paced = if threads == 1 {
            counted("paced", sync, threads)?.1.to_string()
        } else {
            String::new()
        };
        println!("| {sync} | {threads} | {} | {waits} | {paced} |", samples.trim());
    }
    Ok(())
}

/// Runs one trial in a process of its own; what it prints, and how often it waited for the disk.
fn counted(rate: &str, sync: &str, threads: u32) -> Outcome<(String, u64)> {
    let folder = tempfile::tempdir()?;
    let calls = folder.path().join("calls");
    let output = Command::new("strace")
        .args(["-f", "-qq", "--seccomp-bpf", "-e", "trace=fdatasync", "-o"])
        .arg(&calls)
        .arg(std::env::current_exe()?)
        .args([rate, sync, &threads.to_string()])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let calls = fs::read_to_string(calls)?;
    let waits = calls.lines().filter(|line| line.contains("fdatasync(")).count();
    Ok((String::from_utf8(output.stdout)?, u64::try_from(waits)?))
}

fn open(folder: &Path, sync: LogSync) -> Outcome<(Store, Vec<String>)> {
    // A new file is a wait for the disk, too, but not one of these.
    let store = Store::open(folder, any_time())?;
    let names: Vec<String> = (0..FILES).map(|number| format!("{number}.rrd")).collect();
    for name in &names {
        let start = Timestamp::from_seconds(START);
        store.create(name, &wide(SOURCES), start, CreateOptions::default())?;
    }
    store.close()?;
    Ok((Store::open(folder, any_time().sync(sync))?, names))
}

/// As many samples as possible: each thread has its share of the files.
fn full_rate(sync: LogSync, threads: usize) -> Outcome<()> {
    // Not in memory, as /tmp often is.
    let folder = tempfile::tempdir_in(".")?;
    let (store, names) = open(folder.path(), sync)?;
    let begin = Instant::now();
    let update = |names: &[String]| -> Result<u32, StoreError> {
        for number in 1.. {
            for name in names {
                store.update(name, &sample(number, STEP, SOURCES))?;
            }
            if begin.elapsed() >= FULL_RATE {
                return Ok(number * u32::try_from(names.len()).unwrap_or(0));
            }
        }
        Ok(0)
    };
    let samples = thread::scope(|scope| {
        let shares = names.chunks(names.len().div_ceil(threads));
        let threads: Vec<_> = shares.map(|names| scope.spawn(|| update(names))).collect();
        threads.into_iter().try_fold(0, |sum, thread| {
            thread.join().map_err(|_| "a thread died".into()).and_then(|count| Ok(sum + count?))
        })
    });
    let samples: u32 = samples.map_err(|error: Box<dyn Error>| error.to_string())?;
    println!("{:.0}", f64::from(samples) / begin.elapsed().as_secs_f64());
    Ok(())
}

/// A minute of a collector.
fn one_a_second(sync: LogSync) -> Outcome<()> {
    let folder = tempfile::tempdir_in(".")?;
    let (store, names) = open(folder.path(), sync)?;
    let begin = Instant::now();
    let write_back = if sync == LogSync::Never { 10 } else { 60 };
    for number in 1..=60 {
        for name in &names {
            store.update(name, &sample(number, STEP, SOURCES))?;
        }
        if number % write_back == 0 {
            store.flush_all();
        }
        while begin.elapsed() < Duration::from_secs(number.into()) {
            store.maintain()?;
            thread::sleep(Duration::from_millis(250));
        }
    }
    Ok(())
}
