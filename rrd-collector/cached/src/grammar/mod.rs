//! Lines of the protocol: bytes to words and commands, answers to bytes. Nothing is read or written
//! here.

mod answer;
mod integer;
mod permissions;
mod value;
mod verb;
mod words;

pub(crate) use answer::{Answer, Writing};
pub(crate) use integer::{Digits, leading_integer};
pub use permissions::{Permissions, UnknownPermission};
pub use value::typed_value;
pub(crate) use value::{Typed, Value, typed_seconds};
pub use verb::Verb;
pub(crate) use words::{Words, escaped};

use std::borrow::Cow;

/// The arguments of a command, without escapes.
pub(crate) type Arguments<'a> = [Cow<'a, [u8]>];
