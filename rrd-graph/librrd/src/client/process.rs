//! The functions `rrdc_...`: requests over the connection of the process.

use std::ffi::{OsStr, OsString, c_char, c_int, c_ulong};
use std::ptr;

use libc::time_t;
use rrd_cli::{Daemon, DaemonError};

use super::requests::{self, Definition};
use super::statistics;
use crate::c::arguments::{file, text};
use crate::c::call::export;
use crate::c::daemon::{self, PROCESS, strip_path};
use crate::error::{Failure, set_error};
use crate::fetch::Places;
use crate::info::Node;

/// The address that C passes, else the environment's; `None` if neither names a daemon.
///
/// # Safety
///
/// The pointer is NULL or that of a text.
pub(super) unsafe fn address(pointer: *const c_char) -> Option<OsString> {
    // SAFETY: by the contract of this function.
    let given = unsafe { text(pointer) }.map(OsStr::to_owned);
    given.or_else(daemon::address).filter(|address| !address.is_empty())
}

/// What `connect` returns: 0, the number of the system's error, or -1; with the error set.
pub(super) fn connected(outcome: Result<(), DaemonError>) -> c_int {
    let Err(error) = outcome else { return 0 };
    let status = error.errno().unwrap_or(-1);
    set_error(&error.into());
    status
}

export! {
    /// Connects to a daemon, NULL for that of the environment, instead of any other. 0, the number
    /// of the system's error, or -1.
    fn rrdc_connect(to: *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes a text.
        let address = unsafe { address(to) };
        Ok(address.map_or(0, |address| connected(PROCESS.connect(&address))))
    }
}

export! {
    /// Whether the process is connected to a daemon, NULL for that of the environment: 1 or 0.
    fn rrdc_is_connected(to: *const c_char) -> c_int, else 0;
    {
        // SAFETY: C passes a text.
        let address = unsafe { address(to) };
        Ok(c_int::from(address.is_some() && PROCESS.address() == address))
    }
}

export! {
    /// Whether the process is connected to any daemon: 1 or 0.
    fn rrdc_is_any_connected() -> c_int, else 0;
    {
        Ok(c_int::from(PROCESS.address().is_some()))
    }
}

export! {
    /// Asks the daemon whether it is there. 0 or -1.
    fn rrdc_ping() -> c_int, else -1;
    {
        requests::simple(&PROCESS, Daemon::ping)
    }
}

export! {
    /// Ends the connection, if there is one. 0.
    fn rrdc_disconnect() -> c_int, else -1;
    {
        PROCESS.disconnect();
        Ok(0)
    }
}

export! {
    /// Hands readings of a file to the daemon; `N` is the present time. 0 or -1.
    fn rrdc_update(
        name: *const c_char,
        count: c_int,
        readings: *const *const c_char,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes texts.
        unsafe { requests::update(&PROCESS, name, count, readings) }
    }
}

export! {
    /// What the daemon says about a file except its rows, or NULL.
    fn rrdc_info(name: *const c_char) -> *mut Node, else ptr::null_mut();
    {
        // SAFETY: C passes a text.
        unsafe { requests::info(&PROCESS, name) }
    }
}

export! {
    /// The daemon's files below a folder, each followed by a line feed, or NULL.
    fn rrdc_list(
        recursive: c_int,
        folder: *const c_char,
    ) -> *mut c_char, else ptr::null_mut();
    {
        // SAFETY: C passes a text.
        unsafe { requests::list(&PROCESS, recursive, folder) }
    }
}

export! {
    /// The time of the last reading that the daemon has of a file, or -1.
    fn rrdc_last(name: *const c_char) -> time_t, else -1;
    {
        // SAFETY: C passes a text.
        unsafe { requests::last(&PROCESS, name) }
    }
}

export! {
    /// The time of the oldest row of an archive, or -1.
    fn rrdc_first(name: *const c_char, archive: c_int) -> time_t, else -1;
    {
        // SAFETY: C passes a text.
        unsafe { requests::first(&PROCESS, name, archive) }
    }
}

export! {
    /// Lets the daemon make a file. 0 or -1.
    fn rrdc_create(
        name: *const c_char,
        step: c_ulong,
        start: time_t,
        no_overwrite: c_int,
        count: c_int,
        words: *const *const c_char,
    ) -> c_int, else -1;
    {
        let (sources, template) = (ptr::null(), ptr::null());
        let new = Definition { step, start, no_overwrite, sources, template, count, words };
        // SAFETY: C passes texts.
        unsafe { requests::create(&PROCESS, name, &new) }
    }
}

export! {
    /// Lets the daemon make a file with the rows of others and the definitions of another one. 0
    /// or -1.
    fn rrdc_create_r2(
        name: *const c_char,
        step: c_ulong,
        start: time_t,
        no_overwrite: c_int,
        sources: *const *const c_char,
        template: *const c_char,
        count: c_int,
        words: *const *const c_char,
    ) -> c_int, else -1;
    {
        let new = Definition { step, start, no_overwrite, sources, template, count, words };
        // SAFETY: C passes texts, and a NULL behind the sources.
        unsafe { requests::create(&PROCESS, name, &new) }
    }
}

export! {
    /// Makes the daemon write its readings of a file. 0 or -1.
    fn rrdc_flush(name: *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes a text.
        unsafe { requests::about(&PROCESS, name, Daemon::flush) }
    }
}

export! {
    /// Makes the daemon drop its readings of a file. 0 or -1.
    fn rrdc_forget(name: *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes a text.
        unsafe { requests::about(&PROCESS, name, Daemon::forget) }
    }
}

export! {
    /// The same as `rrdc_flush` with the daemon at an address, NULL for that of the environment; 0
    /// if there is none.
    fn rrdc_flush_if_daemon(to: *const c_char, name: *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes texts.
        let (address, file) = unsafe { (address(to), file(name)) };
        if_there(address, |daemon| Ok(daemon.flush(file?)?))
    }
}

export! {
    /// Makes the daemon write all readings; it answers before it has. 0 or -1.
    fn rrdc_flushall() -> c_int, else -1;
    {
        requests::simple(&PROCESS, Daemon::flush_all)
    }
}

export! {
    /// The same as `rrdc_flushall` with the daemon at an address, NULL for that of the environment;
    /// 0 if there is none.
    fn rrdc_flushall_if_daemon(to: *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes a text.
        let address = unsafe { address(to) };
        if_there(address, |daemon| Ok(daemon.flush_all()?))
    }
}

/// 0 if the daemon does what it should, or is not there: then an error is set, as RRDtool does.
fn if_there(
    address: Option<OsString>,
    request: impl FnOnce(&mut Daemon) -> Result<(), Failure>,
) -> Result<c_int, Failure> {
    let Some(address) = address else { return Ok(0) };
    match PROCESS.hold(&address, strip_path().as_deref()) {
        Ok(mut daemon) => request(&mut daemon)?,
        Err(error) => set_error(&error.into()),
    }
    Ok(0)
}

export! {
    /// The daemon's rows of a span of time; see `rrd_fetch_r`. 0 or -1.
    fn rrdc_fetch(
        name: *const c_char,
        function: *const c_char,
        start: *mut time_t,
        end: *mut time_t,
        step: *mut c_ulong,
        sources: *mut c_ulong,
        names: *mut *mut *mut c_char,
        values: *mut *mut f64,
    ) -> c_int, else -1;
    {
        let places = Places { start, end, step, sources, names, values };
        // SAFETY: C passes texts and places for the results.
        unsafe { requests::fetch(&PROCESS, name, function, places) }
    }
}

export! {
    /// What the daemon counts. 0 or -1. C frees the list with `rrdc_stats_free`.
    fn rrdc_stats_get(list: *mut *mut statistics::Node) -> c_int, else -1;
    {
        // SAFETY: C passes a place for the list.
        unsafe { requests::statistics(&PROCESS, list) }
    }
}
