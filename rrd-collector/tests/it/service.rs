//! The service: what the unit allows, and the notifications for the service manager.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::programs::{DEADLINE, Running, has, installed};

const UNIT: &str = include_str!("../../debian/rrd-collector.service");

/// The unit in a folder, with an existing program.
fn unit(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("rrd-collector.service");
    std::fs::write(&path, UNIT.replace("/usr/bin/rrd-collector", "/bin/true")).unwrap();
    path
}

/// The output of `systemd-analyze`. Its exit status also depends on other installed units.
fn analyze(words: &[&str], unit: &Path) -> String {
    let output = installed("systemd-analyze").args(words).arg(unit).output().unwrap();
    [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat()
}

/// The problems that `systemd-analyze verify` reports for the unit itself.
fn complaints(unit: &Path) -> Vec<String> {
    let said = analyze(&["verify"], unit);
    // systemd before 253 keeps to the line above it.
    let old = "Failed to parse service type, ignoring: notify-reload";
    let ours = said.lines().filter(|line| line.contains("rrd-collector.service"));
    ours.filter(|line| !line.ends_with(old)).map(str::to_owned).collect()
}

#[test]
fn the_unit_is_one_and_leaves_little_open() {
    if !has("systemd-analyze") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let unit = unit(folder.path());
    assert_eq!(complaints(&unit), [""; 0]);
    let report = analyze(&["security", "--offline=yes", "--no-pager"], &unit);
    let level =
        report.split("rrd-collector.service: ").nth(1).and_then(|rest| rest.split(' ').next());
    let level: f64 = level.unwrap_or_else(|| panic!("{report}")).parse().unwrap();
    assert!(level < 2.0, "{level}: {report}");
    // An error in the unit itself would be seen.
    let text = std::fs::read_to_string(&unit).unwrap();
    std::fs::write(&unit, text.replace("[Service]", "[Service]\nNoSuchSetting=yes")).unwrap();
    assert!(complaints(&unit).iter().any(|line| line.contains("NoSuchSetting")));
}

#[test]
fn the_unit_has_none_of_the_settings_that_would_hide_the_host() {
    let settings: Vec<&str> = UNIT.lines().filter(|line| !line.starts_with('#')).collect();
    for forbidden in [
        "ProcSubset=pid",
        "ProtectProc=invisible",
        "PrivateNetwork=yes",
        "ProtectHome=yes",
        "PrivateTmp=yes",
    ] {
        assert!(!settings.contains(&forbidden), "{forbidden}");
    }
    for wanted in [
        "Type=notify-reload",
        "ExecReload=/bin/kill -HUP $MAINPID",
        "User=rrd-collector",
        "StateDirectory=rrd-collector",
        "StateDirectoryMode=0750",
        "UMask=0027",
        "CapabilityBoundingSet=",
    ] {
        assert!(settings.contains(&wanted), "{wanted}");
    }
}

#[test]
fn the_service_manager_is_notified_of_the_start_the_loop_reloads_and_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("rrd-collector-trial-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(name.as_bytes()).unwrap();
    let manager = UnixDatagram::bind_addr(&address).unwrap();
    manager.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut daemon = Running(
        Command::new(env!("CARGO_BIN_EXE_rrd-collector"))
            .args(["--listen", "127.0.0.1:0", "--config", "/dev/null", "--data"])
            .arg(folder.path())
            .env("NOTIFY_SOCKET", format!("@{name}"))
            .env("WATCHDOG_USEC", "1000000")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let pid = rustix::process::Pid::from_child(&daemon.0);
    let hear = || {
        let mut buffer = [0; 256];
        let length = manager.recv(&mut buffer).expect("the manager hears something");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let hear_but_alive = || loop {
        let heard = hear();
        if heard != "WATCHDOG=1" {
            return heard;
        }
    };
    assert_eq!(hear_but_alive(), "READY=1");
    assert_eq!(hear(), "WATCHDOG=1");
    assert_eq!(hear(), "WATCHDOG=1");
    let now = || rustix::time::clock_gettime(rustix::time::ClockId::Monotonic).tv_sec;
    let before = now();
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    let reloading = hear_but_alive();
    let moment = reloading
        .strip_prefix("RELOADING=1\nMONOTONIC_USEC=")
        .unwrap_or_else(|| panic!("{reloading}"));
    let (told, after) = (moment.parse::<i64>().unwrap() / 1_000_000, now());
    assert!((before..=after).contains(&told), "{told} is not from {before} to {after}");
    assert_eq!(hear_but_alive(), "READY=1");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(hear_but_alive(), "STOPPING=1");
    assert!(daemon.0.wait().unwrap().success());
}
