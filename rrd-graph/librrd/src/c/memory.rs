//! Memory that C gets and frees: each block comes from `malloc`.

use std::ffi::{OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::ptr;

use crate::error::Failure;

/// A block of C that is freed unless it is handed out.
pub(crate) struct Block<T> {
    pointer: *mut T,
}

impl<T: Copy> Block<T> {
    /// A block with these values.
    pub(crate) fn of(values: &[T]) -> Result<Self, Failure> {
        let block = Self::uninitialized(values.len())?;
        // SAFETY: the block has room for the values and is new.
        unsafe { ptr::copy_nonoverlapping(values.as_ptr(), block.pointer, values.len()) };
        Ok(block)
    }

    /// A block of this many values.
    ///
    /// # Panics
    ///
    /// There are fewer values.
    pub(crate) fn collect(length: usize, values: impl Iterator<Item = T>) -> Result<Self, Failure> {
        let block = Self::uninitialized(length)?;
        let mut written = 0;
        values.take(length).for_each(|value| {
            // SAFETY: the block has room for `length` values.
            unsafe { block.pointer.add(written).write(value) };
            written += 1;
        });
        assert_eq!(written, length, "values of a block are missing");
        Ok(block)
    }

    /// A block for this many values, which are not set yet.
    fn uninitialized(length: usize) -> Result<Self, Failure> {
        // An empty block has a pointer of its own, too: programs look whether it is NULL.
        let size = size_of::<T>().checked_mul(length).ok_or_else(out_of_memory)?.max(1);
        // SAFETY: `malloc` takes any size. What it gives is aligned for any type of C.
        let pointer = unsafe { libc::malloc(size) }.cast::<T>();
        if pointer.is_null() { Err(out_of_memory()) } else { Ok(Self { pointer }) }
    }

    /// The pointer, while the block is not handed out yet.
    pub(crate) fn pointer(&self) -> *mut T {
        self.pointer
    }

    /// The pointer; C frees the block.
    pub(crate) fn hand_out(self) -> *mut T {
        let pointer = self.pointer;
        std::mem::forget(self);
        pointer
    }
}

impl<T> Drop for Block<T> {
    fn drop(&mut self) {
        // SAFETY: the block is from `malloc` and was not handed out.
        unsafe { libc::free(self.pointer.cast::<c_void>()) };
    }
}

fn out_of_memory() -> Failure {
    Failure::new("out of memory")
}

/// A text with its zero byte. A zero byte inside ends it, as in any text of C.
pub(crate) fn text(text: impl AsRef<OsStr>) -> Result<Block<c_char>, Failure> {
    let bytes = text.as_ref().as_bytes();
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let mut ended = Vec::with_capacity(end + 1);
    ended.extend(bytes[..end].iter().map(|byte| byte.cast_signed() as c_char));
    ended.push(0);
    Block::of(&ended)
}

/// An array of texts, each a block of its own.
pub(crate) struct Texts {
    texts: Vec<Block<c_char>>,
    array: Block<*mut c_char>,
}

impl Texts {
    /// An array of these texts, and a NULL behind them.
    pub(crate) fn of<T: AsRef<OsStr>>(texts: impl IntoIterator<Item = T>) -> Result<Self, Failure> {
        let texts: Vec<_> = texts.into_iter().map(self::text).collect::<Result<_, _>>()?;
        let mut pointers: Vec<_> = texts.iter().map(|text| text.pointer).collect();
        pointers.push(ptr::null_mut());
        Ok(Self { array: Block::of(&pointers)?, texts })
    }

    /// The array; C frees it and each text.
    pub(crate) fn hand_out(self) -> *mut *mut c_char {
        for text in self.texts {
            text.hand_out();
        }
        self.array.hand_out()
    }
}
