//! The cost of sampling this host for a minute and storing the samples: our collector, first with
//! the probes that collectd runs and then with all of them, next to collectd with its rrdtool
//! writer at the same time, so that a noisy machine disturbs both equally. Only one of ours runs at
//! a time: two would share the pages of the program, and each would appear to use half of them.
//!
//! CPU time is what the scheduler counted for the threads, in nanoseconds.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rrd_collector::source::registered_probes;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Time to settle after starting: files are created and pages are touched for the first time.
const SETTLE: Duration = Duration::from_secs(8);
const SAMPLED: Duration = Duration::from_secs(60);

/// The probes that the peer has, too.
const SAME: [&str; 8] = ["cpu", "disk", "memory", "load", "network", "swap", "filesystem", "clock"];

const COLLECTD: &str = "Hostname host\nFQDNLookup false\nBaseDir \"FOLDER\"\nPIDFile \"FOLDER/pid\"\nInterval 1\n\
    TypesDB \"/usr/share/collectd/types.db\"\n\
    LoadPlugin cpu\nLoadPlugin disk\nLoadPlugin load\nLoadPlugin memory\nLoadPlugin swap\nLoadPlugin interface\nLoadPlugin df\n\
    LoadPlugin rrdtool\n<Plugin rrdtool>\nDataDir \"FOLDER/rrd\"\n</Plugin>\n";

fn main() -> Outcome<()> {
    let own = std::env::current_exe()?.with_file_name("rrd-collector");
    println!("| 60 samples, stored | CPU seconds | PSS | peak RSS |");
    println!("|---|---|---|---|");
    for (name, same) in
        [("rrd-collector, the same probes", true), ("rrd-collector, all probes", false)]
    {
        let folder = tempfile::tempdir()?;
        let mut runs = vec![(name, ours(&own, &folder.path().join("ours"), same)?)];
        match collectd(&folder.path().join("collectd")) {
            Ok(peer) => runs.push(("collectd and rrdtool, in the same minute", peer)),
            Err(error) => eprintln!("collectd does not run: {error}"),
        }
        sleep(SETTLE);
        let before: Vec<f64> = runs.iter().map(|(_, run)| cpu(run)).collect::<Outcome<_>>()?;
        sleep(SAMPLED);
        for ((name, run), before) in runs.iter().zip(before) {
            let used = cpu(run)? - before;
            let pss = memory(run, "smaps_rollup", "Pss:")?;
            let peak = memory(run, "status", "VmHWM:")?;
            println!("| {name} | {used:.3} | {pss:.1} MB | {peak:.1} MB |");
        }
    }
    Ok(())
}

/// A program that is stopped when the value is dropped.
struct Run(Child);

impl Drop for Run {
    fn drop(&mut self) {
        // Nothing more to report.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(command: &mut Command) -> Outcome<Run> {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut run = Run(quiet.spawn()?);
    sleep(Duration::from_secs(1));
    match run.0.try_wait()? {
        None => Ok(run),
        Some(status) => Err(format!("ended at once: {status}").into()),
    }
}

fn ours(program: &Path, folder: &Path, same: bool) -> Outcome<Run> {
    fs::create_dir(folder)?;
    let config = folder.join("rrd-collector.toml");
    let others = registered_probes().map(|probe| probe.name).filter(|name| !SAME.contains(name));
    let off = |probe: &str| format!("[probe.{probe}]\nenabled = false\n");
    let text: String = others.filter(|_| same).map(off).collect();
    fs::write(&config, text)?;
    start(
        Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--config"])
            .arg(config)
            .arg("--data")
            .arg(folder.join("data")),
    )
}

fn collectd(folder: &Path) -> Outcome<Run> {
    fs::create_dir(folder)?;
    let config: PathBuf = folder.join("collectd.conf");
    fs::write(&config, COLLECTD.replace("FOLDER", &folder.display().to_string()))?;
    start(Command::new("collectd").arg("-f").arg("-C").arg(config))
}

/// CPU seconds used by the threads of a program.
fn cpu(run: &Run) -> Outcome<f64> {
    let mut nanoseconds = 0;
    for task in fs::read_dir(format!("/proc/{}/task", run.0.id()))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds).as_secs_f64())
}

/// Megabytes from a line `NAME: NUMBER kB` of one of the program's files.
fn memory(run: &Run, file: &str, name: &str) -> Outcome<f64> {
    let text = fs::read_to_string(format!("/proc/{}/{file}", run.0.id()))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}
