//! The C library in RRDtool's place beside RRDtool's: one program in C, run in turn with each, and
//! Perl with RRDs, which only loads it.
//!
//! `librrd_speed [LIBRARY]`: ours is LIBRARY, else the `librrd.so` beside this program.

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use rrd_benches::measure::compare;

type Outcome<T> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 9;
const STARTS: u32 = 20;

/// A kind of work of the program in C, how often a round does it, the function that it measures,
/// and how many times faster ours is meant to be.
const WORK: [(&str, u32, &str, f64); 5] = [
    ("update", 5_000, "rrd_update_r", 1.5),
    ("fetch", 3_000, "rrd_fetch_r, 1,440 rows of 2", 1.5),
    ("create", 500, "rrd_create_r of a new file", 1.0),
    ("replace", 500, "rrd_create_r in place of a file", 1.0),
    ("draw", 20, "rrd_graph, PNG 800x300", 4.0),
];

fn main() -> Outcome<()> {
    let library = match std::env::args_os().nth(1) {
        Some(name) => PathBuf::from(name),
        None => std::env::current_exe()?.with_file_name("librrd.so"),
    };
    let trial = Trial::new(&fs::canonicalize(library)?)?;
    println!("| work | peer | ours | theirs | ratio | spread | target |");
    println!("|---|---|---|---|---|---|---|");
    for (work, count, function, faster) in WORK {
        let run = |ours| trial.work(ours, work, count).expect("the program runs with this library");
        let target = Some(1.0 / faster);
        println!("{}", compare(function, "librrd", target, ROUNDS, || run(true), || run(false)));
    }
    let start = |ours| trial.starts(ours).expect("Perl runs with this library");
    let what = "perl -MRRDs -e 1";
    println!("{}", compare(what, "librrd", Some(1.0), ROUNDS, || start(true), || start(false)));
    println!("\n| memory of `{what}` | ours | theirs |\n|---|---|---|");
    let (ours, theirs) = (trial.memory(true)?, trial.memory(false)?);
    for ((name, ours), (_, theirs)) in ours.iter().zip(&theirs) {
        println!("| {name} | {ours} kB | {theirs} kB |");
    }
    Ok(())
}

/// A folder with our library under the names that programs look for, and the program in C.
struct Trial {
    folder: tempfile::TempDir,
}

impl Trial {
    fn new(library: &Path) -> Outcome<Self> {
        // Not in memory, as /tmp often is. The programs run elsewhere.
        let here = std::env::current_dir()?;
        let trial = Self { folder: tempfile::tempdir_in(here)? };
        fs::create_dir(trial.ours())?;
        for name in ["librrd.so", "librrd.so.8"] {
            symlink(library, trial.ours().join(name))?;
        }
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
        let compiled = Command::new("cc")
            .arg("-O2")
            .arg("-I")
            .arg(sources.join("../rrd-graph/librrd/include"))
            .arg(sources.join("src/bin/librrd_speed/speed.c"))
            .arg("-o")
            .arg(trial.folder.path().join("speed"))
            .arg("-L")
            .arg(trial.ours())
            .arg("-lrrd")
            .status()?;
        if compiled.success() { Ok(trial) } else { Err("the program does not compile".into()) }
    }

    fn ours(&self) -> PathBuf {
        self.folder.path().join("ours")
    }

    /// A program with our library or the system's.
    fn command(&self, program: impl AsRef<OsStr>, ours: bool) -> Command {
        let mut command = Command::new(program);
        command.env_remove("LD_LIBRARY_PATH").env("TZ", "UTC");
        if ours {
            command.env("LD_LIBRARY_PATH", self.ours());
        }
        command
    }

    /// What Perl with RRDs prints.
    fn perl(&self, ours: bool, script: &str) -> Outcome<String> {
        printed(self.command("perl", ours).args(["-MRRDs", "-e", script]).output()?)
    }

    /// The time of so much work in one process, as that process measures it.
    fn work(&self, ours: bool, work: &str, count: u32) -> Outcome<(Duration, u32)> {
        let files = self.folder.path().join("files");
        fs::create_dir(&files)?;
        let mut command = self.command(self.folder.path().join("speed"), ours);
        let output = command.current_dir(&files).args([work, &count.to_string()]).output()?;
        fs::remove_dir_all(&files)?;
        Ok((Duration::from_nanos(printed(output)?.trim().parse()?), count))
    }

    /// The time of some runs of Perl that load RRDs.
    fn starts(&self, ours: bool) -> Outcome<(Duration, u32)> {
        let start = Instant::now();
        for _ in 0..STARTS {
            self.perl(ours, "1")?;
        }
        Ok((start.elapsed(), STARTS))
    }

    /// The memory of Perl with RRDs: with what it shares, and with its part of that.
    fn memory(&self, ours: bool) -> Outcome<Vec<(String, u64)>> {
        let script =
            "open F, '/proc/self/smaps_rollup'; print grep /^(Rss|Pss|Private_Dirty):/, <F>";
        let mut lines = Vec::new();
        for line in self.perl(ours, script)?.lines() {
            let (name, value) = line.split_once(':').ok_or("a line without a colon")?;
            let value = value.trim().strip_suffix(" kB").ok_or("a value without its unit")?;
            lines.push((name.to_owned(), value.parse()?));
        }
        Ok(lines)
    }
}

/// What a program has printed, which must have ended well.
fn printed(output: Output) -> Outcome<String> {
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
