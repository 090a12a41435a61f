//! The history of this run: what happens is added to what is shown, and kept in the data folder.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::alert::{Event, Happening, History, Notice};
use crate::fault::Faults;
use crate::output::live::Shared;
use crate::rootfs::Host;

/// The history and the folder that keeps it.
pub(super) struct KeptHistory {
    data: PathBuf,
    shared: Arc<Shared>,
    faults: Faults,
    is_kept: Cell<bool>,
}

impl KeptHistory {
    /// Goes on with the history of earlier runs at `now`, seconds since 1970, with the start of
    /// this run and that of the host, if its files say so.
    pub(super) fn begin(data: &Path, shared: Arc<Shared>, host: &Host, now: i64) -> Self {
        let faults = shared.all_faults().of_task();
        let earlier = History::read(data);
        let (mut history, outcome) = match earlier {
            Ok(history) => (history, Ok(())),
            Err(error) => (History::default(), Err(error)),
        };
        faults.note("the history of alerts", &outcome);
        if let Some((at, boot)) = boot(host) {
            history.add_boot(at, &boot);
        }
        history.add(Event { at: now, what: Happening::Started });
        *shared.history() = history;
        let kept = Self { data: data.to_owned(), shared, faults, is_kept: Cell::new(false) };
        kept.save();
        kept
    }

    /// Adds the changes of one evaluation, and tries again what could not be kept.
    pub(super) fn add(&self, notices: &[Notice], zone: &TimeZone) {
        for notice in notices {
            self.shared.history().add(Event::change(notice, zone));
        }
        if !notices.is_empty() || !self.is_kept.get() {
            self.save();
        }
    }

    /// Adds the end of this run.
    pub(super) fn end(&self, now: i64) {
        self.shared.history().add(Event { at: now, what: Happening::Stopped });
        self.save();
    }

    fn save(&self) {
        let saved = self.shared.history().save(&self.data);
        self.is_kept.set(saved.is_ok());
        self.faults.note("keeping the history of alerts", &saved);
    }
}

/// When the host started, and the kernel's name of this run.
fn boot(host: &Host) -> Option<(i64, String)> {
    let read = |name| std::fs::read_to_string(host.proc(name).path()).ok();
    let stat = read("stat")?;
    let at = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    let boot = read("sys/kernel/random/boot_id")?.trim().to_owned();
    (!boot.is_empty()).then_some((at, boot))
}
