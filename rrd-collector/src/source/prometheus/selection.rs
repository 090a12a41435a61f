//! What is taken from a page: the families that are wanted, and no more values than the cap. Series
//! that are stored already come before others, so that none comes and goes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::kinds::{PROMETHEUS, SPREAD};
use super::spread::{Observed, Part};
use crate::group::{Kind, series_name};
use crate::section::InstanceFilter;
use crate::source::textfile::exposition::{Families, FamilyType, Sample, Samples, SyntaxError};

/// Limit on new values per round: each is part of a file that is made, while the host must still be
/// sampled. The others begin in the next round.
const MAX_NEW: usize = 250;
/// The families that a report names.
const NAMED: usize = 5;

/// A round of reading.
pub(super) struct Selection<'f> {
    filter: &'f InstanceFilter,
    /// The names that are stored already, with the number of their values.
    held: BTreeMap<String, usize>,
    /// The values that there may be besides, and how many of them now.
    room: usize,
    now: usize,
    taken: Taken,
}

/// What was taken.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Single series by name.
    pub(super) series: BTreeMap<String, Reading>,
    /// Histograms and summaries by name.
    pub(super) spreads: BTreeMap<String, Observed>,
    /// The samples beyond the cap.
    pub(super) left_out: usize,
    /// Their families.
    families: BTreeSet<String>,
    /// A series that was there twice.
    twice: Option<String>,
}

/// A sample of a single series.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) value: f64,
    /// Its own time in seconds since 1970.
    pub(super) at: Option<f64>,
    pub(super) is_counter: bool,
    /// The name without labels.
    pub(super) metric: String,
    /// The help of its family.
    pub(super) help: Option<String>,
}

/// Why a page that is valid is not stored as it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Problem {
    #[error(
        "more than {cap} values: {names} left out; choose with include and exclude, or raise cap"
    )]
    TooMany { cap: usize, names: String },
    #[error("{0} is there twice: the first one is stored")]
    Twice(String),
}

impl<'f> Selection<'f> {
    /// A selection of at most `cap` values beside those that are held.
    pub(super) fn new(
        filter: &'f InstanceFilter,
        cap: usize,
        held: BTreeMap<String, usize>,
    ) -> Self {
        let room = cap.saturating_sub(held.values().sum());
        Self { filter, held, room, now: MAX_NEW, taken: Taken::default() }
    }

    /// Takes what is wanted from at most this many samples; their number.
    pub(super) fn take_some(
        &mut self,
        samples: &mut Samples<'_>,
        most: usize,
    ) -> Result<usize, SyntaxError> {
        let mut count = 0;
        while count < most {
            let Some(sample) = samples.next() else { break };
            self.take(&sample?, samples.families());
            count += 1;
        }
        Ok(count)
    }

    /// What was taken.
    pub(super) fn end(self) -> Taken {
        self.taken
    }

    fn take(&mut self, sample: &Sample<'_>, families: &Families<'_>) {
        let family = families.family(&sample.name);
        // Constants and times of creation are no measurements.
        let by_default = !sample.name.ends_with("_info") && !is_creation(&sample.name, families);
        if !self.filter.takes(&[family.name], by_default) {
            return;
        }
        if let Some(part) = Part::of(sample, family) {
            let own = |(label, _): &&(Cow<'_, str>, String)| !Part::LABELS.contains(&&**label);
            let labels: Vec<_> = sample.labels.iter().filter(own).cloned().collect();
            let name = series_name(family.name, &labels);
            let is_known = self.taken.spreads.contains_key(&name);
            if is_known || self.has_room(&name, SPREAD.metrics.len(), family.name) {
                let observed = self.taken.spreads.entry(name).or_default();
                observed.add(part, sample);
            }
            return;
        }
        let name = series_name(&sample.name, &sample.labels);
        if self.taken.series.contains_key(&name) {
            self.taken.twice.get_or_insert(name);
        } else if self.has_room(&name, PROMETHEUS.metrics.len(), family.name) {
            let reading = Reading {
                value: sample.value,
                at: sample.at,
                is_counter: families.is_counter(&sample.name),
                metric: sample.name.clone().into_owned(),
                help: family.help.map(str::to_owned),
            };
            self.taken.series.insert(name, reading);
        }
    }

    /// Whether there is room for this many values of a name that is not taken yet.
    fn has_room(&mut self, name: &str, values: usize, family: &str) -> bool {
        if self.held.contains_key(name) {
            return true;
        }
        if self.room < values {
            self.taken.left_out += 1;
            if !self.taken.families.contains(family) {
                self.taken.families.insert(family.to_owned());
            }
            return false;
        }
        if self.now < values {
            return false;
        }
        self.room -= values;
        self.now -= values;
        true
    }
}

/// Whether a sample is the time at which a counter or histogram began.
fn is_creation(name: &str, families: &Families<'_>) -> bool {
    name.strip_suffix("_created").is_some_and(|stem| {
        let is_counted = |name: &str| {
            let kind = families.family(name).kind;
            !matches!(kind, FamilyType::Gauge | FamilyType::Untyped)
        };
        is_counted(stem) || is_counted(&format!("{stem}_total"))
    })
}

impl Taken {
    /// What is to be reported.
    pub(super) fn problem(&self, cap: usize) -> Option<Problem> {
        if self.families.is_empty() {
            return self.twice.clone().map(Problem::Twice);
        }
        let names: Vec<&str> = self.families.iter().take(NAMED).map(|name| &**name).collect();
        let others = match self.families.len() - names.len() {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        Some(Problem::TooMany { cap, names: format!("{}{others}", names.join(", ")) })
    }

    /// The groups: kind and name.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&'static Kind, &String)> {
        let series = self.series.keys().map(|name| (&PROMETHEUS, name));
        series.chain(self.spreads.keys().map(|name| (&SPREAD, name)))
    }
}
