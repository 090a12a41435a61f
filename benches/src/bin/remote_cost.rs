//! The cost of sending what this host samples: the collector with all probes for a minute without
//! and with one endpoint, in turn. The endpoint is a receiver in this process that keeps nothing.
//!
//! `remote_cost ROUNDS` sets the number of rounds, 3 by default. CPU time is what the scheduler
//! counted for the threads, in nanoseconds.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use rrd_benches::process::Run;
use rrd_benches::receiver::Receiver;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Time to settle after starting: files are created, pages are touched and a connection is made for
/// the first time.
const SETTLE: Duration = Duration::from_secs(25);
const SAMPLED: Duration = Duration::from_secs(60);

/// The name of the thread that sends.
const THREAD: &str = "remote";

fn main() -> Outcome<()> {
    let rounds = std::env::args().nth(1).map_or(Ok(3), |text| text.parse::<u32>())?;
    let program = std::env::current_exe()?.with_file_name("rrd-collector");
    let receiver = Receiver::start()?;
    println!("| a minute, sampled and stored | CPU seconds | of the thread that sends | PSS |");
    println!("|---|---|---|---|");
    for _ in 0..rounds {
        for endpoint in [None, Some(receiver.url())] {
            let folder = tempfile::tempdir()?;
            let run = start(&program, folder.path(), endpoint.as_deref())?;
            sleep(SETTLE);
            let (before, sent) = ((run.cpu(None)?, run.cpu(Some(THREAD))?), receiver.counts());
            sleep(SAMPLED);
            let (all, sending) = (run.cpu(None)? - before.0, run.cpu(Some(THREAD))? - before.1);
            let (memory, sent) = (run.memory()?, receiver.counts().since(sent));
            let what = match sent.requests {
                0 => "nothing sent".to_owned(),
                requests => {
                    let (message, wire) = sent.bytes_a_sample();
                    format!(
                        "{} series in {requests} requests, {} samples; bytes a sample: {message:.0}, \
                         on the wire {wire:.1}",
                        sent.series / requests,
                        sent.samples,
                    )
                }
            };
            println!("| {what} | {all:.3} | {sending:.4} | {memory:.2} MB |");
        }
    }
    Ok(())
}

fn start(program: &Path, folder: &Path, endpoint: Option<&str>) -> Outcome<Run> {
    let config = folder.join("rrd-collector.toml");
    let text = endpoint.map(|url| format!("[[remote_write]]\nname = \"stub\"\nurl = \"{url}\"\n"));
    fs::write(&config, text.unwrap_or_default())?;
    Run::start(
        Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--config"])
            .arg(config)
            .arg("--data")
            .arg(folder.join("data")),
    )
}
