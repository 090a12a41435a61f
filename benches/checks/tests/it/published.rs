//! What a registry wants of a published crate.

use std::fs;
use std::path::Path;

use rrd_checks::repository::{Package, named, packages};

/// Characters that archives of crates cannot have in the names of files.
const REFUSED: [char; 9] = ['/', '\\', '<', '>', ':', '"', '|', '?', '*'];

fn published() -> Vec<Package> {
    packages().into_iter().filter(Package::is_published).collect()
}

#[test]
fn a_published_crate_has_its_licences_a_readme_and_words_by_which_it_is_found() {
    let published = published();
    assert!(published.len() >= 6, "{}", published.len());
    for Package { name, folder, manifest } in published {
        let package = manifest["package"].as_table().expect("a table");
        for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md"] {
            assert!(folder.join(file).is_file(), "{name}: no {file}");
        }
        assert_eq!(package["readme"].as_str(), Some("README.md"), "{name}");
        for inherited in ["version", "license", "repository", "rust-version"] {
            assert_eq!(
                package[inherited]["workspace"].as_bool(),
                Some(true),
                "{name}: {inherited}"
            );
        }
        let description = package["description"].as_str().expect("a text");
        assert!((20..=200).contains(&description.len()), "{name}: {description}");
        let keywords = package["keywords"].as_array().expect("keywords");
        assert!((1..=5).contains(&keywords.len()), "{name}: {keywords:?}");
        for keyword in keywords {
            let keyword = keyword.as_str().expect("a text");
            assert!(keyword.len() <= 20 && keyword.is_ascii(), "{name}: {keyword}");
        }
        assert!(!package["categories"].as_array().expect("categories").is_empty(), "{name}");
        assert!(package["metadata"]["docs"]["rs"]["targets"].is_array(), "{name}: docs.rs");
    }
}

#[test]
fn no_file_of_a_published_crate_has_a_name_that_archives_refuse() {
    let mut looked_at = 0;
    for package in published() {
        look(&package.folder, &mut looked_at);
    }
    assert!(looked_at > 1000, "{looked_at} files were looked at");
}

fn look(folder: &Path, looked_at: &mut usize) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
        if name == "target" || name == ".git" {
            continue;
        }
        assert!(!name.contains(REFUSED), "{}", named(&path));
        *looked_at += 1;
        if path.is_dir() {
            look(&path, looked_at);
        }
    }
}
