//! The dashboard and its endpoints: `listen` hears, `server` answers, `page` and `overview` write HTML, `view` says which charts there are, `draw` draws them.

mod api;
mod draw;
mod listen;
mod metrics;
mod overview;
mod page;
mod server;
mod span;
mod view;

pub use listen::{BindError, Ear, Listener};
pub use server::{Door, Site, serve};
