//! The rows of a span of time.
