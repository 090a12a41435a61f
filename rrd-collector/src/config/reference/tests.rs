//! The reference against the sections as they are read.

use std::collections::BTreeSet;
use std::path::Path;

use super::key::FILE;
use super::*;
use crate::config::Config;
use crate::fault::chain;
use crate::section::{Environment, SectionFile};

/// A configuration of this text alone, or what is wrong with it.
fn read(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["page", "web", "token", "db"] {
        std::fs::write(folder.path().join(name), "secret\n").unwrap();
    }
    let variable = |_: &str| None;
    let environment = Environment { variable: &variable, credentials: Some(folder.path()) };
    let mut config = Config::new("data".into());
    let errors = config.add(&SectionFile::new(Path::new("x.toml"), text, &environment));
    let errors: Vec<String> = errors.iter().map(|error| chain(error)).collect();
    if errors.is_empty() { Ok(config) } else { Err(errors.join("\n")) }
}

/// A section with these lines and what it needs besides the key, if any.
fn text(section: &Section, key: Option<&key::Key>, lines: &[String]) -> String {
    let mut all = vec![section.head.to_owned()];
    if let Some(beside) = key.and_then(|key| key.beside) {
        all.extend(beside.iter().map(ToString::to_string));
    } else {
        let required = section.keys.iter().filter(|other| other.usual == Usual::Required);
        let others = required.filter(|other| key.is_none_or(|key| key.name != other.name));
        all.extend(others.map(|other| format!("{} = {}", other.name, other.example)));
    }
    all.extend_from_slice(lines);
    all.join("\n") + "\n"
}

/// The names between backquotes.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_reference_has_every_key_that_a_section_knows_and_no_other() {
    for section in sections() {
        // Its keys are the names of kinds.
        if section.heading == "[caps]" {
            continue;
        }
        let unknown = read(&text(section, None, &["zzz = 1".to_owned()])).unwrap_err();
        // What is wrong without that key follows in further lines.
        let unknown = unknown.lines().next().unwrap();
        let keys: BTreeSet<&str> = section.keys.iter().map(|key| key.name).collect();
        if section.head.is_empty() {
            let (_, known) = unknown.split_once("expected one of ").unwrap();
            let known: BTreeSet<&str> = known.split(", ").collect();
            let mut sections: BTreeSet<&str> =
                super::sections().map(|section| name(section.heading)).collect();
            sections.remove("Keys outside all sections");
            let documented: BTreeSet<&str> = keys.union(&sections).copied().collect();
            assert_eq!(known, documented);
        } else {
            let (_, known) = unknown
                .split_once("unknown field `zzz`, expected ")
                .unwrap_or_else(|| panic!("{}: {unknown}", section.heading));
            assert_eq!(quoted(known), keys, "{}", section.heading);
        }
    }
}

/// The name of a section, without what it is inside of it.
fn name(heading: &str) -> &str {
    let name = heading.trim_matches(['[', ']']);
    name.split_once('.').map_or(name, |(name, _)| name)
}

#[test]
fn every_example_of_the_reference_can_be_used() {
    let mut wrong = Vec::new();
    for section in sections() {
        for key in section.keys.iter().filter(|key| key.value != FILE) {
            if section.heading == "[tls]" {
                continue;
            }
            let name = if section.heading == "[caps]" { "unit" } else { key.name };
            let text = text(section, Some(key), &[format!("{name} = {}", key.example)]);
            wrong.extend(read(&text).err().map(|error| format!("{error}\n{text}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_default_of_the_reference_changes_nothing_if_it_is_written() {
    let (mut defaults, mut wrong) = (0, Vec::new());
    for section in sections() {
        for key in section.keys {
            let Usual::Literal(literal) = key.usual else { continue };
            let without = text(section, Some(key), &[]);
            let with = text(section, Some(key), &[format!("{} = {literal}", key.name)]);
            let other = text(section, Some(key), &[format!("{} = {}", key.name, key.example)]);
            let usual = read(&without).unwrap_or_else(|error| panic!("{error}\n{without}"));
            // Configurations are long: what is wrong is the text.
            wrong.extend((read(&with).as_ref() != Ok(&usual)).then_some(with));
            wrong.extend((read(&other).as_ref() == Ok(&usual)).then_some(other));
            defaults += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(defaults > 40, "{defaults}");
}
