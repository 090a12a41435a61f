//! Ours and the installed peers on the same work in the same run, pair by pair, as a Markdown table of ratios.
//!
//! `against_peers [RRD]`: `RRD` is our tool, by default the one built beside this program. RRDtool has to be installed;
//! librrd takes part when this is built with the feature `librrd`, whisper when Python has it.

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rrd_benches::measure::{Comparison, compare};
use rrd_benches::pipe::Pipe;
use rrd_benches::workload::{FOUR_ARCHIVES, START, STEP, sample_text};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How often each pair is measured.
const ROUNDS: usize = 9;

fn main() -> Outcome<()> {
    let ours = match std::env::args_os().nth(1) {
        Some(path) => PathBuf::from(path),
        None => std::env::current_exe()?.with_file_name("rrd"),
    };
    let theirs = PathBuf::from("rrdtool");
    let folder = tempfile::tempdir()?;
    let bench = Bench { ours, theirs, folder: folder.path().to_owned() };
    println!("| work | peer | ours | theirs | ratio | spread | target |");
    println!("|---|---|---|---|---|---|---|");
    #[cfg(feature = "librrd")]
    library::run(&bench)?;
    for pair in [Bench::update_process, Bench::update_pipe, Bench::dump, Bench::restore] {
        println!("{}", pair(&bench)?);
    }
    for pair in [Bench::graph_pipe, Bench::graph_process] {
        for (format, target_pipe, target_process) in
            [("PNG", 1.0 / 5.0, 1.0 / 3.0), ("SVG", 1.0 / 10.0, 1.0 / 3.0)]
        {
            println!("{}", pair(&bench, format, target_pipe, target_process)?);
        }
    }
    bench.graph_bytes()?;
    Ok(())
}

/// The two programs and a folder to work in.
struct Bench {
    ours: PathBuf,
    theirs: PathBuf,
    folder: PathBuf,
}

impl Bench {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Makes a database with the program that will use it.
    fn create(&self, program: &Path, name: &str, arguments: &[&str]) -> Outcome<()> {
        let start = (START).to_string();
        let step = STEP.to_string();
        let mut command = vec!["create", name, "--start", &start, "--step", &step];
        command.extend(arguments);
        self.run(program, &command)
    }

    /// Runs a program to its end; anything but success is an error.
    fn run(&self, program: &Path, arguments: &[&str]) -> Outcome<()> {
        let status = Command::new(program)
            .args(arguments)
            .current_dir(&self.folder)
            .env("TZ", "UTC")
            .stdout(Stdio::null())
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("{} {arguments:?}: {status}", program.display()).into())
        }
    }

    fn update_process(&self) -> Outcome<Comparison> {
        self.create(&self.ours, "ours.rrd", &FOUR_ARCHIVES)?;
        self.create(&self.theirs, "theirs.rrd", &FOUR_ARCHIVES)?;
        let side = |program: &Path, file: &'static str| {
            let mut number = 0;
            let program = program.to_owned();
            move || {
                timed(30, || {
                    number += 1;
                    let reading = sample_text(number, STEP, 1);
                    self.run(&program, &["update", file, &reading]).expect("updated");
                })
            }
        };
        let (ours, theirs) = (side(&self.ours, "ours.rrd"), side(&self.theirs, "theirs.rrd"));
        Ok(compare("update, one process each", "rrdtool", Some(0.3), ROUNDS, ours, theirs))
    }

    fn update_pipe(&self) -> Outcome<Comparison> {
        self.create(&self.ours, "ours-pipe.rrd", &FOUR_ARCHIVES)?;
        self.create(&self.theirs, "theirs-pipe.rrd", &FOUR_ARCHIVES)?;
        let side = |program: &Path, file: &'static str| -> Outcome<_> {
            let mut pipe = Pipe::start(program, &self.folder)?;
            let mut number = 0;
            Ok(move || {
                timed(2000, || {
                    number += 1;
                    let reading = sample_text(number, STEP, 1);
                    pipe.ask(&format!("update {file} {reading}")).expect("updated");
                })
            })
        };
        let (ours, theirs) =
            (side(&self.ours, "ours-pipe.rrd")?, side(&self.theirs, "theirs-pipe.rrd")?);
        Ok(compare("update in pipe mode, per line", "rrdtool -", Some(0.2), ROUNDS, ours, theirs))
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

    /// The chart that costs are told for: 800x300, five stacked areas, a legend with four numbers a row.
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

    fn graph_pipe(&self, format: &str, target: f64, _process: f64) -> Outcome<Comparison> {
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
        let (ours, theirs) = (side(&self.ours, "p1")?, side(&self.theirs, "p2")?);
        let work = format!("{format} 800x300, pipe mode, CPU time");
        Ok(compare(&work, "rrdtool -", Some(target), ROUNDS, ours, theirs))
    }

    fn graph_process(&self, format: &str, _pipe: f64, target: f64) -> Outcome<Comparison> {
        let side = |program: &Path, name: &str| -> Outcome<_> {
            let words = self.graph_line(&format!("{name}.{format}"), format)?;
            let program = program.to_owned();
            Ok(move || {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                timed(5, || self.run(&program, &words).expect("drawn"))
            })
        };
        let (ours, theirs) = (side(&self.ours, "c1")?, side(&self.theirs, "c2")?);
        let work = format!("{format} 800x300, one process each");
        Ok(compare(&work, "rrdtool", Some(target), ROUNDS, ours, theirs))
    }

    /// Bytes do not vary from round to round.
    fn graph_bytes(&self) -> Outcome<()> {
        println!("\n| picture | ours | theirs | ratio |\n|---|---|---|---|");
        for format in ["PNG", "SVG"] {
            let ours = self.folder.join(format!("c1.{format}")).metadata()?.len();
            let theirs = self.folder.join(format!("c2.{format}")).metadata()?.len();
            #[expect(clippy::cast_precision_loss, reason = "sizes of pictures")]
            let ratio = theirs as f64 / ours as f64;
            println!("| {format} 800x300 | {ours} B | {theirs} B | 1/{ratio:.1} |");
        }
        Ok(())
    }
}

/// The time that `count` runs of some work take.
fn timed(count: u32, mut work: impl FnMut()) -> (Duration, u32) {
    let start = Instant::now();
    for _ in 0..count {
        work();
    }
    (start.elapsed(), count)
}

#[cfg(feature = "librrd")]
mod library {
    //! Pairs inside one process: our library against librrd.

    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    use super::{Bench, Outcome, ROUNDS, timed};
    use rrd_benches::librrd;
    use rrd_benches::measure::compare;
    use rrd_benches::workload::{
        FOUR_ARCHIVES, START, STEP, any_time, four_archives, minutes, sample, sample_text,
    };
    use rrd_core::{
        ConsolidationFunction, CreateOptions, FetchRequest, Rrd, Store, TimeRange, Timestamp,
    };

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

    fn update(bench: &Bench) -> Outcome<()> {
        for (work, target, kept) in
            [("update, kept handle", 1.0 / 6.0, true), ("open, update, close", 1.0 / 1.5, false)]
        {
            let (ours, theirs) = (bench.path("lib-ours.rrd"), bench.path("lib-theirs.rrd"));
            let mut handle = new(&ours)?;
            librrd::create(&theirs, STEP, START, &FOUR_ARCHIVES)?;
            let (mut our_number, mut their_number) = (0, 0);
            let result = compare(
                work,
                "rrd_update_r",
                Some(target),
                ROUNDS,
                || {
                    let samples: Vec<_> =
                        (1..=2000).map(|n| sample(our_number + n, STEP, 1)).collect();
                    our_number += 2000;
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
                || {
                    let updates: Vec<_> = (1..=2000)
                        .map(|n| {
                            librrd::Update::new(&theirs, &[sample_text(their_number + n, STEP, 1)])
                        })
                        .collect();
                    their_number += 2000;
                    let mut updates = updates.iter();
                    timed(2000, || updates.next().expect("enough").run().expect("updated"))
                },
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
        let theirs = bench.path("store-theirs.rrd");
        librrd::create(&theirs, STEP, START, &FOUR_ARCHIVES)?;
        let mut our_number = 0;
        let mut ours = || {
            let samples: Vec<_> = (1..=20_000).map(|n| sample(our_number + n, STEP, 1)).collect();
            our_number += 20_000;
            let mut samples = samples.iter();
            timed(20_000, || {
                store.update("one.rrd", samples.next().expect("enough")).expect("acknowledged");
            })
        };
        let mut their_number = 0;
        let result =
            compare("update, store", "rrd_update_r", Some(1.0 / 60.0), ROUNDS, &mut ours, || {
                let updates: Vec<_> = (1..=2000)
                    .map(|n| {
                        librrd::Update::new(&theirs, &[sample_text(their_number + n, STEP, 1)])
                    })
                    .collect();
                their_number += 2000;
                let mut updates = updates.iter();
                timed(2000, || updates.next().expect("enough").run().expect("updated"))
            });
        println!("{result}");
        let mut daemon = CachingDaemon::start(&bench.folder)?;
        let cached = bench.path("cached.rrd");
        librrd::create(&cached, STEP, START, &FOUR_ARCHIVES)?;
        let mut their_number = 0;
        let result =
            compare("update, store", "rrdcached, unix socket", None, ROUNDS, &mut ours, || {
                timed(2000, || {
                    their_number += 1;
                    let reading = sample_text(their_number, STEP, 1);
                    daemon.ask(&format!("UPDATE {cached} {reading}")).expect("acknowledged");
                })
            });
        println!("{result}");
        Ok(())
    }

    /// A caching daemon with its journal, as long as the value lives.
    struct CachingDaemon {
        process: Child,
        socket: BufReader<UnixStream>,
    }

    impl CachingDaemon {
        fn start(folder: &Path) -> Outcome<Self> {
            let journal = folder.join("rrdcached");
            std::fs::create_dir_all(&journal)?;
            let address = folder.join("rrdcached.sock");
            let process = Command::new("rrdcached")
                .args(["-g", "-l"])
                .arg(format!("unix:{}", address.display()))
                .arg("-j")
                .arg(&journal)
                .arg("-p")
                .arg(folder.join("rrdcached.pid"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            for _ in 0..100 {
                if let Ok(socket) = UnixStream::connect(&address) {
                    return Ok(Self { process, socket: BufReader::new(socket) });
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            Err("rrdcached does not listen".into())
        }

        fn ask(&mut self, line: &str) -> Outcome<()> {
            self.socket.get_mut().write_all(format!("{line}\n").as_bytes())?;
            let mut answer = String::new();
            self.socket.read_line(&mut answer)?;
            if answer.starts_with('0') { Ok(()) } else { Err(answer.into()) }
        }
    }

    impl Drop for CachingDaemon {
        fn drop(&mut self) {
            // It is only a peer: nothing of it is kept.
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }

    fn batch(bench: &Bench) {
        const COUNT: u32 = 100_000;
        let (ours, theirs) = (bench.path("batch-ours.rrd"), bench.path("batch-theirs.rrd"));
        let samples: Vec<_> = (1..=COUNT).map(|n| sample(n, STEP, 1)).collect();
        let readings: Vec<_> = (1..=COUNT).map(|n| sample_text(n, STEP, 1)).collect();
        let update = librrd::Update::new(&theirs, &readings);
        let result = compare(
            "batch of 100,000, per sample",
            "rrd_update_r",
            Some(0.2),
            ROUNDS,
            || {
                let mut handle = new(&ours).expect("created");
                let (time, _) = timed(1, || handle.update_batch(&samples).expect("updated"));
                (time, COUNT)
            },
            || {
                librrd::create(&theirs, STEP, START, &FOUR_ARCHIVES).expect("created");
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
}
