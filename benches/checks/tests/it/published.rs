//! What a registry wants of a published crate.

use std::fs;
use std::path::Path;

use rrd_checks::repository::{Package, manifest, named, packages, root};

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

/// A registry shows the README without what lies beside the crate.
#[test]
fn a_link_of_a_published_readme_leads_into_the_crate_or_to_a_file_of_the_repository() {
    let repository = repository();
    let mut links = 0;
    for package in published() {
        let readme = fs::read_to_string(package.folder.join("README.md")).expect("a README");
        assert!(readme.contains(&repository), "{}: no link to {repository}", package.name);
        let targets = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with('#')) {
            let of_repository = ["blob", "raw"].iter().find_map(|form| {
                target
                    .strip_prefix(&format!("{repository}/{form}/HEAD/"))
                    .map(|rest| root().join(rest))
            });
            let file = match of_repository {
                Some(file) => file,
                None if target.starts_with("https://") => continue,
                None => package.folder.join(target),
            };
            let leaves = target.split('/').any(|part| part == "..");
            assert!(file.exists() && !leaves, "{}: {target}", package.name);
            links += 1;
        }
    }
    assert!(links > 5, "{links}");
}

fn repository() -> String {
    let workspace = manifest(&root());
    workspace["workspace"]["package"]["repository"].as_str().expect("a text").to_owned()
}
