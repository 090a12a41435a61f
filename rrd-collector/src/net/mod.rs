//! The network: asking pages over HTTP, TLS, and sockets in folders.

pub mod http;
pub mod socket_file;
pub mod tls;
