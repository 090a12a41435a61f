//! Tests of the library as C sees it.
