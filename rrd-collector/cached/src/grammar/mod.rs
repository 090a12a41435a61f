//! Lines of the protocol: bytes to words and commands, answers to bytes. Nothing is read or written
//! here.

mod answer;
mod permissions;
mod verb;

pub(crate) use answer::Answer;
pub use permissions::Permissions;
pub use verb::Verb;

use std::borrow::Cow;

/// The arguments of a command, without escapes.
pub(crate) type Arguments<'a> = [Cow<'a, [u8]>];
