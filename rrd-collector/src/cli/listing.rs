//! `plan` and `probes`: which files there will be, and what is measured.

use std::fmt::Write as _;
use std::fs;
use std::rc::Rc;

use rrd_core::Step;

use super::once::sample;
use crate::config::{Config, Intake, ServiceConfig};
use crate::fault::chain;
use crate::group::retention::file_size;
use crate::group::{GroupId, Kind};
use crate::process::child::Guard;
use crate::source::collectd::COLLECTD;
use crate::source::kinds;
use crate::source::munin::{MUNIN, Planned, survey};
use crate::store::archives::stored;

/// The files that there will be: name, step, values, bytes; and the sum. Munin's plugins are asked what they describe; of what
/// says nothing beforehand there is a line with what it has so far.
pub fn plan(config: &Config) -> String {
    let (catalog, _) = sample(config);
    let (described, faults) = described(config);
    let mut text = format!("{:<44} {:>5} {:>7} {:>12}\n", "file", "step", "values", "bytes");
    let (mut files, mut sum) = (0, 0_u64);
    let mut count = |kind: &Kind, group: &GroupId, step: Step| {
        let Ok(schema) = config.retention.schema(kind, step) else { return };
        let size = file_size(&schema);
        files += 1;
        sum = sum.saturating_add(size);
        let _ = writeln!(
            text,
            "{:<44} {:>4}s {:>7} {:>12}",
            group.file_name(),
            step.seconds(),
            schema.sources().len(),
            size
        );
    };
    for (id, group) in catalog.groups() {
        count(&group.kind, id, group.step);
    }
    for ServiceConfig { instance, service, step, .. } in &config.services {
        for kind in service.kinds() {
            count(kind, &GroupId::of(kind, instance), *step);
        }
    }
    for (kind, instance, step) in &described {
        count(kind, &GroupId::of(kind, instance), *step);
    }
    let _ = writeln!(text, "{files} files, {sum} bytes, kept as: {}", config.retention);
    for source in SOURCES {
        if let Some(line) = source.so_far(config) {
            let _ = writeln!(text, "{line}");
        }
    }
    for fault in faults {
        let _ = writeln!(text, "# {fault}");
    }
    text
}

/// Something that makes files of which nobody knows beforehand.
struct Source {
    /// What it is, in the words of the configuration.
    name: &'static str,
    /// When its files are known.
    until: &'static str,
    /// Whether the configuration has it.
    is_asked: fn(&Config) -> bool,
    /// The kinds of its groups.
    kinds: &'static [&'static str],
}

const SOURCES: [Source; 5] = [
    Source {
        name: "statsd",
        until: "packets come",
        is_asked: |config| takes_in(config, |intake| matches!(intake, Intake::Statsd(_))),
        kinds: &["statsd_counter", "statsd_gauge", "statsd_timer", "statsd_set"],
    },
    Source {
        name: "textfile",
        until: "the files are read",
        is_asked: |config| takes_in(config, |intake| matches!(intake, Intake::Textfile(_))),
        kinds: &["textfile", "textfile_file"],
    },
    Source {
        name: "exec and collectd's socket",
        until: "they speak",
        is_asked: |config| takes_in(config, says_what_collectd_says),
        kinds: &[COLLECTD],
    },
    Source {
        name: "parts of Apache servers",
        until: "the servers show them",
        is_asked: |config| asks(config, "apache"),
        kinds: &["apache_member", "apache_tls", "apache_certificates"],
    },
    Source {
        name: "parts of MySQL servers",
        until: "the servers show them",
        is_asked: |config| asks(config, "mysql"),
        kinds: &["mysql_query_cache", "mysql_replica"],
    },
];

fn takes_in(config: &Config, is_it: fn(&Intake) -> bool) -> bool {
    config.intakes.iter().any(is_it)
}

fn says_what_collectd_says(intake: &Intake) -> bool {
    match intake {
        Intake::Exec(_) => true,
        Intake::Collectd(config) => config.socket.is_some(),
        _ => false,
    }
}

fn asks(config: &Config, service: &str) -> bool {
    config.services.iter().any(|config| config.service.name() == service)
}

impl Source {
    /// What it has in the data folder, which is all that can be said of it; `None` if it is not asked.
    fn so_far(&self, config: &Config) -> Option<String> {
        if !(self.is_asked)(config) {
            return None;
        }
        let Self { name, until, .. } = self;
        let mut files = Vec::new();
        for kind in self.kinds {
            match stored(&config.data, kind) {
                Ok(found) => files.extend(found.into_iter().map(|(_, file)| file)),
                Err(error) => return Some(format!("{name}: not counted: {}", chain(&error))),
            }
        }
        let bytes: u64 = files.iter().filter_map(|file| Some(fs::metadata(file).ok()?.len())).sum();
        Some(match files.len() {
            0 => format!("{name}: not counted, unknown until {until}"),
            count => format!(
                "{name}: not counted; {count} files, {bytes} bytes so far, others unknown until {until}"
            ),
        })
    }
}

/// What programs say beforehand that they will hand over.
fn described(config: &Config) -> (Vec<Planned>, Vec<String>) {
    let (mut planned, mut faults) = (Vec::new(), Vec::new());
    for intake in &config.intakes {
        let Intake::Munin(munin) = intake else { continue };
        let munin = munin.clone().with_state(&config.data);
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                let (found, wrong) = runtime.block_on(survey(&munin, &Rc::new(Guard::none())));
                planned.extend(found);
                faults.extend(wrong);
            }
            Err(error) => faults.push(format!("munin: {error}")),
        }
    }
    (planned, faults)
}

/// Every kind of group and its values.
pub fn probes() -> String {
    let mut text = String::new();
    for kind in kinds() {
        let _ = writeln!(text, "{} ({})", kind.name, kind.title);
        for metric in kind.metrics.iter() {
            let _ =
                writeln!(text, "  {:<20} {:<8} {}", metric.name, metric.unit.symbol(), metric.help);
        }
    }
    let _ = writeln!(text, "{MUNIN}, {COLLECTD}\n  what plugins and programs describe; see plan");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::textfile::{TEXTFILE, TEXTFILE_FILE};

    #[test]
    fn what_says_nothing_beforehand_is_told_with_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path().to_owned());
        config.host = crate::rootfs::Host::at(folder.path());
        let lines = |config: &Config| -> Vec<String> {
            plan(config)
                .lines()
                .filter(|line| line.contains("unknown until"))
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(lines(&config), Vec::<String>::new());
        config.intakes.push(Intake::Statsd("127.0.0.1:8125".parse().unwrap()));
        config.intakes.push(Intake::Textfile(crate::config::TextfileConfig {
            folder: "/nonexistent".into(),
            step: crate::schedule::whole_seconds(10),
            max_age: None,
        }));
        fs::create_dir(folder.path().join("statsd_gauge")).unwrap();
        fs::create_dir(folder.path().join("statsd_set")).unwrap();
        fs::write(folder.path().join("statsd_gauge/a%2Fb.rrd"), [0; 100]).unwrap();
        fs::write(folder.path().join("statsd_gauge/other.txt"), [0; 9]).unwrap();
        fs::write(folder.path().join("statsd_set/c.rrd"), [0; 20]).unwrap();
        assert_eq!(
            lines(&config),
            [
                "statsd: not counted; 2 files, 120 bytes so far, others unknown until packets come",
                "textfile: not counted, unknown until the files are read"
            ]
        );
    }

    #[test]
    fn every_source_has_the_kinds_that_its_groups_have() {
        let (statsd, textfile) = (crate::source::statsd::KINDS, [&TEXTFILE, &TEXTFILE_FILE]);
        let named =
            |kinds: &[&Kind]| kinds.iter().map(|kind| kind.name.to_string()).collect::<Vec<_>>();
        assert_eq!(SOURCES[0].kinds, named(&statsd));
        assert_eq!(SOURCES[1].kinds, named(&textfile));
        for source in &SOURCES[3..] {
            let known = |name: &&str| kinds().iter().any(|kind| kind.name == **name);
            assert!(source.kinds.iter().all(known), "{}", source.name);
        }
    }

    #[test]
    fn the_list_of_probes_names_steal_with_its_unit() {
        let text = probes();
        assert!(text.starts_with("cpu (CPU)\n  user "));
        assert!(text.contains("  steal                share    ready to run"));
        for kind in
            ["mysql_innodb (InnoDB)", "textfile (Text files)", "statsd_timer (", "munin, collectd"]
        {
            assert!(text.contains(&format!("\n{kind}")), "{kind}");
        }
    }
}
