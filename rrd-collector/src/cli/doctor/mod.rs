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
    // The commands are for any folder.
    let data = std::path::absolute(&config.data).unwrap_or_else(|_| config.data.clone());
    let config = &Config { data, ..config.clone() };
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
    // Without an answer of the daemon its own address looks like that of another program.
    let is_known = match answer {
        Answer::Denied => false,
        Answer::None => of_folder.is_none(),
        Answer::Running(_) | Answer::Silent(_) => true,
    };
    let of_ports = if is_known { ports::complaints(config, answer.daemon()) } else { Vec::new() };
    // It does not start while another program has its address.
    let is_kept_out =
        matches!(answer, Answer::None) && !config.listen.is_empty() && !of_ports.is_empty();
    let of_daemon = match (&of_unit, &of_folder) {
        (None, None) if !is_kept_out => answer.complaint(&config.data),
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
    found.extend(of_ports);
    let files = if is_readable { files::look(&config.data) } else { Files::default() };
    let (of_clock, ahead) = clock::complaints(config, &files, machine.now);
    found.extend(of_clock);
    found.extend(files.damaged.iter().cloned());
    found.extend(ahead);
    if is_readable && config.data.is_dir() {
        let plan = FilePlan::of(config);
        if plan.files.is_empty() {
            let stat = config.host.files.proc("stat");
            let what = format!(
                "no probe finds what it reads, such as {}, so that nothing is sampled",
                stat.path().display()
            );
            found.push(Complaint::new("configuration", what, CHECK));
        }
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
