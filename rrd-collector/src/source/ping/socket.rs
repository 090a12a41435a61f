//! The socket that echo requests go over: a datagram socket where the kernel allows that, else a
//! raw one, which needs a right.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, socket_with};
use thiserror::Error;
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::echo::{Echo, Layout};
use super::round::Pace;
use super::settings::Family;
use crate::net::nonce::{nonce, nonce_16};

/// The longest packet that is looked at; replies are shorter.
const LONGEST: usize = 1024;

/// What keeps echo requests from being sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(super) enum PingError {
    /// The name of the host is not known.
    #[error("{host}: no address")]
    Unknown {
        /// The host.
        host: String,
        /// What the system said.
        source: io::Error,
    },
    /// The name was not looked up in time.
    #[error("{host}: its address was not found within {} s", limit.as_secs_f64())]
    Slow {
        /// The host.
        host: String,
        /// The time limit.
        limit: Duration,
    },
    /// It has no address that fits.
    #[error("{host} has no address of {family}")]
    NoAddress {
        /// The host.
        host: String,
        /// Which are used.
        family: Family,
    },
    /// The kernel gives no socket.
    #[error(
        "this user may not send echo requests: the sysctl net.ipv4.ping_group_range=\"0 2147483647\" \
         allows it to all, docs/rights/ping.conf to the service"
    )]
    NotPermitted {
        /// What the system said.
        source: io::Error,
    },
    /// The system has no such socket.
    #[error("no socket for echo requests")]
    Socket {
        /// What the system said.
        source: io::Error,
    },
    /// A request could not be sent.
    #[error("no echo request can be sent to {address}")]
    Send {
        /// The host.
        address: IpAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// A socket for the requests of one interval to one host.
#[derive(Debug)]
pub(super) struct EchoSocket {
    socket: UdpSocket,
    /// The host, with the port 0.
    host: SocketAddr,
    echo: Echo,
}

impl EchoSocket {
    /// Opens a socket for a host.
    pub(super) fn open(address: IpAddr) -> Result<Self, PingError> {
        let (socket, layout) = open(address.is_ipv4())?;
        let socket = UdpSocket::from_std(socket).map_err(|source| PingError::Socket { source })?;
        let echo = Echo::new(layout, nonce_16(), nonce());
        Ok(Self { socket, host: SocketAddr::new(address, 0), echo })
    }

    /// Sends the requests of an interval; the round trip of each that got a reply in time, and why
    /// the last ones could not be sent, if they could not.
    pub(super) async fn measure(
        &self,
        pace: Pace,
    ) -> (Vec<Option<Duration>>, Result<(), PingError>) {
        let mut times = vec![None; usize::from(pace.count)];
        let mut sent: Vec<Instant> = Vec::new();
        let mut outcome = Ok(());
        let begun = Instant::now();
        let mut packet = [0; LONGEST];
        while sent.len() < times.len() || times.contains(&None) {
            let number = u16::try_from(sent.len()).unwrap_or(pace.count);
            let is_all_sent = number == pace.count;
            let until = match sent.last() {
                Some(last) if is_all_sent => *last + pace.deadline,
                _ => begun + pace.spacing * u32::from(number),
            };
            if Instant::now() >= until {
                if is_all_sent {
                    break;
                }
                outcome = self.send(number).await;
                // A request that could not be sent is lost like others.
                sent.push(Instant::now());
                continue;
            }
            match timeout_at(until, self.socket.recv_from(&mut packet)).await {
                Ok(Ok((length, from))) if from.ip() == self.host.ip() => {
                    let reply = self.echo.reply(packet.get(..length).unwrap_or_default());
                    note(reply, &sent, Instant::now(), pace.deadline, &mut times);
                }
                // A packet from elsewhere, or the time has come.
                Ok(Ok(_)) | Err(_) => {}
                // A broken socket must not keep the thread busy.
                Ok(Err(_)) => sleep_until(until).await,
            }
        }
        (times, outcome)
    }

    async fn send(&self, sequence: u16) -> Result<(), PingError> {
        let packet = self.echo.request(sequence);
        let sent = self.socket.send_to(&packet, self.host).await;
        sent.map(|_| ()).map_err(|source| PingError::Send { address: self.host.ip(), source })
    }
}

/// Notes the round trip of the request that a reply belongs to: the first reply counts, if it is
/// in time.
fn note(
    reply: Option<u16>,
    sent: &[Instant],
    now: Instant,
    deadline: Duration,
    times: &mut [Option<Duration>],
) {
    let Some(number) = reply.map(usize::from) else { return };
    let (Some(sent), Some(time)) = (sent.get(number), times.get_mut(number)) else { return };
    let took = now.saturating_duration_since(*sent);
    if time.is_none() && took <= deadline {
        *time = Some(took);
    }
}

/// Why this user cannot ping hosts of a family, if that is so.
pub(super) fn refusal(family: Family) -> Option<PingError> {
    open(family != Family::V6).err()
}

fn open(is_v4: bool) -> Result<(std::net::UdpSocket, Layout), PingError> {
    let (family, protocol, datagram, raw) = if is_v4 {
        (AddressFamily::INET, ipproto::ICMP, Layout::V4, Layout::RawV4)
    } else {
        (AddressFamily::INET6, ipproto::ICMPV6, Layout::V6, Layout::RawV6)
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let opened = |kind| socket_with(family, kind, flags, Some(protocol));
    match opened(SocketType::DGRAM) {
        Ok(socket) => Ok((socket.into(), datagram)),
        Err(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => match opened(SocketType::RAW) {
            Ok(socket) => Ok((socket.into(), raw)),
            Err(error) => Err(PingError::NotPermitted { source: error.into() }),
        },
        Err(error) => Err(PingError::Socket { source: error.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host that replies to the first request twice, to the second after 40 ms, to the third
    /// never, and to the fourth too late; and a stranger that replies to the third.
    async fn reply_badly(host: UdpSocket, stranger: UdpSocket) {
        let mut packet = [0; LONGEST];
        for number in 0..4 {
            let (length, client) = host.recv_from(&mut packet).await.unwrap();
            let mut reply = packet[..length].to_vec();
            reply[0] = 0;
            let send = async |times| {
                for _ in 0..times {
                    host.send_to(&reply, client).await.unwrap();
                }
            };
            let wait = async |ms| tokio::time::sleep(Duration::from_millis(ms)).await;
            match number {
                0 => send(2).await,
                1 => {
                    wait(40).await;
                    send(1).await;
                }
                2 => {
                    stranger.send_to(&reply, client).await.unwrap();
                }
                _ => {
                    wait(2600).await;
                    send(1).await;
                }
            }
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn replies_that_come_twice_late_never_or_from_strangers_are_told_apart() {
        // Datagrams take the place of packets of ICMP: the kernel adds nothing to either.
        let local = |address: &'static str| async move { UdpSocket::bind(address).await.unwrap() };
        let host = local("127.0.0.1:0").await;
        let echo = Echo::new(Layout::V4, 7, 8);
        let address = host.local_addr().unwrap();
        let pings = EchoSocket { socket: local("127.0.0.1:0").await, host: address, echo };
        let replies = tokio::spawn(reply_badly(host, local("127.0.0.2:0").await));
        let (spacing, deadline) = (Duration::from_millis(100), Duration::from_secs(2));
        let (times, outcome) = pings.measure(Pace { count: 4, spacing, deadline }).await;
        outcome.unwrap();
        replies.abort();
        assert!(times[0].unwrap() < deadline, "{times:?}");
        assert!(times[1].unwrap() >= Duration::from_millis(40), "{times:?}");
        assert_eq!(times[2..], [None, None]);
    }

    #[test]
    fn the_first_reply_in_time_counts() {
        let begun = Instant::now();
        let sent = [begun, begun + Duration::from_secs(1)];
        let mut times = [None; 3];
        let mut replied = |number, after| {
            let (now, deadline) = (begun + Duration::from_millis(after), Duration::from_secs(2));
            note(number, &sent, now, deadline, &mut times);
            times
        };
        let ms = Duration::from_millis;
        assert_eq!(replied(Some(0), 250), [Some(ms(250)), None, None]);
        // Twice the same, one that was not sent yet, none at all, one from the past, one too late.
        assert_eq!(replied(Some(0), 300)[0], Some(ms(250)));
        assert_eq!(replied(Some(2), 1500)[2], None);
        assert_eq!(replied(Some(50), 1500)[2], None);
        assert_eq!(replied(None, 1500)[1], None);
        assert_eq!(replied(Some(1), 3001)[1], None);
        assert_eq!(replied(Some(1), 3000)[1], Some(ms(2000)));
    }
}
