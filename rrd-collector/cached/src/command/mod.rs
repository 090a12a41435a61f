//! The commands, one file each: arguments to an answer.
