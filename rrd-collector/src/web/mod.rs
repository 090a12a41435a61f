//! The dashboard and its endpoints: `server` answers, `page` writes HTML, `view` says which charts there are, `draw` draws them.

mod api;
mod draw;
mod metrics;
mod page;
mod server;
mod span;
mod view;

pub use server::{Site, serve};
