//! The border to C: calls that never unwind, texts and arguments that come in, memory that goes
//! out, and what of the process is read at each call.

pub(crate) mod arguments;
pub(crate) mod call;
pub(crate) mod daemon;
pub(crate) mod environment;
pub(crate) mod memory;
pub(crate) mod values;
mod variadic;
