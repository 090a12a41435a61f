//! Rules of CONTRIBUTING.md that no lint checks.

use std::fs;
use std::path::Path;

use rrd_checks::repository::{manifest, named, packages, root, text};
use rrd_checks::tokens::tokens;

use crate::book::pages;

/// Files and folders with `unsafe`: memory-mapped files, the library that C calls, and the binding
/// to RRDtool's for the benches.
const UNSAFE: [&str; 3] =
    ["rrd-core/src/disk/map.rs", "rrd-graph/librrd/src", "benches/src/librrd.rs"];

#[test]
fn unsafe_code_is_in_the_map_of_a_file_and_where_c_calls_only() {
    for package in packages() {
        for file in package.files("rs") {
            let source = fs::read_to_string(&file).expect("a source");
            let is_unsafe = tokens(&source).iter().any(|token| token.is("unsafe"));
            let file = named(&file);
            let is_allowed = UNSAFE.iter().any(|place| Path::new(&file).starts_with(place));
            assert!(!is_unsafe || is_allowed, "{file}: unsafe");
        }
    }
    for file in UNSAFE {
        assert!(root().join(file).exists(), "{file} is gone");
    }
}

#[test]
fn lints_are_silenced_by_expectations_with_a_reason() {
    for package in packages() {
        for file in package.files("rs") {
            let source = fs::read_to_string(&file).expect("a source");
            let tokens = tokens(&source);
            for place in tokens.windows(2) {
                let [word, bracket] = place else { continue };
                let is_allowed = word.is("allow") && bracket.is("(");
                assert!(!is_allowed, "{}:{}: allow(...)", named(&file), word.line);
            }
        }
    }
}

#[test]
fn every_file_begins_with_what_is_in_it() {
    for package in packages() {
        for file in package.files("rs") {
            let source = fs::read_to_string(&file).expect("a source");
            assert!(source.starts_with("//! "), "{}: no //! on its first line", named(&file));
        }
    }
}

#[test]
fn versions_are_in_the_root_manifest_only() {
    for package in packages() {
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = package.manifest.get(table) else { continue };
            for (name, wanted) in dependencies.as_table().expect("a table") {
                let inherits = wanted.get("workspace").and_then(toml::Value::as_bool);
                assert_eq!(inherits, Some(true), "{}: {name}", package.name);
            }
        }
    }
}

#[test]
fn crates_ask_no_optional_features_of_one_another() {
    let workspace = manifest(&root());
    let versions = workspace["workspace"]["dependencies"].as_table().expect("versions");
    let names: Vec<String> = packages().into_iter().map(|package| package.name).collect();
    let mut asked: Vec<(String, &toml::Value)> =
        versions.iter().map(|(name, wanted)| (name.clone(), wanted)).collect();
    let packages = packages();
    for package in &packages {
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let dependencies = package.manifest.get(table).and_then(toml::Value::as_table);
            asked.extend(dependencies.into_iter().flatten().map(|(name, d)| (name.clone(), d)));
        }
    }
    for (name, wanted) in asked.iter().filter(|(name, _)| names.contains(name)) {
        for key in ["features", "optional", "default-features"] {
            assert!(wanted.get(key).is_none(), "{name} is asked for with `{key}`");
        }
    }
}

/// Tables, blocks, and lines with a link or a long word may be wider.
#[test]
fn prose_is_wrapped_at_100_columns() {
    let mut long = Vec::new();
    let documents = [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "benches/README.md",
        "rrd-core/FORMAT.md",
    ];
    let documents = documents.map(str::to_owned).into_iter();
    // The reference has a line for each entry.
    let pages = pages().into_iter().filter(|page| !page.starts_with("docs/reference/"));
    for document in documents.chain(pages) {
        let mut in_block = false;
        for (number, line) in (1..).zip(text(&document).lines()) {
            in_block ^= line.trim_start().starts_with("```");
            let is_free = in_block || line.starts_with('|') || line.contains("](");
            if line.chars().count() > 100 && !is_free {
                long.push(format!("{document}:{number}"));
            }
        }
    }
    assert!(long.is_empty(), "longer than 100 columns:\n{}", long.join("\n"));
}

#[test]
fn comments_are_wrapped_at_100_columns() {
    let mut long = Vec::new();
    for package in packages() {
        for file in package.files("rs") {
            long.extend(long_comments(&file));
        }
    }
    assert!(long.is_empty(), "longer than 100 columns:\n{}", long.join("\n"));
}

/// Examples, tables and addresses may be wider.
fn long_comments(file: &Path) -> Vec<String> {
    let source = fs::read_to_string(file).expect("a source");
    let mut in_example = false;
    let mut long = Vec::new();
    for (number, line) in (1..).zip(source.lines()) {
        let Some(comment) = line.trim_start().strip_prefix("//") else { continue };
        let comment = comment.trim_start_matches(['/', '!']).trim_start();
        in_example ^= comment.starts_with("```");
        let is_free = in_example || comment.starts_with('|') || comment.contains("://");
        if line.chars().count() > 100 && !is_free {
            long.push(format!("{}:{number}", named(file)));
        }
    }
    long
}
