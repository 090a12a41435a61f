//! systemd's bus: a real one answers.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use rrd_collector::Host;
use rrd_collector::group::Kind;
use rrd_collector::schedule::Tick;
use rrd_collector::source::probe::Probe;
use rrd_collector::source::sample::SampleSink;
use rrd_collector::source::systemd::SystemdProbe;
use rrd_core::Timestamp;

use crate::programs::{Running, has, installed, wait_until};

struct Nothing;

impl SampleSink for Nothing {
    fn group(&mut self, kind: &Kind, _instance: &str, _values: &[f64]) {
        panic!("{}", kind.name);
    }
}

#[test]
fn a_bus_takes_our_calls_and_says_that_systemd_is_not_there() {
    if !has("dbus-daemon") {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    for folder in ["run/systemd/system", "run/dbus"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    let socket = root.path().join("run/dbus/system_bus_socket");
    // Whoever may connect may send anything, as on the system bus for these calls.
    let config = format!(
        "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\
         <policy context=\"default\"><allow user=\"*\"/><allow send_destination=\"*\"/>\
         <allow receive_sender=\"*\"/></policy></busconfig>",
        socket.display()
    );
    let file = root.path().join("bus.conf");
    fs::write(&file, config).unwrap();
    let bus = installed("dbus-daemon")
        .arg(format!("--config-file={}", file.display()))
        .args(["--nofork", "--nopidfile", "--nosyslog"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _bus = Running(bus);
    wait_until("the bus has its socket", || socket.exists());
    let mut probe = SystemdProbe::new(&Host::at(root.path()));
    let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
    let mut said = String::new();
    wait_until("the bus answers", || {
        said = probe.sample(tick, &mut Nothing).unwrap_err().to_string();
        !said.contains("cannot be asked")
    });
    let error = "run/dbus/system_bus_socket: org.freedesktop.DBus.Error.ServiceUnknown: The name \
                 org.freedesktop.systemd1 was not provided by any .service files";
    assert_eq!(said, error);
}
