//! The chips of `/sys/class/hwmon` and their inputs, with names that do not depend on the order in
//! which drivers were loaded: `hwmonN` changes from boot to boot.
//!
//! Described in the kernel's `Documentation/hwmon/`: `sysfs-interface.rst` and the pages of
//! drivers. Kernels before 3.13 have the files of some drivers in the folder `device`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::files::{self, number};
use super::reading::{is_disk, limit};
use crate::rootfs::{Host, ReadError};

/// The most inputs of a chip that are looked at.
const INPUTS: usize = 256;

/// What an input measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quantity {
    Temperature,
    Fan,
    Voltage,
    Power,
}

/// One input of a chip.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) quantity: Quantity,
    /// Its driver.
    pub(super) chip: String,
    /// The stable name.
    pub(super) instance: String,
    /// A name for people, if the stable name has a serial number.
    pub(super) label: Option<String>,
    /// Whether it is sampled unless the configuration says otherwise.
    pub(super) by_default: bool,
    /// The file with the value.
    pub(super) file: PathBuf,
    /// The file that is 1 if the value is wrong.
    pub(super) fault: Option<PathBuf>,
    /// The file with the power that a fan is given.
    pub(super) drive: Option<PathBuf>,
    /// The temperature that must not be reached.
    pub(super) limit: f64,
}

/// A chip and its inputs.
#[derive(Debug)]
pub(super) struct Chip {
    /// The driver, `coretemp`.
    pub(super) name: String,
    /// Says whether the device sleeps: reading its sensors would wake it.
    pub(super) power_state: PathBuf,
    /// The requests of the spinning disk that it belongs to.
    pub(super) requests: Option<PathBuf>,
    pub(super) inputs: Vec<Input>,
}

/// All chips of a host.
///
/// # Errors
///
/// [`ReadError`] if it has no such folder.
pub(super) fn chips(host: &Host) -> Result<Vec<Chip>, ReadError> {
    let folders = files::numbered(&host.sys("class/hwmon"), "hwmon")?;
    let found: Vec<Found> = folders.iter().filter_map(|folder| Found::at(folder)).collect();
    let mut taken = BTreeSet::new();
    let chips = found.iter().map(|chip| {
        let is_alone = found.iter().filter(|other| other.name == chip.name).count() == 1;
        chip.chip(is_alone, &mut taken)
    });
    Ok(chips.collect())
}

/// A chip as its folder describes it.
struct Found {
    /// The folder with the files.
    folder: PathBuf,
    device: PathBuf,
    name: String,
    /// What distinguishes it from chips of the same driver.
    place: String,
    /// What people call the disk that it belongs to.
    disk: Option<String>,
}

impl Found {
    fn at(hwmon: &Path) -> Option<Self> {
        let device = hwmon.join("device");
        let (folder, name) = match files::name(&hwmon.join("name")) {
            Some(name) => (hwmon.to_owned(), name),
            None => (device.clone(), files::name(&device.join("name"))?),
        };
        let link = fs::read_link(&device).ok();
        let link = link.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
        let place = link.unwrap_or_default().to_owned();
        let (place, disk) = match &*name {
            "nvme" => nvme(&device, place),
            "drivetemp" => scsi_disk(&device, place),
            _ => (place, None),
        };
        Some(Self { folder, device, name, place, disk })
    }

    fn chip(&self, is_alone: bool, taken: &mut BTreeSet<(Quantity, String)>) -> Chip {
        let base = match &*self.place {
            "" => self.name.clone(),
            place if is_disk(&self.name) => format!("{}/{place}", self.name),
            _ if is_alone => self.name.clone(),
            place => format!("{}-{place}", self.name),
        };
        let listed = files::names(&self.folder).unwrap_or_default();
        let inputs = listed.iter().filter_map(|file| {
            let (quantity, sensor) = sensor_of(file, &listed)?;
            Some(self.input(quantity, sensor, file, &base, taken))
        });
        let disk = self.disk.as_deref().filter(|_| self.name == "drivetemp");
        Chip {
            name: self.name.clone(),
            power_state: self.device.join("power/runtime_status"),
            requests: disk.map(|disk| self.device.join("block").join(disk).join("stat")),
            inputs: inputs.take(INPUTS).collect(),
        }
    }

    fn input(
        &self,
        quantity: Quantity,
        sensor: &str,
        file: &str,
        base: &str,
        taken: &mut BTreeSet<(Quantity, String)>,
    ) -> Input {
        let path = |ending: &str| self.folder.join(format!("{sensor}_{ending}"));
        let existing = |path: PathBuf| Some(path).filter(|path| path.exists());
        let label = files::name(&path("label"));
        let called = label.as_deref().unwrap_or(sensor);
        let is_first = is_disk(&self.name) && sensor == "temp1";
        let mut instance = base.to_owned();
        if !is_first {
            instance = format!("{base}/{called}");
        }
        // Two inputs of one name, and two chips without a place of their own.
        if taken.contains(&(quantity, instance.clone())) {
            instance = format!("{base}/{sensor}");
        }
        let mut next = 2;
        while taken.contains(&(quantity, instance.clone())) {
            instance = format!("{base}/{sensor}-{next}");
            next += 1;
        }
        taken.insert((quantity, instance.clone()));
        let label_of_disk = self
            .disk
            .as_ref()
            .map(|disk| if is_first { disk.clone() } else { format!("{disk}/{called}") });
        let limits = || (number(&path("max")), number(&path("crit")));
        let (max, crit) = if quantity == Quantity::Temperature { limits() } else { (None, None) };
        let channel = sensor.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let drive = || existing(self.folder.join(format!("pwm{channel}")));
        Input {
            quantity,
            chip: self.name.clone(),
            instance,
            label: label_of_disk,
            by_default: match quantity {
                Quantity::Temperature => !is_detail(&self.name, called),
                // Without a name nobody knows what is measured, nor by what it is divided.
                Quantity::Voltage => label.is_some(),
                Quantity::Fan | Quantity::Power => true,
            },
            file: self.folder.join(file),
            fault: existing(path("fault")),
            drive: if quantity == Quantity::Fan { drive() } else { None },
            limit: limit(&self.name, max, crit),
        }
    }
}

/// Whether a temperature is one of many that another one of its chip sums up: that of a core, of
/// which the package has the highest, or another place in a disk.
fn is_detail(chip: &str, label: &str) -> bool {
    match chip {
        "coretemp" => label.starts_with("Core_"),
        "nvme" => label.starts_with("Sensor_"),
        _ => false,
    }
}

/// What the file of a chip measures, and the name of its sensor: `temp1` for `temp1_input`.
fn sensor_of<'a>(file: &'a str, listed: &[String]) -> Option<(Quantity, &'a str)> {
    let (sensor, value) = file.split_once('_')?;
    let letters = sensor.trim_end_matches(|c: char| c.is_ascii_digit());
    let quantity = match letters {
        "temp" => Quantity::Temperature,
        "fan" => Quantity::Fan,
        "in" => Quantity::Voltage,
        "power" => Quantity::Power,
        _ => return None,
    };
    let is_value = match value {
        "input" => true,
        // Some chips only know the average of the last moments.
        "average" if quantity == Quantity::Power => !listed.contains(&format!("{sensor}_input")),
        _ => false,
    };
    (is_value && letters.len() < sensor.len()).then_some((quantity, sensor))
}

/// The serial number of an `nvme` disk, and its name. Its sensors belong to the controller, on
/// kernels before 5.12 to the device that has it.
fn nvme(device: &Path, place: String) -> (String, Option<String>) {
    if let Some(serial) = files::name(&device.join("serial")) {
        return (serial, Some(place));
    }
    let controllers = files::numbered(&device.join("nvme"), "nvme").unwrap_or_default();
    let controller = controllers.first();
    let name = controller.and_then(|path| path.file_name()).and_then(|name| name.to_str());
    let serial = controller.and_then(|path| files::name(&path.join("serial")));
    (serial.unwrap_or(place), name.map(str::to_owned))
}

/// The worldwide name of a disk with SATA, or else the name of its device; and that.
fn scsi_disk(device: &Path, place: String) -> (String, Option<String>) {
    let disk = files::names(&device.join("block")).unwrap_or_default().into_iter().next();
    let wwid = files::name(&device.join("wwid"));
    (wwid.or(disk.clone()).unwrap_or(place), disk)
}
