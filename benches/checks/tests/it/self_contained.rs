//! A published crate contains all files that its code and tests read.

use std::fs;
use std::path::{Component, Path, PathBuf};

use rrd_checks::repository::{Package, named, packages};
use rrd_checks::tokens::{Kind, Token, tokens};

#[test]
fn no_published_crate_reads_files_outside_of_its_folder() {
    let mut outside = Vec::new();
    let mut looked_at = 0;
    for package in packages().iter().filter(|package| package.is_published()) {
        for file in package.files("rs") {
            let source = fs::read_to_string(&file).expect("a source");
            let tokens = tokens(&source);
            for (place, token) in tokens.iter().enumerate() {
                looked_at += usize::from(token.kind == Kind::Word);
                if leads_out(package, &file, &tokens[place..]) {
                    outside.push(format!("{}:{}", named(&file), token.line));
                }
            }
        }
    }
    assert!(looked_at > 10_000, "{looked_at} words were read");
    assert!(outside.is_empty(), "files of other crates are read:\n{}", outside.join("\n"));
}

/// Whether the code that begins here reads a file outside of the package.
fn leads_out(package: &Package, file: &Path, tokens: &[Token]) -> bool {
    let Some(first) = tokens.first() else { return false };
    let words: Vec<&Token> = tokens.iter().take(3).collect();
    if first.is("include_str") || first.is("include_bytes") || first.is("include") {
        let text = tokens.iter().take(4).find(|token| token.kind == Kind::Text);
        let below = file.parent().expect("a folder");
        return text.is_some_and(|text| !is_inside(&below.join(&text.text), &package.folder));
    }
    if first.is("path") && words.len() == 3 && words[1].is("=") && words[2].kind == Kind::Text {
        let below = file.parent().expect("a folder");
        return !is_inside(&below.join(&words[2].text), &package.folder);
    }
    if first.kind == Kind::Text && first.text == "CARGO_MANIFEST_DIR" {
        // The rest of the statement: a path joined to the folder, or a step out of it.
        let rest = || tokens.iter().skip(1).take_while(|token| !token.is(";"));
        let steps_out = rest().any(|token| token.is("parent") || token.is("ancestors"));
        let texts = rest().filter(|token| token.kind == Kind::Text);
        let mut joined = texts.map(|text| package.folder.join(text.text.trim_start_matches('/')));
        return steps_out || joined.any(|path| !is_inside(&path, &package.folder));
    }
    false
}

/// Whether a path stays in the folder, outside of other packages nested in it.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let mut plain = PathBuf::new();
    for component in path.components() {
        if component == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(component);
        }
    }
    let package = plain.ancestors().skip(1).find(|folder| folder.join("Cargo.toml").exists());
    package == Some(folder)
}
