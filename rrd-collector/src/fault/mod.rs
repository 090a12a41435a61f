//! What fails at present: logged when it begins, changes and ends, and shown on the page while it
//! lasts.

mod budget;
mod episode;
mod kind;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use log::Level;
use serde::Serialize;

use self::episode::{Episode, News};
use crate::schedule::{Now, clock};

pub use budget::LineBudget;

/// Limit on the subjects of one task that fail or failed recently; further ones are ignored.
const MAX_CONCERNS: usize = 10_000;

/// Something that fails at present.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What fails.
    pub concern: String,
    /// Its newest error.
    pub message: String,
    /// When it failed for the first time, in seconds since 1970.
    pub since: i64,
    /// Number of failures since then.
    pub times: u64,
    /// Whether no sample is stored while it lasts.
    pub stops_storing: bool,
}

/// The present faults of all tasks.
#[derive(Clone, Debug, Default)]
pub struct AllFaults(Arc<Mutex<Vec<Weak<Mutex<Concerns>>>>>);

impl AllFaults {
    /// The faults of one more task, without any. They count until they are dropped.
    pub fn of_task(&self) -> Faults {
        let faults = Faults::default();
        let mut tasks = locked(&self.0);
        tasks.retain(|task| task.strong_count() > 0);
        tasks.push(Arc::downgrade(&faults.0));
        faults
    }

    /// The present faults, ordered by what fails.
    pub fn present(&self) -> Vec<Fault> {
        let tasks = locked(&self.0);
        let mut present: Vec<Fault> = tasks
            .iter()
            .filter_map(Weak::upgrade)
            .flat_map(|task| locked(&task).present().collect::<Vec<_>>())
            .collect();
        present.sort_by(|one, other| one.concern.cmp(&other.concern));
        present
    }
}

/// The faults of one task, shared by clones.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Concerns>>);

/// How far a fault reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Concern,
    AllStoring,
}

impl Faults {
    /// Records an outcome.
    pub fn note<E: Error>(&self, concern: &str, outcome: &Result<(), E>) {
        self.record(concern, Reach::Concern, outcome);
    }

    /// Records the outcome of something without which no sample is stored.
    pub fn note_storing<E: Error>(&self, concern: &str, outcome: &Result<(), E>) {
        self.record(concern, Reach::AllStoring, outcome);
    }

    /// Records that the host does not have something, and logs that once.
    pub fn note_absence(&self, concern: &'static str, error: &dyn Error) {
        if locked(&self.0).absent.insert(concern) {
            log::info!("{concern}: no data on this host: {}", chain(error));
        }
    }

    /// Makes the next failure of a subject a line of the log, even if it is known.
    pub fn log_again(&self, concern: &str) {
        if let Some((episode, _)) = locked(&self.0).episodes.get_mut(concern) {
            episode.log_again();
        }
    }

    /// Removes the fault of a subject that is no longer sampled.
    pub fn forget(&self, concern: &str) {
        locked(&self.0).episodes.remove(concern);
    }

    /// Forgets what ended long ago, also if nobody notes it any more.
    pub fn settle(&self) {
        for (concern, news) in locked(&self.0).settle(clock::now()) {
            log::info!("{concern}: {news}");
        }
    }

    /// Whether nothing fails or failed recently: then there is no need to note what works.
    pub fn is_empty(&self) -> bool {
        locked(&self.0).episodes.is_empty()
    }

    /// The present faults, ordered by what fails.
    pub fn present(&self) -> Vec<Fault> {
        locked(&self.0).present().collect()
    }

    fn record<E: Error>(&self, concern: &str, reach: Reach, outcome: &Result<(), E>) {
        let message = outcome.as_ref().err().map(|error| chain(error));
        let (mut concerns, now) = (locked(&self.0), clock::now());
        let Some(news) = concerns.change(concern, reach, message, now) else { return };
        let line = format!("{concern}: {news}");
        let line = match reach {
            Reach::Concern => concerns.budget(concern).line(line, now.clock),
            Reach::AllStoring => Some(line),
        };
        let level = if news.is_bad() { Level::Warn } else { Level::Info };
        if let Some(line) = line {
            log::log!(level, "{line}");
        }
    }
}

/// What fails or failed recently, by subject.
#[derive(Debug, Default)]
struct Concerns {
    episodes: BTreeMap<String, (Episode, Reach)>,
    absent: BTreeSet<&'static str>,
    /// Of subjects of the same kind, which may begin to fail at once, by their first word.
    budgets: BTreeMap<String, LineBudget>,
}

impl Concerns {
    fn budget(&mut self, concern: &str) -> &mut LineBudget {
        let word = concern.split(' ').next().unwrap_or_default();
        self.budgets.entry(word.to_owned()).or_default()
    }

    /// Records an outcome at a time; returns what is to be logged.
    fn change(
        &mut self,
        concern: &str,
        reach: Reach,
        message: Option<String>,
        now: Now,
    ) -> Option<News> {
        let is_full = self.episodes.len() >= MAX_CONCERNS;
        match (self.episodes.get_mut(concern), message) {
            (None, None) => None,
            (None, Some(_)) if is_full => None,
            (None, Some(message)) => {
                let (episode, news) = Episode::begin(message, now);
                self.episodes.insert(concern.to_owned(), (episode, reach));
                Some(news)
            }
            (Some((episode, _)), Some(message)) => episode.fail(message, now),
            (Some((episode, _)), None) => {
                let news = episode.work(now);
                if episode.is_over(now) {
                    self.episodes.remove(concern);
                }
                news
            }
        }
    }

    /// Everything that works at present still does; returns what is to be logged.
    fn settle(&mut self, now: Now) -> Vec<(String, News)> {
        let mut news = Vec::new();
        self.episodes.retain(|concern, (episode, _)| {
            if episode.is_present() {
                return true;
            }
            news.extend(episode.work(now).map(|news| (concern.clone(), news)));
            !episode.is_over(now)
        });
        news
    }

    fn present(&self) -> impl Iterator<Item = Fault> {
        let present = self.episodes.iter().filter(|(_, (episode, _))| episode.is_present());
        present.map(|(concern, (episode, reach))| Fault {
            concern: concern.clone(),
            message: episode.message.clone(),
            since: i64::try_from(episode.since.as_secs()).unwrap_or(i64::MAX),
            times: episode.times,
            stops_storing: *reach == Reach::AllStoring,
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error and its sources, as one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
