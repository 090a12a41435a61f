//! The functions `rrd_client_...`: requests over connections of a program's own.

use std::ffi::{CString, c_char, c_int, c_ulong};
use std::os::unix::ffi::OsStringExt;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use libc::time_t;
use rrd_cli::{Daemon, Link};

use super::process::{address, connected};
use super::requests::{self, Definition};
use super::statistics;
use crate::c::arguments::text;
use crate::c::call::export;
use crate::error::Failure;
use crate::fetch::Places;
use crate::info::Node;

/// What C calls `rrd_client_t`.
#[derive(Default)]
pub(crate) struct Client {
    link: Link,
    /// The address as it was last given to C, valid until another one is.
    told: Mutex<Option<CString>>,
}

/// # Safety
///
/// The pointer is NULL or that of a client from `rrd_client_new` that is not destroyed.
unsafe fn link<'a>(client: *const Client) -> Result<&'a Link, Failure> {
    // SAFETY: by the contract of this function.
    let client = unsafe { client.as_ref() };
    client.map(|client| &client.link).ok_or_else(|| Failure::new("missing client"))
}

export! {
    /// A client that is connected to a daemon, or to none if the address is NULL. NULL if it cannot
    /// be connected to.
    fn rrd_client_new(to: *const c_char) -> *mut Client, else ptr::null_mut();
    {
        let client = Box::<Client>::default();
        // SAFETY: C passes a text.
        if let Some(address) = unsafe { text(to) } {
            client.link.connect(address)?;
        }
        Ok(Box::into_raw(client))
    }
}

export! {
    /// Ends the connection of a client, and frees it.
    fn rrd_client_destroy(client: *mut Client) -> (), else ();
    {
        if !client.is_null() {
            // SAFETY: C gives a client of `rrd_client_new` back once.
            drop(unsafe { Box::from_raw(client) });
        }
        Ok(())
    }
}

export! {
    /// Connects to a daemon, NULL for that of the environment, instead of any other. 0, the number
    /// of the system's error, or -1.
    fn rrd_client_connect(client: *mut Client, to: *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its client and a text.
        let (link, address) = unsafe { (link(client)?, address(to)) };
        Ok(address.map_or(0, |address| connected(link.connect(&address))))
    }
}

export! {
    /// Whether a client is connected: 1 or 0.
    fn rrd_client_is_connected(client: *mut Client) -> c_int, else 0;
    {
        // SAFETY: C passes its client.
        Ok(c_int::from(unsafe { link(client) }?.address().is_some()))
    }
}

export! {
    /// Asks the daemon whether it is there. 0 or -1.
    fn rrd_client_ping(client: *mut Client) -> c_int, else -1;
    {
        // SAFETY: C passes its client.
        requests::simple(unsafe { link(client) }?, Daemon::ping)
    }
}

export! {
    /// The address that a client is connected to, or NULL. It is valid until it is asked for when
    /// another one is connected to.
    fn rrd_client_address(client: *mut Client) -> *const c_char, else ptr::null();
    {
        // SAFETY: C passes its client.
        let Some(client) = (unsafe { client.as_ref() }) else { return Ok(ptr::null()) };
        let Some(address) = client.link.address() else { return Ok(ptr::null()) };
        // An address of C's has no zero byte.
        let address = CString::new(address.into_vec()).unwrap_or_default();
        let mut told = client.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.as_ref() != Some(&address) {
            *told = Some(address);
        }
        Ok(told.as_ref().map_or(ptr::null(), |address| address.as_ptr()))
    }
}

export! {
    /// Ends the connection of a client, if there is one. 0 or -1.
    fn rrd_client_disconnect(client: *mut Client) -> c_int, else -1;
    {
        // SAFETY: C passes its client.
        unsafe { link(client) }?.disconnect();
        Ok(0)
    }
}

export! {
    /// `rrdc_update` over the connection of a client.
    fn rrd_client_update(
        client: *mut Client,
        name: *const c_char,
        count: c_int,
        readings: *const *const c_char,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes its client and texts.
        unsafe { requests::update(link(client)?, name, count, readings) }
    }
}

export! {
    /// `rrdc_info` over the connection of a client.
    fn rrd_client_info(
        client: *mut Client,
        name: *const c_char,
    ) -> *mut Node, else ptr::null_mut();
    {
        // SAFETY: C passes its client and a text.
        unsafe { requests::info(link(client)?, name) }
    }
}

export! {
    /// `rrdc_list` over the connection of a client.
    fn rrd_client_list(
        client: *mut Client,
        recursive: c_int,
        folder: *const c_char,
    ) -> *mut c_char, else ptr::null_mut();
    {
        // SAFETY: C passes its client and a text.
        unsafe { requests::list(link(client)?, recursive, folder) }
    }
}

export! {
    /// `rrdc_last` over the connection of a client.
    fn rrd_client_last(client: *mut Client, name: *const c_char) -> time_t, else -1;
    {
        // SAFETY: C passes its client and a text.
        unsafe { requests::last(link(client)?, name) }
    }
}

export! {
    /// `rrdc_first` over the connection of a client.
    fn rrd_client_first(
        client: *mut Client,
        name: *const c_char,
        archive: c_int,
    ) -> time_t, else -1;
    {
        // SAFETY: C passes its client and a text.
        unsafe { requests::first(link(client)?, name, archive) }
    }
}

export! {
    /// `rrdc_create` over the connection of a client.
    fn rrd_client_create(
        client: *mut Client,
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
        // SAFETY: C passes its client and texts.
        unsafe { requests::create(link(client)?, name, &new) }
    }
}

export! {
    /// `rrdc_create_r2` over the connection of a client.
    fn rrd_client_create_r2(
        client: *mut Client,
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
        // SAFETY: C passes its client and texts, and a NULL behind the sources.
        unsafe { requests::create(link(client)?, name, &new) }
    }
}

export! {
    /// `rrdc_flush` over the connection of a client.
    fn rrd_client_flush(client: *mut Client, name: *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its client and a text.
        unsafe { requests::about(link(client)?, name, Daemon::flush) }
    }
}

export! {
    /// `rrdc_forget` over the connection of a client.
    fn rrd_client_forget(client: *mut Client, name: *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its client and a text.
        unsafe { requests::about(link(client)?, name, Daemon::forget) }
    }
}

export! {
    /// `rrdc_flushall` over the connection of a client.
    fn rrd_client_flushall(client: *mut Client) -> c_int, else -1;
    {
        // SAFETY: C passes its client.
        requests::simple(unsafe { link(client) }?, Daemon::flush_all)
    }
}

export! {
    /// `rrdc_fetch` over the connection of a client.
    fn rrd_client_fetch(
        client: *mut Client,
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
        // SAFETY: C passes its client, texts, and places for the results.
        unsafe { requests::fetch(link(client)?, name, function, places) }
    }
}

export! {
    /// `rrdc_stats_get` over the connection of a client.
    fn rrd_client_stats_get(
        client: *mut Client,
        list: *mut *mut statistics::Node,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes its client and a place for the list.
        unsafe { requests::statistics(link(client)?, list) }
    }
}
