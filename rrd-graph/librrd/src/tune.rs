//! Files that are changed: their definitions, and the rows they keep.
