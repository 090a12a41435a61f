//! The tool: updates, dump and restore, one process each or many lines to one process.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rrd_benches::pipe::Pipe;
use rrd_benches::workload::{FOUR_ARCHIVES, STEP, sample_text};

use super::{Bench, Outcome, Pair, timed};

/// All pairs. They run first: processes start slower from a large parent.
pub(super) fn run(bench: &Bench) -> Outcome<()> {
    version_process(bench)?;
    update_process(bench)?;
    // First each line waits for the answer to the previous one, then a hundred lines are sent
    // before the first answer is read.
    updates_in_pipe(bench, "update in pipe mode, line by line", Some(0.2), 1)?;
    updates_in_pipe(bench, "update in pipe mode, 100 lines ahead", Some(0.2), 100)?;
    update_time_in_pipe(bench)?;
    round_trip_in_pipe(bench)?;
    dump(bench)?;
    restore(bench)
}

/// Process start only.
fn version_process(bench: &Bench) -> Outcome<()> {
    let pair = Pair { work: "`--version`, one process each", peer: "rrdtool", target: None };
    bench.compare(pair, || {
        // Warms up the page cache for both.
        bench.run(&bench.ours, &["--version"])?;
        bench.run(&bench.theirs, &["--version"])?;
        let side = |program: &Path| {
            let program = program.to_owned();
            move || timed(30, || bench.run(&program, &["--version"]).expect("started"))
        };
        Ok((side(&bench.ours), side(&bench.theirs)))
    })
}

fn update_process(bench: &Bench) -> Outcome<()> {
    let pair = Pair { work: "update, one process each", peer: "rrdtool", target: Some(0.3) };
    bench.compare(pair, || {
        let side = |program: &Path, name: &str| -> Outcome<_> {
            let file = bench.path(name);
            bench.create(program, &file, &FOUR_ARCHIVES)?;
            let mut number = 0;
            let program = program.to_owned();
            Ok(move || {
                timed(30, || {
                    number += 1;
                    let reading = sample_text(number, STEP, 1);
                    bench.run(&program, &["update", &file, &reading]).expect("updated");
                })
            })
        };
        Ok((side(&bench.ours, "ours.rrd")?, side(&bench.theirs, "theirs.rrd")?))
    })
}

/// Updates of a separate file through a pipe.
struct UpdatePipe {
    pipe: Pipe,
    file: String,
    number: u32,
}

impl UpdatePipe {
    fn start(bench: &Bench, program: &Path, file: String) -> Outcome<Self> {
        bench.create(program, &bench.path(&file), &FOUR_ARCHIVES)?;
        Ok(Self { pipe: Pipe::start(program, &bench.folder)?, file, number: 0 })
    }

    /// Sends `count` lines, then reads their answers.
    fn update(&mut self, count: u32) {
        let lines = (1..=count).map(|line| {
            format!("update {} {}\n", self.file, sample_text(self.number + line, STEP, 1))
        });
        let lines = lines.collect::<String>();
        self.number += count;
        self.pipe.send(&lines).expect("sent");
        for _ in 0..count {
            self.pipe.answer().expect("updated");
        }
    }
}

fn updates_in_pipe(bench: &Bench, work: &str, target: Option<f64>, ahead: u32) -> Outcome<()> {
    bench.compare(Pair { work, peer: "rrdtool -", target }, || {
        let side = |program: &Path, name: &str| -> Outcome<_> {
            let mut pipe = UpdatePipe::start(bench, program, format!("{name}-{ahead}.rrd"))?;
            Ok(move || {
                let (time, times) = timed(2000 / ahead, || pipe.update(ahead));
                (time, times * ahead)
            })
        };
        Ok((side(&bench.ours, "our-pipe")?, side(&bench.theirs, "their-pipe")?))
    })
}

/// CPU time used by the program itself, regardless of which side waits.
fn update_time_in_pipe(bench: &Bench) -> Outcome<()> {
    let work = "update in pipe mode, line by line, CPU time";
    bench.compare(Pair { work, peer: "rrdtool -", target: Some(0.2) }, || {
        let side = |program: &Path, file: &str| -> Outcome<_> {
            let mut updates = UpdatePipe::start(bench, program, file.to_owned())?;
            Ok(move || {
                let before = updates.pipe.cpu_nanoseconds().expect("CPU time");
                for _ in 0..2000 {
                    updates.update(1);
                }
                let after = updates.pipe.cpu_nanoseconds().expect("CPU time");
                (Duration::from_nanos(after - before), 2000)
            })
        };
        Ok((side(&bench.ours, "our-time.rrd")?, side(&bench.theirs, "their-time.rrd")?))
    })
}

/// The round trip alone: `pwd` instead of an update.
fn round_trip_in_pipe(bench: &Bench) -> Outcome<()> {
    let pair = Pair { work: "`pwd` in pipe mode, line by line", peer: "rrdtool -", target: None };
    bench.compare(pair, || {
        let side = |program: &Path| -> Outcome<_> {
            let mut pipe = Pipe::start(program, &bench.folder)?;
            Ok(move || {
                timed(2000, || {
                    pipe.ask("pwd").expect("answered");
                })
            })
        };
        Ok((side(&bench.ours)?, side(&bench.theirs)?))
    })
}

/// A file large enough that the process start does not matter: 4 sources, 200,000 rows.
fn large(bench: &Bench) -> Outcome<String> {
    let path = bench.path("large.rrd");
    if !Path::new(&path).exists() {
        let sources: Vec<String> =
            (0..4).map(|index| format!("DS:v{index}:GAUGE:600:U:U")).collect();
        let mut arguments: Vec<&str> = sources.iter().map(String::as_str).collect();
        arguments.push("RRA:AVERAGE:0.5:1:200000");
        bench.create(&bench.ours, &path, &arguments)?;
        let readings: Vec<String> =
            (1..=20_000).map(|number| sample_text(number, STEP, 4)).collect();
        let mut command = vec!["update", path.as_str()];
        command.extend(readings.iter().map(String::as_str));
        bench.run(&bench.ours, &command)?;
    }
    Ok(path)
}

fn dump(bench: &Bench) -> Outcome<()> {
    let pair = Pair { work: "dump of 200,000 rows of 4", peer: "rrdtool", target: Some(0.25) };
    bench.compare(pair, || {
        let path = large(bench)?;
        let side = |program: &Path| {
            let program = program.to_owned();
            let path = path.clone();
            move || timed(1, || bench.run(&program, &["dump", &path]).expect("dumped"))
        };
        Ok((side(&bench.ours), side(&bench.theirs)))
    })
}

fn restore(bench: &Bench) -> Outcome<()> {
    let pair = Pair { work: "restore of 200,000 rows of 4", peer: "rrdtool", target: Some(0.25) };
    bench.compare(pair, || {
        let path = large(bench)?;
        let xml = bench.path("large.xml");
        let status = Command::new(&bench.theirs)
            .args(["dump", &path])
            .stdout(File::create(&xml)?)
            .status()?;
        if !status.success() {
            return Err("rrdtool dump failed".into());
        }
        let side = |program: &Path, file: &'static str| {
            let program = program.to_owned();
            let xml = xml.clone();
            move || {
                timed(1, || bench.run(&program, &["restore", "-f", &xml, file]).expect("restored"))
            }
        };
        Ok((side(&bench.ours, "r1.rrd"), side(&bench.theirs, "r2.rrd")))
    })
}
