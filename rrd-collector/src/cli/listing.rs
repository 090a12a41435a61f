//! `plan` and `probes`: which files there will be, and what is measured.

use std::fmt::Write as _;
use std::rc::Rc;

use rrd_core::Step;

use super::once::sample;
use crate::child::Guard;
use crate::collectd::COLLECTD;
use crate::config::{Config, Intake, ServiceConfig};
use crate::munin::{MUNIN, Planned, survey};
use crate::own::OWN;
use crate::plan::{file_name, file_size};
use crate::probe::{Kind, kinds};
use crate::textfile::{TEXTFILE, TEXTFILE_FILE};

/// The files that there will be: name, step, values, bytes; and the sum. Munin's plugins are asked what they describe.
pub fn plan(config: &Config) -> String {
    let (catalog, _) = sample(config);
    let (described, faults) = described(config);
    let mut text = format!("{:<44} {:>5} {:>7} {:>12}\n", "file", "step", "values", "bytes");
    let (mut files, mut sum) = (0, 0_u64);
    let mut count = |kind: &Kind, instance: &str, step: Step| {
        let Ok(schema) = config.retention.schema(kind, step) else { return };
        let size = file_size(&schema);
        files += 1;
        sum = sum.saturating_add(size);
        let _ = writeln!(
            text,
            "{:<44} {:>4}s {:>7} {:>12}",
            file_name(&kind.name, instance).display().to_string(),
            step.seconds(),
            schema.sources().len(),
            size
        );
    };
    for (instance, group) in catalog.groups() {
        count(&group.kind, instance, group.step);
    }
    for ServiceConfig { instance, service, step, .. } in &config.services {
        for kind in service.kinds() {
            count(kind, instance, *step);
        }
    }
    for (kind, instance, step) in &described {
        count(kind, instance, *step);
    }
    let _ = writeln!(text, "{files} files, {sum} bytes, kept as: {}", config.retention);
    text.push_str("What programs hand over has files of its own once it comes.\n");
    for fault in faults {
        let _ = writeln!(text, "# {fault}");
    }
    text
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
    let handed_over = crate::statsd::KINDS.into_iter().chain([&TEXTFILE, &TEXTFILE_FILE]);
    for kind in kinds().into_iter().chain(handed_over).chain([&OWN]) {
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
