//! Two thousand processes that write one file, next to one that reads it continuously.

use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use rrd_core::RrdReader;

use crate::program::{self, run};

const START: u32 = 1_700_000_000;
const PROCESSES: u32 = 2000;

fn rrd(folder: &Path, words: &[&str]) -> Output {
    run(program::rrd(folder).args(words))
}

#[test]
fn two_times_a_thousand_processes_all_succeed_beside_a_fetch_loop() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let start = START.to_string();
    let created = rrd(
        folder,
        &[
            "create",
            "a.rrd",
            "--step",
            "1",
            "--start",
            &start,
            "DS:v:GAUGE:5000:U:U",
            "RRA:AVERAGE:0.5:1:4000",
            "RRA:MAX:0.5:10:400",
        ],
    );
    assert!(created.status.success(), "{created:?}");
    let rows = || RrdReader::open(folder.join("a.rrd")).unwrap().head().live.current_rows.clone();
    let before = rows();

    let (next, done) = (AtomicU32::new(0), AtomicBool::new(false));
    let fetched = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut fetched = 0;
            while !done.load(Ordering::Relaxed) {
                let end = (START + PROCESSES).to_string();
                let words = ["fetch", "a.rrd", "AVERAGE", "--start", &start, "--end", &end];
                let output = rrd(folder, &words);
                assert!(output.status.success(), "{output:?}");
                fetched += 1;
            }
            fetched
        });
        let writers = [(); 2].map(|()| {
            scope.spawn(|| {
                loop {
                    let second = next.fetch_add(1, Ordering::Relaxed) + 1;
                    if second > PROCESSES {
                        break;
                    }
                    // A process that was overtaken by the other writer has nothing to add, and
                    // exits successfully.
                    let reading = format!("{}:1", START + second);
                    let output = rrd(folder, &["update", "a.rrd", "--skip-past-updates", &reading]);
                    assert!(output.status.success(), "{output:?}");
                }
            })
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(fetched > 0);
    let reader = RrdReader::open(folder.join("a.rrd")).unwrap();
    assert_eq!(reader.last_update().seconds(), i64::from(START + PROCESSES));
    let advanced: Vec<u64> = rows()
        .iter()
        .zip(&before)
        .zip([4000, 400])
        .map(|((after, before), ring)| (after + ring - before) % ring)
        .collect();
    assert_eq!(advanced, [u64::from(PROCESSES), u64::from(PROCESSES / 10)]);
}
