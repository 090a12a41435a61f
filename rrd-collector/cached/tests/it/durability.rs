//! What a server has acknowledged survives a kill at any moment.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rrd_core::{
    ConsolidationFunction, CreateOptions, FetchRequest, Rrd, RrdReader, Schema, TimeRange,
    Timestamp,
};

use crate::programs::{Client, Setup, ours, temporary_folder};

/// The time of the files before the first value.
pub(crate) const START: i64 = 1_000_000_000;
/// Connections that send values at the same time.
const CLIENTS: usize = 4;
/// Files of each of them.
const FILES: usize = 8;
/// Rows of each file: more than are sent.
pub(crate) const ROWS: u32 = 400_000;

/// Creates a file whose rows are the values that it gets each second.
pub(crate) fn create(path: &Path) {
    let step = Duration::from_secs(1);
    let schema = Schema::builder(step).gauge("x", 2 * step).average_for(step, ROWS * step);
    let start = Timestamp::from_seconds(START);
    Rrd::create_with(path, &schema.build().unwrap(), start, CreateOptions::new()).unwrap();
}

/// The value at a second.
fn value(client: usize, file: usize, second: i64) -> i64 {
    second * 7 + i64::try_from(client * FILES + file).unwrap()
}

fn name(client: usize, file: usize) -> String {
    format!("{client}-{file}.rrd")
}

/// Sends values to the files of a client until the server is gone; `last` has the last second of
/// each file that was acknowledged. Returns the number of acknowledged values.
fn send(
    connection: &mut Client,
    client: usize,
    last: &mut [i64],
    pause: Option<Duration>,
    gone: &AtomicBool,
) -> u64 {
    let mut acknowledged = 0;
    loop {
        for (file, last) in last.iter_mut().enumerate() {
            let second = *last + 1;
            let (name, value) = (name(client, file), value(client, file, second));
            let line = format!("UPDATE {name} {}:{value}", START + second);
            let Ok(answer) = connection.try_ask(&line) else {
                assert!(gone.load(Ordering::Relaxed), "the server ended by itself");
                return acknowledged;
            };
            assert_eq!(answer, ["0 errors, enqueued 1 value(s)."], "{line}");
            *last = second;
            acknowledged += 1;
            if let Some(pause) = pause {
                thread::sleep(pause);
            }
        }
    }
}

/// Kills a server while clients send values, starts it again, and compares its files with what was
/// acknowledged. Returns how many values were acknowledged and lost.
fn kill(
    setup: &Setup,
    last: &mut [Vec<i64>],
    pause: Option<Duration>,
    after: Duration,
) -> [u64; 2] {
    let server = setup.start();
    let gone = AtomicBool::new(false);
    let acknowledged = thread::scope(|scope| {
        let clients = last.iter_mut().enumerate().map(|(client, last)| {
            let gone = &gone;
            scope.spawn(move || send(&mut setup.connect(), client, last, pause, gone))
        });
        let clients = clients.collect::<Vec<_>>();
        thread::sleep(after);
        gone.store(true, Ordering::Relaxed);
        server.end("KILL");
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    let server = setup.start();
    // The journal is in the files when the first command is answered.
    assert_eq!(setup.connect().ask("PING"), ["0 PONG"]);
    let mut lost = 0;
    for (client, last) in last.iter_mut().enumerate() {
        for (file, last) in last.iter_mut().enumerate() {
            lost += lost_of(&setup.base().join(name(client, file)), client, file, *last);
            // The value that was on its way may have arrived.
            let path = setup.base().join(name(client, file));
            let known = RrdReader::open(path).unwrap().last_update().seconds() - START;
            assert!((*last..=*last + 1).contains(&known), "{known} after {last}");
            *last = known;
        }
    }
    server.end("KILL");
    [acknowledged, lost]
}

/// How many of the values up to `last` are not in the file.
fn lost_of(path: &Path, client: usize, file: usize, last: i64) -> u64 {
    let at = |second| Timestamp::from_seconds(START + second);
    let range = TimeRange::new(at(0), at(last.max(1) - 1));
    let request = FetchRequest::new(ConsolidationFunction::Average, range);
    let series = RrdReader::open(path).unwrap().fetch(&request).unwrap();
    let is_lost = |second: &i64| {
        let expected = f64::from(i32::try_from(value(client, file, *second)).unwrap());
        let index = usize::try_from(*second - 1).unwrap();
        series.kept().get(index) != Some(&expected)
    };
    u64::try_from((1..=last).filter(is_lost).count()).unwrap()
}

/// Kills servers with these options so many times; 0 values are lost.
fn trial(options: &[&str], rounds: u32, pause: Option<Duration>, longest: Duration) {
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path()).with(options);
    for client in 0..CLIENTS {
        (0..FILES).for_each(|file| create(&setup.base().join(name(client, file))));
    }
    let mut last = vec![vec![0; FILES]; CLIENTS];
    let (mut all, begun) = (0, Instant::now());
    for round in 1..=rounds {
        let after = longest * round / rounds;
        let [acknowledged, lost] = kill(&setup, &mut last, pause, after);
        assert_eq!(lost, 0, "of {acknowledged} values before kill {round}");
        all += acknowledged;
    }
    println!("{rounds} kills: 0 of {all} values lost, in {:.0?}", begun.elapsed());
    assert!(all > 0);
}

/// Files are written all the time.
const BUSY: [&str; 4] = ["-w", "1", "-f", "2"];
/// Files are written never.
const IDLE: [&str; 4] = ["-w", "3600", "-f", "7200"];
/// Ten values a second, from all clients together.
const SLOWLY: Option<Duration> = Some(Duration::from_millis(400));

#[test]
fn no_acknowledged_value_is_lost_by_kills_at_full_rate() {
    trial(&BUSY, 2, None, Duration::from_millis(2500));
    trial(&IDLE, 1, None, Duration::from_millis(500));
}

#[test]
fn no_acknowledged_value_is_lost_by_kills_at_ten_values_a_second() {
    trial(&IDLE, 2, SLOWLY, Duration::from_secs(2));
}

#[test]
#[ignore = "a trial: see trials/README.md"]
fn kills_at_full_rate() {
    trial(&BUSY, 20, None, Duration::from_secs(3));
    trial(&IDLE, 20, None, Duration::from_secs(1));
}

#[test]
#[ignore = "a trial: see trials/README.md"]
fn kills_at_ten_values_a_second() {
    trial(&BUSY, 20, SLOWLY, Duration::from_secs(4));
    trial(&IDLE, 20, SLOWLY, Duration::from_secs(4));
}
