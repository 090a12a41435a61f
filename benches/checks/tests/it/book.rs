//! The book of `docs/`: its summary has every page, and links lead to what exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rrd_checks::markdown::Page;
use rrd_checks::repository::{files, named, packages, root, text};

/// The pages of `docs/`, without the summary.
pub(crate) fn pages() -> Vec<String> {
    let pages = files(&root().join("docs"), "md").into_iter().map(|path| named(&path));
    pages.filter(|page| page != "docs/SUMMARY.md").collect()
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::ParentDir => drop(plain.pop()),
            std::path::Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// Where a link of this page leads, from the root of the repository.
fn target(page: &str, link: &str) -> PathBuf {
    plain(&Path::new(page).parent().expect("a folder").join(link))
}

#[test]
fn every_page_is_in_the_summary_once_and_the_other_way_round() {
    let summary = Page::parse(&text("docs/SUMMARY.md"));
    let chapters: Vec<PathBuf> =
        summary.links.iter().map(|(_, link)| target("docs/SUMMARY.md", link)).collect();
    let once: BTreeSet<&PathBuf> = chapters.iter().collect();
    assert_eq!(once.len(), chapters.len(), "a page is in docs/SUMMARY.md twice: {chapters:?}");
    for page in pages() {
        assert!(once.contains(&PathBuf::from(&page)), "{page} is not in docs/SUMMARY.md");
    }
    // `.ci/book` copies a chapter from elsewhere, with its links as they are.
    for chapter in chapters.iter().filter(|chapter| !chapter.starts_with("docs")) {
        let chapter = chapter.display().to_string();
        let links = Page::parse(&text(&chapter)).links;
        let relative = links.iter().find(|(_, link)| !is_elsewhere(link) && !link.starts_with('#'));
        assert_eq!(relative, None, "{chapter} is a chapter of the book and not in docs/");
    }
}

/// Whether a link leads to another place than this repository.
fn is_elsewhere(link: &str) -> bool {
    link.contains("://") || link.starts_with("mailto:")
}

#[test]
fn every_link_anchor_and_picture_exists() {
    let mut broken = Vec::new();
    let mut links = 0;
    let of_packages = packages().into_iter().flat_map(|package| package.files("md"));
    // A page there is a copy, which its test holds to be one.
    let documents =
        of_packages.filter(|path| path.components().all(|part| part.as_os_str() != "tests"));
    let documents = files(&root(), "md").into_iter().chain(documents);
    for page in documents.map(|path| named(&path)).collect::<BTreeSet<_>>() {
        for (line, link) in Page::parse(&text(&page)).links {
            links += 1;
            if !is_elsewhere(&link) && !leads_somewhere(&page, &link) {
                broken.push(format!("{page}:{line}: {link}"));
            }
        }
    }
    assert!(links > 100, "{links}");
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

fn leads_somewhere(page: &str, link: &str) -> bool {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = if path.is_empty() { PathBuf::from(page) } else { target(page, path) };
    if anchor.is_empty() || path.extension().is_none_or(|ending| ending != "md") {
        // Of a folder of the book there is no web page.
        let is_folder_of_book = page.starts_with("docs/") && path.starts_with("docs");
        let path = root().join(path);
        return path.exists() && !(is_folder_of_book && path.is_dir());
    }
    let is_page = root().join(&path).is_file();
    is_page && {
        let page = Page::parse(&text(&path.display().to_string()));
        page.anchors.iter().any(|own| own == anchor)
    }
}

#[test]
fn every_picture_of_the_book_is_shown() {
    let shown: BTreeSet<PathBuf> = pages()
        .iter()
        .flat_map(|page| {
            let links = Page::parse(&text(page)).links;
            links.into_iter().map(|(_, link)| target(page, &link)).collect::<Vec<_>>()
        })
        .collect();
    for picture in files(&root().join("docs/pictures"), "svg") {
        assert!(shown.contains(Path::new(&named(&picture))), "{} is unused", named(&picture));
    }
}
