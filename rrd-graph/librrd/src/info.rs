//! Everything about a file except its rows, as a list of keys and values.
