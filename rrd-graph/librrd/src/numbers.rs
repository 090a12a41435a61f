//! Numbers: texts that mean one, names that have one, and rows that are made longer.
