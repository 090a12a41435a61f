//! `doctor`: what keeps an installation from sampling, storing and showing, a line for each fault
//! with what to do.

mod clock;
mod complaint;
mod daemon;
mod disk;
mod files;
mod folder;
mod gaps;
mod ports;
mod service;
mod space;

use self::complaint::CHECK;
use self::daemon::Answer;
use self::files::Files;
use super::file_plan::FilePlan;
use super::unmatched::unmatched;
use crate::config::{Config, host_faults};
use crate::source::systemd::own_service;

pub use self::complaint::Complaint;
pub use self::space::{Left, Machine, Space};

/// The faults of the installation with this configuration; none if it is sound.
pub fn doctor(config: &Config, machine: &Machine<'_>) -> Vec<Complaint> {
    let unit = own_service(&config.host.files);
    let answer = Answer::of(&config.data);
    let daemon = answer.running();
    let of_unit = unit.as_ref().and_then(|unit| service::complaint(unit, daemon.is_some()));
    let owner = answer.daemon().map(|daemon| daemon.user);
    let owner = owner.or_else(|| unit.as_ref().and_then(service::user));
    let of_folder = match folder::complaint(&config.data, owner) {
        // The service makes it when it starts.
        Some(complaint) if complaint.is_missing && of_unit.is_some() => None,
        found => found,
    };
    let is_readable = of_folder.as_ref().is_none_or(|complaint| complaint.is_readable);
    let of_daemon = match (&of_unit, &of_folder) {
        (None, None) => answer.complaint(&config.data),
        _ => None,
    };
    let mut found: Vec<Complaint> =
        config.exposure_warning().iter().map(|line| exposed(line)).collect();
    let unmatched = unmatched(config);
    found.extend(unmatched.iter().map(|line| Complaint::new("configuration", line, CHECK)));
    let own_faults = || host_faults(config);
    let of_host = daemon.map_or_else(own_faults, |daemon| daemon.faults.clone());
    found.extend(of_host.iter().map(|line| Complaint::of_host(line)));
    found.extend(of_unit);
    found.extend(of_folder.map(|folder| folder.complaint));
    found.extend(of_daemon);
    found.extend(ports::complaints(config, answer.daemon()));
    let files = if is_readable { files::look(&config.data) } else { Files::default() };
    let (of_clock, ahead) = clock::complaints(config, &files, machine.now);
    found.extend(of_clock);
    found.extend(files.damaged.iter().cloned());
    found.extend(ahead);
    if is_readable && config.data.is_dir() {
        let plan = FilePlan::of(config);
        found.extend(disk::complaint(config, &plan, owner, machine));
        found.extend(
            daemon.into_iter().flat_map(|daemon| gaps::complaints(config, &plan, daemon, machine)),
        );
    }
    found
}

fn exposed(warning: &str) -> Complaint {
    let (what, remedy) = warning.split_once(": ").unwrap_or((warning, CHECK));
    Complaint::new("configuration", what, remedy)
}
