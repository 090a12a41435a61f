//! chrony's command protocol, version 6: `tracking`, `sources` and `activity` over UDP, which
//! chronyd answers to everybody on its host.
//!
//! Sources: the packets of facebook's Go package `ntp/chrony` (Apache licence), chronyc's manual
//! page for the meaning, and the answers of chronyd 4.3.

use std::net::SocketAddr;
use std::time::Duration;

use super::datagram::{Asked, ServiceError, long, word};
use super::state::{ClockState, Reference, Sources};
use crate::net::nonce::nonce_32;

/// The version of the protocol, since chrony 1.27.
const VERSION: u8 = 6;
/// The kinds of packets.
const REQUEST: u8 = 1;
const REPLY: u8 = 2;
/// The bytes before the content of a request and of a reply.
const REQUEST_HEAD: usize = 20;
const REPLY_HEAD: usize = 28;
/// The most sources that are asked for; more than anybody has.
const MOST_SOURCES: u32 = 64;
/// The reference of a chronyd that serves its own clock: 127.127.1.1.
const LOCAL: u32 = 0x7f7f_0101;
/// The leap status of a clock that is not synchronised.
const NOT_SYNCHRONIZED: u16 = 3;
/// Instead of the upper half of a time, if chronyd has 32 bits for times.
const NO_UPPER_HALF: u32 = 0x7fff_ffff;

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Question {
    /// For people.
    what: &'static str,
    command: u16,
    /// The kind of its reply.
    reply: u16,
    /// The length of its reply, which the request must have.
    length: usize,
}

const TRACKING: Question =
    Question { what: "how the clock is (tracking)", command: 33, reply: 5, length: 104 };
const COUNT: Question = Question { what: "its sources", command: 14, reply: 2, length: 32 };
const SOURCE: Question = Question { what: "its sources", command: 15, reply: 3, length: 76 };
const ACTIVITY: Question =
    Question { what: "which sources are in use (activity)", command: 44, reply: 12, length: 48 };

/// A reply: the packet, or the reason for a refusal.
type Reply = Result<Vec<u8>, u16>;

impl Question {
    /// The packet of the question, about the source of this number.
    fn packet(&self, sequence: u32, source: u32) -> Vec<u8> {
        let [high, low] = self.command.to_be_bytes();
        let mut packet = vec![VERSION, REQUEST, 0, 0, high, low, 0, 0];
        packet.extend(sequence.to_be_bytes());
        packet.resize(REQUEST_HEAD, 0);
        packet.extend(source.to_be_bytes());
        packet.resize(self.length, 0);
        packet
    }

    /// The reply to the question of this number; `None` for any other packet.
    fn reply(&self, packet: &[u8], sequence: u32) -> Option<Reply> {
        let is_reply = packet.get(..2)? == [VERSION, REPLY]
            && word(packet, 4)? == self.command
            && long(packet, 16)? == sequence;
        let (reply, status) = (word(packet, 6)?, word(packet, 8)?);
        if !is_reply || packet.len() < REPLY_HEAD {
            return None;
        }
        if status != 0 {
            return Some(Err(status));
        }
        (reply == self.reply && packet.len() >= self.length).then(|| Ok(packet.to_vec()))
    }
}

/// How the clock is, as chronyd says.
pub(super) async fn ask(address: SocketAddr) -> Result<ClockState, ServiceError> {
    let chronyd = Asked::at("chrony", address).await?;
    let (frequency, reference) = ask_one(&chronyd, TRACKING, 0, tracking).await?;
    let all = ask_one(&chronyd, COUNT, 0, |packet| long(packet, REPLY_HEAD)).await?;
    let mut sources = Sources { all: u64::from(all), ..Sources::default() };
    for number in 0..all.min(MOST_SOURCES) {
        let is_reachable = ask_one(&chronyd, SOURCE, number, is_reachable).await?;
        sources.reachable += u64::from(is_reachable);
    }
    sources.in_use = ask_one(&chronyd, ACTIVITY, 0, in_use).await?;
    Ok(ClockState { reference, frequency, sources: Some(sources) })
}

/// The answer to one question.
async fn ask_one<T>(
    chronyd: &Asked,
    question: Question,
    source: u32,
    parse: impl Fn(&[u8]) -> Option<T>,
) -> Result<T, ServiceError> {
    let sequence = nonce_32();
    let packet = question.packet(sequence, source);
    let reply = chronyd.ask(&packet, |packet| question.reply(packet, sequence)).await?;
    let packet = reply.map_err(|status| chronyd.refused(question.what, reason(status)))?;
    parse(&packet).ok_or_else(|| chronyd.incomplete(question.what))
}

/// Why a question was refused.
fn reason(status: u16) -> String {
    let meaning = match status {
        2 => "not permitted from this address",
        10 => "this host may not ask",
        18 => "it speaks another version of the protocol",
        _ => return format!("status {status}"),
    };
    format!("status {status}, {meaning}")
}

/// The gain of the uncorrected clock and its reference, from a reply to `tracking`.
fn tracking(packet: &[u8]) -> Option<(f64, Option<Reference>)> {
    let number = |at| long(packet, at).map(number);
    // In parts of a million.
    let frequency = number(80)? / 1e6;
    let reference = Reference {
        offset: number(68)?,
        root_delay: number(92)?,
        root_dispersion: number(96)?,
        stratum: u64::from(word(packet, 52)?),
        confirmed: time(long(packet, 56)?, long(packet, 60)?, long(packet, 64)?),
    };
    let is_synchronized = word(packet, 54)? != NOT_SYNCHRONIZED && long(packet, 28)? != LOCAL;
    Some((frequency, is_synchronized.then_some(reference)))
}

/// Whether a source answered one of the last eight times, from a reply about it.
fn is_reachable(packet: &[u8]) -> Option<bool> {
    Some(word(packet, 58)? != 0)
}

/// The number of sources that are not switched off: those that are asked regularly, in a burst
/// after which that goes on, and those whose names have no address yet.
fn in_use(packet: &[u8]) -> Option<u64> {
    let count = |at| long(packet, at).map(u64::from);
    let [online, burst, unresolved] = [count(28)?, count(36)?, count(44)?];
    Some(online + burst + unresolved)
}

/// A time since 1970.
fn time(upper: u32, lower: u32, nanoseconds: u32) -> Duration {
    let upper = if upper == NO_UPPER_HALF { 0 } else { upper };
    Duration::from_secs(u64::from(upper) << 32 | u64::from(lower))
        .saturating_add(Duration::from_nanos(u64::from(nanoseconds)))
}

/// A number in chrony's format: a signed exponent of 7 bits, then a signed coefficient of 25, in
/// units of 2^-25.
fn number(bits: u32) -> f64 {
    let exponent = i64::from(bits.cast_signed() >> 25);
    let coefficient = (bits << 7).cast_signed() >> 7;
    // The bits of a power of two: -89 to 38 is far within the exponents of a double.
    let power = u64::try_from(1023 + exponent - 25).unwrap_or_default() << 52;
    f64::from(coefficient) * f64::from_bits(power)
}

/// Lines of chrony's configuration that keep everybody from asking.
pub(super) fn switched_off(address: Option<SocketAddr>) -> Vec<String> {
    if address.is_none() {
        return Vec::new();
    }
    let files = ["/etc/chrony/chrony.conf", "/etc/chrony.conf"];
    let line = |file: &&str| {
        let line = command_port_line(&std::fs::read_to_string(file).ok()?)?;
        Some(format!(
            "clock: {file}:{line}: `cmdport 0` keeps the collector from asking chrony: remove that line"
        ))
    };
    files.iter().filter_map(line).collect()
}

/// The number of the line that switches the command port off, if the last one about it does.
fn command_port_line(text: &str) -> Option<usize> {
    let mut found = None;
    for (number, line) in (1..).zip(text.lines()) {
        let mut words = line.split_ascii_whitespace();
        if words.next().is_some_and(|word| word.eq_ignore_ascii_case("cmdport")) {
            found = (words.next() == Some("0")).then_some(number);
        }
    }
    found
}

/// Reads any packet as each kind of reply, for fuzzing.
pub(super) fn parse_any(packet: &[u8]) {
    let sequence = long(packet, 16).unwrap_or_default();
    for question in [TRACKING, COUNT, SOURCE, ACTIVITY] {
        if let Some(Err(status)) = question.reply(packet, sequence) {
            assert!(!reason(status).is_empty());
        }
    }
    let (tracking, count) = (tracking(packet), in_use(packet));
    if let Some((frequency, reference)) = tracking {
        let state = ClockState { reference, frequency, sources: None };
        assert!(state.values().iter().all(|value| !value.is_infinite()));
    }
    assert!(count.is_none_or(|count| count <= 3 << 32));
    let _ = is_reachable(packet);
}

#[cfg(test)]
mod tests;
