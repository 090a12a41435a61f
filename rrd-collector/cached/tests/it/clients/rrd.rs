//! The program `rrd` as a client over both transports: it prints what it prints on the files
//! themselves, also with the commands that only 1.9 has.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Transport, create_files};
use crate::programs::{Setup, have, ours, program, run, succeed, temporary_folder, wait_until};

/// The calls, in order. Those with `@` are made over UNIX sockets only: over TCP the files are not
/// at hand.
const CALLS: &str = "
    update a.rrd 1000000010:1:10 1000000020:2:20
    update -t y:x a.rrd 1000000030:30:3
    update sub/c.rrd 1000000010:7
    update a.rrd 1000000070.25:7:70
    fetch a.rrd AVERAGE -s 1000000000 -e 1000000080
    fetch a.rrd MAX -s 1000000000 -e 1000000080
    last a.rrd
    first a.rrd
    first a.rrd --rraindex 1
    info a.rrd
    create new.rrd --start 1000000000 --step 5 DS:a:GAUGE:10:U:U RRA:AVERAGE:0.5:1:5
    update new.rrd 1000000005:1
    info new.rrd
    tune a.rrd --heartbeat x:55
    info a.rrd
    dump a.rrd
    update a.rrd 1000000100:9:90
    dump a.rrd
    xport -s 1000000000 -e 1000000110 DEF:x=a.rrd:x:AVERAGE XPORT:x:legend
    graph out.svg -s 1000000000 -e 1000000110 DEF:x=a.rrd:x:AVERAGE LINE1:x#f00 PRINT:x:MAX:%lf
    @lastupdate a.rrd
    list /sub
";

/// The program beside the one under test, which a test of the whole workspace builds.
fn client() -> Option<PathBuf> {
    let rrd = Path::new(env!("CARGO_BIN_EXE_rrdcached")).with_file_name("rrd");
    if rrd.exists() {
        return Some(rrd);
    }
    assert!(std::env::var_os("CI").is_none(), "rrd is not built");
    println!("not run: rrd is not built");
    None
}

/// What a call prints and how it ends; masked, the folder of the files is `/BASE`.
fn told(command: &mut Command, base: &Path, address: &str) -> String {
    let output = run(command);
    let printed = [output.stdout, output.stderr].concat();
    format!("{}{}", String::from_utf8_lossy(&printed), output.status)
        .replace(&format!("rrdcached@{address}: "), "")
        .replace(&base.display().to_string(), "/BASE")
}

fn prints_the_same_with_the_server(transport: Transport) {
    let Some(rrd) = client() else { return };
    if !have(&["rrdtool"]) {
        return;
    }
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path()).with_port();
    let alone = setup.folder.join("alone");
    create_files(&setup.base());
    succeed(program("cp", &setup.folder).args(["-a", "base", "alone"]));
    let _server = setup.start();
    let address = match transport {
        Transport::Unix => setup.unix(),
        Transport::Tcp => setup.tcp(),
    };
    let calls = CALLS.lines().map(str::trim).filter(|line| !line.is_empty());
    for line in calls.filter(|line| transport == Transport::Unix || !line.starts_with('@')) {
        let mut words = line.trim_start_matches('@').split(' ');
        let name = words.next().unwrap();
        let words: Vec<_> = words.collect();
        let base = setup.base();
        // Over TCP only the server knows where the files are.
        let place = if transport == Transport::Tcp { &setup.folder } else { &base };
        let mut with_server = program(&rrd, place);
        with_server.args([name, "--daemon", &address]).args(&words);
        let with_server = told(&mut with_server, &base, &address);
        if name == "list" {
            assert_eq!(with_server, "c.rrd\nexit status: 0", "{line}");
            continue;
        }
        let without = told(program(&rrd, &alone).arg(name).args(&words), &alone, &address);
        let (with_server, without) = (comparable(&with_server), comparable(&without));
        assert_eq!(with_server, without, "{line}: with the server on the left");
    }
}

/// A text without what differs by chance or by the way that the name is given.
fn comparable(text: &str) -> String {
    super::without_rows_by_chance(text).replace("/BASE/", "")
}

#[test]
fn rrd_prints_the_same_with_the_server_as_on_the_files() {
    prints_the_same_with_the_server(Transport::Unix);
}

#[test]
fn rrd_prints_the_same_with_the_server_over_tcp_as_on_the_files() {
    prints_the_same_with_the_server(Transport::Tcp);
}

#[test]
fn rrdtool_reads_and_writes_files_while_the_server_has_them() {
    if !have(&["rrdtool"]) {
        return;
    }
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path()).with(&["-w", "3600", "-f", "7200"]);
    create_files(&setup.base());
    succeed(program("cp", &setup.base()).args(["a.rrd", "expected.rrd"]));
    let _server = setup.start();
    let mut client = setup.connect();
    let rrdtool = |words: &[&str]| succeed(program("rrdtool", &setup.base()).args(words));
    for round in 0..20 {
        let at = 1_000_000_000 + 20 * round;
        let (ours, direct) = (format!("{}:{round}:1", at + 10), format!("{}:{round}:2", at + 20));
        assert_eq!(client.ask(&format!("UPDATE a.rrd {ours}")), ["0 errors, enqueued 1 value(s)."]);
        assert!(client.ask("FLUSH a.rrd")[0].starts_with("0 Successfully flushed "));
        rrdtool(&["update", "a.rrd", &direct]);
        rrdtool(&["update", "expected.rrd", &ours, &direct]);
        assert_eq!(rrdtool(&["dump", "a.rrd"]), rrdtool(&["dump", "expected.rrd"]));
    }
    // What the other one wrote is past for the server, once it has looked at the file again.
    wait_until("the server sees the last sample", || client.ask("LAST a.rrd") == ["0 1000000400"]);
    assert_eq!(
        client.ask("UPDATE a.rrd 1000000400:1:2"),
        ["-1 illegal attempt to update using time 1000000400.000000 when last update time is \
          1000000400.000000 (minimum one second step)"]
    );
}
