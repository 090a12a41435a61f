//! Pairs inside one process: our library against librrd, and the store against the caching daemon.

use std::time::Duration;

use rrd_benches::caching_daemon::CachingDaemon;
use rrd_benches::librrd;
use rrd_benches::measure::compare;
use rrd_benches::workload::{
    FOUR_ARCHIVES, START, STEP, any_time, four_archives, minutes, sample, sample_text,
};
use rrd_core::{
    ConsolidationFunction, CreateOptions, FetchRequest, Rrd, Store, TimeRange, Timestamp,
};

use super::{Bench, Outcome, ROUNDS, timed};

/// All pairs.
pub(super) fn run(bench: &Bench) -> Outcome<()> {
    update(bench)?;
    store(bench)?;
    batch(bench);
    create(bench);
    fetch(bench)
}

fn new(path: &str) -> Outcome<Rrd> {
    Ok(Rrd::create(path, &four_archives(), Timestamp::from_seconds(START))?)
}

/// Updates of a file by librrd, from the beginning on, 2000 a round.
fn librrd_updates(bench: &Bench, name: &str) -> Outcome<impl FnMut() -> (Duration, u32) + use<>> {
    let path = bench.path(name);
    librrd::create(&path, STEP, START, &FOUR_ARCHIVES)?;
    let mut number = 0;
    Ok(move || {
        let updates: Vec<_> = (1..=2000)
            .map(|n| librrd::Update::new(&path, &[sample_text(number + n, STEP, 1)]))
            .collect();
        number += 2000;
        let mut updates = updates.iter();
        timed(2000, || updates.next().expect("enough").run().expect("updated"))
    })
}

fn update(bench: &Bench) -> Outcome<()> {
    for (work, target, kept) in
        [("update, kept handle", 1.0 / 6.0, true), ("open, update, close", 1.0 / 1.5, false)]
    {
        let ours = bench.path("lib-ours.rrd");
        let mut handle = new(&ours)?;
        let mut number = 0;
        let result = compare(
            work,
            "rrd_update_r",
            Some(target),
            ROUNDS,
            || {
                let samples: Vec<_> = (1..=2000).map(|n| sample(number + n, STEP, 1)).collect();
                number += 2000;
                let mut samples = samples.iter();
                timed(2000, || {
                    let sample = samples.next().expect("enough samples");
                    if kept {
                        handle.update(sample).expect("updated");
                    } else {
                        Rrd::open(&ours).expect("opened").update(sample).expect("updated");
                    }
                })
            },
            librrd_updates(bench, "lib-theirs.rrd")?,
        );
        println!("{result}");
    }
    Ok(())
}

/// Acknowledged by the store, so that `kill -9` cannot take it, against written through by librrd; then against the
/// caching daemon, whose journal is not written when it acknowledges.
fn store(bench: &Bench) -> Outcome<()> {
    let store = Store::open(bench.folder.join("store"), any_time())?;
    let start = Timestamp::from_seconds(START);
    store.create("one.rrd", &four_archives(), start, CreateOptions::default())?;
    let mut our_number = 0;
    let mut ours = || {
        let samples: Vec<_> = (1..=20_000).map(|n| sample(our_number + n, STEP, 1)).collect();
        our_number += 20_000;
        let mut samples = samples.iter();
        timed(20_000, || {
            store.update("one.rrd", samples.next().expect("enough")).expect("acknowledged");
        })
    };
    let theirs = librrd_updates(bench, "store-theirs.rrd")?;
    let target = Some(1.0 / 60.0);
    println!("{}", compare("update, store", "rrd_update_r", target, ROUNDS, &mut ours, theirs));
    let mut daemon = CachingDaemon::start(&bench.folder)?;
    let cached = bench.path("cached.rrd");
    librrd::create(&cached, STEP, START, &FOUR_ARCHIVES)?;
    let mut number = 0;
    let theirs = || {
        timed(2000, || {
            number += 1;
            let reading = sample_text(number, STEP, 1);
            daemon.ask(&format!("UPDATE {cached} {reading}")).expect("acknowledged");
        })
    };
    let peer = "rrdcached, unix socket";
    println!("{}", compare("update, store", peer, None, ROUNDS, &mut ours, theirs));
    Ok(())
}

/// Into a new file each time, whose pages nobody has synced.
fn batch(bench: &Bench) {
    const COUNT: u32 = 100_000;
    let samples: Vec<_> = (1..=COUNT).map(|n| sample(n, STEP, 1)).collect();
    let readings: Vec<_> = (1..=COUNT).map(|n| sample_text(n, STEP, 1)).collect();
    let (mut our_number, mut their_number) = (0, 0);
    let result = compare(
        "batch of 100,000, per sample",
        "rrd_update_r",
        Some(0.2),
        ROUNDS,
        || {
            our_number += 1;
            let path = bench.path(&format!("batch-ours-{our_number}.rrd"));
            let mut handle = new(&path).expect("created");
            let (time, _) = timed(1, || handle.update_batch(&samples).expect("updated"));
            (time, COUNT)
        },
        || {
            their_number += 1;
            let path = bench.path(&format!("batch-theirs-{their_number}.rrd"));
            librrd::create(&path, STEP, START, &FOUR_ARCHIVES).expect("created");
            let update = librrd::Update::new(&path, &readings);
            let (time, _) = timed(1, || update.run().expect("updated"));
            (time, COUNT)
        },
    );
    println!("{result}");
}

/// New files each time: one that replaces another is synced first by us, and never by the peer.
fn create(bench: &Bench) {
    let (mut our_number, mut their_number) = (0, 0);
    let result = compare(
        "create, no sync",
        "rrd_create_r",
        Some(1.0 / 1.5),
        ROUNDS,
        || {
            timed(100, || {
                our_number += 1;
                drop(new(&bench.path(&format!("new-{our_number}.rrd"))).expect("created"));
            })
        },
        || {
            timed(100, || {
                their_number += 1;
                let path = bench.path(&format!("theirs-{their_number}.rrd"));
                librrd::create(&path, STEP, START, &FOUR_ARCHIVES).expect("created");
            })
        },
    );
    println!("{result}");
}

fn fetch(bench: &Bench) -> Outcome<()> {
    for (work, sources, rows, target) in [
        ("fetch of 1,440 rows, kept handle", 1, 1440_u32, Some(1.0 / 8.0)),
        ("fetch of 1,000,000 rows of 8", 8, 1_000_000, None),
    ] {
        let path = bench.path("fetch.rrd");
        let schema = minutes(sources, u64::from(rows));
        let mut handle = Rrd::create(&path, &schema, Timestamp::from_seconds(START))?;
        let samples: Vec<_> = (1..=rows).map(|n| sample(n, 60, sources)).collect();
        handle.update_batch(&samples)?;
        let end = START + i64::from(rows) * 60 - 1;
        let request = FetchRequest {
            function: ConsolidationFunction::Average,
            range: TimeRange { start: START, end },
            resolution: 60,
        };
        let mut values = Vec::new();
        let times = if rows > 10_000 { 2 } else { 500 };
        let result = compare(
            work,
            "rrd_fetch_r",
            target,
            ROUNDS,
            || {
                timed(times, || {
                    handle.fetch_into(&request, &mut values).expect("fetched");
                })
            },
            || {
                timed(times, || {
                    librrd::fetch_sum(&path, "AVERAGE", START, end).expect("fetched");
                })
            },
        );
        println!("{result}");
        let source = values.clone();
        let mut copy = vec![0.0; source.len()];
        let floor = compare(
            work,
            "memcpy of the values",
            (rows > 10_000).then_some(2.0),
            ROUNDS,
            || {
                timed(times, || {
                    handle.fetch_into(&request, &mut values).expect("fetched");
                })
            },
            || timed(times, || std::hint::black_box(&mut copy).copy_from_slice(&source)),
        );
        println!("{floor}");
    }
    Ok(())
}
