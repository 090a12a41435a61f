//! Readings into files.

use std::ffi::{OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use rrd_cli::{Environment, Readings, Settings, WrittenValue};
use rrd_core::{Clock, PastSamples, RowObserver, Rrd, Schema, WriteOptions, WrittenRow};

use crate::c::arguments::{command_line, file, text, texts};
use crate::c::call::export;
use crate::c::environment::{environment, locking, run};
use crate::error::{Failure, set_error};
use crate::info::{List, Node};

/// The flag of C: readings that are not newer than the last update are skipped.
const SKIP_PAST_UPDATES: c_int = 1;

export! {
    /// Adds readings to a file or to the queue of the daemon. 0 or -1; the readings before one that
    /// is refused are taken.
    fn rrd_update(count: c_int, words: *const *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        run(&line, |calls, words| Ok(calls.update(words)?))?;
        Ok(0)
    }
}

export! {
    /// Adds readings to a file. A list of whether they are taken, 0 or -1, and of the values in the
    /// rows that they complete; if one is refused, it is the error of the thread, too. NULL if it
    /// is not clear what is asked for.
    fn rrd_update_v(count: c_int, words: *const *const c_char) -> *mut Node, else ptr::null_mut();
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        let done = run(&line, |calls, words| Ok(calls.update_verbose(words)?))?;
        let mut list = List::new();
        list.integer("return_value", if done.outcome.is_ok() { 0 } else { -1 })?;
        for WrittenValue { key, value } in &done.written {
            list.number(key, *value)?;
        }
        if let Err(error) = done.outcome {
            set_error(&error.into());
        }
        Ok(list.hand_out())
    }
}

export! {
    /// Adds readings to a file, for the data sources of a template; NULL for all that take values.
    /// 0 or -1.
    fn rrd_update_r(
        name: *const c_char,
        template: *const c_char,
        count: c_int,
        readings: *const *const c_char,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes texts.
        unsafe { Update::of(name, template, 0, (count, readings)) }?.apply(None)
    }
}

export! {
    /// The same with flags: to skip readings of the past, and how to lock.
    fn rrd_updatex_r(
        name: *const c_char,
        template: *const c_char,
        flags: c_int,
        count: c_int,
        readings: *const *const c_char,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes texts.
        unsafe { Update::of(name, template, flags, (count, readings)) }?.apply(None)
    }
}

export! {
    /// The same as `rrd_update_r`; the values in the rows that the readings complete are put behind
    /// a list, unless it is NULL.
    fn rrd_update_v_r(
        name: *const c_char,
        template: *const c_char,
        count: c_int,
        readings: *const *const c_char,
        list: *mut Node,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes texts.
        let update = unsafe { Update::of(name, template, 0, (count, readings)) }?;
        // SAFETY: C passes a list of its own.
        unsafe { update.apply_verbosely(list) }
    }
}

export! {
    /// The same with flags: to skip readings of the past, and how to lock.
    fn rrd_updatex_v_r(
        name: *const c_char,
        template: *const c_char,
        flags: c_int,
        count: c_int,
        readings: *const *const c_char,
        list: *mut Node,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes texts.
        let update = unsafe { Update::of(name, template, flags, (count, readings)) }?;
        // SAFETY: C passes a list of its own.
        unsafe { update.apply_verbosely(list) }
    }
}

/// What C passes to a function of this file.
struct Update<'a> {
    file: &'a Path,
    template: Option<&'a str>,
    flags: c_int,
    readings: Vec<&'a OsStr>,
}

impl Update<'_> {
    /// # Safety
    ///
    /// The pointers are NULL or those of texts that stay, and of as many of them as is said.
    unsafe fn of(
        name: *const c_char,
        template: *const c_char,
        flags: c_int,
        (count, readings): (c_int, *const *const c_char),
    ) -> Result<Self, Failure> {
        // SAFETY: by the contract of this function.
        let (file, template, readings) =
            unsafe { (file(name)?, text(template), texts(count, readings)) };
        if readings.is_empty() {
            return Err(Failure::new("Not enough arguments"));
        }
        let no_text = || Failure::new("the template is not UTF-8");
        let template = template.map(|names| names.to_str().ok_or_else(no_text)).transpose()?;
        Ok(Self { file, template, flags, readings })
    }

    /// Adds the readings. The file is open only meanwhile.
    fn apply(&self, seen: Option<RowObserver<'_>>) -> Result<c_int, Failure> {
        let Self { file, template, flags, ref readings } = *self;
        let skips = flags & SKIP_PAST_UPDATES != 0;
        let past = if skips { PastSamples::Skip } else { PastSamples::Refuse };
        // Only a time expression depends on what the process has set.
        let is_expression = |reading: &&OsStr| reading.as_bytes().contains(&b'@');
        let environment = if readings.iter().any(is_expression) {
            environment()
        } else {
            Environment::new(Clock::SYSTEM, Settings::default())
        };
        let readings = Readings { file, template, texts: readings };
        let options = WriteOptions::new().locking(locking(flags));
        Rrd::update_file(
            file,
            options,
            past,
            |schema, samples| readings.samples::<Failure>(schema, &environment, samples),
            seen,
        )?;
        Ok(0)
    }

    /// Adds the readings, and puts the values in the rows that they complete behind a list, even if
    /// one of the readings is refused.
    ///
    /// # Safety
    ///
    /// The pointer is NULL or that of a node of a list of C.
    unsafe fn apply_verbosely(&self, list: *mut Node) -> Result<c_int, Failure> {
        if list.is_null() {
            return self.apply(None);
        }
        let (mut written, mut listed) = (List::new(), Ok(()));
        let mut seen = |schema: &Schema, row: WrittenRow<'_>| {
            let mut values = WrittenValue::of_row(schema, row);
            if listed.is_ok() {
                listed = values.try_for_each(|value| written.number(value.key, value.value));
            }
        };
        let outcome = self.apply(Some(&mut seen));
        // SAFETY: by the contract of this function.
        unsafe { written.hand_out_behind(list) };
        listed?;
        outcome
    }
}
