//! What an update costs, and what a file in memory takes, as a store grows: 1 to 100,000 files, 1 to 64 data sources.

use std::error::Error;
use std::fs;
use std::time::Instant;

use rrd_benches::workload::{START, any_time, sample};
use rrd_core::{CreateOptions, Heartbeat, Sample, Schema, Step, Store, Timestamp};

fn main() -> Result<(), Box<dyn Error>> {
    println!("| files | data sources | update | resident memory | per file |");
    println!("|---|---|---|---|---|");
    for files in [1, 1000, 100_000] {
        row(files, 1)?;
    }
    for sources in [4, 16, 64] {
        row(1000, sources)?;
    }
    Ok(())
}

fn row(files: usize, sources: usize) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path(), any_time())?;
    let schema = small(sources);
    let names: Vec<String> =
        (0..files).map(|index| format!("{:03}/{index}.rrd", index / 1000)).collect();
    let before = resident()?;
    for name in &names {
        store.create(name, &schema, Timestamp::from_seconds(START), CreateOptions::default())?;
    }
    let rounds = u32::try_from((200_000 / files).clamp(3, 20_000))?;
    let samples: Vec<Sample> = (1..=rounds).map(|number| sample(number, 60, sources)).collect();
    let begin = Instant::now();
    for sample in &samples {
        for name in &names {
            store.update(name, sample)?;
        }
    }
    let updates = u64::from(rounds) * files as u64;
    let nanoseconds = begin.elapsed().as_nanos() / u128::from(updates);
    let kibibytes = resident()?.saturating_sub(before);
    let bytes = kibibytes * 1024 / files as u64;
    println!("| {files} | {sources} | {nanoseconds} ns | {kibibytes} KiB | {bytes} B |");
    store.close()?;
    Ok(())
}

/// A small file: one archive of 60 rows.
fn small(sources: usize) -> Schema {
    let mut builder = Schema::builder(Step::from_seconds(60).expect("not zero"));
    for index in 0..sources {
        builder = builder.gauge(&format!("v{index}"), Heartbeat(120));
    }
    builder.average(0.5, 1, 60).build().expect("a schema that is valid")
}

/// Resident memory of this process in KiB.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
