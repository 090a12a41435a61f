//! Accepts a sample without the rows that it completes: whether it is valid depends on the open
//! points only, and so does what the next one is compared with.

use super::{Pipeline, SampleError};
use crate::format::LiveHead;
use crate::pdp::PdpPrep;
use crate::sample::Sample;
use crate::schema::Schema;
use crate::time::Timestamp;

/// What of a file decides whether it takes the next sample.
#[derive(Clone, Debug)]
pub(crate) struct OpenPoints {
    pub(crate) last_update: Timestamp,
    pdps: Box<[PdpPrep]>,
}

impl OpenPoints {
    pub(crate) fn of(live: &LiveHead) -> Self {
        Self { last_update: live.last_update, pdps: live.pdps.as_slice().into() }
    }

    /// Adopts those of another state of the same file.
    pub(crate) fn renew(&mut self, live: &LiveHead) {
        self.last_update = live.last_update;
        self.pdps.copy_from_slice(&live.pdps);
    }
}

impl Pipeline {
    /// Applies a sample to the open points, if `advance` would apply it. After an
    /// error they are unchanged.
    #[inline]
    pub(crate) fn accept(
        &mut self,
        schema: &Schema,
        open: &mut OpenPoints,
        sample: &Sample,
        clock: impl Fn() -> i64,
    ) -> Result<(), SampleError> {
        self.count_readings(schema, sample)?;
        let (last, now) = self.moments(open.last_update, sample)?;
        let steps = self.steps(schema, last, now);
        self.apply_readings(schema, &open.pdps, sample, &steps, clock)?;
        open.pdps.copy_from_slice(&self.pdps);
        open.last_update = now;
        Ok(())
    }
}
