//! What became of a request: the answers of receivers, and what they mean.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use jiff::fmt::rfc2822;
use thiserror::Error;

use crate::net::http::FetchError;
use crate::net::kept_connection::Answer;

/// The longest pause that a receiver may ask for; longer ones are shortened.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Limit on the text of an answer, in bytes.
const MAX_TEXT: usize = 256;

/// What receivers of version 2.0 say that they have written. The samples come first.
const WRITTEN: [&str; 3] = [
    "x-prometheus-remote-write-samples-written",
    "x-prometheus-remote-write-histograms-written",
    "x-prometheus-remote-write-exemplars-written",
];

/// What became of a request.
#[derive(Debug)]
pub enum Outcome {
    /// The receiver has taken it (2xx).
    Done {
        /// How many samples it says it has written. `None` if it does not count: receivers of
        /// version 2.0 do, and others have taken nothing of a message of that version.
        written: Option<u64>,
    },
    /// It may be taken later (429, 5xx).
    Retry {
        /// The status.
        status: StatusCode,
        /// The pause that the receiver asks for.
        after: Option<Duration>,
        /// The first 256 bytes of the answer, on one line.
        text: String,
    },
    /// It will never be taken (any other status).
    Refused {
        /// The status.
        status: StatusCode,
        /// The first 256 bytes of the answer, on one line, or the new address (3xx).
        text: String,
    },
    /// There was no answer; it may be taken later.
    Failed(SendError),
}

/// Why there was no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// It took too long.
    #[error("no answer within {} s", limit.as_secs_f64())]
    Timeout {
        /// The time limit.
        limit: Duration,
    },
    /// The receiver cannot be reached, or the connection broke.
    #[error(transparent)]
    Connection(#[from] FetchError),
}

impl Outcome {
    /// The meaning of an answer that came at `now`, seconds since 1970.
    pub(super) fn of(answer: &Answer, now: i64) -> Self {
        let Answer { status, headers, content } = answer;
        let status = *status;
        if status.is_success() {
            Self::Done { written: written(headers) }
        } else if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            Self::Retry { status, after: retry_after(headers, now), text: text(content) }
        } else {
            let moved = headers.get(LOCATION).filter(|_| status.is_redirection());
            let moved = moved.map(|to| [b"moved to ", to.as_bytes()].concat());
            Self::Refused { status, text: text(&moved.unwrap_or_else(|| content.clone())) }
        }
    }
}

fn written(headers: &HeaderMap) -> Option<u64> {
    let counts = WRITTEN.map(|name| headers.get(name)?.to_str().ok()?.trim().parse().ok());
    let [samples, ..] = counts;
    samples.or(counts.iter().any(Option::is_some).then_some(0))
}

/// The pause in seconds, or until a date.
fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = text.parse::<u64>().ok().or_else(|| {
        let date = rfc2822::parse(text).ok()?.timestamp().as_second();
        Some(u64::try_from(date.saturating_sub(now)).unwrap_or(0))
    })?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

/// The beginning of an answer as one line of a log.
fn text(content: &[u8]) -> String {
    let beginning = content.get(..MAX_TEXT).unwrap_or(content);
    let text = String::from_utf8_lossy(beginning);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Judges an answer, for fuzzing: a status in two bytes, a line with a pause, and its content.
#[doc(hidden)]
pub fn fuzz_answer(data: &[u8]) {
    let Some((status, rest)) = data.split_first_chunk() else { return };
    let Ok(status) = StatusCode::from_u16(u16::from_be_bytes(*status)) else { return };
    let mut parts = rest.splitn(2, |byte| *byte == b'\n');
    let pause = HeaderValue::from_bytes(parts.next().unwrap_or_default());
    let headers = pause.ok().map(|pause| (RETRY_AFTER, pause)).into_iter().collect();
    let content = parts.next().unwrap_or_default().to_vec();
    match Outcome::of(&Answer { status, headers, content }, 0) {
        Outcome::Retry { after, text, .. } => {
            assert!(after.is_none_or(|pause| pause <= MAX_RETRY_AFTER));
            // A byte that is no text takes the place of three.
            assert!(text.len() <= 3 * MAX_TEXT && !text.contains(char::is_control));
        }
        Outcome::Refused { text, .. } => assert!(!text.contains(char::is_control)),
        Outcome::Done { .. } | Outcome::Failed(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderName;

    use super::*;

    /// The time of the example of RFC 9110, `Sun, 06 Nov 1994 08:49:37 GMT`.
    const THEN: i64 = 784_111_777;

    fn outcome(status: u16, headers: &[(&'static str, &'static str)], content: &str) -> Outcome {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            content: content.as_bytes().to_vec(),
        };
        Outcome::of(&answer, THEN)
    }

    #[test]
    fn a_status_decides_whether_a_request_is_done_sent_again_or_never_taken() {
        let mut found = Vec::new();
        for status in
            [200, 202, 204, 299, 301, 304, 307, 400, 401, 403, 404, 408, 413, 415, 422, 429]
                .into_iter()
                .chain([500, 501, 502, 503, 504, 599])
        {
            let word = match outcome(status, &[], "") {
                Outcome::Done { written: None } => "done",
                Outcome::Retry { status: same, after: None, .. } if same == status => "again",
                Outcome::Refused { status: same, .. } if same == status => "never",
                other => panic!("{status}: {other:?}"),
            };
            found.push((status, word));
        }
        let is = |word| -> Vec<u16> {
            found.iter().filter(|(_, found)| *found == word).map(|(status, _)| *status).collect()
        };
        assert_eq!(is("done"), [200, 202, 204, 299]);
        assert_eq!(is("never"), [301, 304, 307, 400, 401, 403, 404, 408, 413, 415, 422]);
        assert_eq!(is("again"), [429, 500, 501, 502, 503, 504, 599]);
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_until_a_date_and_is_at_most_an_hour() {
        for (text, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:39 GMT", Some(2)),
            ("Sun, 06 Nov 1994 08:49:30 GMT", Some(0)),
            ("Thu, 31 Dec 2099 23:59:59 GMT", Some(3600)),
            ("18446744073709551615", Some(3600)),
            ("-7", None),
            ("soon", None),
            ("1.5", None),
            ("", None),
        ] {
            for status in [429, 503] {
                let Outcome::Retry { after, .. } = outcome(status, &[("retry-after", text)], "")
                else {
                    panic!("{status}")
                };
                assert_eq!(after.map(|pause| pause.as_secs()), seconds, "{text:?}");
            }
        }
    }

    #[test]
    fn what_a_receiver_says_it_wrote_is_known_and_silence_too() {
        let written = |headers: &[(&'static str, &'static str)]| match outcome(204, headers, "") {
            Outcome::Done { written } => written,
            other => panic!("{other:?}"),
        };
        let [samples, histograms, _] = WRITTEN;
        assert_eq!(written(&[(samples, "12"), (histograms, "0")]), Some(12));
        assert_eq!(written(&[(histograms, "0")]), Some(0));
        assert_eq!(written(&[(samples, "many")]), None);
        assert_eq!(written(&[]), None);
    }

    #[test]
    fn the_text_of_an_answer_is_one_short_line() {
        let text = |content: &str| match outcome(400, &[], content) {
            Outcome::Refused { text, .. } => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text("out of order\r\n sample\u{1b}[1m\n"), "out of order sample [1m");
        assert_eq!(text(&"é".repeat(3000)).len(), 256);
        assert_eq!(text(""), "");
    }
}
