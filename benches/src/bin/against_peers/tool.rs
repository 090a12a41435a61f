//! The tool: updates, dump and restore, one process each or many lines to one process.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use rrd_benches::measure::{Comparison, compare};
use rrd_benches::pipe::Pipe;
use rrd_benches::workload::{FOUR_ARCHIVES, STEP, sample_text};

use super::{Bench, Outcome, ROUNDS, timed};

/// All pairs. They come first: a large parent makes processes slower.
pub(super) fn run(bench: &Bench) -> Outcome<()> {
    for pair in [
        Bench::version_process,
        Bench::update_process,
        Bench::update_pipe,
        Bench::update_pipe_ahead,
        Bench::nothing_in_pipe,
        Bench::dump,
        Bench::restore,
    ] {
        println!("{}", pair(bench)?);
    }
    Ok(())
}

impl Bench {
    /// Starting alone.
    fn version_process(&self) -> Outcome<Comparison> {
        // Neither is to be read from the disk.
        self.run(&self.ours, &["--version"])?;
        self.run(&self.theirs, &["--version"])?;
        let side = |program: &Path| {
            let program = program.to_owned();
            move || timed(30, || self.run(&program, &["--version"]).expect("started"))
        };
        let (ours, theirs) = (side(&self.ours), side(&self.theirs));
        Ok(compare("`--version`, one process each", "rrdtool", None, ROUNDS, ours, theirs))
    }

    fn update_process(&self) -> Outcome<Comparison> {
        let side = |program: &Path, name: &str| -> Outcome<_> {
            let file = self.path(name);
            self.create(program, &file, &FOUR_ARCHIVES)?;
            let mut number = 0;
            let program = program.to_owned();
            Ok(move || {
                timed(30, || {
                    number += 1;
                    let reading = sample_text(number, STEP, 1);
                    self.run(&program, &["update", &file, &reading]).expect("updated");
                })
            })
        };
        let (ours, theirs) = (side(&self.ours, "ours.rrd")?, side(&self.theirs, "theirs.rrd")?);
        Ok(compare("update, one process each", "rrdtool", Some(0.3), ROUNDS, ours, theirs))
    }

    /// Each line waits for the answer to the one before.
    fn update_pipe(&self) -> Outcome<Comparison> {
        self.pipe("update in pipe mode, line by line", Some(0.2), 1)
    }

    /// A hundred lines are sent before the first answer is read.
    fn update_pipe_ahead(&self) -> Outcome<Comparison> {
        self.pipe("update in pipe mode, 100 lines ahead", None, 100)
    }

    /// The round trip alone: `pwd` instead of an update.
    fn nothing_in_pipe(&self) -> Outcome<Comparison> {
        let side = |program: &Path| -> Outcome<_> {
            let mut pipe = Pipe::start(program, &self.folder)?;
            Ok(move || {
                timed(2000, || {
                    pipe.ask("pwd").expect("answered");
                })
            })
        };
        let (ours, theirs) = (side(&self.ours)?, side(&self.theirs)?);
        Ok(compare("`pwd` in pipe mode, line by line", "rrdtool -", None, ROUNDS, ours, theirs))
    }

    fn pipe(&self, work: &str, target: Option<f64>, ahead: u32) -> Outcome<Comparison> {
        let side = |program: &Path, name: &str| -> Outcome<_> {
            let file = format!("{name}-{ahead}.rrd");
            self.create(program, &self.path(&file), &FOUR_ARCHIVES)?;
            let mut pipe = Pipe::start(program, &self.folder)?;
            let mut number = 0;
            Ok(move || {
                let (time, times) = timed(2000 / ahead, || {
                    let lines = (1..=ahead).map(|line| {
                        format!("update {file} {}\n", sample_text(number + line, STEP, 1))
                    });
                    let lines = lines.collect::<String>();
                    number += ahead;
                    pipe.send(&lines).expect("sent");
                    for _ in 0..ahead {
                        pipe.answer().expect("updated");
                    }
                });
                (time, times * ahead)
            })
        };
        let (ours, theirs) = (side(&self.ours, "our-pipe")?, side(&self.theirs, "their-pipe")?);
        Ok(compare(work, "rrdtool -", target, ROUNDS, ours, theirs))
    }

    /// A file large enough that starting a process does not count: 4 sources, 200,000 rows.
    fn large(&self) -> Outcome<String> {
        let path = self.path("large.rrd");
        if !Path::new(&path).exists() {
            let sources: Vec<String> =
                (0..4).map(|index| format!("DS:v{index}:GAUGE:600:U:U")).collect();
            let mut arguments: Vec<&str> = sources.iter().map(String::as_str).collect();
            arguments.push("RRA:AVERAGE:0.5:1:200000");
            self.create(&self.ours, &path, &arguments)?;
            let readings: Vec<String> =
                (1..=20_000).map(|number| sample_text(number, STEP, 4)).collect();
            let mut command = vec!["update", path.as_str()];
            command.extend(readings.iter().map(String::as_str));
            self.run(&self.ours, &command)?;
        }
        Ok(path)
    }

    fn dump(&self) -> Outcome<Comparison> {
        let path = self.large()?;
        let side = |program: &Path| {
            let program = program.to_owned();
            let path = path.clone();
            move || timed(1, || self.run(&program, &["dump", &path]).expect("dumped"))
        };
        let (ours, theirs) = (side(&self.ours), side(&self.theirs));
        Ok(compare("dump of 200,000 rows of 4", "rrdtool", Some(0.25), ROUNDS, ours, theirs))
    }

    fn restore(&self) -> Outcome<Comparison> {
        let path = self.large()?;
        let xml = self.path("large.xml");
        let status = Command::new(&self.theirs)
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
                timed(1, || self.run(&program, &["restore", "-f", &xml, file]).expect("restored"))
            }
        };
        let (ours, theirs) = (side(&self.ours, "r1.rrd"), side(&self.theirs, "r2.rrd"));
        Ok(compare("restore of the same", "rrdtool", Some(0.25), ROUNDS, ours, theirs))
    }
}
