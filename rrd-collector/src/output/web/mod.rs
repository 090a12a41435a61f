//! The dashboard and its endpoints: `listen` hears, `places` changes where, `server` answers, `page` and `overview` write HTML, `view` says which charts there are, `draw` draws them.

mod address;
mod api;
mod charts;
mod draw;
mod listen;
mod overview;
mod page;
mod places;
mod refusals;
mod server;
mod span;

pub use listen::BindError;
pub use places::{Places, bind};
pub use refusals::Refusals;
pub use server::{Door, Site};
