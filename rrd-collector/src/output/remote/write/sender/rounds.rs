//! The rounds in which new rows are looked for, and how far each group was sent.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::batch::Batch;
use super::super::cursor::Progress;
use super::super::pass::{Pass, Waiting, resolution, row_end, slice_after};
use super::super::request::Request;
use super::super::settings::{Order, RemoteWrite};
use super::super::source::Source;
use super::rows::Part;
use super::{Action, Flight, Sender, Stop, seconds};
use crate::duration::Words;
use crate::group::GroupId;
use crate::output::remote_status::DropReason;
use crate::schedule::Now;
use crate::store::archives::ArchiveError;

/// The longest time between two rounds.
const LONGEST_ROUND: Duration = Duration::from_secs(60);
/// Where order does not matter, what is older than this many seconds and rows waits for newer rows.
const LIVE: i64 = 120;
const LIVE_ROWS: u64 = 12;
/// The longest slice of the backlog in seconds.
const LONGEST_BACKLOG: i64 = 30 * 86_400;
/// Steps without a sample after which the series of a group end, as groups stop being current.
const GONE_STEPS: u64 = 5;
/// Reads without a sample after which other tasks get a turn.
pub(super) const MOST_READS: usize = 100;
const TURN: Duration = Duration::from_millis(10);

impl<S: Source> Sender<S> {
    /// Makes a request, unless there is something else to be done.
    pub(super) fn prepare(&mut self, now: Now) -> Option<Action> {
        let mut reads = 0;
        loop {
            if self.pass.is_none() && self.stop == Stop::LastPass {
                return Some(Action::End);
            }
            if self.pass.is_none() && (self.is_due(now) || self.stop == Stop::Asked) {
                self.begin_pass(now);
            }
            let (batch, backlog) = if let Some(mut pass) = self.pass.take() {
                let batch = self.fill(&mut pass, &mut reads);
                self.pass = Some(pass);
                (batch, Vec::new())
            } else if self.stop == Stop::No && self.backlog_not_before <= now.clock {
                self.fill_backlog(seconds(now), &mut reads)
            } else {
                (Batch::default(), Vec::new())
            };
            let is_idle = self.pass.is_none() && backlog.is_empty();
            let is_empty = batch.is_empty();
            let request = Request::new(batch.into_series());
            let flight = Flight { request, backlog, is_taken: false };
            if !is_empty {
                self.flight = Some(flight);
                return None;
            }
            self.acknowledge(flight);
            if reads >= MOST_READS {
                return Some(Action::Wait(TURN));
            }
            if is_idle && self.stop == Stop::No {
                return Some(Action::Wait(self.until_round(now)));
            }
            // Nothing is left of the pass.
            self.pass = None;
        }
    }

    /// The length of a round.
    fn every(&self) -> Duration {
        Duration::from(self.rows.settings.step).min(LONGEST_ROUND)
    }

    /// The number of the present round, and the time since it began.
    fn round_at(&self, now: Now) -> (u128, Duration) {
        let (since, every) = (now.wall.saturating_sub(self.phase).as_millis(), self.every());
        let every = every.as_millis().max(1);
        let into = u64::try_from(since % every).unwrap_or_default();
        (since / every, Duration::from_millis(into))
    }

    fn is_due(&self, now: Now) -> bool {
        self.round != Some(self.round_at(now).0)
    }

    fn until_round(&self, now: Now) -> Duration {
        self.every().saturating_sub(self.round_at(now).1).max(Duration::from_millis(1))
    }

    /// Looks for new rows.
    fn begin_pass(&mut self, now: Now) {
        let wall = seconds(now);
        self.round = Some(self.round_at(now).0);
        let is_last = self.stop != Stop::No;
        if is_last {
            self.stop = Stop::LastPass;
        }
        let max_age = self.rows.settings.max_age.map(|age| age.as_secs());
        self.cutoff = max_age.map_or(i64::MIN, |age| wall.saturating_sub_unsigned(age));
        self.is_moved |= self.cursor.end_at(wall);
        let sampled: BTreeSet<GroupId> = self.rows.source.sampled().into_iter().collect();
        let mut groups = sampled.clone();
        if self.started.is_none() {
            // What was not sent before the start may be of groups that are not sampled any more.
            let Ok(stored) = self.rows.source.stored() else { return };
            let stored: BTreeSet<GroupId> = stored.into_iter().collect();
            self.started = Some(wall);
            self.cursor.groups.retain(|group, _| stored.contains(group));
            groups.extend(stored);
        }
        let known = self.cursor.groups.iter();
        groups.extend(known.filter(|(_, known)| !known.ended).map(|(id, _)| id.clone()));
        let waiting = groups.into_iter().filter_map(|id| {
            let is_sampled = sampled.contains(&id);
            self.waiting(id, wall, is_sampled, is_last)
        });
        let waiting = waiting.collect();
        self.pass = Some(Pass::new(waiting, wall));
        if self.is_in_touch {
            self.skip_old();
        }
        self.note_waiting();
        self.refused.write(&self.rows.settings.name, now.clock);
    }

    /// The rows of a group that are to be sent.
    fn waiting(
        &mut self,
        id: GroupId,
        wall: i64,
        is_sampled: bool,
        is_last: bool,
    ) -> Option<Waiting> {
        let facts = match self.rows.source.facts(&id) {
            Ok(facts) => facts,
            Err(ArchiveError::Missing { .. }) => {
                self.cursor.groups.remove(&id);
                return None;
            }
            // The task that stores samples reports it.
            Err(_) => return None,
        };
        let resolution = resolution(&facts, self.rows.settings.step)?;
        let last = facts.last_update.seconds();
        let head = row_end(last.min(wall), resolution);
        let began = Progress { sent: self.cursor.began, ..Progress::default() };
        let progress = self.cursor.groups.entry(id.clone()).or_insert(began);
        if self.rows.settings.order == Order::Any {
            let rows = resolution.seconds().saturating_mul(LIVE_ROWS);
            let live = row_end(
                head.saturating_sub(LIVE).min(head.saturating_sub_unsigned(rows)),
                resolution,
            );
            if progress.sent < live {
                progress.backlog.insert(progress.sent, live);
                progress.sent = live;
                self.is_moved = true;
            }
        }
        let seen = last.max(self.started.unwrap_or(wall));
        let gone = facts.step.seconds().saturating_mul(GONE_STEPS).max(10);
        let is_gone = !is_sampled && wall.saturating_sub(seen) > gone.cast_signed();
        Some(Waiting {
            id,
            resolution,
            sources: facts.sources.len(),
            head,
            position: progress.sent.max(self.cutoff),
            ends: (is_last || is_gone) && !progress.ended,
            ended: false,
        })
    }

    /// Counts the samples that have become too old, and goes on after them.
    pub(super) fn skip_old(&mut self) {
        let Self { rows, cursor, cutoff, .. } = self;
        let mut skipped = 0;
        for group in self.pass.iter().flat_map(|pass| &pass.groups) {
            let Some(progress) = cursor.groups.get_mut(&group.id) else { continue };
            let until = group.head.min(*cutoff);
            if progress.sent < until {
                let part = Part { after: progress.sent, ..group.part(until) };
                let (samples, end) = rows.count(part).unwrap_or((0, until));
                skipped += samples;
                progress.sent = end;
            }
        }
        for (id, progress) in &mut cursor.groups {
            while let Some((after, until)) = progress.backlog.last_between(i64::MIN, *cutoff) {
                progress.backlog.remove(after, until);
                let part = rows.part(id, after, until).ok().flatten();
                let counted = part.and_then(|part| rows.count(part).ok());
                skipped += counted.map_or(0, |(samples, _)| samples);
            }
        }
        if skipped == 0 {
            return;
        }
        self.is_moved = true;
        *self.status.dropped.entry(DropReason::TooOld).or_default() += skipped;
        if !std::mem::replace(&mut self.is_skip_logged, true) {
            let RemoteWrite { name, max_age, .. } = &rows.settings;
            let age = Words(max_age.map_or(0, |age| age.as_secs()));
            log::warn!("remote write to {name}: {skipped} samples older than {age} are not sent");
        }
    }

    /// Fills a request with new rows.
    fn fill(&self, pass: &mut Pass, reads: &mut usize) -> Batch {
        let mut batch = Batch::default();
        while let Some((group, until)) = pass.next() {
            if *reads >= MOST_READS && batch.is_empty() {
                return batch;
            }
            *reads += 1;
            match self.rows.add(&mut batch, group.part(until)) {
                Ok(added) => {
                    group.position = added.until;
                    if added.is_full {
                        return batch;
                    }
                }
                // Until the next round.
                Err(_) => group.head = group.position,
            }
            pass.go_on();
        }
        for group in &mut pass.groups {
            if group.ends && !group.ended && group.position >= group.head {
                // Receivers do not want it either.
                let is_old = group.position <= self.cutoff;
                let part = group.part(group.position);
                if !is_old && self.rows.end(&mut batch, part).is_ok_and(|fits| !fits) {
                    return batch;
                }
                group.ended = true;
            }
        }
        batch
    }

    /// Fills a request with rows that were left for later, the newest of them first. Returns the
    /// parts that are done with that.
    fn fill_backlog(&self, now: i64, reads: &mut usize) -> (Batch, Vec<(GroupId, i64, i64)>) {
        let (mut batch, mut done) = (Batch::default(), Vec::new());
        let groups = self.cursor.groups.iter();
        let groups = groups.filter(|(_, progress)| !progress.backlog.is_empty());
        let Some(newest) = groups.clone().filter_map(|(_, progress)| progress.backlog.end()).max()
        else {
            return (batch, done);
        };
        let length = slice_after(newest, now, LONGEST_BACKLOG);
        let start = newest.saturating_sub(length.saturating_sub(newest));
        for (id, progress) in groups {
            let Some((after, until)) = progress.backlog.last_between(start, newest) else {
                continue;
            };
            *reads += 1;
            let part = self.rows.part(id, after.max(self.cutoff), until);
            let added =
                part.and_then(|part| part.map(|part| self.rows.add(&mut batch, part)).transpose());
            match added {
                Ok(Some(added)) if added.is_full => {
                    done.push((id.clone(), after, added.until));
                    break;
                }
                Err(ArchiveError::DataFolder(_)) => break,
                // What cannot be read is not sent.
                Ok(_) | Err(_) => done.push((id.clone(), after, until)),
            }
        }
        (batch, done)
    }

    /// Everything of a request was taken or given up.
    pub(super) fn acknowledge(&mut self, flight: Flight) {
        for (id, after, until) in flight.backlog {
            if let Some(progress) = self.cursor.groups.get_mut(&id) {
                progress.backlog.remove(after, until);
                self.is_moved = true;
            }
        }
        // While nothing is taken, what is too old was passed over, but not counted.
        for group in self.pass.iter().filter(|_| self.is_in_touch).flat_map(|pass| &pass.groups) {
            let Some(progress) = self.cursor.groups.get_mut(&group.id) else { continue };
            let ended = group.ended || (progress.ended && group.position <= progress.sent);
            if group.position > progress.sent || ended != progress.ended {
                progress.sent = progress.sent.max(group.position);
                progress.ended = ended;
                self.is_moved = true;
            }
        }
        self.note_waiting();
    }

    fn note_waiting(&mut self) {
        let new = self.pass.iter().filter_map(Pass::oldest);
        let groups = self.cursor.groups.values();
        let backlog = groups.filter_map(|progress| progress.backlog.start());
        self.status.waiting_since = new.chain(backlog).min();
    }
}

impl Waiting {
    /// Its rows from where it is.
    fn part(&self, until: i64) -> Part<'_> {
        let Self { id, resolution, sources, position, .. } = self;
        Part { id, resolution: *resolution, sources: *sources, after: *position, until }
    }
}
