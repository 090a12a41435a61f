//! The faults of storing samples: those of single groups, which end with the group, and those of
//! kinds that have no room for new files.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::fault::Faults;
use crate::group::catalog::Catalog;
use crate::group::{GroupId, Kind};
use crate::schedule::Tick;
use crate::store::writer::WriteError;

/// How long no new file must have been refused until there is room again.
const CALM: Duration = Duration::from_secs(600);
/// How long a group whose sample failed may have no other one until its fault is forgotten, in
/// seconds: longer than the longest interval.
const UNSEEN: i64 = 2 * 3600;

/// What has failed.
#[derive(Debug, Default)]
pub(super) struct StoringFaults {
    groups: BTreeSet<GroupId>,
    /// What was refused for lack of room, and when last.
    refused: BTreeMap<String, Duration>,
}

fn concern(group: &GroupId) -> String {
    format!("storing {group}")
}

impl StoringFaults {
    /// Records the outcome of one sample.
    pub(super) fn note(
        &mut self,
        faults: &Faults,
        kind: &Kind,
        instance: &str,
        clock: Duration,
        outcome: &Result<(), WriteError>,
    ) {
        if let Err(WriteError::DataFolder(_)) = outcome {
            // One fault for all groups, which the next round reports.
        } else if let Err(WriteError::NoRoom(why)) = outcome {
            // One fault for all names that come.
            faults.note(&why.concern(), outcome);
            self.refused.insert(why.concern(), clock);
        } else if outcome.is_err() || !faults.is_empty() {
            let group = GroupId::of(kind, instance);
            faults.note(&concern(&group), outcome);
            if outcome.is_err() {
                self.groups.insert(group);
            }
        }
    }

    /// There may be room now: the next refusal is another one.
    pub(super) fn allow_again(&mut self, faults: &Faults) {
        for concern in std::mem::take(&mut self.refused).into_keys() {
            faults.note(&concern, &Ok::<(), WriteError>(()));
        }
    }

    /// Ends the faults of groups that have gone, and of kinds that have room again.
    pub(super) fn tidy(&mut self, faults: &Faults, catalog: &Catalog, tick: Tick) {
        self.groups.retain(|group| {
            let unseen = catalog
                .find(group.kind(), group.instance())
                .map(|found| tick.at.seconds().saturating_sub(found.at.seconds()));
            let stays = unseen.is_some_and(|unseen| unseen < UNSEEN);
            if !stays {
                faults.forget(&concern(group));
            }
            stays
        });
        self.refused.retain(|concern, at| {
            let calm = tick.clock.saturating_sub(*at);
            if calm >= CALM {
                faults.note(concern, &Ok::<(), WriteError>(()));
            }
            calm < CALM
        });
        faults.settle();
    }
}
