//! The cost of sampling this host for a minute and storing the samples: our collector, first with
//! the probes that collectd runs and then with all of them, next to collectd with its rrdtool
//! writer at the same time, so that a noisy machine disturbs both equally. Only one of ours runs at
//! a time: two would share the pages of the program, and each would appear to use half of them.
//!
//! CPU time is what the scheduler counted for the threads, in nanoseconds.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use rrd_benches::process::Run;
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
        let before: Vec<f64> = runs.iter().map(|(_, run)| run.cpu(None)).collect::<Outcome<_>>()?;
        sleep(SAMPLED);
        for ((name, run), before) in runs.iter().zip(before) {
            let used = run.cpu(None)? - before;
            let pss = run.memory()?;
            let peak = run.peak_memory()?;
            println!("| {name} | {used:.3} | {pss:.1} MB | {peak:.1} MB |");
        }
    }
    Ok(())
}

fn ours(program: &Path, folder: &Path, same: bool) -> Outcome<Run> {
    fs::create_dir(folder)?;
    let config = folder.join("rrd-collector.toml");
    let others = registered_probes().map(|probe| probe.name).filter(|name| !SAME.contains(name));
    let off = |probe: &str| format!("[probe.{probe}]\nenabled = false\n");
    let text: String = others.filter(|_| same).map(off).collect();
    fs::write(&config, text)?;
    Run::start(
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
    Run::start(Command::new("collectd").arg("-f").arg("-C").arg(config))
}
