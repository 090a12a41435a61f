//! The page and its endpoints.
//!
//! `bind` opens addresses and `listeners` changes them, `accept` takes connections, `access` says
//! who may see the page, `route` finds the answer, `answer` has one file each. `page` and
//! `overview` write HTML, `charts` says which charts there are, `draw` draws them.

mod accept;
mod access;
mod address;
mod answer;
mod bind;
mod charts;
mod draw;
mod listeners;
mod overview;
mod page;
mod refusals;
mod route;
mod site;
mod span;

pub use access::Access;
pub use bind::BindError;
pub use listeners::{Listeners, bind};
pub use refusals::Refusals;
pub use site::Site;
