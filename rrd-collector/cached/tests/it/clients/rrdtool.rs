//! The program `rrdtool` 1.7.2 as a client, over both transports.

use super::{Bench, Call, Departure, Transport, compare};
use crate::programs::have;

/// The calls, in order. Stamps are whole steps where the original would round them.
const CALLS: &str = "
    update a.rrd 1000000010:1:10 1000000020:2:20
    update {BASE}/a.rrd 1000000030:3:30
    update -t y:x a.rrd 1000000040:40:4
    update sub/c.rrd 1000000010:7
    update sub/../a.rrd 1000000045:1:1
    update a.rrd 1000000040:4:40
    update a.rrd 1000000050:5:50 1000000030:1:1 1000000060:6:60
    update a.rrd 1000000070.25:7:70
    update a.rrd 1000000080:U:80
    update nope.rrd 1000000080:1
    update /elsewhere/a.rrd 1000000080:1
    updatev a.rrd 1000000090:1:1
    fetch a.rrd AVERAGE -s 1000000000 -e 1000000080
    fetch a.rrd MAX -s 1000000000 -e 1000000080
    fetch a.rrd AVERAGE -r 60 -s 1000000000 -e 1000000080
    fetch a.rrd LAST -s 1000000000 -e 1000000080
    fetch a.rrd WRONG -s 1000000000 -e 1000000080
    fetch nope.rrd AVERAGE -s 1000000000 -e 1000000080
    last a.rrd
    last sub/c.rrd
    last nope.rrd
    first a.rrd
    first a.rrd --rraindex 1
    first a.rrd --rraindex 7
    info a.rrd
    info nope.rrd
    lastupdate a.rrd
    create n/new.rrd --start 1000000000 --step 5 DS:a:GAUGE:10:U:U RRA:AVERAGE:0.5:1:5
    create new.rrd --start 1000000000 --step 5 DS:a:GAUGE:10:U:U RRA:AVERAGE:0.5:1:5
    create new.rrd --no-overwrite --start 1000000000 DS:a:GAUGE:10:U:U RRA:AVERAGE:0.5:1:5
    create wrong.rrd --start 1000000000 DS:a:GUAGE:10:U:U RRA:AVERAGE:0.5:1:5
    create from.rrd --start 1000000000 --source a.rrd --template a.rrd
    info new.rrd
    update new.rrd 1000000005:1
    flushcached new.rrd
    flushcached nope.rrd
    list /
    list sub
    list nope
    list --recursive /
    graph out.png -s 1000000000 -e 1000000080 DEF:x=a.rrd:x:AVERAGE LINE1:x#f00 PRINT:x:MAX:%lf
    graph out.png -s 1000000000 -e 1000000080 DEF:x=a.rrd:x:AVERAGE DEF:y=a.rrd:y:MAX \
PRINT:x:MAX:%lf PRINT:y:MAX:%lf
    graph out.png -s 1000000000 -e 1000000080 DEF:x=nope.rrd:x:AVERAGE LINE1:x#f00
    graph out.png -s 1000000000 -e 1000000080 DEF:x=a.rrd:z:AVERAGE LINE1:x#f00
    xport -s 1000000000 -e 1000000080 DEF:x=a.rrd:x:AVERAGE XPORT:x:legend
    dump a.rrd
    tune a.rrd --heartbeat x:55
    info a.rrd
    update a.rrd 1000000100:9:90
    fetch a.rrd AVERAGE -s 1000000000 -e 1000000110
";

fn calls(bench: &Bench, by_environment: bool) -> Vec<Call> {
    let base = bench.setup.base().display().to_string();
    let lines = CALLS.lines().map(str::trim).filter(|line| !line.is_empty());
    // `updatev` refuses the option, and with the environment it writes to the file itself.
    let lines = lines.filter(|line| !by_environment || !line.starts_with("updatev"));
    lines
        .map(|line| {
            let mut words = line.split(' ').map(|word| word.replace("{BASE}", &base));
            let mut command = bench.client("rrdtool");
            command.args(words.next());
            if by_environment {
                command.env("RRDCACHED_ADDRESS", &bench.address);
            } else {
                command.args(["--daemon", &bench.address]);
            }
            let mut call = bench.call(line, command.args(words));
            if line.starts_with("list") {
                // In the order of the folder, which is another one in each.
                sort_lines(&mut call);
            }
            if line.starts_with("graph") && call.printed.ends_with("exit status: 0") {
                let picture = std::fs::read(bench.setup.base().join("out.png")).unwrap();
                call.printed = format!("{}{picture:?}", call.printed);
            }
            call
        })
        .collect()
}

fn sort_lines(call: &mut Call) {
    let mut lines: Vec<_> = call.printed.lines().collect();
    lines.sort_unstable();
    call.printed = lines.join("\n");
    call.said.sort_unstable();
}

const UNIX_DEPARTURES: &[Departure] = &[];

const TCP_DEPARTURES: &[Departure] = &[];

#[test]
fn rrdtool_prints_and_says_the_same_over_a_unix_socket() {
    if have(&["rrdtool", "rrdcached"]) {
        compare(Transport::Unix, UNIX_DEPARTURES, |bench| calls(bench, false));
    }
}

#[test]
fn rrdtool_prints_and_says_the_same_over_tcp() {
    if have(&["rrdtool", "rrdcached"]) {
        compare(Transport::Tcp, TCP_DEPARTURES, |bench| calls(bench, false));
    }
}

#[test]
fn rrdtool_prints_and_says_the_same_when_the_environment_names_the_server() {
    if have(&["rrdtool", "rrdcached"]) {
        compare(Transport::Unix, UNIX_DEPARTURES, |bench| calls(bench, true));
    }
}
