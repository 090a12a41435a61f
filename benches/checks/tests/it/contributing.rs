//! CONTRIBUTING.md is accurate.

use std::fs;

use rrd_checks::repository::{packages, root, text};
use rrd_checks::tokens::{Kind, tokens};

#[test]
fn every_test_that_proves_a_promise_is_there() {
    let contributing = text("CONTRIBUTING.md");
    let (_, table) =
        contributing.split_once("## How each promise is proved").expect("the table of promises");
    let files = packages().into_iter().flat_map(|package| package.files("rs"));
    let sources: String = files.map(|file| fs::read_to_string(file).expect("a source")).collect();
    let mut names = 0;
    for row in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let tests = row.split('|').nth(2).expect("a cell");
        for name in tests.split('`').skip(1).step_by(2).filter(|name| !name.contains('/')) {
            assert!(sources.contains(&format!("fn {name}()")), "no test is called {name}");
            names += 1;
        }
    }
    assert!(names > 40, "{names}");
}

#[test]
fn every_path_that_is_named_exists() {
    for document in ["CONTRIBUTING.md", "README.md", "benches/README.md"] {
        let text = text(document);
        // Outside of blocks, every second piece between backticks is code.
        let prose: String = text.split("```").step_by(2).collect();
        for code in prose.split('`').skip(1).step_by(2) {
            let is_ours =
                ["rrd-core/", "rrd-graph/", "rrd-collector/", "benches/", "fuzz/", ".ci/"]
                    .iter()
                    .any(|start| code.starts_with(start) && code.contains('/'));
            let is_whole =
                !code.contains(|letter: char| letter.is_uppercase() || " <*{".contains(letter));
            if is_ours && is_whole {
                let path = code.split(':').next().unwrap_or(code);
                assert!(root().join(path).exists(), "{document} names {path}");
            }
        }
    }
}

#[test]
fn every_operator_is_in_the_dictionary_of_the_fuzzer() {
    let dictionary = text("fuzz/dictionaries/rpn.dict");
    let source = text("rrd-core/src/rpn/op.rs");
    let (_, table) = source.split_once("const TABLE").expect("the table of operators");
    let (table, _) = table.split_once("];").expect("its end");
    let names: Vec<_> =
        tokens(table).into_iter().filter(|token| token.kind == Kind::Text).collect();
    assert!(names.len() > 60, "{}", names.len());
    for name in names {
        let entry = format!("\"{}\"", name.text);
        assert!(dictionary.lines().any(|line| line == entry), "{entry} is missing");
    }
}
