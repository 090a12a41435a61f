//! What C passes: texts, argument lists, and places for results.

use std::ffi::{CStr, OsStr, OsString, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::error::Failure;

/// The text at a pointer; `None` for NULL.
///
/// # Safety
///
/// The pointer is NULL or that of a text that ends with a zero byte and stays for `'a`.
pub(crate) unsafe fn text<'a>(pointer: *const c_char) -> Option<&'a OsStr> {
    // SAFETY: by the contract of this function.
    (!pointer.is_null()).then(|| OsStr::from_bytes(unsafe { CStr::from_ptr(pointer) }.to_bytes()))
}

/// The name of a file, which must be there.
///
/// # Safety
///
/// That of [`text`].
pub(crate) unsafe fn file<'a>(pointer: *const c_char) -> Result<&'a Path, Failure> {
    // SAFETY: by the contract of this function.
    let name = unsafe { text(pointer) };
    name.map(Path::new).ok_or_else(|| Failure::new("missing file name"))
}

/// The texts of an array, up to a NULL, if there is one.
///
/// # Safety
///
/// The pointer is NULL or that of `count` pointers, each of which is NULL or a text of C that stays
/// for `'a`.
pub(crate) unsafe fn texts<'a>(count: c_int, pointers: *const *const c_char) -> Vec<&'a OsStr> {
    let count = usize::try_from(count).unwrap_or(0);
    if pointers.is_null() {
        return Vec::new();
    }
    // SAFETY: by the contract of this function.
    (0..count).map_while(|place| unsafe { text(*pointers.add(place)) }).collect()
}

/// The texts of an array that ends with a NULL.
///
/// # Safety
///
/// The pointer is NULL or that of texts of C that stay for `'a`, and a NULL behind them.
pub(crate) unsafe fn ended_texts<'a>(pointers: *const *const c_char) -> Vec<&'a OsStr> {
    if pointers.is_null() {
        return Vec::new();
    }
    // SAFETY: by the contract of this function.
    (0..).map_while(|place| unsafe { text(*pointers.add(place)) }).collect()
}

/// Writes a result to its place, if there is one.
///
/// # Safety
///
/// The pointer is NULL or that of a value of its type.
pub(crate) unsafe fn set<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: by the contract of this function.
        unsafe { place.write(value) };
    }
}

/// What C calls `argv`.
#[derive(Debug, Default)]
pub(crate) struct CommandLine {
    /// The name of the command, which usage texts have.
    pub(crate) name: OsString,
    /// The words behind it.
    pub(crate) words: Vec<OsString>,
}

/// The words of `argv`, the name of the command first, which may be NULL: kcollectd's is.
///
/// # Safety
///
/// The pointer is NULL or that of `count` pointers, each of which is NULL or a text of C.
pub(crate) unsafe fn command_line(count: c_int, pointers: *const *const c_char) -> CommandLine {
    if count < 1 || pointers.is_null() {
        return CommandLine::default();
    }
    // SAFETY: by the contract of this function, as there is at least one.
    let (name, words) = unsafe { (text(*pointers), texts(count - 1, pointers.add(1))) };
    // As C's `printf` shows it in usage texts.
    let name = name.unwrap_or(OsStr::new("(null)")).to_owned();
    CommandLine { name, words: words.into_iter().map(OsStr::to_owned).collect() }
}
