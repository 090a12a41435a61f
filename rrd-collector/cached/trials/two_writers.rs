//! A server and `rrdtool` write the same files at the same time, as Proxmox VE does after an error
//! of the server.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::thread;
use std::time::Instant;

use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, TimeRange, Timestamp};

use crate::durability::{START, create};
use crate::programs::{Setup, have, ours, program, temporary_folder};

const FILES: i64 = 50;
const ROUNDS: i64 = 100;

/// `rrdtool -` in the base folder.
struct Rrdtool {
    child: Child,
    words: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Rrdtool {
    fn start(setup: &Setup) -> Self {
        let mut command = program("rrdtool", &setup.base());
        command.arg("-").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (words, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, words, answers: BufReader::new(answers) }
    }

    fn update(&mut self, name: &str, value: &str) -> String {
        writeln!(self.words, "update {name} {value}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer
    }
}

impl Drop for Rrdtool {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn name(file: i64) -> String {
    format!("{file}.rrd")
}

/// The files and seconds that `write` accepts, of odd or even seconds; the times of the answers in
/// microseconds.
fn accepted(
    first: i64,
    mut write: impl FnMut(&str, &str) -> String,
) -> (HashSet<(i64, i64)>, Vec<u128>) {
    let (mut accepted, mut times) = (HashSet::new(), Vec::new());
    for round in 0..ROUNDS {
        for file in 0..FILES {
            let second = first + 2 * round;
            let value = format!("{}:{second}", START + second);
            let asked = Instant::now();
            let mut answer = write(&name(file), &value);
            times.push(asked.elapsed().as_micros());
            // RRDtool does not wait for the lock of another writer.
            while answer.contains("could not lock RRD") {
                answer = write(&name(file), &value);
            }
            if answer.starts_with("OK") || answer == "0 errors, enqueued 1 value(s)." {
                accepted.insert((file, second));
            } else {
                let is_past = answer.contains("illegal attempt to update using time");
                assert!(is_past, "{value}: {answer}");
            }
        }
    }
    times.sort_unstable();
    (accepted, times)
}

fn run(name: &str, options: &[&str]) {
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path()).with(options);
    for file in 0..FILES {
        create(&setup.base().join(self::name(file)));
    }
    let server = setup.start();
    let mut client = setup.connect();
    let mut direct = Rrdtool::start(&setup);
    let ((sent, times), (written, _)) = thread::scope(|scope| {
        let direct = scope.spawn(|| accepted(2, |name, value| direct.update(name, value)));
        let sent =
            accepted(1, |name, value| client.ask(&format!("UPDATE {name} {value}")).remove(0));
        (sent, direct.join().unwrap())
    });
    for file in 0..FILES {
        assert!(client.ask(&format!("FLUSH {}", self::name(file)))[0].starts_with("0 "));
    }
    let stats = client.ask("STATS");
    let failed = stats.iter().find_map(|line| line.strip_prefix("DataSetsFailed: ")).unwrap();
    let failed: usize = failed.parse().unwrap();
    let (mut missing_sent, mut missing_written) = (0, 0);
    for (samples, missing) in [(&sent, &mut missing_sent), (&written, &mut missing_written)] {
        for (file, second) in samples {
            let at = Timestamp::from_seconds(START + second - 1);
            let request = FetchRequest::new(ConsolidationFunction::Average, TimeRange::new(at, at));
            let path = setup.base().join(self::name(*file));
            let series = RrdReader::open(path).unwrap().fetch(&request).unwrap();
            let expected = f64::from(i32::try_from(*second).unwrap());
            *missing += usize::from(series.kept().first() != Some(&expected));
        }
    }
    let at = |share: usize| times[(times.len() - 1) * share / 1000];
    println!(
        "{name}: {} of {} sent and {} written directly were accepted; {failed} of those sent had no \
         place when their file was written; median {} us, 99 % {} us, longest {} us",
        sent.len(),
        FILES * ROUNDS,
        written.len(),
        at(500),
        at(990),
        at(1000)
    );
    // What rrdtool has written is there, and what the server has accepted is there or counted.
    assert_eq!((missing_sent, missing_written), (failed, 0));
    assert!(server.end("TERM").success());
}

#[test]
#[ignore = "a trial: see README.md"]
fn two_writers() {
    if have(&["rrdtool"]) {
        run("files written at once", &["-w", "1", "-f", "2"]);
        run("files written on request", &["-w", "3600", "-f", "7200"]);
    }
}
