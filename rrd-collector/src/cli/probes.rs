//! `probes`: the metrics.

use std::fmt::Write as _;

use crate::source::collectd::COLLECTD;
use crate::source::kinds;
use crate::source::munin::MUNIN;

/// All kinds of groups and their metrics.
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
