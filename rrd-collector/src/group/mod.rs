//! What is sampled, as groups of values: their kinds, identities, newest values, and how long they
//! are kept.

pub mod catalog;
mod chart;
mod file_name;
mod full_names;
mod id;
mod key;
mod kind;
pub mod names;
pub(crate) mod names_file;
mod old;
mod quote;
pub mod retention;
mod series;
mod target;

pub use chart::{GroupChart, page_style};
pub(crate) use file_name::{KEPT, instance_of, is_shortened, shortened};
pub use full_names::FullNames;
pub use id::{GroupId, IdError};
pub(crate) use key::GroupKey;
pub use kind::{Kind, Metric, Unit};
pub use names_file::NamesFileError;
pub(crate) use old::{old_file_name, old_state_name};
pub(crate) use rrd_graph::nearest;
pub use series::series_name;
pub use target::{Target, TargetPattern, UnknownTarget};
