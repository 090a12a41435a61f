//! NFS, both ends: the mounts of this host, and the server that it is.

mod client;
mod server;

pub use client::{NFS_MOUNT, NfsProbe};
pub use server::{NFS_SERVER, NfsServerProbe};
