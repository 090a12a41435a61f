//! `doctor`: what keeps an installation from sampling, storing and showing, a line for each fault
//! with what to do.

mod clock;
mod daemon;
mod disk;
mod files;
mod folder;
mod gaps;
mod ports;
mod service;
mod space;

use std::fmt;

use self::daemon::Answer;
use self::files::Files;
use super::file_plan::FilePlan;
use super::unmatched::unmatched;
use crate::config::{Config, host_faults};
use crate::duration::Words;
use crate::fault::chain;
use crate::section::ConfigError;
use crate::source::rights;
use crate::source::systemd::own_service;

pub use self::space::{Left, Space, Surroundings};

/// What is done after the configuration was changed.
const CHECK: &str = "correct the configuration, then run `rrd-collector check`";

/// A fault of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What it is about.
    area: &'static str,
    /// What is wrong, and where.
    what: String,
    /// What to do.
    remedy: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.area, self.what, self.remedy)
    }
}

impl Complaint {
    fn new(area: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { area, what: what.into(), remedy: remedy.into() }
    }

    /// That of a configuration that is not valid.
    pub fn of_configuration(error: &ConfigError) -> Self {
        Self::new("configuration", chain(error), CHECK)
    }

    /// That of something which the configuration names, or of a missing right.
    fn of_host(line: &str) -> Self {
        for right in rights() {
            let Some(what) = line.strip_suffix(&format!("; {}", right.advice())) else { continue };
            let file = format!("/usr/share/doc/rrd-collector/rights/{}.conf", right.name);
            let remedy = format!(
                "run `install -D -m 644 -t /etc/systemd/system/rrd-collector.service.d {file} && \
                 systemctl daemon-reload && systemctl restart rrd-collector`"
            );
            return Self::new("rights", what, remedy);
        }
        Self::new("configuration", line, CHECK)
    }
}

/// The faults of the installation with this configuration; none if it is sound.
pub fn doctor(config: &Config, around: &Surroundings<'_>) -> Vec<Complaint> {
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
    let (of_clock, ahead) = clock::complaints(config, &files, around.now);
    found.extend(of_clock);
    found.extend(files.damaged.iter().cloned());
    found.extend(ahead);
    if is_readable && config.data.is_dir() {
        let plan = FilePlan::of(config);
        found.extend(disk::complaint(config, &plan, owner, around));
        found.extend(
            daemon.into_iter().flat_map(|daemon| gaps::complaints(config, &plan, daemon, around)),
        );
    }
    found
}

fn exposed(warning: &str) -> Complaint {
    let (what, remedy) = warning.split_once(": ").unwrap_or((warning, CHECK));
    Complaint::new("configuration", what, remedy)
}

/// A length of time in words, rounded down.
fn about(seconds: i64) -> Words {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    let unit = [86_400, 3600, 60].into_iter().find(|unit| seconds >= 2 * unit).unwrap_or(1);
    Words(seconds - seconds % unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_comes_with_the_command_that_gives_it() {
        let line =
            "/x cannot be read, so y is not measured; docs/rights/power.conf gives the right";
        assert_eq!(
            Complaint::of_host(line).to_string(),
            "rights: /x cannot be read, so y is not measured; run `install -D -m 644 -t \
             /etc/systemd/system/rrd-collector.service.d \
             /usr/share/doc/rrd-collector/rights/power.conf && systemctl daemon-reload && \
             systemctl restart rrd-collector`"
        );
    }

    #[test]
    fn lengths_of_time_are_rounded_down_to_two_units_at_least() {
        let words = [59, 150, 7199, 7200, 90_000, 180_000].map(|length| about(length).to_string());
        assert_eq!(words, ["59s", "2m", "119m", "2h", "25h", "2d"]);
    }
}
