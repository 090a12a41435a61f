//! The pipeline against recorded updates of RRDtool, and against itself in another order.

mod runs;
mod vectors;
