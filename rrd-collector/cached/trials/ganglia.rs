//! Ganglia: gmetad stores through one socket, the web front end draws through a second one with -P.
//!
//! gmetad listens on all addresses, so that it runs in a network namespace of its own.

use std::fs;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use crate::programs::{Client, Running, Setup, have, is_root, ours, program, run, succeed};
use crate::programs::{temporary_folder, wait_until};
use crate::tap::Tap;

const GMOND: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/trials/gmond.py");

#[test]
#[ignore = "takes a quarter of a minute"]
fn gmetad_stores_and_the_web_front_end_draws() {
    if !have(&["gmetad", "rrdtool", "unshare", "python3", "ip"]) || !is_root() {
        return;
    }
    let folder = temporary_folder();
    let web = folder.path().canonicalize().unwrap().join("web");
    let setup = Setup::new(&ours(), folder.path()).with(&["-w", "3600", "-f", "7200"]).with(&[
        "-P",
        "FLUSH,STATS,HELP,FETCH",
        "-m",
        "777",
        "-l",
        &format!("unix:{}", web.display()),
        // Nothing is refused at the next socket, which is the one of gmetad.
        "-P",
        "",
    ]);
    let _server = setup.start();
    let tap = Tap::at_socket(&setup.folder.join("tap"), &setup.socket(), |_| {});
    let base = setup.base();
    fs::write(
        setup.folder.join("gmetad.conf"),
        format!(
            "data_source \"c\" 1 127.0.0.1:8649\n\
             gridname \"g\"\n\
             rrd_rootdir \"{}\"\n\
             setuid off\n\
             trusted_hosts 127.0.0.1\n",
            base.display()
        ),
    )
    .unwrap();
    let gmetad = Running::start(
        program("unshare", &setup.folder)
            .args(["--net", "--pid", "--fork", "--kill-child", "sh", "-c"])
            .arg(format!("ip link set lo up; python3 {GMOND} & exec gmetad -d 1 -c gmetad.conf"))
            .env("RRDCACHED_ADDRESS", format!("unix:{}/tap", setup.folder.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    let stored = |name: &str| {
        let accepted = |answer: &Vec<String>| answer[0] == "0 errors, enqueued 1 value(s).";
        let exchanges = tap.exchanges();
        let updates = exchanges.iter().filter(|exchange| exchange.line.starts_with("update "));
        let of_file = updates.filter(|exchange| exchange.line.contains(name));
        of_file.filter(|exchange| exchange.answer.as_ref().is_some_and(accepted)).count()
    };
    wait_until("gmetad stores", || {
        ["c/h1/load_one.rrd", "c/h2/load_five.rrd", "c/__SummaryInfo__/load_one.rrd"]
            .iter()
            .all(|name| stored(name) > 5)
    });
    drop(gmetad);
    let mut said = std::collections::BTreeMap::new();
    for exchange in tap.exchanges() {
        let word = exchange.line.split(' ').next().unwrap_or_default().to_owned();
        let answer = exchange.answer.map(|answer| answer[0].clone()).unwrap_or_default();
        let kind = (word, answer.split('/').next().unwrap_or_default().to_owned());
        *said.entry(kind).or_insert(0) += 1;
    }
    println!("said by gmetad: {said:?}");

    let daemon = format!("unix:{}", web.display());
    let graph =
        succeed(program("rrdtool", &base).args(["graph", "out.png", "--daemon", &daemon]).args([
            "-s",
            "-60",
            "-e",
            "now",
            "DEF:one=c/h1/load_one.rrd:sum:AVERAGE",
            "LINE1:one#f00",
            "PRINT:one:LAST:%.1lf",
        ]));
    assert!(graph.ends_with("\n0.5\n"), "{graph}");
    let refused = run(program("rrdtool", &base).args([
        "update",
        "--daemon",
        &daemon,
        "c/h1/load_one.rrd",
        "N:1",
    ]));
    assert_eq!(
        String::from_utf8_lossy(&refused.stderr),
        format!("ERROR: rrdcached@{daemon}: Permission denied.\n")
    );
    let mut web = Client::over(UnixStream::connect(&web).unwrap());
    assert!(web.ask("STATS")[0].ends_with(" Statistics follow"));
    assert_eq!(web.ask("FORGET c/h1/load_one.rrd"), ["-1 Permission denied."]);
}
