//! `check` of the configuration: patterns that match nothing on this host.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rrd_core::Timestamp;

use crate::config::Config;
use crate::fault::chain;
use crate::group::Kind;
use crate::schedule::{Tick, clock};
use crate::section::Pattern;
use crate::source::host_probes;
use crate::source::sample::SampleSink;

/// Number of names that a line lists.
const LISTED: usize = 20;

/// All names of what a probe finds. Nothing is sampled.
#[derive(Default)]
struct Found(BTreeSet<String>);

impl SampleSink for Found {
    fn takes(&mut self, names: &[&str], _by_default: bool) -> bool {
        self.0.extend(names.iter().map(|name| (*name).to_owned()));
        false
    }

    fn group(&mut self, _kind: &Kind, _instance: &str, _values: &[f64]) {}
}

/// A line for each pattern of `include` and `also` that matches nothing which its probe finds.
pub fn unmatched(config: &Config) -> Vec<String> {
    let mut lines = Vec::new();
    for mut probe in host_probes(&config.host.files) {
        let settings = config.host.probe(probe.name());
        let lists = [("include", settings.instances.include), ("also", settings.instances.also)];
        if !settings.enabled || lists.iter().all(|(_, patterns)| patterns.is_empty()) {
            continue;
        }
        probe.watch(&config.host.processes);
        let mut found = Found::default();
        let tick = Tick { at: Timestamp::default(), clock: clock::now().clock };
        let outcome = probe.sample(tick, &mut found);
        let there = match outcome {
            Err(error) if found.0.is_empty() => chain(&error),
            _ => list(&found.0),
        };
        let has = |pattern: &Pattern| found.0.iter().any(|name| pattern.matches(name));
        for (key, patterns) in lists {
            for pattern in patterns.iter().filter(|pattern| !has(pattern)) {
                let (name, text) = (probe.name(), pattern.text());
                lines.push(format!("probe.{name}.{key}: {text:?} matches nothing here: {there}"));
            }
        }
    }
    lines
}

fn list(names: &BTreeSet<String>) -> String {
    let listed: Vec<&str> = names.iter().map(String::as_str).take(LISTED).collect();
    let mut text = match &*listed {
        [] => "nothing was found".to_owned(),
        listed => format!("found {}", listed.join(", ")),
    };
    if names.len() > LISTED {
        let _ = write!(text, " and {} more", names.len() - LISTED);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::rootfs::Host;

    #[test]
    fn a_pattern_that_matches_nothing_is_named_with_what_there_is() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("proc/net")).unwrap();
        let zeros = "0 ".repeat(16);
        let lines = |names: &[&str]| {
            let text =
                names.iter().map(|name| format!("{name}: {zeros}\n")).collect::<Vec<_>>().concat();
            fs::write(root.path().join("proc/net/dev"), text).unwrap();
            let mut config = Config::new("data".into());
            config.host.files = Host::at(root.path());
            let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(text)).collect();
            let network = config.host.probes.entry("network".to_owned()).or_default();
            network.instances.include = patterns(&["et?0", "lo"]);
            network.instances.also = patterns(&["veht*"]);
            network.instances.exclude = patterns(&["wlan*"]);
            config.host.probes.entry("disk".to_owned()).or_default().instances.also =
                patterns(&["loop0"]);
            unmatched(&config)
        };
        let file = root.path().join("proc/diskstats");
        let disk = format!(
            "probe.disk.also: \"loop0\" matches nothing here: {}: cannot be read: \
             No such file or directory (os error 2)",
            file.display()
        );
        assert_eq!(
            lines(&["lo", "eth0", "veth3f"]),
            [&*disk, "probe.network.also: \"veht*\" matches nothing here: found eth0, lo, veth3f"]
        );
        let many: Vec<String> = (10..32).map(|number| format!("eth{number}")).collect();
        let found = lines(&many.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(found.len(), 4);
        assert!(found[1].starts_with("probe.network.include: \"et?0\" matches nothing here: "));
        assert!(found[1].ends_with(", eth28, eth29 and 2 more"), "{}", found[1]);
    }
}
