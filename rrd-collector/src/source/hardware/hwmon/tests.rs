//! Chips as the kernel shows them: made after the pages of their drivers in `Documentation/hwmon`
//! and the numbers that people show in public.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rrd_core::Timestamp;
use tempfile::TempDir;

use super::super::files::made::files;
use super::*;
use crate::section::Pattern;
use crate::source::sample::recorder::Recorder;

/// A host whose files are those below `sys`; a line `LINK -> TARGET` is a link.
fn host(lines: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), lines);
    folder
}

fn write(root: &Path, lines: &str) {
    let sys = root.join("sys");
    for line in lines.lines().map(str::trim) {
        if let Some((link, target)) = line.split_once(" -> ") {
            let link = sys.join(link);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(sys.join(target), link).unwrap();
        } else {
            files(&sys, line);
        }
    }
}

fn tick(clock: u64) -> Tick {
    Tick { at: Timestamp::from_seconds(1_800_000_000), clock: Duration::from_secs(clock) }
}

/// What a probe measures at its first sample.
fn measured(root: &TempDir) -> Recorder {
    let mut recorder = Recorder::default();
    SensorsProbe::new(&Host::at(root.path())).sample(tick(10), &mut recorder).unwrap();
    recorder
}

#[test]
fn a_server_has_the_packages_of_its_processors_and_its_cores_if_they_are_wanted() {
    let root = host(
        "class/hwmon/hwmon3/name coretemp
         class/hwmon/hwmon3/device -> devices/platform/coretemp.0
         class/hwmon/hwmon3/temp1_label Package id 0
         class/hwmon/hwmon3/temp1_input 47000
         class/hwmon/hwmon3/temp1_max 80000
         class/hwmon/hwmon3/temp1_crit 100000
         class/hwmon/hwmon3/temp1_crit_alarm 0
         class/hwmon/hwmon3/temp2_label Core 0
         class/hwmon/hwmon3/temp2_input 45000
         class/hwmon/hwmon3/temp2_crit 100000
         class/hwmon/hwmon4/name coretemp
         class/hwmon/hwmon4/device -> devices/platform/coretemp.1
         class/hwmon/hwmon4/temp1_label Package id 1
         class/hwmon/hwmon4/temp1_input 51000",
    );
    let seen = measured(&root);
    let names = ["coretemp-coretemp.0/Package_id_0", "coretemp-coretemp.1/Package_id_1"];
    assert_eq!(seen.instances(&TEMPERATURE), names);
    assert_eq!(seen.groups[0].2, [47.0, 53.0]);
    assert!(seen.value(&TEMPERATURE, names[1], "margin").is_nan());
    let mut wanted = Recorder::default();
    wanted.filter.also.push(Pattern::new("coretemp*"));
    SensorsProbe::new(&Host::at(root.path())).sample(tick(10), &mut wanted).unwrap();
    assert_eq!(wanted.value(&TEMPERATURE, "coretemp-coretemp.0/Core_0", "margin"), 55.0);
}

#[test]
fn kernels_before_3_13_have_the_files_in_the_folder_of_the_device() {
    let seen = measured(&host(
        "class/hwmon/hwmon0/device/name coretemp
         class/hwmon/hwmon0/device/temp2_label Physical id 0
         class/hwmon/hwmon0/device/temp2_input 38000
         class/hwmon/hwmon0/device/temp2_crit 90000",
    ));
    assert_eq!(seen.groups[0].1, "coretemp/Physical_id_0");
    assert_eq!(seen.groups[0].2, [38.0, 52.0]);
}

#[test]
fn a_processor_without_limits_has_no_margin() {
    let seen = measured(&host(
        "class/hwmon/hwmon1/name k10temp
         class/hwmon/hwmon1/temp1_label Tctl
         class/hwmon/hwmon1/temp1_input 61375
         class/hwmon/hwmon1/temp3_label Tccd1
         class/hwmon/hwmon1/temp3_input 55250
         class/hwmon/hwmon0/name cpu_thermal
         class/hwmon/hwmon0/temp1_input 48312
         class/hwmon/hwmon0/temp1_crit 110000",
    ));
    assert_eq!(seen.value(&TEMPERATURE, "k10temp/Tctl", "temperature"), 61.375);
    assert!(seen.value(&TEMPERATURE, "k10temp/Tctl", "margin").is_nan());
    assert_eq!(seen.value(&TEMPERATURE, "k10temp/Tccd1", "temperature"), 55.25);
    assert_eq!(seen.value(&TEMPERATURE, "cpu_thermal/temp1", "margin"), 61.688);
}

#[test]
fn disks_are_named_by_their_numbers_and_called_as_people_call_them() {
    let root = host(
        "devices/pci/nvme/nvme0/serial S4EVNX0   7
         devices/pci2/nvme/nvme1/serial S4EVNX08
         class/hwmon/hwmon1/name nvme
         class/hwmon/hwmon1/device -> devices/pci/nvme/nvme0
         class/hwmon/hwmon1/temp1_label Composite
         class/hwmon/hwmon1/temp1_input 39500
         class/hwmon/hwmon1/temp1_max 81500
         class/hwmon/hwmon1/temp1_crit 84850
         class/hwmon/hwmon1/temp2_label Sensor 1
         class/hwmon/hwmon1/temp2_input 81850
         class/hwmon/hwmon1/temp2_max 65261850
         class/hwmon/hwmon5/name nvme
         class/hwmon/hwmon5/device -> devices/pci2
         class/hwmon/hwmon5/temp1_label Composite
         class/hwmon/hwmon5/temp1_input 40850
         class/hwmon/hwmon5/temp1_max 65261850
         class/hwmon/hwmon7/name drivetemp
         class/hwmon/hwmon7/temp1_input 34000
         class/hwmon/hwmon7/temp1_max 60000
         class/hwmon/hwmon7/temp1_crit 70000
         class/hwmon/hwmon7/device/wwid naa.5000c500a1b2c3d4
         class/hwmon/hwmon7/device/block/sda/stat 1 2 3",
    );
    let seen = measured(&root);
    let names = ["nvme/S4EVNX0_7", "nvme/S4EVNX08", "drivetemp/naa.5000c500a1b2c3d4"];
    assert_eq!(seen.instances(&TEMPERATURE), names);
    assert_eq!(seen.labels, ["nvme0", "nvme1", "sda"]);
    assert_eq!(seen.value(&TEMPERATURE, names[0], "margin"), 42.0);
    assert!(seen.value(&TEMPERATURE, names[1], "margin").is_nan());
    assert_eq!(seen.value(&TEMPERATURE, names[2], "margin"), 26.0);
}

#[test]
fn a_disk_without_requests_is_not_asked_and_may_so_go_to_sleep() {
    let root = host(
        "class/hwmon/hwmon0/name drivetemp
         class/hwmon/hwmon0/temp1_input 30000
         class/hwmon/hwmon0/device/block/sda/stat 1 0 8 0",
    );
    let mut probe = SensorsProbe::new(&Host::at(root.path()));
    let mut asked = |second, lines| {
        write(root.path(), lines);
        let mut recorder = Recorder::default();
        probe.sample(tick(second), &mut recorder).unwrap();
        recorder.groups.len()
    };
    let stat = "class/hwmon/hwmon0/device/block/sda/stat 2 0 16 0";
    assert_eq!((asked(10, ""), asked(70, ""), asked(80, "")), (1, 1, 0));
    assert_eq!((asked(600, stat), asked(660, ""), asked(670, "")), (1, 1, 0));
}

#[test]
fn a_device_that_sleeps_is_not_woken() {
    let root = host(
        "class/hwmon/hwmon0/name amdgpu
         class/hwmon/hwmon0/device/power/runtime_status suspended
         class/hwmon/hwmon0/temp1_input 50000",
    );
    let mut probe = SensorsProbe::new(&Host::at(root.path()));
    let mut recorder = Recorder::default();
    probe.sample(tick(10), &mut recorder).unwrap();
    assert_eq!(recorder.groups.len(), 0);
    write(root.path(), "class/hwmon/hwmon0/device/power/runtime_status active");
    probe.sample(tick(20), &mut recorder).unwrap();
    assert_eq!(recorder.groups.len(), 1);
}

#[test]
fn a_mainboard_has_fans_and_voltages_and_inputs_that_nothing_is_connected_to() {
    let root = host(
        "class/hwmon/hwmon2/name nct6798
         class/hwmon/hwmon2/temp1_label SYSTIN
         class/hwmon/hwmon2/temp1_input 33000
         class/hwmon/hwmon2/temp1_max 80000
         class/hwmon/hwmon2/temp2_label AUXTIN0
         class/hwmon/hwmon2/temp2_input -62000
         class/hwmon/hwmon2/temp3_label AUXTIN1
         class/hwmon/hwmon2/temp3_input 127500
         class/hwmon/hwmon2/temp7_label PECI Agent 0
         class/hwmon/hwmon2/temp7_input 40000
         class/hwmon/hwmon2/temp7_crit 60000
         class/hwmon/hwmon2/temp8_label PECI Agent 0
         class/hwmon/hwmon2/temp8_input 41000
         class/hwmon/hwmon2/temp9_input 20000
         class/hwmon/hwmon2/temp9_fault 1
         class/hwmon/hwmon2/fan1_input 0
         class/hwmon/hwmon2/fan2_input 1100
         class/hwmon/hwmon2/pwm2 153
         class/hwmon/hwmon2/pwm2_enable 5
         class/hwmon/hwmon2/in0_input 992
         class/hwmon/hwmon2/in1_label AVCC
         class/hwmon/hwmon2/in1_input 3344
         class/hwmon/hwmon2/intrusion0_alarm 1",
    );
    let mut probe = SensorsProbe::new(&Host::at(root.path()));
    let mut recorder = Recorder::default();
    probe.sample(tick(10), &mut recorder).unwrap();
    let names = ["nct6798/SYSTIN", "nct6798/PECI_Agent_0", "nct6798/temp8"];
    assert_eq!(recorder.instances(&TEMPERATURE), names);
    assert!(names.iter().all(|name| recorder.value(&TEMPERATURE, name, "margin").is_nan()));
    assert_eq!(recorder.instances(&FAN), ["nct6798/fan2"]);
    assert_eq!(recorder.value(&FAN, "nct6798/fan2", "stalled"), 0.0);
    assert_eq!(recorder.instances(&VOLTAGE), ["nct6798/AVCC"]);
    assert_eq!(recorder.value(&VOLTAGE, "nct6798/AVCC", "voltage"), 3.344);
    // It stands still, and the other one still has no fan.
    write(root.path(), "class/hwmon/hwmon2/fan2_input 0");
    probe.sample(tick(20), &mut recorder).unwrap();
    assert_eq!(recorder.value(&FAN, "nct6798/fan2", "stalled"), 1.0);
    assert!(!recorder.instances(&FAN).contains(&"nct6798/fan1"));
}

#[test]
fn cards_have_their_place_if_there_are_two() {
    let seen = measured(&host(
        "class/hwmon/hwmon0/name amdgpu
         class/hwmon/hwmon0/device -> devices/0000:03:00.0
         class/hwmon/hwmon0/temp1_label edge
         class/hwmon/hwmon0/temp1_input 45000
         class/hwmon/hwmon0/temp1_crit 100000
         class/hwmon/hwmon0/temp1_emergency 105000
         class/hwmon/hwmon0/power1_label slowPPT
         class/hwmon/hwmon0/power1_average 9120000
         class/hwmon/hwmon1/name amdgpu
         class/hwmon/hwmon1/device -> devices/0000:0a:00.0
         class/hwmon/hwmon1/power1_average 12000000
         class/hwmon/hwmon1/power1_input 11000000
         class/hwmon/hwmon1/power1_cap 30000000
         class/hwmon/hwmon2/name i350bb
         class/hwmon/hwmon2/device -> devices/0000:04:00.0
         class/hwmon/hwmon2/temp1_label loc1
         class/hwmon/hwmon2/temp1_input 52000
         class/hwmon/hwmon2/temp1_max 120000
         class/hwmon/hwmon2/temp1_crit 110000",
    ));
    assert_eq!(seen.value(&TEMPERATURE, "amdgpu-0000:03:00.0/edge", "margin"), 55.0);
    assert_eq!(seen.value(&POWER, "amdgpu-0000:03:00.0/slowPPT", "power"), 9.12);
    assert_eq!(seen.value(&POWER, "amdgpu-0000:0a:00.0/power1", "power"), 11.0);
    assert_eq!(seen.value(&TEMPERATURE, "i350bb/loc1", "margin"), 58.0);
    assert_eq!(seen.instances(&POWER).len(), 2);
}

#[test]
fn zones_are_shown_unless_a_chip_shows_them_and_a_sensor_that_does_not_answer_is_not() {
    let root = host(
        "class/hwmon/hwmon0/name acpitz
         class/hwmon/hwmon0/temp1_input 27800
         class/hwmon/hwmon0/temp1_crit 20800
         class/hwmon/hwmon1/name iwlwifi_1
         class/hwmon/hwmon2/name pch_skylake
         class/hwmon/hwmon2/temp1_input 44500
         class/thermal/thermal_zone0/type acpitz
         class/thermal/thermal_zone0/temp 27800
         class/thermal/thermal_zone1/type INT3400 Thermal
         class/thermal/thermal_zone1/temp 20000
         class/thermal/thermal_zone2/type iwlwifi_1
         class/thermal/thermal_zone3/type pch-skylake
         class/thermal/thermal_zone3/temp 44500
         class/thermal/thermal_zone4/type gpu-thermal
         class/thermal/thermal_zone4/temp 39000
         class/thermal/thermal_zone4/trip_point_0_type passive
         class/thermal/thermal_zone4/trip_point_0_temp 85000
         class/thermal/thermal_zone4/trip_point_1_type critical
         class/thermal/thermal_zone4/trip_point_1_temp 105000
         class/thermal/thermal_zone5/type gpu-thermal
         class/thermal/thermal_zone5/temp 39500",
    );
    // The wireless card is off: reading its temperature is an error.
    fs::create_dir(root.path().join("sys/class/hwmon/hwmon1/temp1_input")).unwrap();
    let seen = measured(&root);
    let names = ["zone/gpu-thermal", "zone/gpu-thermal-2", "acpitz/temp1", "pch_skylake/temp1"];
    assert_eq!(seen.instances(&TEMPERATURE), names);
    assert_eq!(seen.value(&TEMPERATURE, names[0], "margin"), 66.0);
    assert!(seen.value(&TEMPERATURE, "acpitz/temp1", "margin").is_nan());
}

#[test]
fn a_sensor_that_stops_answering_is_unknown_and_the_others_are_not() {
    let root = host(
        "class/hwmon/hwmon0/name acpitz
         class/hwmon/hwmon0/temp1_input 30000
         class/hwmon/hwmon0/temp2_input 31000",
    );
    let mut probe = SensorsProbe::new(&Host::at(root.path()));
    let mut recorder = Recorder::default();
    probe.sample(tick(10), &mut recorder).unwrap();
    fs::remove_file(root.path().join("sys/class/hwmon/hwmon0/temp1_input")).unwrap();
    probe.sample(tick(20), &mut recorder).unwrap();
    assert!(recorder.value(&TEMPERATURE, "acpitz/temp1", "temperature").is_nan());
    assert_eq!(recorder.value(&TEMPERATURE, "acpitz/temp2", "temperature"), 31.0);
    // It is gone from the next list.
    let count = recorder.groups.len();
    probe.sample(tick(320), &mut recorder).unwrap();
    assert_eq!(recorder.groups.len(), count + 1);
}

#[test]
fn a_host_without_sensors_is_looked_at_every_five_minutes() {
    let root = tempfile::tempdir().unwrap();
    let mut probe = SensorsProbe::new(&Host::at(root.path()));
    let mut sampled = |second| probe.sample(tick(second), &mut Recorder::default());
    assert!(sampled(10).unwrap_err().is_missing());
    write(root.path(), "class/hwmon/hwmon0/name acpitz\nclass/hwmon/hwmon0/temp1_input 1");
    assert!(sampled(300).unwrap_err().is_missing());
    assert!(sampled(310).is_ok());
}
