//! A list of keys and values while it is made.

use std::ffi::{OsStr, c_int, c_ulong};
use std::mem;
use std::ptr;

use super::node::{self, BLOB, COUNT, INTEGER, NUMBER, Node, TEXT, Value};
use crate::c::memory::{self, Block};
use crate::error::Failure;

/// A list that is freed unless it is handed out.
pub(crate) struct List {
    first: *mut Node,
    last: *mut Node,
}

impl List {
    /// A list without values.
    pub(crate) fn new() -> Self {
        Self { first: ptr::null_mut(), last: ptr::null_mut() }
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, key: impl AsRef<OsStr>, number: f64) -> Result<(), Failure> {
        self.add(key.as_ref(), NUMBER, Value::number(number))
    }

    /// Adds a count, or a time in seconds since 1970.
    pub(crate) fn count(&mut self, key: impl AsRef<OsStr>, count: u64) -> Result<(), Failure> {
        self.add(key.as_ref(), COUNT, Value::count(count as c_ulong))
    }

    /// Adds an integer.
    pub(crate) fn integer(&mut self, key: impl AsRef<OsStr>, value: c_int) -> Result<(), Failure> {
        self.add(key.as_ref(), INTEGER, Value::integer(value))
    }

    /// Adds a text.
    pub(crate) fn text(
        &mut self,
        key: impl AsRef<OsStr>,
        text: impl AsRef<OsStr>,
    ) -> Result<(), Failure> {
        let text = memory::text(text)?;
        self.add(key.as_ref(), TEXT, Value::text(text.pointer()))?;
        text.hand_out();
        Ok(())
    }

    /// Adds bytes.
    pub(crate) fn blob(&mut self, key: impl AsRef<OsStr>, bytes: &[u8]) -> Result<(), Failure> {
        let block = Block::of(bytes)?;
        self.add(key.as_ref(), BLOB, Value::blob(bytes.len() as c_ulong, block.pointer()))?;
        block.hand_out();
        Ok(())
    }

    fn add(&mut self, key: &OsStr, kind: u32, value: Value) -> Result<(), Failure> {
        let key = memory::text(key)?;
        let node = Node { key: key.pointer(), kind, value, next: ptr::null_mut() };
        let node = Block::of(&[node])?.hand_out();
        key.hand_out();
        if self.last.is_null() {
            self.first = node;
        } else {
            // SAFETY: the node is one of this list, which nobody else has.
            unsafe { (*self.last).next = node };
        }
        self.last = node;
        Ok(())
    }

    /// The first node, NULL if there is none; C frees the list.
    pub(crate) fn hand_out(mut self) -> *mut Node {
        mem::replace(&mut self.first, ptr::null_mut())
    }

    /// Appends the list to one of C's.
    ///
    /// # Safety
    ///
    /// The pointer is that of a node of a list.
    pub(crate) unsafe fn hand_out_behind(self, list: *mut Node) {
        let mut last = list;
        // SAFETY: by the contract of this function.
        unsafe {
            while !(*last).next.is_null() {
                last = (*last).next;
            }
            (*last).next = self.hand_out();
        }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: the nodes are from `add`, and were not handed out.
        unsafe { node::free(self.first) };
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn a_list_has_its_values_in_order_and_each_value_its_kind() {
        let mut list = List::new();
        list.number("value", 1.5).unwrap();
        list.count("step", 300).unwrap();
        list.text("type", "GAUGE").unwrap();
        list.integer("return_value", -1).unwrap();
        list.blob("image", b"\x89PNG\0").unwrap();
        let first = list.hand_out();
        let mut more = List::new();
        more.count("rows", 5).unwrap();
        // SAFETY: the list was handed out and is freed at the end of this block.
        unsafe {
            more.hand_out_behind(first);
            let (mut told, mut next) = (Vec::new(), first);
            while let Some(node) = next.as_ref() {
                let key = CStr::from_ptr(node.key).to_str().unwrap();
                let value = match node.kind {
                    NUMBER => node.value.number.to_string(),
                    COUNT => node.value.count.to_string(),
                    TEXT => CStr::from_ptr(node.value.text).to_str().unwrap().to_owned(),
                    INTEGER => node.value.integer.to_string(),
                    _ => format!("{:?}", node::bytes(node.value.blob)),
                };
                told.push(format!("{key} {} {value}", node.kind));
                next = node.next;
            }
            let expected = [
                "value 0 1.5",
                "step 1 300",
                "type 2 GAUGE",
                "return_value 3 -1",
                "image 4 [137, 80, 78, 71, 0]",
                "rows 1 5",
            ];
            assert_eq!(told, expected);
            node::free(first);
        }
    }
}
