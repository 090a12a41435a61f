//! The table of what is measured names every source, rule and right, and the drop-ins are ones.

use std::collections::BTreeSet;
use std::process::Command;

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

#[test]
fn systemd_reads_every_line_of_the_drop_ins() {
    let folder = tempfile::tempdir().expect("a folder");
    let unit = text("rrd-collector/debian/rrd-collector.service");
    let unit = unit.replace("/usr/bin/rrd-collector", "/bin/true");
    let complaints = |name: &str, drop_in: &str| -> Option<Vec<String>> {
        // The sections of a drop-in count as if they stood at the end of the unit.
        let path = folder.path().join(format!("{name}.service"));
        std::fs::write(&path, format!("{unit}\n{drop_in}")).expect("a unit");
        let output = Command::new("systemd-analyze").arg("verify").arg(&path).output();
        let said = match output {
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(_) if std::env::var_os("CI").is_none() => return None,
            Err(error) => panic!("systemd-analyze: {error}"),
        };
        let about = said.lines().filter(|line| line.contains(&format!("{name}.service:")));
        // systemd before 253 keeps to the line above it.
        Some(about.filter(|line| !line.contains("notify-reload")).map(str::to_owned).collect())
    };
    let Some(wrong) = complaints("wrong", "[Service]\nNoSuchSetting=yes\n") else {
        eprintln!("systemd-analyze is missing: the drop-ins are not checked");
        return;
    };
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    for right in rights() {
        let drop_in = text(&format!("docs/rights/{}.conf", right.name));
        assert_eq!(complaints(right.name, &drop_in), Some(Vec::new()), "{}", right.name);
    }
}
