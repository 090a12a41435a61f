//! How long a value may wait for the sync of the journal, as `strace` sees it.

use std::fs;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::durability::{START, create};
use crate::programs::{Running, Setup, have, ours, program, temporary_folder, wait_until};

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

#[test]
#[ignore = "a trial: see README.md"]
fn sync() {
    if !have(&["strace"]) {
        return;
    }
    let folder = temporary_folder();
    let options = ["--sync", "1s", "-w", "3600", "-f", "7200"];
    let setup = Setup::new(&ours(), folder.path()).with(&options);
    create(&setup.base().join("a.rrd"));
    let trace = setup.folder.join("trace");
    let server = setup.command();
    // With -D the server is the child, and ends with the test.
    let mut command = program("strace", &setup.folder);
    command.args(["-D", "-f", "-ttt", "-e", "trace=fdatasync,fsync,msync", "-o"]).arg(&trace);
    let _running = Running::start(command.arg(server.get_program()).args(server.get_args()));
    wait_until("the server answers", || setup.socket().exists());
    let mut client = setup.connect();
    client.ask("PING");
    let mut acknowledged = Vec::new();
    for second in 1..=10 {
        let answer = client.ask(&format!("UPDATE a.rrd {}:1", START + second));
        assert_eq!(answer, ["0 errors, enqueued 1 value(s)."]);
        acknowledged.push(now());
        // Nothing else happens: nobody but the server itself thinks of the sync.
        thread::sleep(Duration::from_millis(1700));
    }
    let text = fs::read_to_string(&trace).unwrap();
    let syncs = text.lines().filter(|line| line.contains("= 0")).filter_map(|line| {
        line.split_whitespace().nth(1).and_then(|time| time.parse::<f64>().ok())
    });
    let syncs: Vec<f64> = syncs.collect();
    let waits = acknowledged.iter().map(|at| {
        let next = syncs.iter().find(|sync| *sync >= at).expect("it is synced");
        next - at
    });
    let longest = waits.fold(0.0, f64::max);
    println!("--sync 1s: each of 10 values was synced, after {longest:.2} s at most");
    assert!(longest <= 1.0);
    let idle = syncs.last().unwrap();
    println!("the last sync was {:.2} s after the last value", idle - acknowledged.last().unwrap());
}
