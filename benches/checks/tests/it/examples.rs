//! Runs the blocks of code in a page, as a reader would who copies them.

use std::fs;
use std::path::Path;
use std::process::Output;

use rrd_checks::markdown::{Block, Page};
use rrd_checks::repository::{files, root, text};
use tempfile::TempDir;

use crate::book::pages;
use crate::programs::command;

/// Runs a shell block in a folder, in UTC; what it prints.
pub(crate) fn run(script: &str, folder: &Path) -> String {
    let mut shell = command("sh", folder);
    let output = shell.args(["-euc", script]).env("TZ", "UTC").output().expect("a shell");
    assert!(output.status.success(), "{script}\n{}", printed(&output));
    printed(&output)
}

fn printed(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// Files that configurations name: a certificate, its key and credentials.
pub(crate) fn prepare(folder: &Path) {
    let certified =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(folder.join("page.pem"), certified.cert.pem()).expect("written");
    fs::write(folder.join("page.key"), certified.signing_key.serialize_pem()).expect("written");
}

/// Uses a block of TOML as its first line says: as a chart's description, or as a configuration of
/// the collector.
pub(crate) fn use_toml(block: &str, folder: &Path) {
    if let Some(arguments) = block.strip_prefix("# rrd chart ") {
        return draws(block, arguments.lines().next().unwrap_or_default(), folder);
    }
    for credential in block.split("${credential:").skip(1) {
        let name = credential.split('}').next().unwrap_or_default();
        fs::write(folder.join(name), "secret\n").expect("written");
    }
    let certificate = folder.join("page.pem").display().to_string();
    let block = block.replace("/etc/ssl/certs/page.pem", &certificate);
    fs::write(folder.join("page.toml"), &block).expect("written");
    let output = command("rrd-collector", folder)
        .args(["check", "--config", "page.toml", "--data", "data"])
        .env("CREDENTIALS_DIRECTORY", folder)
        .output()
        .expect("rrd-collector");
    assert!(output.status.success(), "{block}\n{}", printed(&output));
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

/// Blocks marked `no-run` need another machine. A block of text right behind a shell block is what
/// that one prints.
#[test]
fn every_block_of_the_book_works_as_described() {
    let mut used = 0;
    for name in pages() {
        let page = Page::parse(&text(&name));
        let folder = TempDir::new().expect("a folder");
        prepare(folder.path());
        for (place, block) in page.blocks.iter().enumerate() {
            if block.is_elsewhere() {
                continue;
            }
            eprintln!("{name}:{}", block.line);
            if block.is("sh") {
                let printed = run(&block.text, folder.path());
                if let Some(shown) = shown(&page.blocks[place + 1..]) {
                    assert_eq!(printed, shown, "{name}:{}: it prints something else", block.line);
                }
            } else if block.is("toml") {
                use_toml(&block.text, folder.path());
            } else if block.is("rust") {
                assert!(is_of_an_example(&block.text), "{name}:{}: of no example", block.line);
            }
            used += usize::from(["sh", "toml", "rust"].iter().any(|known| block.is(known)));
        }
        holds_its_pictures(&name, &page, folder.path());
    }
    assert!(used > 5, "{used}");
}

/// What the next block says that the one before prints.
fn shown(rest: &[Block]) -> Option<&str> {
    let next = rest.first().filter(|next| next.follows && next.is("text"))?;
    Some(&next.text)
}

fn is_of_an_example(program: &str) -> bool {
    let folders = ["rrd-core/examples", "rrd-graph/examples"];
    let examples = folders.iter().flat_map(|folder| files(&root().join(folder), "rs"));
    examples
        .map(|path| fs::read_to_string(path).expect("a source"))
        .any(|source| source.contains(program))
}

/// The pictures of a page are what its commands have drawn, to the last byte.
fn holds_its_pictures(name: &str, page: &Page, drawn: &Path) {
    let pictures = page.links.iter().filter_map(|(_, link)| link.split_once("pictures/"));
    for (_, picture) in pictures {
        let new = fs::read(drawn.join(picture));
        let new = new.unwrap_or_else(|error| panic!("{name}: no block draws {picture}: {error}"));
        let committed = root().join("docs/pictures").join(picture);
        if std::env::var_os("RENEW_PICTURES").is_some() {
            fs::create_dir_all(root().join("docs/pictures")).expect("a folder");
            fs::write(&committed, &new).expect("written");
        }
        let is_same = fs::read(&committed).is_ok_and(|old| old == new);
        assert!(
            is_same,
            "{name}: {picture} is old: RENEW_PICTURES=1 cargo test -p rrd-checks draws it again"
        );
    }
}
