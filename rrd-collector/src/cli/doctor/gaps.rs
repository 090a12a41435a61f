//! Groups without a sample although the daemon runs.

use std::collections::BTreeMap;

use super::super::file_plan::FilePlan;
use super::complaint::{Complaint, about};
use super::daemon::Daemon;
use super::space::Machine;
use crate::config::Config;
use crate::store::archives::Archives;

/// Steps without a sample that are a gap.
const STEPS: i64 = 10;
/// How long samples may be in the journal before they are in the file.
const WRITE_BACK: i64 = 120;

/// A complaint about each kind, and each configured group, whose newest sample is too old. Single
/// instances of the host come and go.
pub(super) fn complaints(
    config: &Config,
    plan: &FilePlan,
    daemon: &Daemon,
    machine: &Machine<'_>,
) -> Vec<Complaint> {
    let archives = Archives::Folder(config.data.clone());
    // The newest sample of each, and its step.
    let mut newest: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for file in &plan.files {
        let Ok((_, at)) = archives.newest(&file.group) else { continue };
        let step = i64::try_from(file.step.seconds()).unwrap_or(i64::MAX);
        let name =
            if file.is_configured { file.group.to_string() } else { file.group.kind().to_owned() };
        let (latest, _) = newest.entry(name).or_insert((i64::MIN, step));
        *latest = at.seconds().max(*latest);
    }
    let late = newest.iter().filter_map(|(name, (at, step))| {
        let longest = step.saturating_mul(STEPS).saturating_add(WRITE_BACK);
        let (age, running) =
            (machine.now.saturating_sub(*at), machine.now.saturating_sub(daemon.since));
        (age > longest && running > longest).then_some((name, age))
    });
    let late: Vec<_> = late.collect();
    let remedy = "run `journalctl -u rrd-collector -n 50` for the reason";
    match late.first() {
        Some((_, age)) if late.len() == newest.len() => {
            let what =
                format!("no group has had a sample for {}, though the daemon runs", about(*age));
            vec![Complaint::new("gaps", what, "run `systemctl restart rrd-collector`")]
        }
        _ => {
            let complaint = |(name, age): &(&String, i64)| {
                let what = format!("{name} has had no sample for {}", about(*age));
                Complaint::new("gaps", what, remedy)
            };
            late.iter().map(complaint).collect()
        }
    }
}
