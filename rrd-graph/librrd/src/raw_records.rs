//! Functions that work on the records of a file, which this library does not offer.
