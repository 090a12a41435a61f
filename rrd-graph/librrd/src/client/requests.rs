//! The requests to a daemon, with what C passes and gets, over any connection. Without one they
//! fail and set no error.

use std::ffi::{OsStr, c_char, c_int, c_ulong};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use libc::time_t;
use rrd_cli::{Daemon, DaemonError, Depth, Link, at_present};
use rrd_core::Timestamp;

use super::statistics::{self, Statistics};
use crate::c::arguments::{ended_texts, file, set, text, texts};
use crate::c::daemon::strip_path;
use crate::c::memory;
use crate::error::Failure;
use crate::fetch::Places;
use crate::info::{Node, of_lines};

/// Asks the daemon that a link is connected to; `None` if it is connected to none.
pub(super) fn ask<T>(
    link: &Link,
    question: impl FnOnce(&mut Daemon) -> Result<T, DaemonError>,
) -> Result<Option<T>, Failure> {
    let Some(mut daemon) = link.current(strip_path().as_deref())? else { return Ok(None) };
    Ok(Some(question(&mut daemon)?))
}

/// 0, or -1 without a daemon.
fn status(answer: Option<()>) -> c_int {
    if answer.is_some() { 0 } else { -1 }
}

/// A request about one file.
pub(super) type FileRequest = fn(&mut Daemon, &Path) -> Result<(), DaemonError>;

/// # Safety
///
/// The name is NULL or a text.
pub(super) unsafe fn about(
    link: &Link,
    name: *const c_char,
    request: FileRequest,
) -> Result<c_int, Failure> {
    // SAFETY: by the contract of this function.
    let file = unsafe { file(name) }?;
    Ok(status(ask(link, |daemon| request(daemon, file))?))
}

/// A request about no file.
pub(super) fn simple(
    link: &Link,
    request: fn(&mut Daemon) -> Result<(), DaemonError>,
) -> Result<c_int, Failure> {
    Ok(status(ask(link, request)?))
}

/// # Safety
///
/// The name and as many readings as is said are NULL or texts.
pub(super) unsafe fn update(
    link: &Link,
    name: *const c_char,
    count: c_int,
    readings: *const *const c_char,
) -> Result<c_int, Failure> {
    // SAFETY: by the contract of this function.
    let (file, given) = unsafe { (file(name)?, texts(count, readings)) };
    let now = Timestamp::now();
    let mut readings = Vec::with_capacity(given.len());
    for reading in given {
        let reading = reading.to_str().ok_or_else(|| {
            Failure::new(format!("a reading is not UTF-8: '{}'", reading.display()))
        })?;
        readings.push(at_present(reading, now));
    }
    let readings: Vec<_> = readings.iter().map(|reading| &**reading).collect();
    Ok(status(ask(link, |daemon| daemon.update(file, &readings))?))
}

/// # Safety
///
/// The name is NULL or a text.
pub(super) unsafe fn last(link: &Link, name: *const c_char) -> Result<time_t, Failure> {
    // SAFETY: by the contract of this function.
    let file = unsafe { file(name) }?;
    Ok(ask(link, |daemon| daemon.last(file))?.unwrap_or(-1))
}

/// # Safety
///
/// The name is NULL or a text.
pub(super) unsafe fn first(
    link: &Link,
    name: *const c_char,
    archive: c_int,
) -> Result<time_t, Failure> {
    // SAFETY: by the contract of this function.
    let file = unsafe { file(name) }?;
    Ok(ask(link, |daemon| daemon.first(file, archive.into()))?.unwrap_or(-1))
}

/// # Safety
///
/// The name is NULL or a text.
pub(super) unsafe fn info(link: &Link, name: *const c_char) -> Result<*mut Node, Failure> {
    // SAFETY: by the contract of this function.
    let file = unsafe { file(name) }?;
    let lines = ask(link, |daemon| daemon.info(file))?.unwrap_or_default();
    Ok(of_lines(&lines)?.hand_out())
}

/// # Safety
///
/// The folder is NULL or a text.
pub(super) unsafe fn list(
    link: &Link,
    recursive: c_int,
    folder: *const c_char,
) -> Result<*mut c_char, Failure> {
    // SAFETY: by the contract of this function.
    let folder = unsafe { text(folder) }.ok_or_else(|| Failure::new("missing folder"))?;
    let depth = if recursive == 0 { Depth::One } else { Depth::All };
    let Some(names) = ask(link, |daemon| daemon.list(folder, depth))? else {
        return Ok(std::ptr::null_mut());
    };
    let lines: String = names.iter().flat_map(|name| [name, "\n"]).collect();
    Ok(memory::text(lines)?.hand_out())
}

/// What a new file is made of, as C passes it.
pub(super) struct Definition {
    pub(super) step: c_ulong,
    pub(super) start: time_t,
    pub(super) no_overwrite: c_int,
    pub(super) sources: *const *const c_char,
    pub(super) template: *const c_char,
    pub(super) count: c_int,
    pub(super) words: *const *const c_char,
}

/// # Safety
///
/// The pointers are NULL or those of texts; there are as many words as is said, and behind the
/// sources is a NULL.
pub(super) unsafe fn create(
    link: &Link,
    name: *const c_char,
    definition: &Definition,
) -> Result<c_int, Failure> {
    // SAFETY: by the contract of this function.
    let (file, sources, template, given) = unsafe {
        (
            file(name)?,
            ended_texts(definition.sources),
            text(definition.template),
            texts(definition.count, definition.words),
        )
    };
    let (start, step) = (definition.start.to_string(), definition.step.to_string());
    let mut words: Vec<&OsStr> = Vec::new();
    if definition.start >= 0 {
        words.extend(["-b", &start].map(OsStr::new));
    }
    words.extend(["-s", &step].map(OsStr::new));
    if definition.no_overwrite != 0 {
        words.push(OsStr::new("-O"));
    }
    for source in sources {
        words.extend([OsStr::new("-r"), source]);
    }
    if let Some(template) = template {
        words.extend([OsStr::new("-t"), template]);
    }
    words.extend(given);
    let words: Vec<_> = words.into_iter().map(OsStrExt::as_bytes).collect();
    Ok(status(ask(link, |daemon| daemon.create(file, &words))?))
}

/// # Safety
///
/// The texts are NULL or texts, and the places NULL or those of their values; start and end are in
/// two of them.
pub(super) unsafe fn fetch(
    link: &Link,
    name: *const c_char,
    function: *const c_char,
    places: Places,
) -> Result<c_int, Failure> {
    // SAFETY: by the contract of this function.
    let (file, function) = unsafe { (file(name)?, text(function)) };
    let function = function.and_then(OsStr::to_str);
    let function = function.ok_or_else(|| Failure::new("missing consolidation function"))?;
    // SAFETY: by the contract of this function.
    let (Some(start), Some(end)) = (unsafe { (places.start.as_ref(), places.end.as_ref()) }) else {
        return Err(Failure::new("start or end is missing"));
    };
    let Some(rows) = ask(link, |daemon| daemon.fetch(file, function, *start, *end))? else {
        return Ok(-1);
    };
    if rows.is_empty() {
        let (start, end) = (rows.start().seconds(), rows.end().seconds());
        return Err(Failure::new(format!(
            "rrdc_fetch: Malformed start and end times: start = {start}; end = {end};"
        )));
    }
    // SAFETY: by the contract of this function.
    unsafe { places.set(&rows) }
}

/// # Safety
///
/// The pointer is NULL or that of a place for a list.
pub(super) unsafe fn statistics(
    link: &Link,
    place: *mut *mut statistics::Node,
) -> Result<c_int, Failure> {
    let Some(told) = ask(link, Daemon::statistics)? else { return Ok(-1) };
    let list = Statistics::of(&told)?;
    if !place.is_null() {
        // SAFETY: by the contract of this function.
        unsafe { set(place, list.hand_out()) };
    }
    Ok(0)
}
