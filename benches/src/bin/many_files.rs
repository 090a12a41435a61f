//! What a store with many files costs: memory a file, CPU and the longest waits of updates, with
//! files of one source x 2,000 rows and with such as collectd makes, each updated once a minute.
//!
//! `many_files plain 100000` or `many_files collectd 10000`. The minutes follow one another
//! without pause, because the cost of an update does not depend on the time between two of them.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rrd_benches::workload::{START, any_time, collectd, minutes, sample};
use rrd_core::{CreateOptions, Schema, Store, Timestamp};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Minutes after which all files are written back, as by rrdcached without other options.
const WRITE_BACK: u32 = 5;
/// Minutes of a run.
const MINUTES: u32 = 10;

fn main() -> Outcome<()> {
    let arguments = std::env::args().collect::<Vec<_>>();
    let [_, shape, files] = &*arguments else {
        return Err("usage: many_files plain|collectd FILES".into());
    };
    let shapes = match shape.as_str() {
        "plain" => vec![minutes(1, 2000)],
        "collectd" => vec![collectd(1, 4), collectd(2, 4), collectd(1, 5), collectd(2, 5)],
        "largest" => vec![collectd(2, 5)],
        _ => return Err("the shape is plain, collectd or largest".into()),
    };
    let files = files.parse::<usize>()?;
    let folder = tempfile::tempdir_in(".")?;
    let names = create(folder.path(), files, &shapes)?;
    let store = Store::open(folder.path(), any_time())?;
    let before = Usage::now()?;
    println!("| minute | bytes a file | CPU an update | median | 99 % | longest |");
    println!("|---|---|---|---|---|---|");
    for minute in 1..=MINUTES {
        let (samples, begin) = ([sample(minute, 60, 1), sample(minute, 60, 2)], Usage::now()?);
        let mut times = Vec::with_capacity(files);
        for (index, name) in names.iter().enumerate() {
            let sources = shapes[index % shapes.len()].sources().len();
            let start = Instant::now();
            store.update(name, &samples[sources - 1])?;
            times.push(start.elapsed());
        }
        let end = Usage::now()?;
        times.sort();
        let share = |share: usize| times[(times.len() * share / 1000).min(times.len() - 1)];
        println!(
            "| {minute} | {} | {:?} | {:?} | {:?} | {:?} |",
            (end.heap.saturating_sub(before.heap)).saturating_sub(16 * length(files))
                / length(files),
            end.cpu.saturating_sub(begin.cpu) / u32::try_from(files)?,
            share(500),
            share(990),
            share(1000),
        );
        if minute % WRITE_BACK == 0 {
            let begin = (Usage::now()?, Instant::now());
            let report = store.flush_all();
            let end = Usage::now()?;
            println!(
                "write-back: {} files, {} failed, CPU {:?} a file, time {:?} a file, {} bytes a file",
                report.written,
                report.failed.len(),
                end.cpu.saturating_sub(begin.0.cpu) / u32::try_from(files)?,
                begin.1.elapsed() / u32::try_from(files)?,
                end.heap.saturating_sub(before.heap) / length(files),
            );
        }
    }
    let end = Usage::now()?;
    println!(
        "journal, mapped: {} bytes; CPU of all: {:?}",
        end.journal,
        end.cpu.saturating_sub(before.cpu)
    );
    store.close()?;
    Ok(())
}

/// Makes the files, the shapes in turn.
fn create(folder: &Path, files: usize, shapes: &[Schema]) -> Outcome<Vec<String>> {
    let name = |index: usize| format!("{:03}/host-{index:06}/value.rrd", index / 1000);
    let names = (0..files).map(name).collect::<Vec<_>>();
    let store = Store::open(folder, any_time())?;
    for (index, name) in names.iter().enumerate() {
        let first = index % shapes.len();
        if index < shapes.len() {
            let start = Timestamp::from_seconds(START);
            store.create(name, &shapes[first], start, CreateOptions::default())?;
        } else {
            // As a copy it is made of blocks that are there, like a file that is in use.
            fs::create_dir_all(folder.join(name).parent().ok_or("a folder")?)?;
            fs::copy(folder.join(&names[first]), folder.join(name))?;
        }
    }
    store.close()?;
    Ok(names)
}

fn length(files: usize) -> u64 {
    u64::try_from(files).unwrap_or(u64::MAX)
}

/// What this process has used.
struct Usage {
    cpu: Duration,
    /// Bytes of memory without files that are mapped.
    heap: u64,
    /// Bytes of the mapped journal.
    journal: u64,
}

impl Usage {
    fn now() -> Outcome<Self> {
        let counted = fs::read_to_string("/proc/self/schedstat")?;
        let cpu =
            counted.split(' ').next().unwrap_or_default().parse().map(Duration::from_nanos)?;
        let (mut heap, mut journal, mut is_file) = (0, 0, false);
        let mut is_journal = false;
        for line in fs::read_to_string("/proc/self/smaps")?.lines() {
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            if !first.ends_with(':') {
                let name = words.nth(4).unwrap_or_default();
                (is_file, is_journal) = (
                    name.starts_with('/'),
                    Path::new(name).extension().is_some_and(|ending| ending == "log"),
                );
            } else if first == "Rss:" {
                let bytes = words.next().unwrap_or_default().parse::<u64>()? * 1024;
                heap += if is_file { 0 } else { bytes };
                journal += if is_journal { bytes } else { 0 };
            }
        }
        Ok(Self { cpu, heap, journal })
    }
}
