//! The messages by which docs/troubleshooting.md is searched are those that programs print.

use std::fs;

use rrd_checks::repository::{files, root, text};

/// Where messages are. Those of tests are not printed to anybody.
const SOURCES: [&str; 5] = [
    "rrd-core/src",
    "rrd-graph/src",
    "rrd-graph/cli/src",
    "rrd-collector/src",
    "rrd-collector/cached/src",
];

/// The texts of a source as they are printed: continued lines are one, and quotes and braces are
/// not escaped.
fn printed(source: &str) -> String {
    let mut text = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let mut line = line.to_owned();
        while let Some(begun) = line.strip_suffix('\\') {
            line = format!("{begun}{}", lines.next().unwrap_or_default().trim_start());
        }
        text.push_str(&line.replace("\\\"", "\"").replace("{{", "{").replace("}}", "}"));
        text.push('\n');
    }
    text
}

/// The fixed parts of a message, whose other parts are written `…`.
fn fixed_parts(message: &str) -> impl Iterator<Item = &str> {
    let parts = message.split('…').map(|part| part.trim_matches(|c: char| !c.is_alphanumeric()));
    parts.filter(|part| !part.is_empty())
}

#[test]
fn every_message_of_the_troubleshooting_page_is_still_in_the_sources() {
    let folders = SOURCES.iter().flat_map(|folder| files(&root().join(folder), "rs"));
    let sources: Vec<String> =
        folders.map(|path| printed(&fs::read_to_string(path).expect("a source"))).collect();
    let page = text("docs/troubleshooting.md");
    let headings = page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    let messages: Vec<&str> = headings.collect();
    assert!(messages.len() > 50, "{messages:?}");
    let has = |source: &String, message| fixed_parts(message).all(|part| source.contains(part));
    let gone: Vec<&&str> = messages
        .iter()
        .filter(|message| !sources.iter().any(|source| has(source, message)))
        .collect();
    assert!(gone.is_empty(), "no source has all parts of {gone:#?}");
}

#[test]
fn the_fixed_parts_of_a_message_are_what_stands_between_the_ellipses() {
    let parts: Vec<&str> = fixed_parts("'…' leads to '…', which is not").collect();
    assert_eq!(parts, ["leads to", "which is not"]);
    assert_eq!(printed("a(\"one \\\n    \\\"two\\\" ${{x}}\")"), "a(\"one \"two\" ${x}\")\n");
}
