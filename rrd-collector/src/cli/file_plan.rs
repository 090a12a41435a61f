//! The files that the daemon will have by the configuration, as `plan` prints and `doctor` compares
//! with what is there.

use std::fs;
use std::rc::Rc;

use rrd_core::Step;

use super::once::sample;
use crate::config::Config;
use crate::group::GroupId;
use crate::group::retention::file_size;
use crate::process::child::Guard;
use crate::source::input::Plan;

/// The files, and what could not be found out.
#[derive(Debug, Default)]
pub(super) struct FilePlan {
    pub(super) files: Vec<PlannedFile>,
    pub(super) faults: Vec<String>,
}

/// A file that will exist.
#[derive(Debug)]
pub(super) struct PlannedFile {
    pub(super) group: GroupId,
    pub(super) step: Step,
    /// Number of values.
    pub(super) values: usize,
    /// The size that a new one has.
    pub(super) new_size: u64,
    /// The size of the one that exists.
    pub(super) size: Option<u64>,
    /// Whether the configuration names it, and not only what the host has at present.
    pub(super) is_configured: bool,
}

impl FilePlan {
    /// Samples the host for a second, and asks inputs which groups they announce.
    pub(super) fn of(config: &Config) -> Self {
        let (catalog, _) = sample(config);
        let Plan { groups, faults } = announced(config);
        let sampled =
            catalog.groups().map(|(id, group)| (&group.kind, id.clone(), group.step, false));
        let announced = groups
            .iter()
            .map(|(kind, instance, step)| (kind, GroupId::of(kind, instance), *step, true));
        let files = sampled.chain(announced).filter_map(|(kind, group, step, is_configured)| {
            let schema = config.retention.schema(kind, step).ok()?;
            let size = fs::metadata(config.data.join(group.file_name())).ok();
            Some(PlannedFile {
                group,
                step,
                values: schema.sources().len(),
                new_size: file_size(&schema),
                size: size.map(|file| file.len()),
                is_configured,
            })
        });
        let files = files.collect();
        Self { files, faults }
    }

    /// The bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.bytes()))
    }

    /// The files that do not exist yet.
    pub(super) fn missing(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files.iter().filter(|file| file.size.is_none())
    }
}

impl PlannedFile {
    /// Its size: a file that exists keeps the one that it has.
    pub(super) fn bytes(&self) -> u64 {
        self.size.unwrap_or(self.new_size)
    }
}

/// Groups that the inputs announce in advance.
fn announced(config: &Config) -> Plan {
    let guard = Rc::new(Guard::none());
    let mut plan = Plan::default();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            plan.faults.push(error.to_string());
            return plan;
        }
    };
    for input in &config.inputs {
        let Plan { groups, faults } = runtime.block_on(input.task().plan(&config.data, &guard));
        plan.groups.extend(groups);
        plan.faults.extend(faults);
    }
    plan
}
