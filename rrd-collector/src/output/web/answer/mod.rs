//! Answers, one file each.

pub(super) mod api;
pub(super) mod chart;
pub(super) mod health;
pub(super) mod metrics;
pub(super) mod page;
mod response;
mod sending;
pub(super) mod spark;

pub(super) use response::{Answer, Asked, later, plain, refused};
pub(super) use sending::Sending;
