//! Arrays of pointers that grow, for C.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;

use crate::c::arguments;
use crate::c::call::export;
use crate::c::memory;
use crate::error::Failure;

/// What C passes: where its array, the number of its pointers and the room for them are.
struct Array {
    pointers: *mut *mut *mut c_void,
    length: *mut usize,
    room: *mut usize,
    /// How many more there is room for once the array is full.
    chunk: usize,
}

impl Array {
    /// Adds a pointer.
    ///
    /// # Safety
    ///
    /// Each place is NULL or holds what its name says; the array is from `malloc`.
    unsafe fn add(&self, pointer: *mut c_void) -> Result<(), Failure> {
        if self.pointers.is_null() || self.length.is_null() || self.room.is_null() {
            return Err(Failure::new("missing array of pointers"));
        }
        // SAFETY: by the contract of this function; the array has room for what is written.
        unsafe {
            let length = *self.length;
            if length >= *self.room {
                let room = length.checked_add(self.chunk.max(1)).ok_or_else(out_of_memory)?;
                let size = room.checked_mul(size_of::<*mut c_void>()).ok_or_else(out_of_memory)?;
                let grown = libc::realloc((*self.pointers).cast(), size).cast::<*mut c_void>();
                if grown.is_null() {
                    return Err(out_of_memory());
                }
                *self.pointers = grown;
                *self.room = room;
            }
            (*self.pointers).add(length).write(pointer);
            *self.length = length + 1;
        }
        Ok(())
    }

    /// Adds a copy of a text.
    ///
    /// # Safety
    ///
    /// That of [`Array::add`]; the pointer is NULL or that of a text.
    unsafe fn add_text(&self, text: *const c_char) -> Result<(), Failure> {
        // SAFETY: by the contract of this function.
        let text = unsafe { arguments::text(text) }.ok_or_else(|| Failure::new("missing text"))?;
        let copy = memory::text(text)?;
        // SAFETY: by the contract of this function.
        unsafe { self.add(copy.pointer().cast()) }?;
        copy.hand_out();
        Ok(())
    }
}

fn out_of_memory() -> Failure {
    Failure::new("out of memory")
}

export! {
    /// Adds a pointer to an array, which gets room for `chunk` more when it is full. 1 or 0.
    fn rrd_add_ptr_chunk(
        pointers: *mut *mut *mut c_void,
        length: *mut usize,
        pointer: *mut c_void,
        room: *mut usize,
        chunk: usize,
    ) -> c_int, else 0;
    {
        // SAFETY: C passes an array of its own.
        unsafe { Array { pointers, length, room, chunk }.add(pointer) }?;
        Ok(1)
    }
}

export! {
    /// Adds a pointer to an array. 1 or 0.
    fn rrd_add_ptr(pointers: *mut *mut *mut c_void, length: *mut usize, pointer: *mut c_void)
        -> c_int, else 0;
    {
        // SAFETY: C passes a place or NULL.
        let mut room = unsafe { length.as_ref() }.copied().unwrap_or(0);
        // SAFETY: C passes an array of its own, which has room for its pointers.
        unsafe { Array { pointers, length, room: &raw mut room, chunk: 1 }.add(pointer) }?;
        Ok(1)
    }
}

export! {
    /// Adds a copy of a text to an array, which gets room for `chunk` more when it is full. 1 or 0.
    fn rrd_add_strdup_chunk(
        texts: *mut *mut *mut c_char,
        length: *mut usize,
        text: *const c_char,
        room: *mut usize,
        chunk: usize,
    ) -> c_int, else 0;
    {
        // SAFETY: C passes an array of its own.
        unsafe { Array { pointers: texts.cast(), length, room, chunk }.add_text(text) }?;
        Ok(1)
    }
}

export! {
    /// Adds a copy of a text to an array. 1 or 0.
    fn rrd_add_strdup(texts: *mut *mut *mut c_char, length: *mut usize, text: *const c_char)
        -> c_int, else 0;
    {
        // SAFETY: C passes a place or NULL.
        let mut room = unsafe { length.as_ref() }.copied().unwrap_or(0);
        let array = Array { pointers: texts.cast(), length, room: &raw mut room, chunk: 1 };
        // SAFETY: C passes an array of its own, which has room for its pointers.
        unsafe { array.add_text(text) }?;
        Ok(1)
    }
}

export! {
    /// Frees all that the pointers of an array point to, and the array, which is empty afterwards.
    fn rrd_free_ptrs(pointers: *mut *mut *mut c_void, length: *mut usize) -> (), else ();
    {
        if pointers.is_null() || length.is_null() {
            return Ok(());
        }
        // SAFETY: C gives back an array of its own, with as many pointers from `malloc`.
        unsafe {
            let array = *pointers;
            if !array.is_null() {
                for place in 0..*length {
                    libc::free(*array.add(place));
                }
                libc::free(array.cast());
            }
            *pointers = ptr::null_mut();
            *length = 0;
        }
        Ok(())
    }
}
