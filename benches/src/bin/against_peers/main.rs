//! Ours and the installed peers on the same work in the same run, pair by pair, as a Markdown table of ratios.
//!
//! `against_peers [RRD]`: `RRD` is our tool, by default the one built beside this program. RRDtool has to be installed;
//! librrd takes part when this is built with the feature `librrd`, whisper when Python has it.

mod chart;
#[cfg(feature = "librrd")]
mod library;
mod tool;
mod whisper;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rrd_benches::workload::{START, STEP};

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
    // As a package installs it: what a linker wrote page by page is slower to map than a copy.
    let installed = folder.path().join("rrd");
    std::fs::copy(&ours, &installed)?;
    let bench = Bench { ours: installed, theirs, folder: folder.path().to_owned() };
    println!("| work | peer | ours | theirs | ratio | spread | target |");
    println!("|---|---|---|---|---|---|---|");
    tool::run(&bench)?;
    #[cfg(feature = "librrd")]
    library::run(&bench)?;
    whisper::run(&bench)?;
    chart::run(&bench)
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
}

/// The time that `count` runs of some work take.
fn timed(count: u32, mut work: impl FnMut()) -> (Duration, u32) {
    let start = Instant::now();
    for _ in 0..count {
        work();
    }
    (start.elapsed(), count)
}
