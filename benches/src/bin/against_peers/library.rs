//! Pairs inside one process: our library against librrd, and the store against the caching daemon.

use std::time::Duration;

use rrd_benches::caching_daemon::CachingDaemon;
use rrd_benches::librrd;
use rrd_benches::workload::{
    FOUR_ARCHIVES, START, STEP, any_time, four_archives, minutes, pages, sample, sample_text,
};
use rrd_core::{
    Access, ConsolidationFunction, CreateOptions, FetchRequest, Overwrite, ReadOptions, Rrd,
    RrdReader, Schema, Series, Store, TimeRange, Timestamp,
};

use super::{Bench, Outcome, Pair, timed};

/// All pairs.
pub(super) fn run(bench: &Bench) -> Outcome<()> {
    update(bench)?;
    update_of_pages(bench)?;
    store(bench)?;
    batch(bench)?;
    create(bench)?;
    fetch(bench)
}

fn new(path: &str) -> Outcome<Rrd> {
    overwritten(path, &four_archives())
}

fn overwritten(path: &str, schema: &Schema) -> Outcome<Rrd> {
    let options = CreateOptions::new().overwrite(Overwrite::Yes);
    Ok(Rrd::create_with(path, schema, Timestamp::from_seconds(START), options)?)
}

/// Updates of a file by librrd, from its start, 2000 per round.
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
        let pair = Pair { work, peer: "rrd_update_r", target: Some(target) };
        bench.compare(pair, || {
            let path = bench.path("lib-ours.rrd");
            let mut handle = new(&path)?;
            let mut number = 0;
            let ours = move || {
                let samples: Vec<_> = (1..=2000).map(|n| sample(number + n, STEP, 1)).collect();
                number += 2000;
                let mut samples = samples.iter();
                timed(2000, || {
                    let sample = samples.next().expect("enough samples");
                    if kept {
                        handle.update(sample).expect("updated");
                    } else {
                        Rrd::open(&path).expect("opened").update(sample).expect("updated");
                    }
                })
            };
            Ok((ours, librrd_updates(bench, "lib-theirs.rrd")?))
        })?;
    }
    Ok(())
}

/// The head of this file has several pages, so that each update writes a redo record first.
fn update_of_pages(bench: &Bench) -> Outcome<()> {
    const SOURCES: usize = 30;
    let work = "update, kept handle, 30 DS x 3 RRA";
    bench.compare(Pair { work, peer: "rrd_update_r", target: None }, || {
        let mut handle = overwritten(&bench.path("pages-ours.rrd"), &pages(SOURCES))?;
        let mut number = 0;
        let ours = move || {
            let samples: Vec<_> = (1..=2000).map(|n| sample(number + n, STEP, SOURCES)).collect();
            number += 2000;
            let mut samples = samples.iter();
            timed(2000, || handle.update(samples.next().expect("enough")).expect("updated"))
        };
        let path = bench.path("pages-theirs.rrd");
        let sources = (0..SOURCES).map(|source| format!("DS:v{source}:GAUGE:600:U:U"));
        let archives = FOUR_ARCHIVES[1..4].iter().map(ToString::to_string);
        let arguments = sources.chain(archives).collect::<Vec<_>>();
        let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
        librrd::create(&path, STEP, START, &arguments)?;
        let mut number = 0;
        let theirs = move || {
            let updates: Vec<_> = (1..=2000)
                .map(|n| librrd::Update::new(&path, &[sample_text(number + n, STEP, SOURCES)]))
                .collect();
            number += 2000;
            let mut updates = updates.iter();
            timed(2000, || updates.next().expect("enough").run().expect("updated"))
        };
        Ok((ours, theirs))
    })
}

fn store(bench: &Bench) -> Outcome<()> {
    let target = Some(1.0 / 60.0);
    bench.compare(Pair { work: "update, store", peer: "rrd_update_r", target }, || {
        Ok((store_updates(bench, "store")?, librrd_updates(bench, "store-theirs.rrd")?))
    })?;
    let pair = Pair { work: "update, store", peer: "rrdcached, unix socket", target: None };
    bench.compare(pair, || {
        let mut daemon = CachingDaemon::start(&bench.folder)?;
        let cached = bench.path("cached.rrd");
        librrd::create(&cached, STEP, START, &FOUR_ARCHIVES)?;
        let mut number = 0;
        let theirs = move || {
            timed(2000, || {
                number += 1;
                let reading = sample_text(number, STEP, 1);
                daemon.ask(&format!("UPDATE {cached} {reading}")).expect("acknowledged");
            })
        };
        Ok((store_updates(bench, "store-beside-daemon")?, theirs))
    })
}

/// Acknowledged updates of a file of a store, from its start, 20,000 per round.
fn store_updates(bench: &Bench, folder: &str) -> Outcome<impl FnMut() -> (Duration, u32) + use<>> {
    let store = Store::open(bench.folder.join(folder), any_time())?;
    let start = Timestamp::from_seconds(START);
    store.create("one.rrd", &four_archives(), start, CreateOptions::default())?;
    let mut number = 0;
    Ok(move || {
        let samples: Vec<_> = (1..=20_000).map(|n| sample(number + n, STEP, 1)).collect();
        number += 20_000;
        let mut samples = samples.iter();
        timed(20_000, || {
            store.update("one.rrd", samples.next().expect("enough")).expect("acknowledged");
        })
    })
}

/// Into a new file each time, whose pages are not synced.
fn batch(bench: &Bench) -> Outcome<()> {
    const COUNT: u32 = 100_000;
    let work = "batch of 100,000, per sample";
    bench.compare(Pair { work, peer: "rrd_update_r", target: Some(0.2) }, || {
        let samples: Vec<_> = (1..=COUNT).map(|n| sample(n, STEP, 1)).collect();
        let readings: Vec<_> = (1..=COUNT).map(|n| sample_text(n, STEP, 1)).collect();
        let (mut our_number, mut their_number) = (0, 0);
        let ours = move || {
            our_number += 1;
            let path = bench.path(&format!("batch-ours-{our_number}.rrd"));
            let mut handle = new(&path).expect("created");
            let (time, _) = timed(1, || handle.update_batch(&samples).expect("updated"));
            (time, COUNT)
        };
        let theirs = move || {
            their_number += 1;
            let path = bench.path(&format!("batch-theirs-{their_number}.rrd"));
            librrd::create(&path, STEP, START, &FOUR_ARCHIVES).expect("created");
            let update = librrd::Update::new(&path, &readings);
            let (time, _) = timed(1, || update.run().expect("updated"));
            (time, COUNT)
        };
        Ok((ours, theirs))
    })
}

/// New files each time: a replacement is synced first by us, and never by the peer. No file is
/// deleted before the end: for some seconds after many deletions ext4 takes long to find an inode,
/// for any program.
fn create(bench: &Bench) -> Outcome<()> {
    let pair = Pair { work: "create, no sync", peer: "rrd_create_r", target: Some(1.0 / 1.5) };
    bench.compare(pair, || {
        let side = |name: &'static str, make: fn(&str)| {
            let mut number = 0;
            move || {
                timed(100, || {
                    number += 1;
                    make(&bench.path(&format!("{name}-{number}.rrd")));
                })
            }
        };
        let ours = side("new", |path| drop(new(path).expect("created")));
        let theirs = side("theirs", |path| {
            librrd::create(path, STEP, START, &FOUR_ARCHIVES).expect("created");
        });
        Ok((ours, theirs))
    })
}

fn fetch(bench: &Bench) -> Outcome<()> {
    for (work, sources, rows, target) in [
        ("fetch of 1,440 rows, kept handle", 1, 1440_u32, Some(1.0 / 8.0)),
        ("fetch of 1,000,000 rows of 8", 8, 1_000_000, None),
    ] {
        if !bench.wants(work) {
            continue;
        }
        let path = bench.path("fetch.rrd");
        let schema = minutes(sources, u64::from(rows));
        let mut handle = overwritten(&path, &schema)?;
        let samples: Vec<_> = (1..=rows).map(|n| sample(n, 60, sources)).collect();
        handle.update_batch(&samples)?;
        let end = START + i64::from(rows) * 60 - 1;
        let request =
            FetchRequest::new(ConsolidationFunction::Average, TimeRange::from_seconds(START, end))
                .resolution(Duration::from_secs(60));
        let times = if rows > 10_000 { 2 } else { 500 };
        let mut series = Series::default();
        let mut ours = || {
            timed(times, || {
                handle.fetch_into(&request, &mut series).expect("fetched");
            })
        };
        let theirs = || {
            timed(times, || {
                librrd::fetch_sum(&path, "AVERAGE", START, end).expect("fetched");
            })
        };
        bench.compare(Pair { work, peer: "rrd_fetch_r", target }, || Ok((&mut ours, theirs)))?;
        let source = vec![0.5; rows as usize * sources];
        let mut copy = vec![0.0; source.len()];
        let target = (rows > 10_000).then_some(1.2);
        let mut copied =
            || timed(times, || std::hint::black_box(&mut copy).copy_from_slice(&source));
        let pair = Pair { work, peer: "memcpy of the values", target };
        bench.compare(pair, || Ok((ours, &mut copied)))?;
        let options = ReadOptions::new().access(Access::Mapped);
        let reader = RrdReader::open_with(&path, options)?;
        let mut series = Series::default();
        let mapped = || {
            timed(times, || {
                reader.fetch_into(&request, &mut series).expect("fetched");
            })
        };
        let work = work.replace(", kept handle", "") + ", mapped";
        let pair = Pair { work: &work, peer: "memcpy of the values", target: None };
        bench.compare(pair, || Ok((mapped, copied)))?;
    }
    newest(bench)
}

/// The newest row of a thousand files.
fn newest(bench: &Bench) -> Outcome<()> {
    let work = "newest row of 1,000 kept handles, each";
    if !bench.wants(work) {
        return Ok(());
    }
    let paths: Vec<_> = (0..1000).map(|file| bench.path(&format!("newest-{file}.rrd"))).collect();
    for path in &paths {
        overwritten(path, &minutes(1, 1440))?.update(&sample(1, 60, 1))?;
    }
    let range = TimeRange::from_seconds(START + 59, START + 59);
    let request = FetchRequest::new(ConsolidationFunction::Average, range);
    for (access, suffix) in [(Access::Position, ""), (Access::Mapped, ", mapped")] {
        let options = ReadOptions::new().access(access);
        let open = |path| RrdReader::open_with(path, options);
        let readers = paths.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let mut series = Series::default();
        let mut next = readers.iter().cycle();
        let ours = || {
            timed(1000, || {
                let reader = next.next().expect("a thousand");
                reader.fetch_into(&request, &mut series).expect("fetched");
            })
        };
        let mut next = paths.iter().cycle();
        let theirs = || {
            timed(1000, || {
                let path = next.next().expect("a thousand");
                librrd::fetch_sum(path, "AVERAGE", START + 59, START + 59).expect("fetched");
            })
        };
        let work = format!("{work}{suffix}");
        let pair = Pair { work: &work, peer: "rrd_fetch_r", target: None };
        bench.compare(pair, || Ok((ours, theirs)))?;
    }
    Ok(())
}
