//! A key and its value as C sees them: the node of a list, which C makes longer and frees.

use std::ffi::{c_char, c_int, c_uchar, c_uint, c_ulong, c_void};
use std::ptr;
use std::slice;

use crate::c::arguments;
use crate::c::call::export;
use crate::c::memory::{self, Block};
use crate::c::values;
use crate::error::Failure;

/// The kinds of values: the numbers of `enum rrd_info_type`.
pub(super) const NUMBER: c_uint = 0;
pub(super) const COUNT: c_uint = 1;
pub(super) const TEXT: c_uint = 2;
pub(super) const INTEGER: c_uint = 3;
pub(super) const BLOB: c_uint = 4;

/// What C calls `rrd_info_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(super) key: *mut c_char,
    pub(super) kind: c_uint,
    pub(super) value: Value,
    pub(super) next: *mut Node,
}

/// What C calls `rrd_infoval_t`; the kind beside it tells which field is meant.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) union Value {
    pub(super) count: c_ulong,
    pub(super) number: f64,
    pub(super) text: *mut c_char,
    pub(super) integer: c_int,
    pub(super) blob: Blob,
}

/// What C calls `rrd_blob_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Blob {
    pub(super) size: c_ulong,
    pub(super) bytes: *mut c_uchar,
}

impl Value {
    /// A value all of whose bytes are set: C copies whole values.
    pub(super) fn blob(size: c_ulong, bytes: *mut c_uchar) -> Self {
        Self { blob: Blob { size, bytes } }
    }

    pub(super) fn number(number: f64) -> Self {
        let mut value = Self::blob(0, ptr::null_mut());
        value.number = values::value(number);
        value
    }

    pub(super) fn count(count: c_ulong) -> Self {
        Self::blob(count, ptr::null_mut())
    }

    pub(super) fn text(text: *mut c_char) -> Self {
        let mut value = Self::blob(0, ptr::null_mut());
        value.text = text;
        value
    }

    pub(super) fn integer(integer: c_int) -> Self {
        let mut value = Self::blob(0, ptr::null_mut());
        value.integer = integer;
        value
    }
}

/// The bytes of a blob.
///
/// # Safety
///
/// The pointer is NULL or that of as many bytes, which stay for `'a`.
pub(super) unsafe fn bytes<'a>(blob: Blob) -> &'a [u8] {
    match usize::try_from(blob.size) {
        Ok(size) if size > 0 && !blob.bytes.is_null() => {
            // SAFETY: by the contract of this function.
            unsafe { slice::from_raw_parts(blob.bytes, size) }
        }
        _ => &[],
    }
}

export! {
    /// Adds a value to a list behind a node of it; NULL begins a list. The node that is new, or
    /// NULL. The key, from `malloc`, belongs to the list; texts and blobs are copied.
    fn rrd_info_push(behind: *mut Node, key: *mut c_char, kind: c_uint, value: Value)
        -> *mut Node, else ptr::null_mut();
    {
        let add = |value| -> Result<*mut Node, Failure> {
            Ok(Block::of(&[Node { key, kind, value, next: ptr::null_mut() }])?.hand_out())
        };
        let node = match kind {
            TEXT => {
                // SAFETY: C tells by the kind that the value is a text of its own.
                let text = unsafe { arguments::text(value.text) };
                let text = text.ok_or_else(|| Failure::new("a text of a list is missing"))?;
                let copy = memory::text(text)?;
                let node = add(Value::text(copy.pointer()))?;
                copy.hand_out();
                node
            }
            BLOB => {
                // SAFETY: C tells by the kind that the value is a blob of its own.
                let blob = unsafe { value.blob };
                // SAFETY: C passes as many bytes as it tells.
                let bytes = unsafe { bytes(blob) };
                let copy = Block::of(bytes)?;
                let node = add(Value::blob(bytes.len() as c_ulong, copy.pointer()))?;
                copy.hand_out();
                node
            }
            _ => add(value)?,
        };
        if !behind.is_null() {
            // SAFETY: C passes a node of a list.
            unsafe { (*behind).next = node };
        }
        Ok(node)
    }
}

export! {
    /// Frees a list: its nodes, keys, texts and blobs.
    fn rrd_info_free(list: *mut Node) -> (), else ();
    {
        // SAFETY: C gives a list back once.
        unsafe { free(list) };
        Ok(())
    }
}

/// Frees a list.
///
/// # Safety
///
/// All blocks of the list are from `malloc`, and nobody uses them afterwards.
pub(super) unsafe fn free(list: *mut Node) {
    let mut next = list;
    while !next.is_null() {
        // SAFETY: by the contract of this function.
        let node = unsafe { *next };
        // SAFETY: the kind tells which field the value has; `free` takes NULL, too.
        unsafe {
            match node.kind {
                TEXT => libc::free(node.value.text.cast::<c_void>()),
                BLOB => libc::free(node.value.blob.bytes.cast::<c_void>()),
                _ => {}
            }
            libc::free(node.key.cast::<c_void>());
            libc::free(next.cast::<c_void>());
        }
        next = node.next;
    }
}
