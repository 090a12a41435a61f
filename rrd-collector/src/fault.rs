//! Logs one line per fault: when it begins, when it changes, and when it ends.

use std::collections::{BTreeMap, BTreeSet};

/// The current faults, by subject.
#[derive(Debug, Default)]
pub struct Faults {
    present: BTreeMap<String, Fault>,
    absent: BTreeSet<&'static str>,
    news: bool,
}

#[derive(Debug)]
struct Fault {
    message: String,
    times: u64,
}

/// The change of a fault.
#[derive(Debug, PartialEq, Eq)]
enum FaultChange {
    Began,
    Ended { times: u64 },
    Unchanged,
}

impl Faults {
    /// Records an outcome, and logs a line if the fault changed.
    pub fn note<E: std::error::Error>(&mut self, concern: &str, outcome: &Result<(), E>) {
        match self.change(concern, outcome.as_ref().err().map(|error| chain(error))) {
            FaultChange::Began => {
                if let Some(fault) = self.present.get(concern) {
                    log::warn!("{concern}: {} (further failures not logged)", fault.message);
                }
            }
            FaultChange::Ended { times } => {
                log::info!("{concern}: works again after {times} failures");
            }
            FaultChange::Unchanged => {}
        }
    }

    /// Records that the host does not have something, and logs that once.
    pub fn note_absence(&mut self, concern: &'static str, error: &dyn std::error::Error) {
        if self.absent.insert(concern) {
            log::info!("{concern}: no data on this host: {}", chain(error));
        }
    }

    /// Removes the fault of a subject that is no longer sampled.
    pub fn forget(&mut self, concern: &str) {
        if self.present.remove(concern).is_some() {
            self.news = true;
        }
    }

    /// Whether there is no fault.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Whether a fault began, changed or ended since the last call.
    pub fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }

    /// The current faults: subject and message.
    pub fn present(&self) -> impl Iterator<Item = (&str, &str)> {
        self.present.iter().map(|(concern, fault)| (&**concern, &*fault.message))
    }

    fn change(&mut self, concern: &str, message: Option<String>) -> FaultChange {
        match (self.present.get_mut(concern), message) {
            (None, None) => FaultChange::Unchanged,
            (Some(fault), Some(message)) if fault.message == message => {
                fault.times += 1;
                FaultChange::Unchanged
            }
            (_, Some(message)) => {
                self.present.insert(concern.to_owned(), Fault { message, times: 1 });
                self.news = true;
                FaultChange::Began
            }
            (Some(fault), None) => {
                let times = fault.times;
                self.present.remove(concern);
                self.news = true;
                FaultChange::Ended { times }
            }
        }
    }
}

/// An error and its sources, as one line.
pub fn chain(error: &dyn std::error::Error) -> String {
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
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_lasts_is_reported_once_and_its_end_too() {
        let mut faults = Faults::default();
        let down = || Some("no answer".to_owned());
        assert_eq!(faults.change("apache", None), FaultChange::Unchanged);
        assert_eq!(faults.change("apache", down()), FaultChange::Began);
        assert_eq!(faults.change("apache", down()), FaultChange::Unchanged);
        assert_eq!(faults.present().collect::<Vec<_>>(), [("apache", "no answer")]);
        assert_eq!(faults.change("apache", None), FaultChange::Ended { times: 2 });
        assert_eq!(faults.change("apache", None), FaultChange::Unchanged);
    }

    #[test]
    fn the_fault_of_what_is_not_asked_any_more_is_gone() {
        let mut faults = Faults::default();
        faults.change("disk", Some("no answer".to_owned()));
        assert!(faults.take_news());
        faults.forget("load");
        assert!(!faults.take_news());
        faults.forget("disk");
        assert!(faults.take_news() && faults.is_empty());
    }

    #[test]
    fn another_message_is_another_fault() {
        let mut faults = Faults::default();
        assert_eq!(faults.change("apache", Some("404".to_owned())), FaultChange::Began);
        assert_eq!(faults.change("apache", Some("401".to_owned())), FaultChange::Began);
    }

    #[test]
    fn the_causes_follow_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = crate::rootfs::KeptFile::new(folder.path().join("x")).read().unwrap_err();
        assert!(
            chain(&error).ends_with("x: cannot be read: No such file or directory (os error 2)")
        );
    }

    #[test]
    fn each_cause_is_printed_even_if_the_text_ends_with_it() {
        #[derive(Debug, thiserror::Error)]
        #[error("no answer")]
        struct Cause;
        #[derive(Debug, thiserror::Error)]
        #[error("apache: no answer")]
        struct Effect(#[source] Cause);
        assert_eq!(chain(&Effect(Cause)), "apache: no answer: no answer");
    }
}
