//! The commands, one file each: arguments to an answer.

mod create;
mod dump;
mod failure;
mod fetch;
mod fetch_binary;
mod file;
mod first;
mod flush;
mod forget;
mod help;
mod info;
mod last;
mod list;
mod pending;
mod queue;
mod stats;
mod suspend;
mod tune;
mod update;

pub(crate) use create::create;
pub(crate) use dump::dump;
pub(crate) use fetch::fetch;
pub(crate) use fetch_binary::fetch_binary;
pub(crate) use first::first;
pub(crate) use flush::{flush, flush_all};
pub(crate) use forget::forget;
pub(crate) use help::help;
pub(crate) use info::info;
pub(crate) use last::last;
pub(crate) use list::list;
pub(crate) use pending::pending;
pub(crate) use queue::queue;
pub(crate) use stats::stats;
pub(crate) use suspend::{resume, resume_all, suspend, suspend_all};
pub(crate) use tune::tune;
pub(crate) use update::{Samples, update};
