//! Which version of the protocol a receiver takes.

use std::time::Duration;

use hyper::StatusCode;

use super::endpoint::Protocol;
use super::outcome::Outcome;

/// After this time version 2.0 is tried again: receivers are updated.
const AGAIN: Duration = Duration::from_secs(86_400);

/// The version that is used, and whether there is a choice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Negotiation {
    has_choice: bool,
    protocol: Protocol,
    /// Whether a message of this version was taken.
    is_proven: bool,
    /// Whether the other version was tried since a message was taken.
    is_switched: bool,
    /// When version 1.0 was begun to be used, on a monotonic clock.
    old_since: Duration,
}

impl Negotiation {
    /// This version, or the one that the receiver takes.
    pub(super) fn new(fixed: Option<Protocol>) -> Self {
        let (is_proven, is_switched, old_since) = (false, false, Duration::ZERO);
        let protocol = fixed.unwrap_or(Protocol::V2);
        Self { has_choice: fixed.is_none(), protocol, is_proven, is_switched, old_since }
    }

    /// The version of a message that is sent at `now`, on a monotonic clock.
    pub(super) fn protocol(&mut self, now: Duration) -> Protocol {
        let is_old = self.has_choice && self.protocol == Protocol::V1;
        if is_old && now.saturating_sub(self.old_since) >= AGAIN {
            (self.protocol, self.is_proven, self.is_switched) = (Protocol::V2, false, false);
        }
        self.protocol
    }

    /// Whether the same message is to be sent in the other version, after this answer.
    pub(super) fn is_other(&mut self, outcome: &Outcome, now: Duration) -> bool {
        let is_wrong = match outcome {
            Outcome::Done { .. } => self.took_nothing(outcome),
            Outcome::Refused { status, .. } if *status == StatusCode::BAD_REQUEST => {
                self.protocol == Protocol::V2 && !self.is_proven
            }
            Outcome::Refused { status, .. } => *status == StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Outcome::Retry { .. } | Outcome::Failed(_) => return false,
        };
        if !is_wrong {
            let is_taken = matches!(outcome, Outcome::Done { .. });
            self.is_proven |= is_taken;
            self.is_switched &= !is_taken;
            return false;
        }
        if !self.has_choice || self.is_switched {
            return false;
        }
        (self.is_switched, self.is_proven) = (true, false);
        self.protocol = match self.protocol {
            Protocol::V1 => Protocol::V2,
            Protocol::V2 => Protocol::V1,
        };
        self.old_since = now;
        true
    }

    /// Whether the receiver says that it took a message, but does not know its version: those that
    /// do say how much they took.
    pub(super) fn took_nothing(&self, outcome: &Outcome) -> bool {
        self.protocol == Protocol::V2 && matches!(outcome, Outcome::Done { written: None })
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulation::answer;
    use super::*;

    const SILENT: Outcome = Outcome::Done { written: None };
    const COUNTED: Outcome = Outcome::Done { written: Some(7) };

    /// The versions of messages that are answered like this, one a minute.
    fn versions(fixed: Option<Protocol>, answer: impl Fn(Protocol) -> Outcome) -> Vec<Protocol> {
        let mut negotiation = Negotiation::new(fixed);
        let at = |minute: u64| Duration::from_secs(60 * minute);
        let sent = (0..6).map(|minute| {
            let protocol = negotiation.protocol(at(minute));
            negotiation.is_other(&answer(protocol), at(minute));
            protocol
        });
        sent.collect()
    }

    #[test]
    fn a_receiver_of_either_version_gets_its_own_after_one_message_at_most() {
        use Protocol::{V1, V2};
        let only = |wanted, error: fn() -> Outcome| {
            move |protocol| match protocol {
                V1 if wanted == V1 => SILENT,
                V2 if wanted == V2 => COUNTED,
                _ => error(),
            }
        };
        assert_eq!(versions(None, only(V2, || answer(415, ""))), [V2; 6]);
        for error in [|| SILENT, || answer(415, ""), || answer(400, "snappy")] {
            assert_eq!(versions(None, only(V1, error)), [V2, V1, V1, V1, V1, V1]);
        }
        assert_eq!(versions(None, |_| answer(415, "")), [V2, V1, V1, V1, V1, V1]);
        assert_eq!(versions(None, |_| answer(503, "")), [V2; 6]);
        assert_eq!(versions(Some(V2), |_| SILENT), [V2; 6]);
        assert_eq!(versions(Some(V1), |_| answer(415, "")), [V1; 6]);
    }

    #[test]
    fn a_receiver_that_takes_messages_may_refuse_one() {
        let mut negotiation = Negotiation::new(None);
        let now = Duration::ZERO;
        assert!(!negotiation.is_other(&COUNTED, now));
        assert!(!negotiation.is_other(&answer(400, "out of order"), now));
        assert_eq!(negotiation.protocol(now), Protocol::V2);
        // It was replaced by an older one.
        assert!(negotiation.is_other(&SILENT, now));
        assert_eq!(negotiation.protocol(now), Protocol::V1);
        assert!(!negotiation.is_other(&SILENT, now));
        // And that by one that takes version 2.0 only.
        assert!(negotiation.is_other(&answer(415, ""), now));
        assert_eq!(negotiation.protocol(now), Protocol::V2);
    }

    #[test]
    fn after_a_day_the_newer_version_is_tried_again() {
        let mut negotiation = Negotiation::new(None);
        assert!(negotiation.is_other(&answer(415, ""), Duration::from_secs(100)));
        assert_eq!(negotiation.protocol(Duration::from_secs(86_499)), Protocol::V1);
        assert_eq!(negotiation.protocol(Duration::from_secs(86_500)), Protocol::V2);
    }
}
