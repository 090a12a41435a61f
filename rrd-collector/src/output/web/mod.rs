//! The page and its endpoints.
//!
//! `bind` binds addresses and `listeners` manages them, `accept` accepts connections, `access`
//! checks access, `route` finds the answer, `answer` has one file per answer. `page` and `overview`
//! write HTML, `charts` selects charts, `draw` draws them.

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
