//! The network: connections of listeners, HTTP requests, mails, TLS, and Unix sockets.

pub mod certificate;
pub(crate) mod connections;
pub mod credentials;
pub mod endpoint;
pub mod holder;
pub mod http;
pub mod kept_connection;
pub mod listen;
pub mod listen_error;
pub(crate) mod nonce;
pub mod page;
pub mod proxy;
pub mod smtp;
pub mod socket_file;
pub mod tls;
pub mod visit;
