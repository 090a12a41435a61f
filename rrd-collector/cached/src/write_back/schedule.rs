//! Which files are due, in which order: pure decisions, given the present.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rrd_core::{StoreError, StoreFile};
use tokio::sync::oneshot::Sender;

use super::failure::{FailingFile, Failure, is_locked};
use super::moment::Moment;
use super::options::{Flushed, WriteBackOptions};
use super::random::Random;

/// How long FLUSH waits for a file that another program keeps locked.
const LOCK_LIMIT: Duration = Duration::from_secs(10);
/// The pause before such a file is tried again while a client waits for it.
const LOCK_PAUSE: Duration = Duration::from_millis(50);
/// Files that are due within this time are written together.
const TOGETHER: Duration = Duration::from_secs(1);

/// The known files: those that wait for their time, and those that wait for their turn.
#[derive(Debug)]
pub(super) struct Schedule {
    options: WriteBackOptions,
    random: Random,
    /// By the number of the file.
    known: HashMap<u32, Known>,
    /// Number of files that a client has updated.
    updated: usize,
    /// When files are due, in order; without suspended ones.
    deadlines: BTreeSet<(Moment, u32)>,
    /// Files whose turn comes, in order.
    queue: VecDeque<u32>,
    /// Files that clients wait for come first.
    urgent: VecDeque<u32>,
    requests: HashMap<u32, Request>,
    /// When old values and unused files are looked for.
    search: Moment,
    /// Until when the writing thread sleeps; zero while it does not.
    sleeps_until: Moment,
    stopped: bool,
}

/// A file.
#[derive(Debug)]
struct Known {
    file: StoreFile,
    /// When the first value arrived that the file lacks or, if it lacks none, lacked last.
    since: Moment,
    /// When it is to be written; `None` if it lacks nothing, is queued or is being written.
    due: Option<Moment>,
    /// Whether a client has updated it, and not only asked for it.
    updated: bool,
    place: Place,
    suspended: bool,
    failure: Option<Box<Failure>>,
}

/// Where a file waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Nowhere,
    Queue,
    Urgent,
}

/// Clients that wait for a file.
#[derive(Debug)]
pub(super) struct Request {
    since: Moment,
    senders: Vec<Sender<Flushed>>,
}

/// What the writing thread does next.
#[derive(Debug)]
pub(super) enum Step {
    /// It writes these files, together.
    Write(Vec<Turn>),
    /// It looks for old values, and drops these files, which were not used for long.
    Search(Vec<StoreFile>),
    /// Nothing until then.
    Sleep(Moment),
    /// It ends.
    Stop,
}

/// A file whose turn it is, and the clients that wait for it.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) file: StoreFile,
    pub(super) request: Option<Request>,
}

/// What an attempt to write a file came to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The file was written, and may lack values that came meanwhile.
    Written {
        lacks: bool,
    },
    Failed(StoreError),
    /// There is no file any more.
    Gone(StoreError),
}

/// Something about a file that belongs into the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It failed for the first time, or otherwise than before.
    Failing,
    /// It was written after this many failures.
    Recovered(u32),
}

impl Schedule {
    pub(super) fn new(options: WriteBackOptions, random: Random) -> Self {
        Self {
            options,
            random,
            known: HashMap::new(),
            updated: 0,
            deadlines: BTreeSet::new(),
            queue: VecDeque::new(),
            urgent: VecDeque::new(),
            requests: HashMap::new(),
            search: Moment::ZERO.plus(options.interval),
            sleeps_until: Moment::ZERO,
            stopped: false,
        }
    }

    /// A file has begun to lack values; whether the writing thread would sleep too long.
    pub(super) fn note(&mut self, file: &StoreFile, now: Moment) -> bool {
        let known = self.known.entry(file.id()).or_insert_with(|| Known::new(file, now));
        if !std::mem::replace(&mut known.updated, true) {
            self.updated += 1;
        }
        known.since = now;
        let due = self.due_after(now);
        self.set_due(file.id(), Some(due));
        due < self.sleeps_until
    }

    /// When values are due that a file has lacked since then.
    fn due_after(&mut self, since: Moment) -> Moment {
        let jitter = Moment::after(self.options.jitter).0;
        let delay = self.options.delay + Duration::from_millis(self.random.below(jitter));
        // A short delay is not made much longer.
        since.plus(delay).rounded_up(TOGETHER.min(self.options.delay / 10))
    }

    /// Whether a client has updated the file since it was last forgotten.
    pub(super) fn knows(&self, id: u32) -> bool {
        self.known.get(&id).is_some_and(|known| known.updated)
    }

    /// Number of files that a client has updated.
    pub(super) fn count(&self) -> usize {
        self.updated
    }

    /// A client waits until the file is written.
    pub(super) fn request(&mut self, file: &StoreFile, sender: Sender<Flushed>, now: Moment) {
        let id = file.id();
        let known = self.known.entry(id).or_insert_with(|| Known::new(file, now));
        if known.suspended {
            // The client may have gone.
            let _ = sender.send(Ok(()));
            return;
        }
        if std::mem::replace(&mut known.place, Place::Urgent) != Place::Urgent {
            self.urgent.push_back(id);
        }
        self.set_due(id, None);
        let fresh = || Request { since: now, senders: Vec::new() };
        self.requests.entry(id).or_insert_with(fresh).senders.push(sender);
    }

    /// All files that lack values are due.
    pub(super) fn queue_all(&mut self) {
        self.queue_due(Moment::NEVER);
    }

    /// Number of files whose turn comes.
    pub(super) fn queue_length(&self) -> usize {
        self.known.values().filter(|known| known.is_queued()).count()
    }

    /// The files whose turn comes, in order.
    pub(super) fn queued(&self) -> Vec<StoreFile> {
        let mut seen = BTreeSet::new();
        let ids = self.urgent.iter().chain(&self.queue).filter(|id| seen.insert(**id));
        let files = ids.filter_map(|id| self.known.get(id).filter(|known| known.is_queued()));
        files.map(|known| known.file.clone()).collect()
    }

    /// Suspends or resumes a file; whether that was a change.
    pub(super) fn set_suspended(&mut self, id: u32, suspended: bool) -> bool {
        let Some(known) = self.known.get_mut(&id) else { return false };
        if known.suspended == suspended {
            return false;
        }
        let due = known.due;
        if suspended {
            self.answer(id);
        }
        // The deadline leaves the order when a file is suspended, and returns when it is resumed.
        self.set_due(id, None);
        if let Some(known) = self.known.get_mut(&id) {
            known.suspended = suspended;
        }
        self.set_due(id, due);
        true
    }

    /// Suspends or resumes all files that a client has updated; returns those that changed.
    pub(super) fn set_all_suspended(&mut self, suspended: bool) -> Vec<StoreFile> {
        let updated = self.known.values().filter(|known| known.updated);
        let files = updated.map(|known| known.file.clone()).collect::<Vec<_>>();
        files.into_iter().filter(|file| self.set_suspended(file.id(), suspended)).collect()
    }

    /// Forgets a file; whether a client had updated it.
    pub(super) fn forget(&mut self, id: u32) -> bool {
        self.set_due(id, None);
        self.answer(id);
        let updated = self.known.remove(&id).is_some_and(|known| known.updated);
        self.updated -= usize::from(updated);
        updated
    }

    /// Tells clients that there is nothing to wait for.
    fn answer(&mut self, id: u32) {
        for sender in self.requests.remove(&id).into_iter().flat_map(|request| request.senders) {
            // The client may have gone.
            let _ = sender.send(Ok(()));
        }
    }

    /// What the writing thread does next; at most so many files at once.
    pub(super) fn next(&mut self, now: Moment, most: usize) -> Step {
        self.sleeps_until = Moment::ZERO;
        if self.stopped {
            return Step::Stop;
        }
        self.queue_due(now);
        let turns = self.take(most);
        if !turns.is_empty() {
            return Step::Write(turns);
        }
        if self.search <= now {
            self.search = now.plus(self.options.interval);
            return Step::Search(self.forget_unused(now));
        }
        let due = self.deadlines.first().map_or(Moment::NEVER, |(due, _)| *due);
        self.sleeps_until = due.min(self.search);
        Step::Sleep(self.sleeps_until)
    }

    /// The thread ends with its next step.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Notes what an attempt came to. Clients that waited for the file are told, unless it is
    /// locked and they can wait longer.
    pub(super) fn finish(&mut self, turn: Turn, outcome: Outcome, now: Moment) -> Option<News> {
        let Turn { file, mut request } = turn;
        let id = file.id();
        let (result, news) = match outcome {
            Outcome::Written { lacks } => (Ok(()), self.finish_written(id, lacks, now)),
            Outcome::Gone(error) => {
                if let Some(newer) = self.requests.remove(&id) {
                    let since = newer.since;
                    let request = request.get_or_insert(Request { since, senders: Vec::new() });
                    request.senders.extend(newer.senders);
                }
                self.forget(id);
                (Err(Arc::new(error)), None)
            }
            Outcome::Failed(error) => {
                let waits = |request: &Request| now.since(request.since) < LOCK_LIMIT;
                let patient = is_locked(&error) && request.as_ref().is_some_and(waits);
                let error = Arc::new(error);
                let news = self.finish_failed(id, &error, now);
                if patient && let Some(mut request) = request {
                    if let Some(newer) = self.requests.remove(&id) {
                        request.senders.extend(newer.senders);
                    }
                    self.requests.insert(id, request);
                    self.set_due(id, Some(now.plus(LOCK_PAUSE)));
                    return news;
                }
                (Err(error), news)
            }
        };
        for sender in request.into_iter().flat_map(|request| request.senders) {
            // The client may have gone.
            let _ = sender.send(result.clone());
        }
        news
    }

    /// The files whose last attempt failed.
    pub(super) fn failures(&self, now: Moment) -> Vec<FailingFile> {
        let failing = self.known.values().filter_map(|known| {
            let failure = known.failure.as_deref()?;
            Some(FailingFile {
                file: known.file.clone(),
                error: failure.error.clone(),
                age: now.since(failure.since),
                attempts: failure.attempts,
            })
        });
        failing.collect()
    }

    /// For how long the oldest unwritten value has waited.
    pub(super) fn oldest(&self, now: Moment) -> Option<Duration> {
        let lacking = self.known.values().filter(|known| known.lacks());
        lacking.map(|known| known.since).min().map(|since| now.since(since))
    }

    fn finish_written(&mut self, id: u32, lacks: bool, now: Moment) -> Option<News> {
        let known = self.known.get_mut(&id)?;
        let failure = known.failure.take().filter(|failure| failure.told);
        let news = failure.map(|failure| News::Recovered(failure.attempts));
        if known.lacks() {
            return news;
        }
        if lacks {
            known.since = now;
            let due = self.due_after(now);
            self.set_due(id, Some(due));
        } else if !known.updated {
            self.known.remove(&id);
        }
        news
    }

    fn finish_failed(&mut self, id: u32, error: &Arc<StoreError>, now: Moment) -> Option<News> {
        let known = self.known.get_mut(&id)?;
        let failure = match &mut known.failure {
            Some(failure) => {
                failure.repeat(error.clone());
                failure
            }
            none => none.insert(Box::new(Failure::new(error.clone(), now))),
        };
        let again = now.plus(failure.pause());
        // Other writers lock a file for a moment all the time.
        let is_usual = is_locked(error) && now.since(failure.since) < LOCK_LIMIT;
        let is_news = !is_usual && !std::mem::replace(&mut failure.told, !is_usual);
        if !known.is_queued() {
            self.set_due(id, Some(again));
        }
        is_news.then_some(News::Failing)
    }

    /// Queues the files that are due by now.
    fn queue_due(&mut self, now: Moment) {
        while let Some((due, id)) = self.deadlines.first().copied()
            && due <= now
        {
            self.set_due(id, None);
            if let Some(known) = self.known.get_mut(&id)
                && !known.is_queued()
            {
                known.place = Place::Queue;
                self.queue.push_back(id);
            }
        }
    }

    /// The next files in order.
    fn take(&mut self, most: usize) -> Vec<Turn> {
        let mut turns = Vec::new();
        while turns.len() < most
            && let Some(id) = self.urgent.pop_front().or_else(|| self.queue.pop_front())
        {
            // A file may be in both queues, or have been forgotten.
            let Some(known) = self.known.get_mut(&id).filter(|known| known.is_queued()) else {
                continue;
            };
            known.place = Place::Nowhere;
            let (file, since) = (known.file.clone(), known.since);
            if known.suspended {
                self.set_due(id, Some(since));
                continue;
            }
            self.set_due(id, None);
            turns.push(Turn { file, request: self.requests.remove(&id) });
        }
        turns
    }

    /// Forgets files that lacked nothing for an interval. Suspended ones stay suspended.
    fn forget_unused(&mut self, now: Moment) -> Vec<StoreFile> {
        let interval = self.options.interval;
        let is_unused = |known: &Known| {
            let waits = known.lacks() || known.failure.is_some();
            !waits && !known.suspended && now.since(known.since) >= interval
        };
        let mut unused = Vec::new();
        self.known.retain(|_, known| {
            let drop = is_unused(known);
            if drop {
                unused.push(known.file.clone());
                self.updated -= usize::from(known.updated);
            }
            !drop
        });
        unused
    }

    fn set_due(&mut self, id: u32, due: Option<Moment>) {
        let Some(known) = self.known.get_mut(&id) else { return };
        if let Some(earlier) = std::mem::replace(&mut known.due, due) {
            self.deadlines.remove(&(earlier, id));
        }
        if let Some(due) = due
            && !known.suspended
        {
            self.deadlines.insert((due, id));
        }
    }
}

impl Known {
    fn new(file: &StoreFile, now: Moment) -> Self {
        Self {
            file: file.clone(),
            since: now,
            due: None,
            updated: false,
            place: Place::Nowhere,
            suspended: false,
            failure: None,
        }
    }

    fn is_queued(&self) -> bool {
        self.place != Place::Nowhere
    }

    fn lacks(&self) -> bool {
        self.due.is_some() || self.is_queued()
    }
}
