//! What a daemon counts, as a list of C's.

use std::ffi::c_char;
use std::ptr;

use rrd_cli::{Statistic, StatisticValue};

use crate::c::call::export;
use crate::c::memory::{self, Block};
use crate::error::Failure;

const GAUGE: u16 = 1;
const COUNTER: u16 = 2;

/// What C calls `rrdc_stats_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Node {
    name: *mut c_char,
    kind: u16,
    /// None are known.
    flags: u16,
    value: Value,
    next: *mut Node,
}

#[repr(C)]
#[derive(Clone, Copy)]
union Value {
    counter: u64,
    gauge: f64,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Node>() == 32);

/// A list that is freed unless it is handed out.
pub(super) struct Statistics(*mut Node);

impl Statistics {
    pub(super) fn of(statistics: &[Statistic]) -> Result<Self, Failure> {
        let mut list = Self(ptr::null_mut());
        for statistic in statistics.iter().rev() {
            let (kind, value) = match statistic.value {
                StatisticValue::Gauge(gauge) => (GAUGE, Value { gauge }),
                StatisticValue::Counter(counter) => (COUNTER, Value { counter }),
            };
            let name = memory::text(statistic.name)?;
            let node = Node { name: name.pointer(), kind, flags: 0, value, next: list.0 };
            list.0 = Block::of(&[node])?.hand_out();
            name.hand_out();
        }
        Ok(list)
    }

    /// The first node, NULL if there is none; C frees the list.
    pub(super) fn hand_out(mut self) -> *mut Node {
        std::mem::replace(&mut self.0, ptr::null_mut())
    }
}

impl Drop for Statistics {
    fn drop(&mut self) {
        // SAFETY: the nodes were not handed out.
        unsafe { free(self.0) };
    }
}

/// # Safety
///
/// The pointer is NULL or that of a list from [`Statistics`], which is not used any more.
unsafe fn free(list: *mut Node) {
    let mut node = list;
    while !node.is_null() {
        // SAFETY: by the contract of this function.
        unsafe {
            let next = (*node).next;
            libc::free((*node).name.cast());
            libc::free(node.cast());
            node = next;
        }
    }
}

export! {
    /// Frees the list of `rrdc_stats_get`.
    fn rrdc_stats_free(list: *mut Node) -> (), else ();
    {
        // SAFETY: C gives a list of `rrdc_stats_get` back once.
        unsafe { free(list) };
        Ok(())
    }
}
