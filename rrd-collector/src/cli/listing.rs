//! `plan` and `probes`: which files there will be, and what is measured.

use std::fmt::Write as _;

use super::once::sample;
use crate::config::Config;
use crate::plan::{file_name, file_size};
use crate::probe::kinds;

/// The files that this host's probes will have: name, step, values, bytes; and the sum.
pub fn plan(config: &Config) -> String {
    let (catalog, _) = sample(config);
    let mut text = format!("{:<44} {:>5} {:>7} {:>12}\n", "file", "step", "values", "bytes");
    let (mut files, mut sum) = (0, 0_u64);
    for (instance, group) in catalog.groups() {
        let Ok(schema) = config.retention.schema(&group.kind, group.step) else { continue };
        let size = file_size(&schema);
        files += 1;
        sum = sum.saturating_add(size);
        let _ = writeln!(
            text,
            "{:<44} {:>4}s {:>7} {:>12}",
            file_name(&group.kind.name, instance).display().to_string(),
            group.step.seconds(),
            schema.sources().len(),
            size
        );
    }
    let _ = writeln!(text, "{files} files, {sum} bytes, kept as: {}", config.retention);
    let _ = writeln!(text, "Services have files of their own once they answer.");
    text
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
    }
}
