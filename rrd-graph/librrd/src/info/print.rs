//! A list as `info` prints it.

use std::ffi::{CStr, c_char};
use std::io::Write;

use rrd_core::number::named_nan;

use super::node::{self, BLOB, COUNT, INTEGER, NUMBER, Node, TEXT};
use crate::c::call::export;
use crate::c::environment::StandardOutput;
use crate::error::Failure;

export! {
    /// Prints a list, one `KEY = VALUE` a line, to C's standard output.
    fn rrd_info_print(list: *mut Node) -> (), else ();
    {
        let mut out = Vec::new();
        let mut next = list;
        // SAFETY: C passes a list.
        while let Some(node) = unsafe { next.as_ref() } {
            // SAFETY: the nodes of a list are as the header tells.
            unsafe { line(node, &mut out) };
            next = node.next;
        }
        StandardOutput.write_all(&out).map_err(|_| Failure::new("error writing output file"))
    }
}

/// Adds the line of a node.
///
/// # Safety
///
/// Key and value are as the kind tells.
unsafe fn line(node: &Node, out: &mut Vec<u8>) {
    let text = |pointer: *mut c_char| {
        if pointer.is_null() {
            return &b"(null)"[..];
        }
        // SAFETY: by the contract of this function.
        unsafe { CStr::from_ptr(pointer) }.to_bytes()
    };
    out.extend_from_slice(text(node.key));
    out.extend_from_slice(b" = ");
    // SAFETY: the kind tells which field the value has.
    unsafe {
        match node.kind {
            NUMBER => out.extend_from_slice(named_nan(node.value.number).to_string().as_bytes()),
            COUNT => out.extend_from_slice(node.value.count.to_string().as_bytes()),
            INTEGER => out.extend_from_slice(node.value.integer.to_string().as_bytes()),
            TEXT => {
                out.push(b'"');
                out.extend_from_slice(text(node.value.text));
                out.push(b'"');
            }
            BLOB => {
                let bytes = node::bytes(node.value.blob);
                out.extend_from_slice(format!("BLOB_SIZE:{}\n", bytes.len()).as_bytes());
                out.extend_from_slice(bytes);
                return;
            }
            _ => return,
        }
    }
    out.push(b'\n');
}
