//! Every example of the README works as described.

use std::fs;

use rrd_checks::markdown::Page;
use rrd_checks::repository::text;
use tempfile::TempDir;

use crate::examples::{prepare, run, use_toml};

/// The blocks of a document in this language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let blocks = Page::parse(&text(document)).blocks.into_iter();
    blocks.filter(|block| block.is(language)).map(|block| block.text).collect()
}

#[test]
fn the_readmes_show_the_first_example_to_the_letter() {
    let example = text("rrd-core/examples/first_steps.rs");
    let (_, program) = example.split_once("\n\n").expect("a first line about the example");
    for readme in ["README.md", "rrd-core/README.md"] {
        assert_eq!(blocks(readme, "rust"), [program]);
    }
}

#[test]
fn every_shell_block_of_the_readme_runs() {
    let folder = TempDir::new().expect("a folder");
    let mut cargo = Vec::new();
    for block in blocks("README.md", "sh") {
        if block.starts_with("cargo ") {
            cargo.push(block);
        } else {
            run(&block, folder.path());
        }
    }
    // The first starts the daemon, the second runs this test.
    assert_eq!(cargo, ["cargo run --release --bin rrd-collector\n", "cargo test --workspace\n"]);
    shows_a_curve(&fs::read(folder.path().join("room.svg")).expect("a chart"));
}

/// The chart is well-formed SVG with a line of several points and a number.
fn shows_a_curve(svg: &[u8]) {
    let svg = str::from_utf8(svg).expect("SVG is text");
    assert!(svg.starts_with("<?xml "), "{}", &svg[..100]);
    let mut reader = quick_xml::Reader::from_str(svg);
    let mut curves = 0;
    let mut texts = String::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                let value = |name: &str| {
                    let found = tag.try_get_attribute(name).expect("an attribute");
                    found.map(|found| found.value.into_owned())
                };
                let is_line = value("stroke").as_deref() == Some("#0072b2");
                let points =
                    value("d").map_or(0, |d| d.split(['L', 'l', 'H', 'h', 'V', 'v', ' ']).count());
                curves += usize::from(is_line && points > 3);
            }
            quick_xml::events::Event::Text(text) => {
                texts.push_str(&text);
                texts.push('\n');
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(curves, 1, "{svg}");
    assert!(texts.contains("Temperature") && texts.contains("21.3 °C"), "{texts}");
    assert!(!texts.contains("no data") && !texts.contains("nan"), "{texts}");
}

#[test]
fn every_configuration_of_the_readme_can_be_used() {
    let folder = TempDir::new().expect("a folder");
    prepare(folder.path());
    let blocks = blocks("README.md", "toml");
    assert!(blocks.len() >= 2, "{blocks:?}");
    for block in blocks {
        use_toml(&block, folder.path());
    }
}
