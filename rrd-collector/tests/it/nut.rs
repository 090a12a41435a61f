//! A real server of NUT with two simulated power supplies.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::peers::is_root;
use crate::programs::{Collector, Running, free_port, wait_until};

/// Where distributions put the programs. Debian's `/usr/sbin/upsd` starts only what its own
/// configuration says.
const FOLDERS: [&str; 3] = ["/lib/nut", "/usr/lib/nut", "/usr/libexec/nut"];

/// A program of NUT with its configuration and sockets in a folder, or nothing where it is not
/// installed.
fn program(name: &str, folder: &Path) -> Option<Command> {
    let places = FOLDERS.map(|place| Path::new(place).join(name));
    let found = places.iter().find(|place| place.is_file());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "{name} is not installed");
    let Some(found) = found else {
        println!("not run: {name} is not installed");
        return None;
    };
    let mut command = Command::new(found);
    for variable in ["NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"] {
        command.env(variable, folder);
    }
    command.stdin(std::process::Stdio::null());
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    // The folder is that of whoever runs the test.
    if is_root() {
        command.args(["-u", "root"]);
    }
    Some(command)
}

/// The value of a metric of a UPS, by what `/metrics` calls it.
fn value(collector: &Collector, metric: &str, ups: &str) -> Option<f64> {
    let (_, metrics) = collector.get("/metrics");
    let line = metrics
        .lines()
        .find(|line| line.starts_with(metric) && line.contains(&format!("\"{ups}\"")))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

#[test]
fn two_supplies_of_a_server_are_read_and_one_that_is_lost_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let nut = folder.path().join("nut");
    fs::create_dir(&nut).unwrap();
    fs::set_permissions(&nut, fs::Permissions::from_mode(0o700)).unwrap();
    let port = free_port();
    let files = [
        (
            "ups.conf",
            "[apc]\ndriver=dummy-ups\nport=apc.dev\n[poor]\ndriver=dummy-ups\nport=poor.dev\n",
        ),
        (
            "apc.dev",
            "ups.status: OL CHRG\nbattery.charge: 85\nbattery.runtime: 1234\nups.load: 23.5\ninput.voltage: 229.8\n",
        ),
        ("poor.dev", "ups.status: OB LB RB\nbattery.charge: 7\n"),
        ("upsd.conf", &format!("LISTEN 127.0.0.1 {port}\n")),
        ("upsd.users", ""),
    ];
    for (name, text) in files {
        fs::write(nut.join(name), text).unwrap();
        fs::set_permissions(nut.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let start = |name: &str, arguments: &[&str]| {
        Some(Running(program(name, &nut)?.args(arguments).spawn().unwrap()))
    };
    let Some(_apc) = start("dummy-ups", &["-a", "apc", "-F"]) else { return };
    let Some(poor) = start("dummy-ups", &["-a", "poor", "-F"]) else { return };
    wait_until("the drivers run", || {
        ["dummy-ups-apc", "dummy-ups-poor"].iter().all(|socket| nut.join(socket).exists())
    });
    let Some(_upsd) = start("upsd", &["-F"]) else { return };
    wait_until("the server listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let config =
        format!("[[nut]]\naddress = \"127.0.0.1:{port}\"\nname = \"rack\"\nstep = \"1s\"\n");
    let collector = Collector::start_configured(folder.path(), &config);
    let of = |metric, ups| value(&collector, metric, ups);
    // A driver tells its values one after the other.
    for (metric, ups, expected) in [
        ("rrd_ups_on_battery", "poor@rack", 1.0),
        ("rrd_ups_on_battery", "apc@rack", 0.0),
        ("rrd_ups_charge", "apc@rack", 0.85),
        ("rrd_ups_runtime", "apc@rack", 1234.0),
        ("rrd_ups_load", "apc@rack", 0.235),
        ("rrd_ups_input_voltage", "apc@rack", 229.8),
        ("rrd_ups_low_battery", "poor@rack", 1.0),
        ("rrd_ups_replace_battery", "poor@rack", 1.0),
    ] {
        wait_until(&format!("{metric} of {ups}"), || of(metric, ups) == Some(expected));
    }
    drop(poor);
    wait_until("that a driver stopped is a fault", || {
        let (_, info) = collector.get("/api/v1/info");
        info.contains("no values of the UPS poor: D")
    });
    wait_until("the other one is read", || of("rrd_ups_charge", "apc@rack") == Some(0.85));
    let log = collector.stop();
    assert!(log.contains("nut rack: "), "{log}");
}
