//! A cluster as Proxmox VE sends it: the values of each node every ten seconds, as they arrive from
//! it, over one connection with absolute names; ours and the original one after the other.

use std::fs;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::programs::{ORIGINAL, Setup, have, ours, program, succeed, temporary_folder};

const NODES: usize = 50;
const GUESTS: usize = 100;
const ROUND: Duration = Duration::from_secs(10);

/// The definition of the file of a guest.
const GUEST: &str = "--step 60 DS:maxcpu:GAUGE:120:0:U DS:cpu:GAUGE:120:0:U \
    DS:maxmem:GAUGE:120:0:U DS:mem:GAUGE:120:0:U DS:maxdisk:GAUGE:120:0:U DS:disk:GAUGE:120:0:U \
    DS:netin:DERIVE:120:0:U DS:netout:DERIVE:120:0:U DS:diskread:DERIVE:120:0:U \
    DS:diskwrite:DERIVE:120:0:U RRA:AVERAGE:0.5:1:70 RRA:AVERAGE:0.5:30:70 \
    RRA:AVERAGE:0.5:180:70 RRA:AVERAGE:0.5:720:70 RRA:AVERAGE:0.5:10080:70 RRA:MAX:0.5:1:70 \
    RRA:MAX:0.5:30:70 RRA:MAX:0.5:180:70 RRA:MAX:0.5:720:70 RRA:MAX:0.5:10080:70";

/// Answers in microseconds, in order.
struct Answers(Vec<u128>);

impl Answers {
    fn at(&self, share: usize) -> u128 {
        self.0[(self.0.len() - 1) * share / 1000]
    }
}

#[test]
#[ignore = "takes two minutes"]
fn proxmox_with_fifty_nodes_of_a_hundred_guests() {
    if !have(&["rrdtool", "rrdcached"]) {
        return;
    }
    let seconds = std::env::var("RRD_TRIAL_SECONDS").ok().and_then(|text| text.parse().ok());
    let time = Duration::from_secs(seconds.unwrap_or(60));
    for (name, server) in [("original", ORIGINAL.to_owned()), ("ours", ours())] {
        let answers = answers(&server, time);
        println!(
            "{name}: {} answers, median {} us, 99 % {} us, 99.9 % {} us, longest {} us",
            answers.0.len(),
            answers.at(500),
            answers.at(990),
            answers.at(999),
            answers.at(1000)
        );
        assert!(name == "original" || answers.at(990) < 1000, "99 % within a millisecond");
    }
}

fn answers(server: &str, time: Duration) -> Answers {
    let folder = temporary_folder();
    // Files are written while values arrive.
    let setup = Setup::new(server, folder.path()).with(&["-w", "20", "-f", "60"]);
    succeed(program("rrdtool", &setup.folder).args(["create", "guest.rrd"]).args(GUEST.split(' ')));
    for node in 0..NODES {
        fs::create_dir(setup.base().join(node.to_string())).unwrap();
        for guest in 0..GUESTS {
            let file = setup.base().join(format!("{node}/{guest}"));
            fs::copy(setup.folder.join("guest.rrd"), file).unwrap();
        }
    }
    let _server = setup.start();
    let mut client = setup.connect();
    let base = setup.base().display().to_string();
    let started = Instant::now();
    let mut answers = Vec::new();
    let mut node = 0;
    while started.elapsed() < time {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        for guest in 0..GUESTS {
            let line = format!(
                "UPDATE {base}/{node}/{guest} {now}:4:0.0153:8589934592:{}:34359738368:0:{}:{}:{}:{}",
                4_294_967_296 + now % 1000,
                now * 3,
                now * 5,
                now * 7,
                now * 11
            );
            let asked = Instant::now();
            let answer = client.ask(&line);
            answers.push(asked.elapsed().as_micros());
            assert_eq!(answer, ["0 errors, enqueued 1 value(s)."]);
        }
        node = (node + 1) % NODES;
        let round = u32::try_from(answers.len() / GUESTS).unwrap();
        let next = ROUND * round / u32::try_from(NODES).unwrap();
        thread::sleep(next.saturating_sub(started.elapsed()));
    }
    answers.sort_unstable();
    Answers(answers)
}
