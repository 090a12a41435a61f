//! Texts and argument lists of C.

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

/// The words of `argv`, the name of the command first; up to a NULL, if there is one.
///
/// # Safety
///
/// The pointer is NULL or that of `count` pointers, each of which is NULL or a text of C.
pub(crate) unsafe fn words(count: c_int, pointers: *const *const c_char) -> Vec<OsString> {
    let count = usize::try_from(count).unwrap_or(0);
    if pointers.is_null() {
        return Vec::new();
    }
    // SAFETY: by the contract of this function.
    let texts = (0..count).map(|place| unsafe { text(*pointers.add(place)) });
    texts.map_while(|word| word.map(OsStr::to_owned)).collect()
}

/// The words of `argv` behind the name of the command.
///
/// # Safety
///
/// That of [`words`].
pub(crate) unsafe fn after_command(count: c_int, pointers: *const *const c_char) -> Vec<OsString> {
    // SAFETY: by the contract of this function.
    let mut words = unsafe { words(count, pointers) };
    if !words.is_empty() {
        words.remove(0);
    }
    words
}
