//! Looks at the files that hold samples of the future, withdraws those samples where that is
//! decided, and removes the copies that are no longer kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rrd_core::{ConsolidationFunction, FetchRequest, Store, StoreError, TimeRange, Timestamp};

use super::ahead::{AheadFiles, Decision, Shown};
use super::kept::{KeptFile, kept_files};
use crate::fault::Faults;
use crate::group::KEPT;
use crate::schedule::Now;

/// The longest time for which files are looked at without a pause.
const TURN: Duration = Duration::from_secs(1);
/// How often copies that are no longer kept are looked for.
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// The files that hold samples of the future, for the threads that write and that withdraw.
#[derive(Clone, Debug)]
pub(crate) struct SharedAhead(Arc<Mutex<AheadFiles>>);

impl SharedAhead {
    /// No files.
    pub(super) fn new(now: Now) -> Self {
        Self(Arc::new(Mutex::new(AheadFiles::new(now))))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, AheadFiles> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The work on files that hold samples of the future.
pub(crate) struct Withdrawal {
    ahead: SharedAhead,
    faults: Faults,
    /// Files from which samples were withdrawn since that was last logged.
    withdrawn: usize,
    /// When copies were last looked for, on the monotonic clock.
    tidied: Option<Duration>,
}

impl Withdrawal {
    /// The work on these files.
    pub(crate) fn new(ahead: SharedAhead, faults: Faults) -> Self {
        Self { ahead, faults, withdrawn: 0, tidied: None }
    }

    /// Looks at the files that are due, for about a second at most. `confirmed` is the time, since
    /// 1970, at which a time server last confirmed the clock.
    pub(crate) fn attend(&mut self, store: &Store, now: Now, confirmed: Option<Duration>) {
        self.ahead.lock().observe(now, confirmed);
        let begun = Instant::now();
        let mut copies = None;
        let mut outcome = Ok(());
        let mut is_done = false;
        while !is_done && begun.elapsed() < TURN {
            let next = self.ahead.lock().next();
            let Some(name) = next else {
                is_done = true;
                continue;
            };
            match self.look(store, &name, now, &mut copies) {
                Ok(()) => {}
                Err(error) if error.is_not_found() => self.ahead.lock().remove(&name),
                Err(error) => {
                    self.ahead.lock().postpone(&name);
                    outcome = Err(error);
                }
            }
        }
        if is_done {
            self.log_withdrawn(now);
        }
        let is_steady = self.ahead.lock().is_steady();
        if is_steady && self.tidied.is_none_or(|then| now.clock.saturating_sub(then) >= TIDY_EVERY)
        {
            self.tidied = Some(now.clock);
            outcome = outcome.and(tidy(store, date(now)));
        }
        let held_back = self.ahead.lock().fault();
        if !self.faults.is_empty() || held_back.is_err() || outcome.is_err() {
            self.faults.note_storing("storing samples", &held_back);
            self.faults.note("withdrawing samples that are later than the clock", &outcome);
        }
    }

    /// Looks at one file, and withdraws what it holds of the future if that is decided.
    fn look(
        &mut self,
        store: &Store,
        name: &str,
        now: Now,
        copies: &mut Option<Vec<KeptFile>>,
    ) -> Result<(), StoreError> {
        // Somebody may have rewound or replaced the file.
        store.flush(name)?;
        store.forget(name)?;
        let until = store.last_update(name)?;
        let counted = self.ahead.lock().counted(name, until);
        let known = match counted {
            Some(known) => known,
            None => known_after(store, name, timestamp(now))?,
        };
        if self.ahead.lock().looked(name, until, known) != Decision::Withdraw {
            return Ok(());
        }
        let copies = match copies.take() {
            Some(known) => copies.insert(known),
            None => copies.insert(kept_files(store)?),
        };
        // What it held before the first of several wrong clocks is worth most.
        let has_copy = copies.iter().any(|copy| copy.is_of(name));
        let copy = (!has_copy).then(|| KeptFile::of(name, date(now)).name);
        store.rewind(name, timestamp(now), copy.as_deref())?;
        self.ahead.lock().remove(name);
        self.withdrawn += 1;
        Ok(())
    }

    fn log_withdrawn(&mut self, now: Now) {
        let files = std::mem::take(&mut self.withdrawn);
        if files > 0 {
            log::warn!(
                "withdrew the samples of {files} files that were later than {}: the files as they \
                 were are kept for 30 days as NAME{KEPT}{}.rrd",
                Shown(now.wall),
                date(now)
            );
        }
    }
}

/// The known samples of a file that are later than a time, as a time: those of complete rows, each
/// part from the finest archive that still has it.
fn known_after(store: &Store, name: &str, now: Timestamp) -> Result<Duration, StoreError> {
    let function = ConsolidationFunction::Average;
    let head = store.head(name)?;
    let (now, last) = (now.seconds(), head.live.last_update.seconds());
    let step = head.schema.step().seconds();
    let archives = head.schema.archives().iter().filter(|archive| archive.answers(function));
    let mut archives: Vec<(u64, u64)> = archives
        .map(|archive| (step.saturating_mul(archive.points_per_row()), archive.rows))
        .collect();
    archives.sort_unstable();
    let mut known = Duration::ZERO;
    let mut end = last;
    for (row, rows) in archives {
        let row_length = i64::try_from(row).unwrap_or(i64::MAX);
        let newest = last - last.rem_euclid(row_length);
        // The oldest row may be left from before a gap that is longer than the archive.
        let start = newest.saturating_sub_unsigned(row.saturating_mul(rows.saturating_sub(1)));
        let start = start.max(now);
        if start >= end {
            continue;
        }
        let range = TimeRange::from_seconds(start, end);
        let request = FetchRequest::new(function, range).resolution(Duration::from_secs(row));
        let series = store.fetch(name, &request)?;
        let known_rows = series.kept_rows().filter(|(row_end, values)| {
            let row_end = row_end.seconds();
            let is_within = row_end <= end && row_end - row_length >= start;
            is_within && values.iter().any(|value| !value.is_nan())
        });
        let count = u64::try_from(known_rows.count()).unwrap_or(u64::MAX);
        known = known.saturating_add(Duration::from_secs(row.saturating_mul(count)));
        end = start;
    }
    Ok(known)
}

/// Removes the copies that are no longer kept.
fn tidy(store: &Store, today: Date) -> Result<(), StoreError> {
    for copy in kept_files(store)?.iter().filter(|copy| copy.is_over(today)) {
        store.remove(&copy.name)?;
        log::info!("removed {}, which was kept for 30 days", copy.name);
    }
    Ok(())
}

fn timestamp(now: Now) -> Timestamp {
    Timestamp::from_seconds(i64::try_from(now.wall.as_secs()).unwrap_or(i64::MAX))
}

/// The day in UTC.
fn date(now: Now) -> Date {
    let at = jiff::Timestamp::from_second(timestamp(now).seconds()).unwrap_or_default();
    at.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests;
