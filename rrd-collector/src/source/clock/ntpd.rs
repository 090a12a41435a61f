//! ntpd and ntpsec through control messages, mode 6 of NTP: the variables of the system, and the
//! states of its associations.
//!
//! Sources: RFC 1305, appendix B; RFC 9327; and the answers of ntpsec 1.2.2.

use std::net::SocketAddr;
use std::time::Duration;

use super::datagram::{Asked, ServiceError, long, word};
use super::state::{ClockState, Reference, Sources};
use crate::net::nonce::nonce_16;

/// Version 2 and mode 6 in one byte.
const HEAD: u8 = 2 << 3 | 6;
const MODE: u8 = 0b111;
/// Bits of the second byte, beside the number of the question.
const RESPONSE: u8 = 0x80;
const ERROR: u8 = 0x40;
const MORE: u8 = 0x20;
/// The bytes before the content.
const HEAD_LENGTH: usize = 12;
/// The longest answer of all its packets.
const MAX_ANSWER: usize = 16 << 10;
/// Leap bits of a clock that is not synchronised.
const NOT_SYNCHRONIZED: &str = "3";
/// The reference of an ntpd that serves its own clock begins with this.
const LOCAL: &str = "127.127.1.";
/// Of an association: it answered one of the last eight times.
const REACHABLE: u16 = 0x1000;
/// Seconds from 1900 to 1970.
const NTP_TO_UNIX: u64 = 2_208_988_800;

/// What is asked of the system.
const VARIABLES: &str = "leap,stratum,rootdelay,rootdisp,refid,reftime,offset,frequency";

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// The identifiers and states of all associations.
    Associations,
    /// Variables of the system.
    Variables,
}

impl Question {
    const fn number(self) -> u8 {
        match self {
            Self::Associations => 1,
            Self::Variables => 2,
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Associations => "its associations",
            Self::Variables => "how the clock is",
        }
    }

    fn packet(self, sequence: u16, content: &str) -> Vec<u8> {
        let mut packet = vec![HEAD, self.number()];
        packet.extend(sequence.to_be_bytes());
        // Status, association and offset.
        packet.extend([0; 6]);
        packet.extend(u16::try_from(content.len()).unwrap_or_default().to_be_bytes());
        packet.extend(content.as_bytes());
        packet.resize(packet.len().next_multiple_of(4), 0);
        packet
    }
}

/// An answer that comes in several packets.
#[derive(Debug)]
struct Answer {
    question: Question,
    sequence: u16,
    content: Vec<u8>,
}

impl Answer {
    fn to(question: Question, sequence: u16) -> Self {
        Self { question, sequence, content: Vec::new() }
    }

    /// Takes a packet: the content, or the number of an error, once the answer is complete. Other
    /// packets, and those that do not continue it, are passed over.
    fn take(&mut self, packet: &[u8]) -> Option<Result<Vec<u8>, u8>> {
        let (first, second) = (*packet.first()?, *packet.get(1)?);
        let is_answer = first & MODE == HEAD & MODE
            && second & RESPONSE != 0
            && second & 0x1f == self.question.number()
            && word(packet, 2)? == self.sequence;
        if !is_answer {
            return None;
        }
        if second & ERROR != 0 {
            return packet.get(4).copied().map(Err);
        }
        let (offset, count) = (usize::from(word(packet, 8)?), usize::from(word(packet, 10)?));
        let part = packet.get(HEAD_LENGTH..)?.get(..count)?;
        if offset != self.content.len() || offset + count > MAX_ANSWER {
            return None;
        }
        self.content.extend(part);
        (second & MORE == 0).then(|| Ok(std::mem::take(&mut self.content)))
    }
}

/// How the clock is, as ntpd says.
pub(super) async fn ask(address: SocketAddr) -> Result<ClockState, ServiceError> {
    let ntpd = Asked::at("ntpd", address).await?;
    let variables = ask_one(&ntpd, Question::Variables, VARIABLES).await?;
    let (frequency, reference) = variables_of(&String::from_utf8_lossy(&variables))
        .ok_or_else(|| ntpd.incomplete(Question::Variables.what()))?;
    let associations = ask_one(&ntpd, Question::Associations, "").await?;
    Ok(ClockState { reference, frequency, sources: Some(sources(&associations)) })
}

async fn ask_one(ntpd: &Asked, question: Question, content: &str) -> Result<Vec<u8>, ServiceError> {
    let sequence = nonce_16();
    let mut answer = Answer::to(question, sequence);
    let packet = question.packet(sequence, content);
    let outcome = ntpd.ask(&packet, |packet| answer.take(packet)).await?;
    outcome.map_err(|error| ntpd.refused(question.what(), reason(error)))
}

/// Why a question was refused, by the numbers of RFC 1305.
fn reason(error: u8) -> String {
    let meaning = match error {
        1 => "authentication is required",
        3 => "it does not know the question",
        5 => "it does not know a variable",
        7 => "not permitted from this address",
        _ => return format!("error {error}"),
    };
    format!("error {error}, {meaning}")
}

/// The gain of the uncorrected clock, and its reference. `None` if it is not said whether there is
/// one.
fn variables_of(text: &str) -> Option<(f64, Option<Reference>)> {
    let text = |name: &str| {
        let mut pairs = text.split(',').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(key, _)| key.trim() == name)?;
        Some(value.trim().trim_matches('"'))
    };
    let number = |name: &str| text(name).and_then(|value| value.parse().ok()).unwrap_or(f64::NAN);
    // The correction, in parts of a million.
    let frequency = (0.0 - number("frequency")) / 1e6;
    let is_local = text("refid").is_some_and(|reference| reference.starts_with(LOCAL));
    let is_synchronized = text("leap")? != NOT_SYNCHRONIZED && !is_local;
    // Times in milliseconds.
    let reference = Reference {
        offset: number("offset") / 1e3,
        root_delay: number("rootdelay") / 1e3,
        root_dispersion: number("rootdisp") / 1e3,
        stratum: text("stratum").and_then(|stratum| stratum.parse().ok()).unwrap_or(u64::MAX),
        confirmed: text("reftime").and_then(time).unwrap_or_default(),
    };
    Some((frequency, is_synchronized.then_some(reference)))
}

/// A time since 1970, from seconds since 1900 and their fraction, in hexadecimal digits. A time
/// before 1968 is one of the next era, which begins in 2036.
fn time(text: &str) -> Option<Duration> {
    const ERA: u64 = 1 << 32;
    let (seconds, fraction) = text.strip_prefix("0x")?.split_once('.')?;
    let seconds = u64::from(u32::from_str_radix(seconds, 16).ok()?);
    let fraction = u64::from(u32::from_str_radix(fraction, 16).ok()?);
    let seconds = if seconds < ERA / 2 { seconds + ERA } else { seconds };
    let nanoseconds = (fraction * 1_000_000_000) >> 32;
    Some(Duration::from_secs(seconds.checked_sub(NTP_TO_UNIX)?) + Duration::from_nanos(nanoseconds))
}

/// The sources, from pairs of an identifier and a state.
fn sources(associations: &[u8]) -> Sources {
    let states = || associations.chunks_exact(4).filter_map(|pair| word(pair, 2));
    let count = |sources: usize| u64::try_from(sources).unwrap_or_default();
    let all = count(states().count());
    let reachable = count(states().filter(|state| state & REACHABLE != 0).count());
    Sources { all, reachable, in_use: all }
}

/// Reads any packet as each kind of answer, and any text as variables, for fuzzing.
pub(super) fn parse_any(packet: &[u8], text: &str) {
    for question in [Question::Associations, Question::Variables] {
        let sequence = word(packet, 2).unwrap_or_default();
        let mut answer = Answer::to(question, sequence);
        let _ = answer.take(packet);
        assert!(answer.take(packet).is_none_or(|answer| answer.is_err() || packet.len() > 11));
    }
    let sources = sources(packet);
    assert!(sources.reachable <= sources.all && long(packet, 0).is_some() == (sources.all > 0));
    if let Some((frequency, reference)) = variables_of(text) {
        let state = ClockState { reference, frequency, sources: Some(sources) };
        assert!(state.values().iter().all(|value| !value.is_infinite()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ntpsec 1.2.2 says of a clock that follows a server over the network.
    const VARIABLES_SAID: &str = "leap=0, stratum=4, rootdelay=0.051, rootdisp=1.060, \
        refid=10.77.0.1,\r\nreftime=0xeeb8dcd5.1a1d9526, offset=0.012480, frequency=-3.250000\r\n";

    /// The packet of an answer.
    fn packet(second: u8, sequence: u16, offset: u16, content: &[u8]) -> Vec<u8> {
        let mut packet = vec![0xd6, second];
        packet.extend(sequence.to_be_bytes());
        packet.extend([5, 0, 0, 0]);
        packet.extend(offset.to_be_bytes());
        packet.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        packet.extend(content);
        packet
    }

    #[test]
    fn variables_are_in_seconds_and_the_sign_of_the_frequency_is_that_of_chrony() {
        let (frequency, reference) = variables_of(VARIABLES_SAID).unwrap();
        let reference = reference.unwrap();
        assert_eq!(frequency, 3.25e-6);
        assert_eq!(reference.offset, 0.012_480 / 1e3);
        assert_eq!((reference.root_delay, reference.root_dispersion), (0.051 / 1e3, 1.06 / 1e3));
        assert_eq!(reference.stratum, 4);
        // 2026-12-01 05:42:45 UTC.
        assert_eq!(reference.confirmed, Duration::new(1_796_103_765, 102_013_894));
    }

    #[test]
    fn a_clock_that_follows_nobody_or_itself_has_no_reference() {
        let of = |text: &str| variables_of(text).unwrap().1;
        assert_eq!(of("leap=3, stratum=16, offset=0.0"), None);
        assert_eq!(of("leap=0, stratum=6, refid=127.127.1.0, offset=0.0"), None);
        assert_eq!(variables_of("stratum=2, offset=0.0"), None);
        assert_eq!(variables_of(""), None);
        // What is missing or no number is unknown.
        assert!(of("leap=1, offset=x").unwrap().offset.is_nan());
    }

    #[test]
    fn times_go_on_after_2036() {
        assert_eq!(time("0x00000000.80000000"), Some(Duration::new(2_085_978_496, 500_000_000)));
        assert_eq!(time("0xeeb8dcd5"), None);
        assert_eq!(time("0x1eeb8dcd5.0"), None);
    }

    #[test]
    fn associations_that_answered_are_counted() {
        // Recorded: the second one is the source of the clock, the first one does not exist.
        let found = sources(b"Eh\x80\x11Eg\xb6\x1aEi");
        assert_eq!(found, Sources { all: 2, reachable: 1, in_use: 2 });
    }

    #[test]
    fn an_answer_of_several_packets_is_put_together_in_their_order() {
        let mut answer = Answer::to(Question::Variables, 7);
        assert_eq!(answer.take(&packet(0xa2, 7, 0, b"leap=0, str")), None);
        // Twice the same, one too early, one of another question, one of a stranger.
        assert_eq!(answer.take(&packet(0xa2, 7, 0, b"leap=0, str")), None);
        assert_eq!(answer.take(&packet(0x82, 7, 50, b"late")), None);
        assert_eq!(answer.take(&packet(0x81, 7, 11, b"Eh\x80\x11")), None);
        assert_eq!(answer.take(&packet(0x82, 8, 11, b"stranger")), None);
        assert_eq!(answer.take(&packet(0x02, 7, 11, b"a question")), None);
        let complete = answer.take(&packet(0x82, 7, 11, b"atum=2"));
        assert_eq!(complete, Some(Ok(b"leap=0, stratum=2".to_vec())));
    }

    #[test]
    fn refusals_and_truncated_packets_are_told_apart() {
        let refusal = packet(0xc2, 7, 0, b"");
        assert_eq!(Answer::to(Question::Variables, 7).take(&refusal), Some(Err(5)));
        assert_eq!(reason(5), "error 5, it does not know a variable");
        let good = packet(0x82, 7, 0, b"leap=0");
        for length in 0..good.len() {
            let taken = Answer::to(Question::Variables, 7).take(&good[..length]);
            assert_eq!(taken, None, "{length}");
        }
    }

    #[test]
    fn a_question_has_whole_words() {
        let packet = Question::Variables.packet(0x0102, "leap,");
        assert_eq!(packet[..12], [0x16, 2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 5]);
        assert_eq!((&packet[12..17], packet.len()), (&b"leap,"[..], 20));
    }
}
