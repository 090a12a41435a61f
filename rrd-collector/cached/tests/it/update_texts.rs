//! Values of UPDATE are taken or refused as by `rrdtool update`, in its words.

use std::fs;

use crate::programs::{Setup, have, ours, program, run, succeed, temporary_folder};

/// One source of each kind, each value for all of them.
const SOURCES: [&str; 7] = [
    "DS:gauge:GAUGE:20:U:U",
    "DS:counter:COUNTER:20:U:U",
    "DS:derive:DERIVE:20:U:U",
    "DS:absolute:ABSOLUTE:20:U:U",
    "DS:dcounter:DCOUNTER:20:U:U",
    "DS:dderive:DDERIVE:20:0:100",
    "DS:double:COMPUTE:gauge,2,*",
];

/// Values that follow `1000000010:1:2:3:4:5:6`; escaped as in a line.
const VALUES: [&str; 33] = [
    "1000000020:2:3:4:5:6:7",
    "1000000020.25:2.50:3:-4:5e1:6.5:7.5",
    "1.00000002e9:1:1:1:1:1:1",
    "1000000020:U:U:U:U:U:U",
    "1000000020:Unknown:U2:Ux:U:U:U",
    "1000000020:",
    "1000000020:1",
    "1000000020:1:2:3:4:5",
    "1000000020:1:2:3:4:5:6::",
    "1000000020:1:2:3:4:5:6:7:8",
    "1000000020:x:2:3:4:5:6",
    "1000000020:1x:2:3:4:5:6",
    "1000000020::2:3:4:5:6",
    "1000000020:\\ 1:2:3:4:5:6",
    "1000000020:1\\ :2:3:4:5:6",
    "1000000020:1,5:2:3:4:5:6",
    "1000000020:nan:2:3:4:5:6",
    "1000000020:-nan:2:3:inf:5:6",
    "1000000020:1e400:2:3:4:5:6",
    "1000000020:0x10:2:3:4:5:6",
    "1000000020:+1:2:3:4:5:6",
    "1000000020:1::3:4:5:6",
    "1000000020:1:-2:3:4:5:6",
    "1000000020:1:+2:3:4:5:6",
    "1000000020:1:2.5:3:4:5:6",
    "1000000020:1:2e1:3:4:5:6",
    "1000000020:1:123456789012345678901234567890:3:4:5:6",
    "1000000020:1:2:3.5:4:5:6",
    "1000000020:1:2:-:4:5:6",
    "1000000020:1:2:3:four:5:6",
    "1000000020:1:2:3:4:five:6",
    "1000000020:1:2:3:4:5:six",
    "1000000020:007:0000000000000000003:-0:000:1.:.5",
];

#[test]
fn values_are_taken_or_refused_as_by_rrdtool_and_in_its_words() {
    if !have(&["rrdtool"]) {
        return;
    }
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path());
    let reference = setup.folder.join("reference");
    fs::create_dir(&reference).unwrap();
    let mut create = program("rrdtool", &reference);
    create.args(["create", "0.rrd", "--start", "1000000000", "--step", "10"]).args(SOURCES);
    succeed(create.args(["RRA:AVERAGE:0.5:1:10", "RRA:LAST:0.5:2:5"]));
    succeed(program("rrdtool", &reference).args(["update", "0.rrd", "1000000010:1:2:3:4:5:6"]));
    let names: Vec<_> = (1..=VALUES.len()).map(|number| format!("{number}.rrd")).collect();
    for copy in names.iter().flat_map(|name| [reference.join(name), setup.base().join(name)]) {
        fs::copy(reference.join("0.rrd"), copy).unwrap();
    }
    let server = setup.start();
    let mut client = setup.connect();
    for (name, value) in names.iter().zip(VALUES) {
        let typed = value.replace('\\', "");
        let theirs = run(program("rrdtool", &reference).args(["update", name, &typed]));
        let ours = client.ask(&format!("UPDATE {name} {value}"));
        if theirs.status.success() {
            assert_eq!(ours, ["0 errors, enqueued 1 value(s)."], "{value}");
            let pending = client.ask(&format!("PENDING {name}"));
            let time = "1.00000002e9";
            let printed = typed.replace(time, "1000000020");
            assert_eq!(pending, ["1 updates pending", &printed]);
            client.ask(&format!("FLUSH {name}"));
            let [ours, theirs] = [setup.base(), reference.clone()]
                .map(|folder| succeed(program("rrdtool", &folder).args(["dump", name])));
            assert_eq!(ours, theirs, "{value}");
        } else {
            let words = String::from_utf8(theirs.stderr).unwrap();
            let words = words.trim_end_matches('\n').replace("ERROR: ", "-1 RRD Error: ");
            let path = setup.base().join(name).display().to_string();
            assert_eq!(ours, [words.replacen(name.as_str(), &path, 1)], "{value}");
        }
    }
    assert!(server.end("TERM").success());
}
