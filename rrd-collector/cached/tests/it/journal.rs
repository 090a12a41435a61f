//! The journal of the original, taken over while the server is killed in the middle of that.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::durability::{START, create};
use crate::programs::{ORIGINAL, Setup, have, ours, program, succeed, temporary_folder};

/// Values for each file.
const VALUES: i64 = 4000;
const FILES: [&str; 3] = ["a.rrd", "b.rrd", "sub/c.rrd"];
const SLOW: [&str; 4] = ["-w", "3600", "-f", "7200"];

fn create_files(base: &Path) {
    fs::create_dir_all(base.join("sub")).unwrap();
    for name in FILES {
        create(&base.join(name));
    }
}

/// The journal of the original, as it is left by an end without -F, or by a kill.
fn leave_journal(setup: &Setup, signal: &str) {
    let server = setup.start();
    let mut client = setup.connect();
    for second in 1..=VALUES {
        for name in FILES {
            let answer = client.ask(&format!("UPDATE {name} {}:{second}", START + second));
            assert_eq!(answer, ["0 errors, enqueued 1 value(s)."]);
        }
        if second == VALUES / 2 {
            // Half of one file is written, and all of another one forgotten.
            assert!(client.ask("FLUSH b.rrd")[0].starts_with("0 Successfully"));
            assert_eq!(client.ask("FORGET sub/c.rrd"), ["0 Gone!"]);
        }
    }
    drop(client);
    server.end(signal);
}

/// The times of the updates of a file in the journal, after the last line that ends them.
fn left(setup: &Setup, name: &str) -> Vec<i64> {
    let mut files: Vec<_> =
        fs::read_dir(setup.journal()).unwrap().map(|item| item.unwrap().path()).collect();
    files.sort();
    let text: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let path = setup.base().join(name);
    let (update, wrote) = (format!("update {name} "), format!("wrote {}", path.display()));
    let forget = format!("forget {}", path.display());
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let mut times = Vec::new();
    for line in whole.lines() {
        if let Some(value) = line.strip_prefix(&update) {
            times.push(value.split(':').next().unwrap().parse().unwrap());
        } else if line == wrote || line == forget {
            times.clear();
        }
    }
    times
}

/// The original leaves a journal; ours is killed while it takes it over, and started again. What
/// the files then have is what RRDtool makes of the values in the journal.
fn take_over(signal: &str, kills: u32) {
    let folder = temporary_folder();
    let original = Setup::new(ORIGINAL, folder.path()).with(&SLOW);
    let ours = Setup::new(&ours(), folder.path()).with(&SLOW);
    create_files(&original.base());
    leave_journal(&original, signal);
    let expected = folder.path().join("expected");
    succeed(program("cp", folder.path()).args(["-r", "base", "expected"]));
    for name in FILES {
        for times in left(&original, name).chunks(500) {
            let mut update = program("rrdtool", &expected);
            update.args(["update", "--skip-past-updates", name]);
            succeed(update.args(times.iter().map(|time| format!("{time}:{}", time - START))));
        }
    }
    for kill in 1..=kills {
        let mut running = crate::programs::Running::start(&mut ours.command());
        thread::sleep(Duration::from_millis(4) * kill);
        assert_eq!(running.ended(), None);
        running.end("KILL");
    }
    let server = ours.start();
    assert_eq!(ours.connect().ask("FLUSHALL"), ["0 Started flush."]);
    assert!(server.end("USR1").success());
    for name in FILES {
        let dump = |folder: &Path| succeed(program("rrdtool", folder).args(["dump", name]));
        assert!(dump(&ours.base()) == dump(&expected), "{name} differs");
    }
    let mut names: Vec<_> = fs::read_dir(ours.journal())
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("rrd.journal."))
        .collect();
    names.sort();
    assert!(names.is_empty(), "the original would replay {names:?}");
}

#[test]
fn a_journal_is_taken_over_once_although_the_server_is_killed_meanwhile() {
    if have(&["rrdtool", "rrdcached"]) {
        take_over("TERM", 20);
    }
}

#[test]
fn what_a_killed_original_has_in_its_journal_is_taken_over() {
    if have(&["rrdtool", "rrdcached"]) {
        take_over("KILL", 0);
    }
}
