//! How a line is dashed.

/// Alternating lengths of dashes and gaps.
#[derive(Clone, Debug, PartialEq)]
pub struct Dashes {
    /// Dash, gap, dash, gap, ... in pixels; a list of odd length is repeated.
    pub lengths: Vec<f64>,
    /// The offset into the pattern at which the line starts.
    pub offset: f64,
}
