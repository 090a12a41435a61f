//! The network: HTTP requests, TLS, and Unix sockets.

pub mod credentials;
pub mod http;
pub mod listen;
pub mod page;
pub mod socket_file;
pub mod tls;
