//! The script that asks disks for their health, with a stand-in for smartctl and with the real one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use rrd_collector::Host;
use rrd_collector::group::Kind;
use rrd_collector::schedule::Tick;
use rrd_collector::source::hardware::SmartProbe;
use rrd_collector::source::probe::Probe;
use rrd_collector::source::sample::SampleSink;
use rrd_core::Timestamp;
use tempfile::TempDir;

use crate::programs::{has, script};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/debian/smart.sh");
const UNITS: [(&str, &str); 2] = [
    ("rrd-collector-smart.service", include_str!("../../debian/rrd-collector-smart.service")),
    ("rrd-collector-smart.timer", include_str!("../../debian/rrd-collector-smart.timer")),
];

/// A stand-in for smartctl: it prints `scan` for --scan, otherwise the file that is named after the
/// device, and exits with the number in the file `NAME.status`.
const STAND_IN: &str = r#"here=$(dirname "$0")
echo "$*" >>"$here/calls"
[ "$1" = --scan ] && { cat "$here/scan"; exit 0; }
for device; do :; done
name=${device##*/}
[ -e "$here/$name.hangs" ] && { printf '{"half'; exec sleep 600; }
cat "$here/$name"
exit "$(cat "$here/$name.status" 2>/dev/null || echo 0)"
"#;

struct Disks {
    programs: TempDir,
    root: TempDir,
}

impl Disks {
    /// Disks by the lines of `smartctl --scan`.
    fn new(scan: &str) -> Self {
        let disks =
            Self { programs: tempfile::tempdir().unwrap(), root: tempfile::tempdir().unwrap() };
        let program = disks.programs.path().join("smartctl");
        script(&program, STAND_IN);
        disks.set("scan", scan);
        disks
    }

    fn set(&self, name: &str, text: &str) {
        fs::write(self.programs.path().join(name), text).unwrap();
    }

    fn says(&self, device: &str, status: u8, text: &str) {
        self.set(device, text);
        self.set(&format!("{device}.status"), &status.to_string());
    }

    fn folder(&self) -> std::path::PathBuf {
        self.root.path().join("run/rrd-collector-smart")
    }

    fn run(&self) -> Output {
        let path = format!("{}:/usr/bin:/bin", self.programs.path().display());
        run(&path, &self.folder())
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).unwrap()
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.programs.path().join("calls")).unwrap()
    }
}

fn run(path: &str, folder: &Path) -> Output {
    let mut script = Command::new("sh");
    script.arg(SCRIPT).arg(folder).arg("5").env("PATH", path);
    script.output().unwrap()
}

#[test]
fn each_disk_has_a_file_with_what_smartctl_says_whatever_its_status_is() {
    let disks = Disks::new(
        "/dev/sda -d scsi # /dev/sda, SCSI device\n\
         /dev/bus/0 -d megaraid,7 # /dev/bus/0 [megaraid_disk_07], SCSI device\n\
         /dev/nvme0 -d nvme # /dev/nvme0, NVMe device\n\
         # no line about a device\n\n",
    );
    disks.says("sda", 255, "{\"failing\": true}\n");
    disks.says("0", 0, "{}\n");
    disks.says("nvme0", 3, "{\"smartctl\":{\"exit_status\":3}}\n");
    let output = disks.run();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(disks.files(), ["bus_0-megaraid_7.json", "nvme0.json", "sda.json"]);
    assert_eq!(disks.read("sda.json"), "{\"failing\": true}\n");
    let mode = fs::metadata(disks.folder().join("sda.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    let calls = disks.calls();
    let options = "--json=c --nocheck=standby,3";
    assert!(calls.contains(&format!(
        "{options} -d sat,auto --info --health --attributes --log=error /dev/sda\n"
    )));
    assert!(calls.contains(&format!("{options} -d megaraid,7 ")), "{calls}");
    assert!(calls.contains(&format!("{options} -d nvme ")), "{calls}");
}

#[test]
fn a_disk_that_hangs_keeps_its_old_file_and_the_others_get_new_ones() {
    let lines: Vec<String> = (0..60).map(|n| format!("/dev/sd{n} -d scsi # a disk\n")).collect();
    let disks = Disks::new(&lines.concat());
    for disk in 0..60 {
        disks.says(&format!("sd{disk}"), 0, "{\"old\":1}\n");
    }
    assert!(disks.run().status.success());
    for disk in 0..60 {
        disks.says(&format!("sd{disk}"), 4, "{\"new\":1}\n");
    }
    disks.set("sd7.hangs", "");
    let output = disks.run();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.ends_with("/dev/sd7: no answer within 5 s, status 124\n"), "{said}");
    assert_eq!(disks.files().len(), 60);
    for disk in 0..60 {
        let expected = if disk == 7 { "{\"old\":1}\n" } else { "{\"new\":1}\n" };
        assert_eq!(disks.read(&format!("sd{disk}.json")), expected);
    }
}

#[test]
fn names_of_devices_lead_nowhere_and_disks_that_are_gone_lose_their_files() {
    let disks = Disks::new(
        "/dev/../../etc/x -d scsi # odd\n/dev/* -d scsi # a pattern\n/dev/s\u{e4}$(reboot) -d nvme # odd\n\
         /dev/sda -d scsi # /dev/sda\n",
    );
    for device in ["x", "*", "s\u{e4}$(reboot)", "sda"] {
        disks.says(device, 0, "{}\n");
    }
    assert!(disks.run().status.success());
    let expected =
        ["_.json", "______etc_x.json", "s____reboot_.json", "sda.json"].map(str::to_owned);
    assert_eq!(disks.files(), expected);
    disks.set("scan", "/dev/sda -d scsi # /dev/sda\n");
    assert!(disks.run().status.success());
    assert!(disks.files().contains(&"sda.json".to_owned()));
    assert!(!disks.files().contains(&"_.json".to_owned()));
    disks.set("scan", "");
    assert!(disks.run().status.success());
    assert!(!disks.files().contains(&"sda.json".to_owned()));
}

#[test]
fn without_smartctl_the_script_says_what_is_missing() {
    let root = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for program in ["sh", "mkdir", "timeout"] {
        let found = ["/usr/bin", "/bin"].map(|bin| Path::new(bin).join(program));
        let found = found.into_iter().find(|path| path.exists()).unwrap();
        std::os::unix::fs::symlink(found, folder.path().join(program)).unwrap();
    }
    let output = run(folder.path().to_str().unwrap(), root.path());
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.ends_with("smartctl is missing: install smartmontools\n"), "{said}");
}

/// Counts groups.
struct Counted(usize);

impl SampleSink for Counted {
    fn group(&mut self, kind: &Kind, _instance: &str, values: &[f64]) {
        assert_eq!(kind.metrics.len(), values.len());
        self.0 += 1;
    }
}

#[test]
fn what_the_real_smartctl_prints_is_understood() {
    if !has("smartctl") {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run/rrd-collector-smart");
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap());
    let output = run(&path, &folder);
    assert!(output.status.success(), "{output:?}");
    // A file that is no disk, as smartctl answers it on any machine.
    let refused =
        crate::programs::installed("smartctl").args(["--json=c", "-a", "/dev/null"]).output();
    fs::write(folder.join("null.json"), refused.unwrap().stdout).unwrap();
    let tick = Tick { at: Timestamp::from_seconds(0), clock: Duration::ZERO };
    let mut probe = SmartProbe::new(&Host::at(root.path()));
    probe.sample(tick, &mut Counted(0)).unwrap();
}

#[test]
fn the_units_of_the_timer_are_sound() {
    if !has("systemd-analyze") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in UNITS {
        let text = text.replace("/usr/lib/rrd-collector/smart", "/bin/true");
        fs::write(folder.path().join(name), text).unwrap();
    }
    for (name, _) in UNITS {
        let unit = folder.path().join(name);
        let output = crate::programs::installed("systemd-analyze").arg("verify").arg(unit).output();
        let output = output.unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        let ours: Vec<&str> = said.lines().filter(|line| line.contains("rrd-collector")).collect();
        assert_eq!(ours, Vec::<&str>::new());
    }
}
