//! The store: acknowledged samples reach their files in spite of anything that happens in between.

mod bad_files;
mod journal;
mod names;
mod other_programs;
mod stamps;
mod write_back;

use std::path::Path;

use rrd_core::{Heartbeat, Rrd, Sample, Schema, Season, Step, StoreOptions, Timestamp};

const START: i64 = 1_000_000_000;

fn schema() -> Schema {
    Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("a", Heartbeat::from_seconds(50))
        .counter("b", Heartbeat::from_seconds(50))
        .average(0.5, 1, 20)
        .max(0.5, 3, 10)
        .build()
        .expect("a schema")
}

fn forecast() -> Schema {
    Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("a", Heartbeat::from_seconds(50))
        .gauge("b", Heartbeat::from_seconds(50))
        .forecast(Season::Additive, 60, 0.1, 0.0035, 45)
        .build()
        .expect("a schema")
}

fn sample(number: i64) -> Sample {
    Sample::new(Timestamp::from_seconds(START + number * 7), [number % 13, number * 1000])
}

fn start() -> Timestamp {
    Timestamp::from_seconds(START)
}

/// The bytes of a file that got these samples one by one.
fn undisturbed(schema: &Schema, samples: impl Iterator<Item = i64>) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    let mut rrd = Rrd::create(&path, schema, start()).expect("created");
    for number in samples {
        rrd.update(&sample(number)).expect("updated");
    }
    drop(rrd);
    std::fs::read(path).expect("bytes")
}

fn small() -> StoreOptions {
    StoreOptions::new().segment_size(64 << 10)
}

/// Locks a file as a writer does.
fn lock(file: &std::fs::File) {
    let request = nix::libc::flock {
        l_type: i16::try_from(nix::libc::F_WRLCK).expect("small"),
        l_whence: i16::try_from(nix::libc::SEEK_SET).expect("small"),
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    nix::fcntl::fcntl(file, nix::fcntl::FcntlArg::F_OFD_SETLK(&request)).expect("locked");
}

/// Holds the lock of a file until it is dropped.
fn hold(path: &Path) -> std::fs::File {
    let file = std::fs::File::options().write(true).open(path).expect("a file");
    lock(&file);
    file
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).expect("bytes")
}
