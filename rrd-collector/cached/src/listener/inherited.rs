//! Sockets that the service manager hands over (`LISTEN_FDS`).

use listenfd::ListenFd;

use super::bind_error::BindError;
use super::socket::{Access, BoundSocket, Socket};

/// The sockets that were handed over to this process; none if it was started otherwise. They are
/// taken: a second call has none.
pub fn inherited(access: &Access) -> Vec<Result<BoundSocket, BindError>> {
    let mut handed_over = ListenFd::from_env();
    let number = handed_over.len();
    let take = |number| {
        let unix = handed_over.take_unix_listener(number);
        let socket = match unix {
            Ok(Some(listener)) => Socket::Unix(listener),
            Ok(None) => return None,
            Err(_) => match handed_over.take_tcp_listener(number) {
                Ok(Some(listener)) => Socket::Tcp(listener),
                Ok(None) => return None,
                Err(source) => return Some(Err(BindError::Inherited { number, source })),
            },
        };
        let ready = match &socket {
            Socket::Unix(listener) => listener.set_nonblocking(true),
            Socket::Tcp(listener) => listener.set_nonblocking(true),
        };
        Some(match ready {
            Ok(()) => Ok(BoundSocket::inherited(socket, access.clone())),
            Err(source) => Err(BindError::Inherited { number, source }),
        })
    };
    (0..number).filter_map(take).collect()
}
