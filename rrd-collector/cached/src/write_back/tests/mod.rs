//! Write-back: its schedule without a clock, and its threads over a real store.

mod schedule;
mod threads;

use std::path::Path;
use std::time::Duration;

use rrd_core::{CreateOptions, Sample, Schema, Store, StoreFile, StoreOptions, Timestamp};

const START: Timestamp = Timestamp::from_seconds(1_000_000_000);

/// A store with these databases.
fn store(folder: &Path, names: &[&str]) -> Store {
    let store = Store::open(folder, StoreOptions::default().max_skew(None)).unwrap();
    let step = Duration::from_secs(1);
    let schema = Schema::builder(step).gauge("x", step).average_for(step, step * 60);
    let schema = schema.build().unwrap();
    for name in names {
        store.create(name, &schema, START, CreateOptions::new()).unwrap();
    }
    store
}

fn files<const N: usize>(store: &Store, names: [&str; N]) -> [StoreFile; N] {
    names.map(|name| store.file(name).unwrap())
}

fn sample(second: u64) -> Sample {
    Sample::new(START + Duration::from_secs(second), [1.0])
}
