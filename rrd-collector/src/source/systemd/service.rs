//! What systemd says of one service, and of the clock: properties of objects on the system bus.

use std::path::Path;

use super::bus::{Bus, BusError, unless_error};
use super::message::{Arguments, Call, Message};
use super::probe::{MANAGES, SOCKET};
use crate::rootfs::Host;

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const SERVICE: &str = "org.freedesktop.systemd1.Service";
/// The serial number of the first question.
const FIRST: u32 = 2;

/// The state of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceState {
    /// `loaded`, `not-found`, `masked`, ...
    pub load: String,
    /// `enabled`, `disabled`, ...
    pub file: String,
    /// `active`, `inactive`, `failed`, ...
    pub active: String,
    /// The user it runs as, if the unit names one.
    pub user: String,
    /// Whether the user is made when it starts.
    pub is_dynamic: bool,
}

/// A property: the path of its object, its interface and its name.
type Property<'a> = (&'a str, &'a str, &'a str);

/// The value of a property.
#[derive(Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    Truth(bool),
}

/// The state of the collector's own service; `None` where systemd does not manage the host or does
/// not answer.
pub fn own_service(host: &Host) -> Option<ServiceState> {
    // systemd loads the unit whose object is asked for.
    let object = "/org/freedesktop/systemd1/unit/rrd_2dcollector_2eservice";
    let wanted = [
        (object, UNIT, "LoadState"),
        (object, UNIT, "UnitFileState"),
        (object, UNIT, "ActiveState"),
        (object, SERVICE, "User"),
        (object, SERVICE, "DynamicUser"),
    ];
    let mut values = ask(host, "org.freedesktop.systemd1", &wanted)?.into_iter();
    let mut text = || match values.next().flatten() {
        Some(Value::Text(text)) => text,
        _ => String::new(),
    };
    let (load, file, active, user) = (text(), text(), text(), text());
    let is_dynamic = values.next().flatten() == Some(Value::Truth(true));
    (!load.is_empty()).then_some(ServiceState { load, file, active, user, is_dynamic })
}

/// Whether the kernel's clock follows a time server; `None` if systemd does not say.
pub fn is_clock_synchronized(host: &Host) -> Option<bool> {
    let name = "org.freedesktop.timedate1";
    let wanted = [("/org/freedesktop/timedate1", name, "NTPSynchronized")];
    match ask(host, name, &wanted)?.pop()? {
        Some(Value::Truth(is_synchronized)) => Some(is_synchronized),
        _ => None,
    }
}

fn ask(host: &Host, destination: &str, wanted: &[Property<'_>]) -> Option<Vec<Option<Value>>> {
    if !host.root(MANAGES).exists() {
        return None;
    }
    properties(&host.root(SOCKET), destination, wanted).ok()
}

/// The values of properties; `None` for each that cannot be had.
fn properties(
    socket: &Path,
    destination: &str,
    wanted: &[Property<'_>],
) -> Result<Vec<Option<Value>>, BusError> {
    let mut bus = Bus::connect(socket)?;
    let calls = wanted.iter().zip(FIRST..).map(|((path, interface, name), serial)| {
        let arguments = Arguments::Pair(interface, name);
        Call { destination, path, interface: PROPERTIES, member: "Get", arguments }.bytes(serial)
    });
    bus.send(&calls.collect::<Vec<_>>().concat())?;
    let mut values: Vec<Option<Value>> = wanted.iter().map(|_| None).collect();
    let mut left = wanted.len();
    while left > 0 {
        let bytes = bus.message()?;
        let message = Message::read(&bytes).ok_or(BusError::Malformed)?;
        let serial = message.answers.and_then(|serial| serial.checked_sub(FIRST));
        let index = serial.and_then(|serial| usize::try_from(serial).ok());
        match index.and_then(|index| values.get_mut(index)) {
            Some(slot) => {
                *slot = value(message);
                left -= 1;
            }
            None => _ = unless_error(message)?,
        }
    }
    Ok(values)
}

/// The value in an answer to `Get`.
fn value(message: Message<'_>) -> Option<Value> {
    let mut message = unless_error(message).ok()?;
    if message.signature != "v" {
        return None;
    }
    match message.body.signature()? {
        "s" => Some(Value::Text(message.body.text()?.to_owned())),
        "b" => Some(Value::Truth(message.body.number()? != 0)),
        _ => None,
    }
}
