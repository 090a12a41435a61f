//! Reverse Polish notation: one engine for COMPUTE data sources and for the CDEF of charts.
//!
//! `op` names the operators, `parse` reads text into an [`Expression`], `eval` runs it once a row
//! with an [`Evaluator`] on a `stack`, seeing the rest of the world through `context`. `set`,
//! `rows` and `history` hold the operators of sets of values, of rows and their time, and of series
//! looked back over; `compact` packs expressions into files.
//!
//! ```
//! use rrd_core::rpn::{ComputeRow, Evaluator, Expression};
//! let names = ["in", "out"];
//! let sum = Expression::parse("in,out,+,8,*", |name| names.iter().position(|&known| known == name))?;
//! let row = ComputeRow { values: &[1.5, 2.0], now: 1_600_000_000 };
//! assert_eq!(Evaluator::new().evaluate(&sum, &row)?, 28.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compact;
mod context;
mod error;
mod eval;
mod history;
mod op;
mod parse;
mod rows;
mod set;
mod stack;

pub use compact::{CompactError, CompactExpression, UnpackError};
pub use context::{Calendar, Column, ComputeRow, Context, Row};
pub use error::EvaluationError;
pub use eval::Evaluator;
pub use op::Operator;
pub use parse::{Expression, Item, ParseError};
