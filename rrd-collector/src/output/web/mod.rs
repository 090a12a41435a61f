//! The page and its endpoints.
//!
//! `bind` binds addresses and `listeners` manages them, `accept` accepts connections, `connection`
//! answers the requests of one, `access` and `refusals` decide who may ask, `route` finds the
//! answer, `workers` compute those that take long, `client` makes them fit, `answer` has one file
//! per answer, `remote` takes requests of remote read. `page` writes HTML, `charts` selects charts,
//! `draw` draws them.

mod accept;
mod access;
mod address;
mod annotations;
mod answer;
mod bind;
mod charts;
mod client;
mod connection;
mod download;
mod draw;
mod first_sample;
mod heat;
mod listeners;
mod local_time;
mod page;
mod refusals;
mod remote;
mod response;
mod route;
mod sending;
mod site;
mod span;
mod traffic;
mod workers;

pub use access::Access;
pub use listeners::{DEFAULT_ADDRESS, Listeners, bind};
pub use site::Site;
