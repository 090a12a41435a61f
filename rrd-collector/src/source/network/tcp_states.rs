//! TCP sockets by state, requested from the kernel by `sock_diag`; never from `/proc/net/tcp`, for
//! which the kernel formats a line per socket.
//!
//! Established and waiting sockets are the majority on a busy host and are counted by the kernel
//! anyway; only the other states are listed.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rrd_core::Step;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
    sockopt,
};

use super::tables::{pair_value, table_value};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{THINGS, at_most, to_f64};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// TCP sockets of the network namespace by state, both versions of IP.
pub static TCP_STATES: Kind = Kind::new("tcp_states", "TCP states", METRICS);

const METRICS: &[Metric; STATES] = &[
    Metric::new("established", Unit::Count, "open on both sides"),
    Metric::new("syn_sent", Unit::Count, "outgoing requests, not answered yet"),
    Metric::new("syn_received", Unit::Count, "incoming requests, not confirmed yet"),
    Metric::new("fin_wait1", Unit::Count, "closed by this side, not confirmed yet"),
    Metric::new("fin_wait2", Unit::Count, "closed by this side, not yet by the other"),
    Metric::new("time_wait", Unit::Count, "closed, waiting for late segments"),
    Metric::new(
        "close_wait",
        Unit::Count,
        "closed by the other side, but not yet by the local program",
    ),
    Metric::new("last_ack", Unit::Count, "closed by both sides, not confirmed yet"),
    Metric::new("listen", Unit::Count, "waiting for connections"),
    Metric::new("closing", Unit::Count, "closed by both sides at the same time"),
];

/// States that have a metric.
const STATES: usize = 10;
/// The kernel's numbers of the states, in the order of the metrics.
const NUMBERS: [u8; STATES] = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11];
const ESTABLISHED: usize = 0;
const TIME_WAIT: usize = 5;
const CLOSE_WAIT: usize = 6;
/// A request that was accepted but has no socket yet: counted as `syn_received`.
const NEW_SYN_RECEIVED: u8 = 12;

/// Time limit for the list; the tick waits for it.
const DEADLINE: Duration = Duration::from_millis(200);

const REQUEST_BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const DUMP: u16 = 0x301;
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// The range of error numbers.
const ERRORS: std::ops::RangeInclusive<i32> = 1..=4095;
const HEADER: usize = 16;
const REQUEST: usize = HEADER + 56;
const TCP: u8 = 6;

/// Samples the states of TCP sockets.
pub struct TcpStatesProbe {
    is_live: bool,
    snmp: KeptFile,
    sockstat: KeptFile,
    socket: Option<OwnedFd>,
}

impl TcpStatesProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            is_live: host.is_live(),
            snmp: host.proc("net/snmp"),
            sockstat: host.proc("net/sockstat"),
            socket: None,
        }
    }

    fn count(&mut self) -> Result<[u64; STATES], Errno> {
        let socket = match &self.socket {
            Some(socket) => socket,
            None => self.socket.insert(open()?),
        };
        let mut counts = [0; STATES];
        let begun = Instant::now();
        for family in [AddressFamily::INET, AddressFamily::INET6] {
            let family = u8::try_from(family.as_raw()).unwrap_or_default();
            send(socket, &request(family), SendFlags::empty())?;
            let mut buffer = [0; 16 << 10];
            loop {
                if begun.elapsed() > DEADLINE {
                    return Err(Errno::TIMEDOUT);
                }
                let (_, length) = recv(socket, &mut buffer[..], RecvFlags::empty())?;
                if count_answer(buffer.get(..length).unwrap_or_default(), &mut counts)? {
                    break;
                }
            }
        }
        Ok(counts)
    }
}

impl Probe for TcpStatesProbe {
    fn name(&self) -> &'static str {
        "tcp_states"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        // A folder of recorded files has no kernel.
        let counted = if self.is_live { self.count() } else { Err(Errno::NOENT) };
        let counts = counted.map_err(|error| {
            // The rest of an answer must not be mistaken for the next one.
            self.socket = None;
            ReadError::Io { path: "sock_diag".into(), source: error.into() }
        })?;
        let open = table_value(self.snmp.read()?, "Tcp", "CurrEstab");
        let waiting = pair_value(self.sockstat.read()?, "TCP", "tw");
        let mut values = counts.map(to_f64);
        // The kernel's own count includes sockets that the other side has closed.
        let closed = counts.get(CLOSE_WAIT).copied().unwrap_or(0);
        values[ESTABLISHED] = at_most(THINGS, open.map(|open| open.saturating_sub(closed)));
        values[TIME_WAIT] = at_most(THINGS, waiting);
        sink.group(&TCP_STATES, "", &values);
        Ok(())
    }
}

fn open() -> Result<OwnedFd, Errno> {
    let (family, kind) = (AddressFamily::NETLINK, SocketType::DGRAM);
    let socket = socket_with(family, kind, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG))?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(DEADLINE))?;
    Ok(socket)
}

/// `inet_diag_req_v2` after its header: the sockets of one family in the listed states.
fn request(family: u8) -> [u8; REQUEST] {
    let is_listed = |(index, _): &(usize, &u8)| ![ESTABLISHED, TIME_WAIT].contains(index);
    let listed = NUMBERS.iter().enumerate().filter(is_listed);
    let states = listed.fold(1_u32 << NEW_SYN_RECEIVED, |states, (_, number)| states | 1 << number);
    let mut bytes = [0; REQUEST];
    let mut put = |at: usize, part: &[u8]| {
        if let Some(place) = bytes.get_mut(at..at + part.len()) {
            place.copy_from_slice(part);
        }
    };
    put(0, &(u32::try_from(REQUEST).unwrap_or_default()).to_ne_bytes());
    put(4, &REQUEST_BY_FAMILY.to_ne_bytes());
    put(6, &DUMP.to_ne_bytes());
    put(HEADER, &[family, TCP]);
    put(HEADER + 4, &states.to_ne_bytes());
    bytes
}

/// Counts the sockets in one answer of the kernel; returns whether it was the last.
///
/// # Errors
///
/// The kernel's error, or `BADMSG` if a message ends outside its answer.
pub fn count_answer(mut bytes: &[u8], counts: &mut [u64; STATES]) -> Result<bool, Errno> {
    while let Some((header, _)) = bytes.split_first_chunk::<HEADER>() {
        let [a, b, c, d, e, f, ..] = *header;
        let length = usize::try_from(u32::from_ne_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let Some(body) = bytes.get(HEADER..length) else { return Err(Errno::BADMSG) };
        match u16::from_ne_bytes([e, f]) {
            DONE => return Ok(true),
            ERROR => {
                let code = body.first_chunk().map_or(0, |code| i32::from_ne_bytes(*code));
                // Anything else, such as an acknowledgement, was not requested.
                let number = Some(code.saturating_neg()).filter(|number| ERRORS.contains(number));
                return Err(number.map_or(Errno::BADMSG, Errno::from_raw_os_error));
            }
            REQUEST_BY_FAMILY => {
                let state = match body.get(1) {
                    Some(&NEW_SYN_RECEIVED) => 3,
                    state => state.copied().unwrap_or(0),
                };
                let position = NUMBERS.iter().position(|number| *number == state);
                if let Some(count) = position.and_then(|position| counts.get_mut(position)) {
                    *count += 1;
                }
            }
            _ => {}
        }
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    fn message(kind: u16, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(HEADER + body.len()).unwrap();
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(body);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn answers_are_counted_by_state_until_the_last() {
        let mut counts = [0; STATES];
        let mut bytes = message(REQUEST_BY_FAMILY, &[2, 10, 0]);
        bytes.extend(message(REQUEST_BY_FAMILY, &[2, 8, 0, 0]));
        bytes.extend(message(REQUEST_BY_FAMILY, &[10, 8, 0, 0]));
        bytes.extend(message(REQUEST_BY_FAMILY, &[2, NEW_SYN_RECEIVED, 0, 0]));
        assert_eq!(count_answer(&bytes, &mut counts), Ok(false));
        assert_eq!(counts, [0, 0, 1, 0, 0, 0, 2, 0, 1, 0]);
        assert_eq!(count_answer(&message(DONE, &[0; 4]), &mut counts), Ok(true));
        let refused = message(ERROR, &(-2_i32).to_ne_bytes());
        assert_eq!(count_answer(&refused, &mut counts), Err(Errno::NOENT));
        for code in [0, 5, -4096, i32::MIN] {
            let odd = message(ERROR, &code.to_ne_bytes());
            assert_eq!(count_answer(&odd, &mut counts), Err(Errno::BADMSG), "{code}");
        }
    }

    #[test]
    fn an_answer_that_claims_more_than_it_holds_is_refused() {
        let mut bytes = message(REQUEST_BY_FAMILY, &[2, 10, 0, 0]);
        bytes[0] = 200;
        assert_eq!(count_answer(&bytes, &mut [0; STATES]), Err(Errno::BADMSG));
        bytes[0] = 3;
        assert_eq!(count_answer(&bytes, &mut [0; STATES]), Err(Errno::BADMSG));
        assert_eq!(count_answer(&[], &mut [0; STATES]), Ok(false));
    }

    #[test]
    fn the_sockets_of_this_host_are_seen() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut kept, _) = listener.accept().unwrap();
        let sample = || {
            let mut probe = TcpStatesProbe::new(&Host::at("/"));
            let mut recorder = Recorder::default();
            let tick = Tick { at: Timestamp::from_seconds(1), clock: Duration::ZERO };
            probe.sample(tick, &mut recorder).map(|()| recorder)
        };
        let Ok(recorder) = sample() else {
            // A sandbox may have no sock_diag.
            return;
        };
        assert!(recorder.value(&TCP_STATES, "", "listen") >= 1.0);
        assert!(recorder.value(&TCP_STATES, "", "established") >= 2.0);
        drop(closed);
        kept.write_all(b"").unwrap();
        assert!(sample().unwrap().value(&TCP_STATES, "", "close_wait") >= 1.0);
    }

    #[test]
    fn a_recorded_host_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut probe = TcpStatesProbe::new(&Host::at(folder.path()));
        let tick = Tick { at: Timestamp::from_seconds(1), clock: Duration::ZERO };
        assert!(probe.sample(tick, &mut Recorder::default()).unwrap_err().is_missing());
    }
}
