//! Sockets, and the threads that serve their connections.

mod accept;
mod address;
mod bind_error;
mod client;
mod connection;
mod descriptors;
mod half_lines;
mod inherited;
mod lines;
mod running;
mod scratch;
mod serving;
mod socket;
mod socket_file;
mod streaming;
mod worker;

pub use address::ListenAddress;
pub use bind_error::BindError;
pub use descriptors::raise_descriptor_limit;
pub use inherited::inherited;
pub use serving::Serving;
pub use socket::{Access, BoundSocket};
pub use socket_file::FileAccess;
