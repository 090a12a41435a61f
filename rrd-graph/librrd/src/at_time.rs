//! Times as people write them.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_long, c_uint};
use std::ptr;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use libc::{time_t, tm};
use rrd_cli::Environment;
use rrd_core::at_style::{self, Anchor, ResolveError, TimeParts};
use rrd_core::{LocalTime, TimeZone, Timestamp};
use rrd_graph::TimeLocale;
use rrd_graph::number_format::strftime;

use crate::c::arguments::{set, text};
use crate::c::call::export;
use crate::c::environment::environment;
use crate::error::Failure;

/// What C calls `rrd_time_value_t`.
#[repr(C)]
pub(crate) struct TimeValue {
    kind: c_uint,
    /// Seconds that are added in the end: C's `long`.
    offset: isize,
    /// A date of the calendar; of a relative time what is added to what it is relative to.
    calendar: tm,
}

const ABSOLUTE: c_uint = 0;
const RELATIVE_TO_START: c_uint = 1;
const RELATIVE_TO_END: c_uint = 2;
const RELATIVE_TO_EPOCH: c_uint = 3;

/// The year and month that C counts from in dates; in what is added, it counts from 0.
const FIRST: (i64, i64) = (1900, 1);

/// Limit on the names of zones that are kept.
const MOST_NAMES: usize = 64;

thread_local! {
    /// What was wrong with the last text that this thread gave, and a zero byte.
    static FAULT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

export! {
    /// Reads a time such as `now-1d`. NULL, or what is wrong with it: a text that is not to be
    /// freed and stays until the next call of the thread. The error of the thread is not set.
    fn rrd_parsetime(words: *const c_char, value: *mut TimeValue) -> *const c_char,
        else c"internal error".as_ptr();
    {
        // SAFETY: C passes a text.
        let words = unsafe { text(words) }.unwrap_or_default().to_string_lossy();
        match read(&words, &environment()) {
            Ok(told) => {
                // SAFETY: C passes a place for the result.
                unsafe { set(value, told) };
                Ok(ptr::null())
            }
            Err(fault) => Ok(kept(&fault)),
        }
    }
}

export! {
    /// The times of two texts, one of which may be relative to the other. 0 or -1.
    fn rrd_proc_start_end(
        start: *const TimeValue,
        end: *const TimeValue,
        start_time: *mut time_t,
        end_time: *mut time_t,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes two values of `rrd_parsetime`.
        let (Some(start), Some(end)) = (unsafe { (start.as_ref(), end.as_ref()) }) else {
            return Err(Failure::new("start or end is missing"));
        };
        let (start, end) = (start.parts()?, end.parts()?);
        let range = TimeParts::resolve_pair(&start, &end, environment().zone())?;
        // SAFETY: C passes places for the results.
        unsafe {
            set(start_time, range.start.seconds());
            set(end_time, range.end.seconds());
        }
        Ok(0)
    }
}

/// A text as C has it.
fn read(words: &str, environment: &Environment) -> Result<TimeValue, Failure> {
    let (now, zone) = (environment.now(), environment.zone());
    let parts = at_style::parse(words)?.parts(now, zone)?;
    // RRDtool leaves in a relative time the weekday and clock of the present.
    let shown = match parts.anchor {
        Anchor::Now => TimeParts { offset: 0, ..parts }.resolve(zone)?,
        _ => now,
    };
    Ok(TimeValue::of(&parts, shown, zone)?)
}

/// Keeps a text until the next one of this thread.
fn kept(fault: &Failure) -> *const c_char {
    let text = [fault.text().as_bytes(), b"\0"].concat();
    let keep = |kept: &RefCell<Vec<u8>>| {
        kept.replace(text);
        kept.borrow().as_ptr().cast::<c_char>()
    };
    FAULT.try_with(keep).unwrap_or(c"the thread ends".as_ptr())
}

impl TimeValue {
    fn of(parts: &TimeParts, shown: Timestamp, zone: &TimeZone) -> Result<Self, ResolveError> {
        let (kind, first) = match parts.anchor {
            Anchor::Now => (ABSOLUTE, FIRST),
            Anchor::Start => (RELATIVE_TO_START, (0, 0)),
            Anchor::End => (RELATIVE_TO_END, (0, 0)),
            Anchor::Epoch => (RELATIVE_TO_EPOCH, (0, 0)),
        };
        let local = LocalTime::at(shown, zone);
        let field = |value| c_int::try_from(value).map_err(|_| ResolveError::OutOfRange);
        let calendar = tm {
            tm_sec: field(parts.second)?,
            tm_min: field(parts.minute)?,
            tm_hour: field(parts.hour)?,
            tm_mday: field(parts.day)?,
            tm_mon: field(parts.month - first.1)?,
            tm_year: field(parts.year - first.0)?,
            tm_wday: field(local.weekday)?,
            tm_yday: field(day_of_year(&local))?,
            tm_isdst: parts.daylight.map_or(-1, c_int::from),
            tm_gmtoff: local.offset as c_long,
            tm_zone: name_of(&strftime("%Z", shown.seconds(), zone, TimeLocale::default())),
        };
        let offset = isize::try_from(parts.offset).map_err(|_| ResolveError::OutOfRange)?;
        Ok(Self { kind, offset, calendar })
    }

    fn parts(&self) -> Result<TimeParts, Failure> {
        let (anchor, first) = match self.kind {
            ABSOLUTE => (Anchor::Now, FIRST),
            RELATIVE_TO_START => (Anchor::Start, (0, 0)),
            RELATIVE_TO_END => (Anchor::End, (0, 0)),
            RELATIVE_TO_EPOCH => (Anchor::Epoch, (0, 0)),
            kind => return Err(Failure::new(format!("a time of the unknown type {kind}"))),
        };
        let tm { tm_year, tm_mon, tm_mday, tm_hour, tm_min, tm_sec, tm_isdst, .. } = self.calendar;
        Ok(TimeParts {
            anchor,
            year: i64::from(tm_year) + first.0,
            month: i64::from(tm_mon) + first.1,
            day: tm_mday.into(),
            hour: tm_hour.into(),
            minute: tm_min.into(),
            second: tm_sec.into(),
            daylight: (tm_isdst >= 0).then_some(tm_isdst > 0),
            offset: self.offset as i64,
        })
    }
}

/// Days since the first of January.
fn day_of_year(local: &LocalTime) -> i64 {
    let is_leap = local.year % 4 == 0 && (local.year % 100 != 0 || local.year % 400 == 0);
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let month = usize::try_from(local.month - 1).ok().and_then(|month| before.get(month));
    let leap_day = i64::from(is_leap && local.month > 2);
    month.map_or(0, |before| before + leap_day + local.day - 1)
}

/// The name of a zone as a text that stays: C keeps the pointer. No lock is needed, which another
/// thread may hold when the process forks.
fn name_of(zone: &str) -> *const c_char {
    static NAMES: [AtomicPtr<c_char>; MOST_NAMES] =
        [const { AtomicPtr::new(ptr::null_mut()) }; MOST_NAMES];
    let Ok(name) = CString::new(zone) else { return c"".as_ptr() };
    let new = name.into_raw();
    for place in &NAMES {
        let Err(known) = place.compare_exchange(ptr::null_mut(), new, AcqRel, Acquire) else {
            return new;
        };
        // SAFETY: both are texts from `CString::into_raw`, and those in the array stay.
        let is_same = unsafe { CStr::from_ptr(known) == CStr::from_ptr(new) };
        if is_same {
            // SAFETY: the text is from `CString::into_raw`, and is not in the array.
            drop(unsafe { CString::from_raw(new) });
            return known;
        }
    }
    // SAFETY: as above.
    drop(unsafe { CString::from_raw(new) });
    c"".as_ptr()
}
