//! The open connections of a listener. Their number is limited, and clients that connect and send
//! nothing keep nobody out: beyond the limit a new connection takes the place of a waiting one.

use std::cell::Cell;
use std::net::{IpAddr, Ipv6Addr};
use std::rc::Rc;
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Instant, sleep};

/// Limit on the connections of a listener; a browser opens six.
const MAX_CONNECTIONS: usize = 256;
/// How long a connection is safe after each change of its state: long enough to send a request.
const PROTECTED: Duration = Duration::from_millis(200);
/// How often a full listener looks for a connection that is not safe any more.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Where a client comes from. Whoever has one address of an IPv6 network of 64 bits has all of
/// them, so that they count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin(Option<IpAddr>);

impl Origin {
    /// A client of a Unix socket, who is not told apart from the others.
    pub(crate) const SOCKET: Self = Self(None);

    /// A client with this address.
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(Some(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            address @ IpAddr::V4(_) => address,
        }))
    }

    /// The address or the network; `None` for a Unix socket.
    pub(crate) fn address(self) -> Option<IpAddr> {
        self.0
    }
}

/// The state of a connection, in the order in which connections are closed for new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// The client has not sent a complete request.
    Waiting,
    /// The client has not received a complete answer.
    Sending,
    /// We compute the answer; such a connection is not closed.
    Working,
}

/// The state of one connection since when, shared by its task and the listener.
#[derive(Clone, Debug)]
pub(crate) struct Activity(Rc<Cell<(State, Instant)>>);

impl Activity {
    fn new() -> Self {
        Self(Rc::new(Cell::new((State::Waiting, Instant::now()))))
    }

    /// The state, and its beginning.
    pub(crate) fn state(&self) -> (State, Instant) {
        self.0.get()
    }

    /// Begins a state.
    pub(crate) fn begin(&self, state: State) {
        self.0.set((state, Instant::now()));
    }
}

/// What happens to the connections when the listener is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtEnd {
    /// They continue.
    Continue,
    /// They are closed.
    Close,
}

/// The open connections of a listener.
pub(crate) struct Connections {
    open: Vec<Connection>,
    at_end: AtEnd,
}

struct Connection {
    origin: Origin,
    activity: Activity,
    task: JoinHandle<()>,
}

impl Connections {
    /// No connections.
    pub(crate) fn new(at_end: AtEnd) -> Self {
        Self { open: Vec::new(), at_end }
    }

    /// Serves a new connection as a task of its own, in the place of a waiting one if there are too
    /// many. Returns how many were closed for it.
    pub(crate) async fn serve<F: Future<Output = ()> + 'static>(
        &mut self,
        origin: Origin,
        handle: impl FnOnce(Activity) -> F,
    ) -> u64 {
        let mut closed = 0;
        loop {
            self.open.retain(|connection| !connection.task.is_finished());
            if self.open.len() < MAX_CONNECTIONS {
                break;
            }
            closed += u64::from(self.close_one().await);
        }
        let activity = Activity::new();
        let task = spawn_local(handle(activity.clone()));
        self.open.push(Connection { origin, activity, task });
        closed
    }

    /// Closes the connection that a new one replaces; if all are safe, waits a moment and returns
    /// false.
    pub(crate) async fn close_one(&mut self) -> bool {
        let states: Vec<_> = self
            .open
            .iter()
            .map(|connection| (connection.origin, connection.activity.state()))
            .collect();
        let Some(index) = replaceable(&states, Instant::now()) else {
            sleep(LOOK_AGAIN).await;
            return false;
        };
        let task = self.open.swap_remove(index).task;
        task.abort();
        // Its socket is closed once this returns.
        let _ = task.await;
        true
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        if self.at_end == AtEnd::Close {
            self.open.iter().for_each(|connection| connection.task.abort());
        }
    }
}

/// Which connection gives way to a new one: of the client with most connections, the one that has
/// waited longest for a request, else the one that has sent its answer longest.
fn replaceable(open: &[(Origin, (State, Instant))], now: Instant) -> Option<usize> {
    let of_origin = |wanted| open.iter().filter(|(origin, _)| *origin == wanted).count();
    let candidates = open.iter().enumerate().filter(|(_, (_, (state, since)))| {
        *state != State::Working && now.saturating_duration_since(*since) >= PROTECTED
    });
    let first = candidates.min_by_key(|(_, (origin, (state, since)))| {
        (std::cmp::Reverse(of_origin(*origin)), *state, *since)
    });
    first.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(address: &str) -> Origin {
        Origin::of(address.parse().unwrap())
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_origin() {
        assert_eq!(origin("2001:db8::1"), origin("2001:db8::ffff:2"));
        assert_ne!(origin("2001:db8::1"), origin("2001:db8:0:1::1"));
        assert_ne!(origin("192.0.2.1"), origin("192.0.2.2"));
        assert_eq!(origin("::ffff:192.0.2.1"), origin("192.0.2.1"));
    }

    #[test]
    fn the_client_with_most_connections_loses_the_one_that_has_waited_longest() {
        let now = Instant::now() + Duration::from_secs(100);
        let ago = |seconds| now.checked_sub(Duration::from_secs(seconds)).unwrap();
        let (many, few) = (origin("192.0.2.1"), origin("192.0.2.2"));
        let open = [
            (few, (State::Waiting, ago(90))),
            (many, (State::Sending, ago(80))),
            (many, (State::Waiting, ago(10))),
            (many, (State::Waiting, ago(20))),
            (many, (State::Working, ago(95))),
        ];
        assert_eq!(replaceable(&open, now), Some(3));
        // Answers on their way are the next, and those that we compute are not closed.
        assert_eq!(replaceable(&open[..2], now), Some(0));
        assert_eq!(replaceable(&open[1..2], now), Some(0));
        assert_eq!(replaceable(&open[4..], now), None);
        let young = [(many, (State::Waiting, now)), (many, (State::Sending, ago(1)))];
        assert_eq!(replaceable(&young, now), Some(1));
        assert_eq!(replaceable(&young[..1], now), None);
    }

    /// Counts the tasks that have ended.
    struct Counts(Rc<Cell<usize>>);

    impl Drop for Counts {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_connection_beyond_the_limit_takes_the_place_of_the_oldest() {
        let local = tokio::task::LocalSet::new();
        local
            .run_until(async {
                let mut connections = Connections::new(AtEnd::Close);
                let ended = Rc::new(Cell::new(0));
                for number in 0..MAX_CONNECTIONS + 3 {
                    let guard = Counts(ended.clone());
                    let closed = connections.serve(Origin::SOCKET, |_| async {
                        let _guard = guard;
                        std::future::pending::<()>().await;
                    });
                    assert_eq!(closed.await, u64::from(number >= MAX_CONNECTIONS));
                }
                assert_eq!(ended.get(), 3);
                drop(connections);
                while ended.get() < MAX_CONNECTIONS + 3 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
    }
}
