//! Disks as smartctl reports them: made after what people show in public.

use std::time::Duration;

use rrd_core::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::source::sample::recorder::Recorder;

/// A spinning disk with SATA: a number that is packed with others, and a disk that fails.
const ATA: &str = r#"{"json_format_version":[1,0],
 "smartctl":{"version":[7,3],"exit_status":72,"messages":[]},
 "device":{"name":"/dev/sda","info_name":"/dev/sda [SAT]","type":"sat","protocol":"ATA"},
 "model_name":"ST4000VN008-2DR166","serial_number":"ZDH0 0001",
 "rotation_rate":5980,"smart_status":{"passed":false},
 "ata_smart_attributes":{"revision":10,"table":[
  {"id":1,"name":"Raw_Read_Error_Rate","value":76,"raw":{"value":38293976,"string":"38293976"}},
  {"id":5,"name":"Reallocated_Sector_Ct","value":98,"raw":{"value":8589934608,"string":"16 (2 0)"}},
  {"id":9,"name":"Power_On_Hours","value":60,"raw":{"value":35184372123917,"string":"35085h+12m"}},
  {"id":187,"name":"Reported_Uncorrect","value":88,"raw":{"value":12,"string":"12"}},
  {"id":188,"name":"Command_Timeout","value":100,"raw":{"value":4295032833,"string":"1 1 1"}},
  {"id":197,"name":"Current_Pending_Sector","value":100,"raw":{"value":8,"string":"8"}},
  {"id":198,"name":"Offline_Uncorrectable","value":100,"raw":{"value":8,"string":"8"}},
  {"id":199,"name":"UDMA_CRC_Error_Count","value":200,"raw":{"value":3,"string":"3"}}]},
 "power_on_time":{"hours":35085,"minutes":12},"temperature":{"current":34}}"#;

/// A solid state disk whose promised life is over, which its maker counts as a lack of reliability.
const NVME: &str = r#"{"smartctl":{"version":[7,4],"exit_status":8},
 "device":{"name":"/dev/nvme0","type":"nvme","protocol":"NVMe"},
 "serial_number":"S64FNX0R1","smart_status":{"passed":false,"nvme":{"value":4}},
 "nvme_smart_health_information_log":{"critical_warning":4,"temperature":41,
  "available_spare":100,"available_spare_threshold":10,"percentage_used":112,
  "data_units_written":128000,"power_on_hours":9691,"unsafe_shutdowns":5,"media_errors":2,
  "temperature_sensors":[null,43]},
 "temperature":{"current":41},"power_on_time":{"hours":9691}}"#;

/// A disk with SAS.
const SAS: &str = r#"{"smartctl":{"version":[7,3],"exit_status":0},
 "device":{"name":"/dev/bus/0","type":"megaraid,4","protocol":"SCSI"},
 "serial_number":"S0K1ABCD","smart_status":{"passed":true},
 "temperature":{"current":31,"drive_trip":68},"power_on_time":{"hours":41449,"minutes":54},
 "scsi_grown_defect_list":7,
 "scsi_error_counter_log":{"read":{"total_uncorrected_errors":1},
  "write":{"total_uncorrected_errors":0},"verify":{"total_uncorrected_errors":2}}}"#;

const ASLEEP: &str = r#"{"smartctl":{"exit_status":3,"messages":[{"string":"STANDBY"}]}}"#;

fn health(text: &str) -> [f64; 8] {
    match Report::parse(text) {
        Ok(Report::Disk(health)) => health.values,
        other => panic!("{other:?}"),
    }
}

/// Compares values of which some are unknown.
fn same(values: [f64; 8], expected: [Option<f64>; 8]) {
    assert_eq!(values.map(|value| Some(value).filter(|value| !value.is_nan())), expected);
}

#[test]
fn a_disk_with_sata_tells_what_it_could_not_read() {
    let hours = 35_085.0 * 3600.0;
    let expected = [1.0, 34.0, hours, 16.0, 8.0, 12.0, 3.0].map(Some);
    let [a, b, c, d, e, f, g] = expected;
    same(health(ATA), [a, b, c, d, e, f, g, None]);
}

#[test]
fn an_nvme_disk_beyond_its_promised_life_does_not_fail() {
    let hours = Some(9691.0 * 3600.0);
    same(health(NVME), [Some(0.0), Some(41.0), hours, None, None, Some(2.0), None, Some(1.0)]);
    for (bits, used, failing) in
        [(1, 5, 1.0), (2, 5, 0.0), (4, 99, 1.0), (4, 100, 0.0), (8, 100, 1.0), (16, 5, 0.0)]
    {
        let text = format!(
            r#"{{"smartctl":{{"exit_status":0}},"nvme_smart_health_information_log":
               {{"critical_warning":{bits},"percentage_used":{used}}}}}"#
        );
        assert_eq!(health(&text)[0], failing, "{bits} {used}");
    }
}

#[test]
fn a_disk_with_sas_adds_up_what_it_could_not_correct() {
    let hours = Some(41_449.0 * 3600.0);
    same(health(SAS), [Some(0.0), Some(31.0), hours, Some(7.0), None, Some(3.0), None, None]);
}

#[test]
fn the_wear_of_a_solid_state_disk_has_several_names() {
    let table = |rows: &str| {
        format!(r#"{{"smartctl":{{"exit_status":0}},"smart_status":{{"passed":true}},{rows}}}"#)
    };
    let row = |name: &str, value: &str| {
        table(&format!(
            r#""ata_smart_attributes":{{"table":[{{"id":1,"name":"{name}","value":{value}}}]}}"#
        ))
    };
    assert_eq!(health(&row("Media_Wearout_Indicator", "97"))[7], 0.03);
    assert_eq!(health(&row("Wear_Leveling_Count", "40"))[7], 0.6);
    assert_eq!(health(&row("SSD_Life_Left", "100"))[7], 0.0);
    assert!(health(&row("Wear_Leveling_Count", "200"))[7].is_nan());
    assert!(health(&row("Total_LBAs_Written", "50"))[7].is_nan());
    assert_eq!(health(&table(r#""endurance_used":{"current_percent":7}"#))[7], 0.07);
    assert_eq!(health(&table(r#""scsi_percentage_used_endurance_indicator":12"#))[7], 0.12);
}

#[test]
fn text_that_makes_no_sense_is_an_error_and_numbers_that_make_none_are_unknown() {
    for text in ["", "{", "[]", "{}", "\u{0}", r#"{"smartctl":7}"#, &"[".repeat(200_000)] {
        assert!(Report::parse(text).is_err(), "{text:.20}");
    }
    let text = r#"{"smartctl":{"exit_status":0},"serial_number":7,"smart_status":{"passed":true},
        "temperature":{"current":-1e300},"power_on_time":{"hours":1e308},
        "ata_smart_attributes":{"table":[7,{"id":5},{"id":197,"raw":{"value":-1}},
        {"id":198,"raw":{"value":18446744073709551615,"string":"x"}}]}}"#;
    same(health(text), [Some(0.0), None, None, None, None, None, None, None]);
    let refused = |text| matches!(Report::parse(text), Ok(Report::Refused(_)));
    assert!(refused(r#"{"smartctl":{"exit_status":2}}"#));
    assert!(refused(r#"{"smartctl":{"exit_status":4},"device":{"name":"/dev/sdc"}}"#));
    assert_eq!(Report::parse(ASLEEP), Ok(Report::Asleep));
}

/// The folder of the files, and what is measured of them at a time after they were written.
struct Files {
    root: TempDir,
    probe: SmartProbe,
}

const WRITTEN: i64 = 1_800_000_000;

impl Files {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let probe = SmartProbe::new(&Host::at(root.path()));
        Self { root, probe }
    }

    fn write(&self, name: &str, text: &str, at: i64) {
        let path = self.root.path().join(FOLDER).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let at = UNIX_EPOCH + Duration::from_secs(at.unsigned_abs());
        File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
    }

    fn sample(&mut self, at: i64) -> (Recorder, Option<String>) {
        let mut recorder = Recorder::default();
        let tick = Tick { at: Timestamp::from_seconds(at), clock: Duration::ZERO };
        let outcome = self.probe.sample(tick, &mut recorder);
        (recorder, outcome.err().map(|error| error.to_string()))
    }
}

#[test]
fn disks_are_known_by_their_serial_numbers_and_called_by_their_devices() {
    let mut files = Files::new();
    assert!(
        files
            .probe
            .sample(
                Tick { at: Timestamp::from_seconds(WRITTEN), clock: Duration::ZERO },
                &mut Recorder::default()
            )
            .unwrap_err()
            .is_missing()
    );
    files.write("sda.json", ATA, WRITTEN);
    files.write("nvme0.json", NVME, WRITTEN);
    // The same disk over a second path.
    files.write("sdb.json", ATA, WRITTEN);
    files.write("sdc.json", r#"{"smartctl":{"exit_status":2}}"#, WRITTEN);
    files.write(".new", "{", WRITTEN);
    let (seen, fault) = files.sample(WRITTEN + 60);
    assert_eq!(fault, None);
    assert_eq!(seen.instances(&SMART), ["S64FNX0R1", "ZDH0_0001", "ZDH0_0001/sdb"]);
    assert_eq!(seen.labels, ["nvme0", "sda", "sdb"]);
}

#[test]
fn a_file_that_is_too_old_is_a_fault_and_a_disk_that_sleeps_is_not() {
    let mut files = Files::new();
    files.write("sda.json", ATA, WRITTEN);
    files.write("sdb.json", SAS, WRITTEN + 3000);
    assert_eq!(files.sample(WRITTEN + 3600).0.groups.len(), 2);
    let (seen, fault) = files.sample(WRITTEN + 3660);
    assert_eq!(seen.instances(&SMART), ["S0K1ABCD"]);
    let expected = "/run/rrd-collector-smart: sda.json is 61 min old: expected a new one every 10 \
                    min; see systemctl status rrd-collector-smart";
    assert_eq!(fault.as_deref(), Some(expected));
    files.write("sda.json", ASLEEP, WRITTEN + 3660);
    let (seen, fault) = files.sample(WRITTEN + 3720);
    assert_eq!((seen.instances(&SMART), fault), (vec!["S0K1ABCD"], None));
    // A clock that was set back.
    assert_eq!(files.sample(WRITTEN - 86_400).1, None);
}

#[test]
fn a_disk_that_stops_answering_is_a_fault_and_the_others_are_measured() {
    let mut files = Files::new();
    files.write("sda.json", SAS, WRITTEN);
    files.write("sdb.json", NVME, WRITTEN);
    assert_eq!(files.sample(WRITTEN).1, None);
    let gone = r#"{"smartctl":{"exit_status":2,"messages":[{"string":"open failed"}]}}"#;
    files.write("sda.json", gone, WRITTEN + 600);
    let (seen, fault) = files.sample(WRITTEN + 600);
    assert_eq!(seen.instances(&SMART), ["S64FNX0R1"]);
    assert_eq!(fault.unwrap(), "/run/rrd-collector-smart: sda.json has no values: open failed");
    files.write("sda.json", &" ".repeat(300_000), WRITTEN + 1200);
    let fault = files.sample(WRITTEN + 1200).1.unwrap();
    assert_eq!(
        fault,
        "/run/rrd-collector-smart: sda.json is not valid: holds more than 262144 bytes"
    );
    fs::remove_file(files.root.path().join(FOLDER).join("sda.json")).unwrap();
    assert_eq!(files.sample(WRITTEN + 1260).1, None);
}
