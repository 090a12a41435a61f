//! From the original to ours and back on the same folders, with values that wait at each step.

use crate::programs::{ORIGINAL, Setup, have, ours, program, run, succeed, temporary_folder};

/// The way of ours that leaves nothing for others to replay.
const WRITE_ALL_AND_END: &str = "USR1";

#[test]
fn servers_change_places_with_values_waiting_and_none_is_lost() {
    if !have(&["rrdtool", "rrdcached"]) {
        return;
    }
    let folder = temporary_folder();
    let slow = ["-w", "3600", "-f", "7200"];
    let original = Setup::new(ORIGINAL, folder.path()).with(&slow);
    let ours = Setup::new(&ours(), folder.path()).with(&slow);
    super::create_files(&original.base());
    succeed(program("cp", &original.base()).args(["a.rrd", "expected.rrd"]));
    let mut at = 1_000_000_000;
    let mut stays = [(&original, "TERM"), (&ours, WRITE_ALL_AND_END), (&original, "TERM")];
    for (round, (setup, signal)) in stays.iter_mut().enumerate() {
        let server = setup.start();
        let mut client = setup.connect();
        for value in 1..=30 {
            at += 10;
            let sample = format!("{at}:{value}:{}", at % 1000);
            assert_eq!(
                client.ask(&format!("UPDATE a.rrd {sample}")),
                ["0 errors, enqueued 1 value(s)."],
                "stay {round}"
            );
            succeed(program("rrdtool", &setup.base()).args(["update", "expected.rrd", &sample]));
        }
        assert!(server.end(signal).success(), "stay {round}");
    }
    let server = ours.start();
    assert_eq!(ours.connect().ask("FLUSHALL"), ["0 Started flush."]);
    assert!(server.end(WRITE_ALL_AND_END).success());
    let dumps = ["a.rrd", "expected.rrd"]
        .map(|file| succeed(program("rrdtool", &ours.base()).args(["dump", file])));
    assert_eq!(dumps[0], dumps[1]);
    let left = run(program("sh", &ours.journal()).args(["-c", "ls rrd.journal.* 2>/dev/null"]));
    assert_eq!(String::from_utf8_lossy(&left.stdout), "", "nothing of the original is left");
}
