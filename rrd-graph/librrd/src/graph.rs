//! Pictures, and what is in them.
