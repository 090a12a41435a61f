//! Sockets, and the threads that serve their connections.
