//! Arrays of pointers that grow.
