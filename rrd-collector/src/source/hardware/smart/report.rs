//! What `smartctl --json` says about one disk. Pure.
//!
//! The keys are those that smartctl 7.0 to 7.4 print. Numbers of ATA disks are found by the number
//! of their attribute where that has one meaning, and by its name where makers differ.

use serde_json::Value;

use super::super::hwmon::temperature;

/// The result of one call of smartctl.
#[derive(Debug, PartialEq)]
pub(crate) enum Report {
    /// The disk sleeps and was not asked.
    Asleep,
    /// There is no disk, or it does not answer: what smartctl says about that.
    Refused(String),
    /// What the disk says.
    Disk(Health),
}

/// The values of a disk, in the order of the kind.
#[derive(Debug, PartialEq)]
pub(crate) struct Health {
    /// The serial number.
    pub(super) serial: Option<String>,
    pub(super) values: [f64; 8],
}

/// The exit status that the script asks for if a disk sleeps.
const ASLEEP: u64 = 3;
/// The bits of the exit status for wrong arguments and for a device that cannot be opened.
const REFUSED: u64 = 0b11;
/// The most characters of a serial number and of a message.
const LONGEST: usize = 100;

/// Attributes whose normalised value falls from 100 to 0 with the life of a solid state disk.
const LIFE_LEFT: &[&str] = &[
    "Media_Wearout_Indicator",
    "Wear_Leveling_Count",
    "SSD_Life_Left",
    "Percent_Lifetime_Remain",
    "Perc_Rated_Life_Remain",
    "Remaining_Lifetime_Perc",
];

impl Report {
    /// Parses the JSON of one disk.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let Some(status) = json.pointer("/smartctl/exit_status").and_then(Value::as_u64) else {
            return Err("smartctl.exit_status is missing: expected the output of smartctl --json"
                .to_owned());
        };
        if status == ASLEEP {
            return Ok(Self::Asleep);
        }
        if status & REFUSED != 0 {
            let message = json.pointer("/smartctl/messages/0/string").and_then(Value::as_str);
            let message = message.unwrap_or("smartctl could not ask the disk");
            return Ok(Self::Refused(message.chars().take(LONGEST).collect()));
        }
        let health = Health::of(&json);
        // A memory card, or a disk behind a controller that hides it.
        if health.values.iter().all(|value| value.is_nan()) {
            return Ok(Self::Refused("it tells nothing about its health".to_owned()));
        }
        Ok(Self::Disk(health))
    }
}

impl Health {
    fn of(json: &Value) -> Self {
        let at = |path: &str| json.pointer(path);
        let serial = at("/serial_number").and_then(Value::as_str).map(plain);
        let attributes = Attributes::of(json);
        let nvme = |name: &str| number(at(&format!("/nvme_smart_health_information_log/{name}")));
        let scsi = ["read", "write", "verify"].map(|what| {
            count(at(&format!("/scsi_error_counter_log/{what}/total_uncorrected_errors")))
        });
        let errors_of_scsi = scsi.into_iter().flatten().reduce(|sum, errors| sum + errors);
        let hours = number(at("/power_on_time/hours")).filter(|hours| *hours < 1e6);
        let degrees = number(at("/temperature/current"));
        let used = nvme("percentage_used")
            .or(number(at("/endurance_used/current_percent")))
            .or(number(at("/scsi_percentage_used_endurance_indicator")));
        let worn = used.or_else(|| attributes.worn()).filter(|percent| *percent <= 255.0);
        let errors = nvme("media_errors").or(errors_of_scsi);
        let known = |value: Option<f64>| value.unwrap_or(f64::NAN);
        Self {
            serial: serial.filter(|serial| !serial.is_empty()),
            values: [
                known(failing(json)),
                temperature(degrees.map(|degrees| degrees * 1000.0)),
                known(hours) * 3600.0,
                known(attributes.raw(5).or(count(at("/scsi_grown_defect_list")))),
                known(attributes.raw(197)),
                known(errors.or_else(|| attributes.errors())),
                known(attributes.raw(199)),
                // It goes on beyond what is promised.
                known(worn).min(100.0 + known(worn) * 0.0) / 100.0,
            ],
        }
    }
}

/// Whether a disk says that it fails.
///
/// A disk with NVM Express also says so when its temperature is too high, and when nothing but its
/// promised life is over; neither is a failure. Its warnings are bits: 1 spare blocks, 2
/// temperature, 4 reliability, 8 read-only, 16 the memory that is backed up.
fn failing(json: &Value) -> Option<f64> {
    let log = json.pointer("/nvme_smart_health_information_log");
    let warning = log.and_then(|log| log.get("critical_warning")).and_then(Value::as_u64);
    let is_failing = match warning {
        Some(bits) => {
            let used = log.and_then(|log| number(log.get("percentage_used"))).unwrap_or(0.0);
            bits & 0b1001 != 0 || (bits & 0b100 != 0 && used < 100.0)
        }
        None => !json.pointer("/smart_status/passed")?.as_bool()?,
    };
    Some(f64::from(u8::from(is_failing)))
}

/// The attributes of an ATA disk.
struct Attributes<'a>(&'a [Value]);

impl<'a> Attributes<'a> {
    fn of(json: &'a Value) -> Self {
        let table = json.pointer("/ata_smart_attributes/table").and_then(Value::as_array);
        Self(table.map(Vec::as_slice).unwrap_or_default())
    }

    /// The raw value of an attribute. Some disks pack several numbers into it; smartctl writes the
    /// one that is meant first (`16 (2000 3)`).
    fn raw(&self, id: u64) -> Option<f64> {
        let has_id = |row: &&Value| row.get("id").and_then(Value::as_u64) == Some(id);
        let raw = self.0.iter().find(has_id)?.get("raw")?;
        let text = raw.get("string").and_then(Value::as_str).unwrap_or_default();
        let digits = text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        let first = digits.parse().ok().filter(|number: &f64| *number < 4_294_967_295.0);
        first.or_else(|| count(raw.get("value")))
    }

    /// Errors that were reported or found by a scan, which may be the same ones.
    fn errors(&self) -> Option<f64> {
        let (reported, found) = (self.raw(187), self.raw(198));
        reported.map(|reported| reported.max(found.unwrap_or(0.0))).or(found)
    }

    /// Percent of the life of a solid state disk that are used up.
    fn worn(&self) -> Option<f64> {
        let named = |name: &str| {
            let is_named = |row: &&Value| row.get("name").and_then(Value::as_str) == Some(name);
            number(self.0.iter().find(is_named)?.get("value"))
        };
        let left = LIFE_LEFT.iter().find_map(|name| named(name))?;
        Some(100.0 - left).filter(|worn| *worn >= 0.0)
    }
}

/// A number that is not negative.
fn number(value: Option<&Value>) -> Option<f64> {
    value?.as_f64().filter(|number| *number >= 0.0)
}

/// A number of sectors or errors; a register of ones counts nothing.
fn count(value: Option<&Value>) -> Option<f64> {
    number(value).filter(|count| *count < 4_294_967_295.0)
}

/// A name without what no name has.
fn plain(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join("_");
    words.chars().filter(|character| !character.is_control()).take(LONGEST).collect()
}
