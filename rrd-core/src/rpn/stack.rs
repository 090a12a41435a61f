//! The evaluation stack and the operations that operators share.

use crate::number::{count_to_f64, length_to_u64, to_index, truncate_to_u64};

use super::error::EvaluationError;
use super::set;

/// Limit on the number of values: a few `COPY` could otherwise demand any amount of memory.
const MAX_DEPTH: usize = 1 << 16;

/// The stack; its top is at the end.
pub(super) struct Stack<'a>(pub(super) &'a mut Vec<f64>);

impl Stack<'_> {
    pub(super) fn push(&mut self, value: f64) -> Result<(), EvaluationError> {
        if self.0.len() >= MAX_DEPTH {
            return Err(EvaluationError::StackOverflow);
        }
        self.0.push(value);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Result<f64, EvaluationError> {
        self.0.pop().ok_or(EvaluationError::StackUnderflow)
    }

    /// Replaces the top by a function of it.
    pub(super) fn unary(&mut self, function: impl Fn(f64) -> f64) -> Result<(), EvaluationError> {
        let [x] = self.top()?;
        *x = function(*x);
        Ok(())
    }

    /// Replaces the top two values by a function of them.
    pub(super) fn binary(
        &mut self,
        function: impl Fn(f64, f64) -> f64,
    ) -> Result<(), EvaluationError> {
        let [.., _, y] = self.0[..] else { return Err(EvaluationError::StackUnderflow) };
        self.0.pop();
        self.unary(|x| function(x, y))
    }

    /// Replaces the top two values by 1 or 0, or by the unknown operand.
    pub(super) fn compare(
        &mut self,
        holds: impl Fn(f64, f64) -> bool,
    ) -> Result<(), EvaluationError> {
        self.binary(|x, y| {
            if x.is_nan() {
                x
            } else if y.is_nan() {
                y
            } else {
                truth(holds(x, y))
            }
        })
    }

    /// Replaces the top three values by a function of them.
    pub(super) fn ternary(
        &mut self,
        function: impl Fn(f64, f64, f64) -> f64,
    ) -> Result<(), EvaluationError> {
        let [x, y, z] = *self.top()?;
        self.0.truncate(self.0.len() - 2);
        self.unary(|_| function(x, y, z))
    }

    pub(super) fn top<const N: usize>(&mut self) -> Result<&mut [f64; N], EvaluationError> {
        self.0.last_chunk_mut().ok_or(EvaluationError::StackUnderflow)
    }

    /// Pops a count.
    pub(super) fn pop_count(&mut self) -> Result<usize, EvaluationError> {
        let count = self.pop()?;
        to_count(count).ok_or(EvaluationError::StackUnderflow)
    }

    /// The top `count` values.
    pub(super) fn topmost(&mut self, count: usize) -> Result<&mut [f64], EvaluationError> {
        let below = self.0.len().checked_sub(count).ok_or(EvaluationError::StackUnderflow)?;
        Ok(&mut self.0[below..])
    }

    /// Pops a count, and replaces that many values by a function of them.
    pub(super) fn fold(
        &mut self,
        function: impl Fn(&mut [f64]) -> f64,
    ) -> Result<(), EvaluationError> {
        let count = self.pop_count()?;
        let result = function(self.topmost(count)?);
        self.0.truncate(self.0.len() - count);
        self.push(result)
    }

    /// `x → x x`.
    pub(super) fn duplicate(&mut self) -> Result<(), EvaluationError> {
        let [x] = *self.top()?;
        self.push(x)
    }

    /// `x y → y x`.
    pub(super) fn exchange(&mut self) -> Result<(), EvaluationError> {
        let [x, y] = self.top()?;
        std::mem::swap(x, y);
        Ok(())
    }

    /// `x1 … xn n → x1 … xn x1 … xn`.
    pub(super) fn copy(&mut self) -> Result<(), EvaluationError> {
        let count = self.pop_count()?;
        let below = self.0.len().checked_sub(count).ok_or(EvaluationError::StackUnderflow)?;
        if self.0.len() + count > MAX_DEPTH {
            return Err(EvaluationError::StackOverflow);
        }
        self.0.extend_from_within(below..);
        Ok(())
    }

    /// `… x2 x1 i → … x2 x1 xi`; an index of 0 gives 0 itself.
    pub(super) fn index(&mut self) -> Result<(), EvaluationError> {
        let [index] = *self.top()?;
        let index = to_count(index).ok_or(EvaluationError::StackUnderflow)?;
        if let [wanted, .., top] = self.topmost(index.saturating_add(1))? {
            *top = *wanted;
        }
        Ok(())
    }

    /// `x1 … xn n →` sorted, the largest on top.
    pub(super) fn sort(&mut self) -> Result<(), EvaluationError> {
        let count = self.pop_count()?;
        set::sort(self.topmost(count)?);
        Ok(())
    }

    /// `x1 … xn n → xn … x1`.
    pub(super) fn reverse(&mut self) -> Result<(), EvaluationError> {
        let count = self.pop_count()?;
        self.topmost(count)?.reverse();
        Ok(())
    }

    /// `x1 … xn n m →` rotated by m towards the top, as the manual says; RRDtool itself reads
    /// values beyond the top.
    pub(super) fn roll(&mut self) -> Result<(), EvaluationError> {
        let turns = self.pop()?.trunc();
        let count = self.pop_count()?;
        let values = self.topmost(count)?;
        let turns = turns.rem_euclid(count_to_f64(length_to_u64(count)));
        if let Some(turns) = to_count(turns).filter(|&turns| turns < count) {
            values.rotate_right(turns);
        }
        Ok(())
    }

    /// `x1 … xn p n →` the value that p percent of the values do not exceed.
    pub(super) fn percentile(&mut self) -> Result<(), EvaluationError> {
        let count = self.pop_count()?;
        let percent = self.pop()?;
        let values = self.topmost(count)?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(EvaluationError::Percentile);
        }
        let result = set::percentile(values, percent);
        self.0.truncate(self.0.len() - count);
        self.push(result)
    }
}

/// A value as a count, its fraction dropped; `None` if negative or unknown.
pub(super) fn to_count(value: f64) -> Option<usize> {
    (value > -1.0).then(|| to_index(truncate_to_u64(value))).flatten()
}

pub(super) fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}
