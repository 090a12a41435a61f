//! Graphite's `whisper` for Python against the library: the archives of one metric, updated and
//! read.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use rrd_benches::workload::{START, STEP, four_archives, minutes, sample};
use rrd_core::{ConsolidationFunction, FetchRequest, Rrd, RrdReader, TimeRange, Timestamp};

use super::{Bench, Outcome, Pair, timed};

/// Whisper in its own Python process: it reads a word and a count and prints nanoseconds, so that
/// starting Python is not measured.
const PROGRAM: &str = r#"
import sys, time, whisper
folder, start, step = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
one, day = folder + "/one.wsp", folder + "/day.wsp"
whisper.create(one, [(300, 600), (1800, 700), (7200, 775), (86400, 797)], 0.5)
whisper.create(day, [(60, 2880)], 0.5)
whisper.update_many(day, [(start + 60 * n, 0.5 * n) for n in range(1, 1441)], now=start + 86400)
at = start
for line in sys.stdin:
    word, times = line.split()
    begin = time.perf_counter_ns()
    for _ in range(int(times)):
        if word == "update":
            at += step
            whisper.update(one, 0.5, at, now=at)
        elif word == "many":
            points = [(at + step * n, 0.5 * n) for n in range(1, 501)]
            at += step * 500
            whisper.update_many(one, points, now=at)
        else:
            whisper.fetch(day, start, start + 86400, now=start + 86400)
    print(time.perf_counter_ns() - begin, flush=True)
"#;

struct Whisper {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Whisper {
    fn start(bench: &Bench) -> Outcome<Self> {
        let mut process = Command::new("python3")
            .args(["-c", PROGRAM, &bench.path(""), &START.to_string(), &STEP.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let questions = process.stdin.take().ok_or("no pipe")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no pipe")?);
        Ok(Self { process, questions, answers })
    }

    fn measure(&mut self, word: &str, times: u32) -> Outcome<Duration> {
        writeln!(self.questions, "{word} {times}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(Duration::from_nanos(answer.trim().parse()?))
    }
}

impl Drop for Whisper {
    fn drop(&mut self) {
        // Only a peer: none of its files are kept.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// All pairs, or a row that says why there are none.
pub(super) fn run(bench: &Bench) -> Outcome<()> {
    let there =
        Command::new("python3").args(["-c", "import whisper"]).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        println!("| left out: Python has no whisper | whisper | | | | | |");
        return Ok(());
    }
    let whisper = RefCell::new(Whisper::start(bench)?);
    let theirs = |word: &'static str, times: u32, units: u32| {
        let whisper = &whisper;
        move || (whisper.borrow_mut().measure(word, times).expect("answered"), units)
    };
    let start = Timestamp::from_seconds(START);
    let path = bench.path("whisper.rrd");
    drop(Rrd::create(&path, &four_archives(), start)?);
    let mut number = 0;
    let one_each = || {
        timed(500, || {
            number += 1;
            let sample = sample(number, STEP, 1);
            Rrd::open(&path).expect("opened").update(&sample).expect("updated");
        })
    };
    let pair = Pair { work: "open, update, close", peer: "whisper.update", target: None };
    bench.compare(pair, || Ok((one_each, theirs("update", 500, 500))))?;
    let many_each = || {
        let (time, times) = timed(10, || {
            let samples: Vec<_> = (1..=500).map(|n| sample(number + n, STEP, 1)).collect();
            number += 500;
            Rrd::open(&path).expect("opened").update_batch(&samples).expect("updated");
        });
        (time, times * 500)
    };
    let work = "open, batch of 500, close; per sample";
    let pair = Pair { work, peer: "whisper.update_many", target: None };
    bench.compare(pair, || Ok((many_each, theirs("many", 10, 5000))))?;
    let path = bench.path("whisper-day.rrd");
    let samples: Vec<_> = (1..=1440).map(|n| sample(n, 60, 1)).collect();
    Rrd::create(&path, &minutes(1, 2880), start)?.update_batch(&samples)?;
    let request = FetchRequest::new(
        ConsolidationFunction::Average,
        TimeRange::from_seconds(START, START + 86_400),
    )
    .resolution(Duration::from_secs(60));
    let day_each = || {
        timed(200, || {
            let reader = RrdReader::open(&path).expect("opened");
            drop(reader.fetch(&request).expect("fetched"));
        })
    };
    let pair =
        Pair { work: "open, fetch of 1,440 rows, close", peer: "whisper.fetch", target: None };
    bench.compare(pair, || Ok((day_each, theirs("fetch", 200, 200))))
}
