//! What the answers of a receiver mean for what is sent next.

use std::time::Duration;

use hyper::StatusCode;

use super::super::batch::MAX_SAMPLES;
use super::super::outcome::Outcome;
use super::super::request::{Refusal, Request};
use super::super::source::Source;
use super::super::suspicion::Suspicion;
use super::{Flight, Sender, seconds};
use crate::fault::chain;
use crate::output::remote_status::DropReason;
use crate::schedule::Now;

/// The pause between two requests while there is something to catch up.
const PAUSE: Duration = Duration::from_millis(200);
/// The pause after a refused part of a request.
const REFUSAL_PAUSE: Duration = Duration::from_millis(20);
/// The pause of the backlog after it failed, while new rows may be taken.
const BACKLOG_PAUSE: Duration = Duration::from_secs(30);
/// What is further behind than this, in seconds, is caught up.
const BEHIND: u64 = 60;
/// For so long after a request was taken, a refusal is one of samples.
const TAKES_SAMPLES: Duration = Duration::from_secs(300);

impl<S: Source> Sender<S> {
    /// What became of the last request.
    pub fn note(&mut self, outcome: &Outcome, now: Now) {
        let Some(flight) = self.flight.take() else { return };
        if self.negotiation.is_other(outcome, now.clock) {
            self.flight = Some(flight);
            return;
        }
        match outcome {
            Outcome::Done { .. } if self.negotiation.took_nothing(outcome) => {
                let answer =
                    "it does not say that it took anything, as receivers of version 2.0 do";
                self.note_failed(flight, None, answer.to_owned(), Duration::ZERO, now);
            }
            Outcome::Done { .. } => self.note_taken(flight, now),
            Outcome::Refused { status, text } => {
                let answer = answer(*status, text);
                if is_of_samples(*status) || self.suspicion(&flight).note(&answer, now.clock) {
                    self.note_refused(flight, *status, answer, now);
                } else {
                    self.note_failed(flight, Some(*status), answer, Duration::ZERO, now);
                }
            }
            Outcome::Retry { status, after, text } => {
                let answer = answer(*status, text);
                let may_be_samples = *status == StatusCode::INTERNAL_SERVER_ERROR;
                if may_be_samples && self.suspicion(&flight).note(&answer, now.clock) {
                    self.note_refused(flight, *status, answer, now);
                } else {
                    if !may_be_samples {
                        self.suspicion(&flight).clear();
                    }
                    let after = after.unwrap_or_default();
                    self.note_failed(flight, Some(*status), answer, after, now);
                }
            }
            Outcome::Failed(error) => {
                self.suspicion(&flight).clear();
                self.note_failed(flight, None, chain(error), Duration::ZERO, now);
            }
        }
    }

    fn suspicion(&mut self, flight: &Flight) -> &mut Suspicion {
        let suspicions = &mut self.suspicions;
        if flight.is_backlog() { &mut suspicions.backlog } else { &mut suspicions.new }
    }

    fn note_taken(&mut self, mut flight: Flight, now: Now) {
        let samples = flight.request.take();
        flight.is_taken = true;
        self.status.sent += samples;
        self.status.error = None;
        self.backoff.succeed();
        self.taken = Some(now.clock);
        if !std::mem::replace(&mut self.is_in_touch, true) {
            self.skip_old();
        }
        self.not_before = now.clock + self.pause(samples, now);
        self.go_on(flight, now);
    }

    /// Pauses are for what is caught up: a host with many series needs many requests in a round.
    fn pause(&self, samples: u64, now: Now) -> Duration {
        if self.status.behind(seconds(now)) <= BEHIND {
            return Duration::ZERO;
        }
        let most = u64::from(self.rows.settings.max_samples_per_second.get());
        let time = |samples: u64| Duration::from_millis(samples.saturating_mul(1000) / most);
        time(samples).max(PAUSE.min(time(MAX_SAMPLES as u64)))
    }

    /// A part with samples that the receiver does not want.
    fn note_refused(&mut self, mut flight: Flight, status: StatusCode, answer: String, now: Now) {
        *self.status.failures.entry(status.as_u16()).or_default() += 1;
        let is_given_up = flight.request.refuse() == Refusal::Everything;
        let is_of_samples = is_of_samples(status);
        let last = self.taken.map(|taken| now.clock.saturating_sub(taken));
        let takes_samples = is_of_samples || last.is_some_and(|age| age < TAKES_SAMPLES);
        let is_over = is_given_up || flight.request.part().is_none();
        let is_all_new = !is_of_samples && !flight.is_taken && !flight.is_backlog();
        if is_over && (!takes_samples || is_all_new) {
            // It takes nothing at all, which is not the fault of samples.
            self.suspicion(&flight).withdraw();
            let flight = Flight { request: Request::default(), ..flight };
            return self.note_failed(flight, Some(status), answer, Duration::ZERO, now);
        }
        if is_given_up {
            flight.request.drop_rest();
        }
        if is_of_samples {
            self.backoff.succeed();
        }
        self.refused.answer = answer;
        self.not_before = now.clock + if is_of_samples { REFUSAL_PAUSE } else { PAUSE };
        self.go_on(flight, now);
    }

    /// Sends the next part, or what is new after this request.
    fn go_on(&mut self, flight: Flight, now: Now) {
        if flight.request.part().is_some() {
            self.flight = Some(flight);
            return;
        }
        self.suspicion(&flight).clear();
        let dropped = flight.request.dropped();
        if dropped > 0 {
            *self.status.dropped.entry(DropReason::Refused).or_default() += dropped;
            self.refused.samples += dropped;
        }
        self.refused.write(&self.rows.settings.name, now.clock);
        self.acknowledge(flight);
    }

    /// The receiver takes nothing at present. What is sent next is read again: it may be more, or
    /// too old by then.
    fn note_failed(
        &mut self,
        flight: Flight,
        status: Option<StatusCode>,
        answer: String,
        after: Duration,
        now: Now,
    ) {
        *self.status.failures.entry(status.map_or(0, |status| status.as_u16())).or_default() += 1;
        self.status.error = Some(answer);
        // Of a divided request only the rest may be sent again.
        let is_kept = flight.request.is_split() && flight.request.part().is_some();
        if flight.is_backlog() && status == Some(StatusCode::INTERNAL_SERVER_ERROR) && !is_kept {
            self.backlog_not_before = now.clock + BACKLOG_PAUSE.max(after);
            return;
        }
        self.is_in_touch = false;
        self.is_skip_logged = false;
        if is_kept {
            self.flight = Some(flight);
        } else {
            (self.pass, self.round) = (None, None);
        }
        let pause = self.backoff.fail(now.clock, (self.random)());
        self.not_before = now.clock + pause.max(after);
    }
}

/// Whether a receiver answers this to samples, rather than to whom they come from.
fn is_of_samples(status: StatusCode) -> bool {
    [StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNPROCESSABLE_ENTITY]
        .contains(&status)
}

fn answer(status: StatusCode, text: &str) -> String {
    if text.is_empty() { status.to_string() } else { format!("{status}: {text}") }
}
