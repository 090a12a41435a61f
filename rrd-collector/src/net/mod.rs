//! The network: asking pages over HTTP, TLS, and sockets in folders.

pub mod credentials;
pub mod http;
pub mod listen;
pub mod socket_file;
pub mod tls;
