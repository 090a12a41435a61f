//! The suspicion that a receiver fails because of what it is sent: some answer "internal error" to
//! a sample that they never take.

use std::time::Duration;

/// What raises it: as many equal answers, over this time.
const ANSWERS: u32 = 10;
const SPAN: Duration = Duration::from_secs(300);

/// Equal answers to all requests since some time.
#[derive(Debug, Default)]
pub(super) struct Suspicion {
    answer: String,
    /// When the first one came, on a monotonic clock.
    since: Duration,
    answers: u32,
    /// The answer that raised it: the next request need not fail for minutes, too.
    raised: Option<String>,
}

impl Suspicion {
    /// Notes an answer at `now` on a monotonic clock. Returns whether what was sent is the cause.
    pub(super) fn note(&mut self, answer: &str, now: Duration) -> bool {
        if self.raised.as_deref() == Some(answer) {
            return true;
        }
        if self.answers == 0 || self.answer != answer {
            (self.answer, self.since, self.answers) = (answer.to_owned(), now, 0);
        }
        self.answers += 1;
        let is_raised = self.answers >= ANSWERS && now.saturating_sub(self.since) >= SPAN;
        if is_raised {
            self.raised = Some(answer.to_owned());
        }
        is_raised
    }

    /// Something else came.
    pub(super) fn clear(&mut self) {
        self.answers = 0;
    }

    /// What was sent was not the cause.
    pub(super) fn withdraw(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_equal_answers_over_five_minutes_are_suspicious() {
        let at = Duration::from_secs;
        let mut suspicion = Suspicion::default();
        for second in 0..9 {
            assert!(!suspicion.note("500 a", at(second)));
        }
        assert!(!suspicion.note("500 a", at(299)));
        assert!(suspicion.note("500 a", at(300)));
        assert!(!suspicion.note("500 b", at(301)));
        assert!(!suspicion.note("500 b", at(700)));
        suspicion.clear();
        assert!(!suspicion.note("500 b", at(701)));
        // The cause is known from then on.
        assert!(suspicion.note("500 a", at(702)));
        suspicion.withdraw();
        assert!(!suspicion.note("500 a", at(703)));
    }
}
