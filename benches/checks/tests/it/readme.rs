//! Every example of the README works as described.

use std::fs;
use std::path::Path;
use std::process::Output;

use rrd_checks::repository::text;
use tempfile::TempDir;

use crate::programs::command;

/// The blocks of the README in this language.
fn blocks(language: &str) -> Vec<String> {
    blocks_of("README.md", language)
}

fn blocks_of(readme: &str, language: &str) -> Vec<String> {
    let readme = text(readme);
    let opening = format!("```{language}\n");
    let rest = readme.split(&opening).skip(1);
    rest.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

fn printed(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

fn run(script: &str, folder: &Path) -> String {
    let output = command("sh", folder).args(["-euc", script]).output().expect("a shell");
    assert!(output.status.success(), "{script}\n{}", printed(&output));
    printed(&output)
}

#[test]
fn the_readmes_show_the_first_example_to_the_letter() {
    let example = text("rrd-core/examples/first_steps.rs");
    let (_, program) = example.split_once("\n\n").expect("a first line about the example");
    for readme in ["README.md", "rrd-core/README.md"] {
        assert_eq!(blocks_of(readme, "rust"), [program]);
    }
}

#[test]
fn every_shell_block_of_the_readme_runs() {
    let folder = TempDir::new().expect("a folder");
    let mut cargo = Vec::new();
    for block in blocks("sh") {
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
    let at = |name: &str| folder.path().join(name);
    let certified =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(at("page.pem"), certified.cert.pem()).expect("written");
    fs::write(at("page.key"), certified.signing_key.serialize_pem()).expect("written");
    for credential in ["page-password", "metrics-token"] {
        fs::write(at(credential), "secret\n").expect("written");
    }
    let mut checked = 0;
    for block in blocks("toml") {
        if let Some(shell) = block.strip_prefix("# rrd chart ") {
            let shell = shell.lines().next().unwrap_or_default();
            draws(&block, shell, folder.path());
            continue;
        }
        let certificate = at("page.pem").display().to_string();
        let block = block.replace("/etc/ssl/certs/page.pem", &certificate);
        fs::write(at("readme.toml"), &block).expect("written");
        let output = command("rrd-collector", folder.path())
            .args(["check", "--config", "readme.toml", "--data", "data"])
            .env("CREDENTIALS_DIRECTORY", folder.path())
            .output()
            .expect("rrd-collector");
        assert!(output.status.success(), "{block}\n{}", printed(&output));
        checked += 1;
    }
    assert!(checked >= 7, "{checked}");
}

/// A description of a chart is drawn by the command in its first line.
fn draws(description: &str, arguments: &str, folder: &Path) {
    let name = arguments.split(' ').skip_while(|word| *word != "-f").nth(1).expect("a file");
    fs::write(folder.join(name), description).expect("written");
    run(
        "rrd create load.rrd --start now-1h --step 60 DS:load1:GAUGE:120:0:U RRA:AVERAGE:0.5:1m:1d
         rrd update load.rrd now-3min@0.5 now-2min@1.5 now-1min@0.7",
        folder,
    );
    run(&format!("rrd chart {arguments}"), folder);
    let picture = arguments.split(' ').next_back().expect("a picture");
    let picture = fs::read(folder.join(picture)).expect("a picture");
    assert!(picture.starts_with(b"\x89PNG"), "{:?}", picture.get(..8));
}
