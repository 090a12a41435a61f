//! The thread that writes files when the schedule says so.

use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Duration;

use rrd_core::{StoreError, StoreFile, Timestamp};

use super::failure::chain;
use super::schedule::{News, Outcome, Step, Turn};
use super::shared::Shared;

/// Number of files that are written before the next FLUSH has its turn.
const TOGETHER: usize = 32;

/// Writes files until it is told to stop.
pub(super) fn run(shared: &Shared) {
    loop {
        match next(shared) {
            Step::Write(turns) => write(shared, turns),
            Step::Search(files) => search(shared, &files),
            Step::Sleep(_) => {}
            Step::Stop => return,
        }
    }
}

/// The next step; sleeps before it if there is nothing to do.
fn next(shared: &Shared) -> Step {
    let mut schedule = shared.schedule();
    let step = schedule.next(shared.now(), TOGETHER);
    if let Step::Sleep(until) = &step {
        let pause = until.since_start().saturating_sub(shared.start.elapsed());
        // A deadline is in whole milliseconds.
        let pause = pause.saturating_add(Duration::from_millis(1));
        let waited = shared.wake.wait_timeout(schedule, pause);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
    step
}

fn write(shared: &Shared, turns: Vec<Turn>) {
    let files = turns.iter().map(|turn| turn.file.clone()).collect::<Vec<_>>();
    let mut errors = HashMap::new();
    for (file, error) in shared.store.flush_files(&files) {
        let path = shared.store.folder().join(file.path());
        errors.insert(file.id(), error.about(path));
    }
    shared.report_lost();
    let now = shared.now();
    let mut news = Vec::new();
    let mut schedule = shared.schedule();
    for turn in turns {
        let file = turn.file.clone();
        let outcome = match errors.remove(&file.id()) {
            // Values that came meanwhile are not in the file.
            None => Outcome::Written { lacks: shared.store.unwritten_of(&file) > 0 },
            Some(error @ StoreError::Replaced { .. }) => Outcome::Gone(error),
            Some(error) if error.is_not_found() => Outcome::Gone(error),
            Some(error) => Outcome::Failed(error),
        };
        let text = match &outcome {
            Outcome::Failed(error) | Outcome::Gone(error) => chain(error),
            Outcome::Written { .. } => String::new(),
        };
        if let Some(told) = schedule.finish(turn, outcome, now) {
            news.push((file, text, told));
        }
    }
    drop(schedule);
    for (file, text, told) in news {
        report(&file, &text, &told);
    }
}

fn report(file: &StoreFile, text: &str, news: &News) {
    let path = file.path().display();
    match news {
        News::Failing => log::error!("{path}: cannot be written, values are kept: {text}"),
        News::Recovered(failures) => {
            log::warn!("{path}: is written again after {failures} failures");
        }
    }
}

/// Each interval, files that were not used for long are dropped, and values that are older than
/// they may be are written. Usually there are none: only a client that updates a file while another
/// one forgets it leaves a value without a time.
fn search(shared: &Shared, unused: &[StoreFile]) {
    let dropped = unused.iter().filter(|file| shared.store.drop_idle(file)).count();
    log::debug!("{dropped} unused files are forgotten");
    let age = shared.options.delay.saturating_add(shared.options.jitter);
    let failed = shared.store.flush_before(Timestamp::now() - age).failed;
    log::debug!("{} old files cannot be written", failed.len());
    shared.report_lost();
}
