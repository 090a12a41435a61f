//! Our programs and the installed peers on the same work in the same run, pair by pair, as a
//! Markdown table of ratios.
//!
//! `against_peers [WORD]...`: all pairs, or only those whose work contains one of the words. Our
//! tool is the one built next to this program. RRDtool must be installed; librrd takes part if this
//! is built with the feature `librrd`, whisper if Python has it.

mod chart;
#[cfg(feature = "librrd")]
mod library;
mod tool;
mod whisper;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rrd_benches::measure::compare;
use rrd_benches::workload::{START, STEP};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Number of rounds per pair.
const ROUNDS: usize = 9;

fn main() -> Outcome<()> {
    let ours = std::env::current_exe()?.with_file_name("rrd");
    let theirs = PathBuf::from("rrdtool");
    let folder = tempfile::tempdir()?;
    // Copied as a package would install it: a file that a linker wrote page by page is slower to
    // map.
    let installed = folder.path().join("rrd");
    std::fs::copy(&ours, &installed)?;
    let bench = Bench {
        ours: installed,
        theirs,
        folder: folder.path().to_owned(),
        words: std::env::args().skip(1).collect(),
    };
    println!("| work | peer | ours | theirs | ratio | spread | target |");
    println!("|---|---|---|---|---|---|---|");
    tool::run(&bench)?;
    #[cfg(feature = "librrd")]
    library::run(&bench)?;
    whisper::run(&bench)?;
    chart::run(&bench)
}

/// The two programs, a working folder, and the selection of pairs.
struct Bench {
    ours: PathBuf,
    theirs: PathBuf,
    folder: PathBuf,
    words: Vec<String>,
}

/// A pair of measurements: the same work by our program and by the peer.
#[derive(Clone, Copy)]
struct Pair<'a> {
    work: &'a str,
    peer: &'a str,
    /// The target ratio, if any.
    target: Option<f64>,
}

impl Bench {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Whether this work is selected.
    fn wants(&self, work: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| work.contains(word.as_str()))
    }

    /// Measures a pair and prints its row if it is selected; only then are its `sides` prepared.
    fn compare<O, T>(&self, pair: Pair<'_>, sides: impl FnOnce() -> Outcome<(O, T)>) -> Outcome<()>
    where
        O: FnMut() -> (Duration, u32),
        T: FnMut() -> (Duration, u32),
    {
        if self.wants(pair.work) {
            let (ours, theirs) = sides()?;
            println!("{}", compare(pair.work, pair.peer, pair.target, ROUNDS, ours, theirs));
        }
        Ok(())
    }

    /// Creates a database with the program that will use it.
    fn create(&self, program: &Path, name: &str, arguments: &[&str]) -> Outcome<()> {
        let start = (START).to_string();
        let step = STEP.to_string();
        let mut command = vec!["create", name, "--start", &start, "--step", &step];
        command.extend(arguments);
        self.run(program, &command)
    }

    /// Runs a program to completion; failure is an error.
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
}

/// The time that `count` runs of some work take.
fn timed(count: u32, mut work: impl FnMut()) -> (Duration, u32) {
    let start = Instant::now();
    for _ in 0..count {
        work();
    }
    (start.elapsed(), count)
}
