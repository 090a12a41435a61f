//! Charts: the same picture by both tools, in pipe mode and as processes, and its size.

use std::path::Path;
use std::time::Duration;

use rrd_benches::pipe::Pipe;
use rrd_benches::workload::{START, sample_text};

use super::{Bench, Outcome, Pair, timed};

/// All pairs.
pub(super) fn run(bench: &Bench) -> Outcome<()> {
    for (format, target) in [("PNG", 1.0 / 5.0), ("SVG", 1.0 / 10.0)] {
        bench.graph_pipe(format, target)?;
    }
    for format in ["PNG", "SVG"] {
        bench.graph_process(format, 1.0 / 3.0)?;
    }
    bench.graph_bytes()
}

impl Bench {
    /// A day of five percentages at 60 s with a gap.
    fn day(&self) -> Outcome<()> {
        if self.folder.join("day.rrd").exists() {
            return Ok(());
        }
        let sources: Vec<String> =
            (0..5).map(|index| format!("DS:v{index}:GAUGE:120:0:100")).collect();
        let start = START.to_string();
        let mut command = vec!["create", "day.rrd", "--start", &start, "--step", "60"];
        command.extend(sources.iter().map(String::as_str));
        command.push("RRA:AVERAGE:0.5:1:2880");
        self.run(&self.ours, &command)?;
        let readings: Vec<String> = (1..=1440)
            .filter(|number| !(600..645).contains(number))
            .map(|number| sample_text(number, 60, 5))
            .collect();
        let mut command = vec!["update", "day.rrd"];
        command.extend(readings.iter().map(String::as_str));
        self.run(&self.ours, &command)
    }

    /// The chart used for published costs: 800x300, five stacked areas, a legend with four numbers
    /// per row.
    fn graph_line(&self, output: &str, format: &str) -> Outcome<Vec<String>> {
        self.day()?;
        let mut words: Vec<String> = [
            "graph",
            output,
            "--imgformat",
            format,
            "--full-size-mode",
            "--width",
            "800",
            "--height",
            "300",
            "--title",
            "CPU",
            "--vertical-label",
            "percent",
            "--start",
        ]
        .map(str::to_owned)
        .to_vec();
        words.extend([START.to_string(), "--end".into(), (START + 86_400).to_string()]);
        let colours = ["e69f00", "56b4e9", "009e73", "cc79a7", "0072b2"];
        for (index, colour) in colours.into_iter().enumerate() {
            let stack = if index == 0 { "" } else { ":STACK" };
            words.push(format!("DEF:v{index}=day.rrd:v{index}:AVERAGE"));
            words.push(format!("AREA:v{index}#{colour}:state{index}{stack}"));
            for function in ["MIN", "AVERAGE", "MAX", "LAST"] {
                words.push(format!("GPRINT:v{index}:{function}:%6.1lf"));
            }
            words.push("COMMENT:\\n".to_owned());
        }
        Ok(words)
    }

    fn graph_pipe(&self, format: &str, target: f64) -> Outcome<()> {
        let work = format!("{format} 800x300, pipe mode, CPU time");
        let pair = Pair { work: &work, peer: "rrdtool -", target: Some(target) };
        self.compare(pair, || {
            let side = |program: &Path, name: &str| -> Outcome<_> {
                let output = format!("{name}.{format}");
                let line = self.graph_line(&output, format)?.join(" ");
                let mut pipe = Pipe::start(program, &self.folder)?;
                pipe.ask(&line)?;
                Ok(move || {
                    let before = pipe.cpu_nanoseconds().expect("CPU time");
                    for _ in 0..10 {
                        pipe.ask(&line).expect("drawn");
                    }
                    let after = pipe.cpu_nanoseconds().expect("CPU time");
                    (Duration::from_nanos(after - before), 10)
                })
            };
            Ok((side(&self.ours, "p1")?, side(&self.theirs, "p2")?))
        })
    }

    fn graph_process(&self, format: &str, target: f64) -> Outcome<()> {
        let work = format!("{format} 800x300, one process each");
        let pair = Pair { work: &work, peer: "rrdtool", target: Some(target) };
        self.compare(pair, || {
            let side = |program: &Path, name: &str| -> Outcome<_> {
                let words = self.graph_line(&format!("{name}.{format}"), format)?;
                let program = program.to_owned();
                Ok(move || {
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    timed(5, || self.run(&program, &words).expect("drawn"))
                })
            };
            Ok((side(&self.ours, "c1")?, side(&self.theirs, "c2")?))
        })
    }

    /// The number of bytes is the same in every round.
    fn graph_bytes(&self) -> Outcome<()> {
        if !self.wants("bytes of a picture") {
            return Ok(());
        }
        println!("\n| bytes of a picture | ours | theirs | ratio |\n|---|---|---|---|");
        for format in ["PNG", "SVG"] {
            let size = |program: &Path, name: &str| -> Outcome<u64> {
                let name = format!("{name}.{format}");
                let words = self.graph_line(&name, format)?;
                self.run(program, &words.iter().map(String::as_str).collect::<Vec<_>>())?;
                Ok(self.folder.join(name).metadata()?.len())
            };
            let (ours, theirs) = (size(&self.ours, "b1")?, size(&self.theirs, "b2")?);
            #[expect(clippy::cast_precision_loss, reason = "sizes of pictures")]
            let ratio = theirs as f64 / ours as f64;
            println!("| {format} 800x300 | {ours} B | {theirs} B | 1/{ratio:.1} |");
        }
        Ok(())
    }
}
