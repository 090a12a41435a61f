//! Answers, one file each.

pub(super) mod api;
mod asked;
pub(super) mod chart;
pub(super) mod health;
pub(super) mod heat;
pub(super) mod metrics;
pub(super) mod moved;
pub(super) mod page;
pub(super) mod table;
mod unknown;

pub(super) use asked::Asked;
