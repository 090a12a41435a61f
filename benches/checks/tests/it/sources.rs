//! The table of what is measured names every source, rule and right.

use std::collections::BTreeSet;

use rrd_checks::repository::{root, text};
use rrd_collector::alert::default_rule_texts;
use rrd_collector::source::{SOURCES, registered_probes, rights};

#[test]
fn every_source_and_rule_is_in_the_table_of_what_is_measured() {
    let table = text("docs/sources.md");
    let probes = registered_probes().map(|probe| format!("`{}`", probe.name));
    let sections = SOURCES.iter().flat_map(|source| source.sections);
    let sections = sections.map(|section| {
        let (open, close) = if section.is_list { ("[[", "]]") } else { ("[", "]") };
        format!("`{open}{}{close}`", section.name)
    });
    let rules = default_rule_texts().map(|(name, _)| format!("`{name}`"));
    let names: Vec<String> = probes.chain(sections).chain(rules).collect();
    assert!(names.len() > 30, "{names:?}");
    let missing: Vec<&String> = names.iter().filter(|name| !table.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/sources.md does not name {missing:?}");
}

#[test]
fn every_right_has_a_drop_in_that_says_what_it_gives_and_is_named_in_the_table() {
    let table = text("docs/sources.md");
    let named: BTreeSet<String> = rights().map(|right| format!("{}.conf", right.name)).collect();
    let folder = std::fs::read_dir(root().join("docs/rights")).into_iter().flatten();
    let found =
        folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("text"));
    let found: BTreeSet<String> = found.collect();
    assert_eq!(named, found);
    for file in found {
        assert!(table.contains(&format!("rights/{file}")), "docs/sources.md does not name {file}");
        let drop_in = text(&format!("docs/rights/{file}"));
        let begins = drop_in.starts_with("# ") && drop_in.contains("\n[Service]\n");
        assert!(begins, "{file}: expected a comment that says what it gives, then [Service]");
    }
}
