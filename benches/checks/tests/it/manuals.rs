//! The examples of the manual pages run and print what the pages say.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

use rrd_checks::repository::text;

use crate::programs::{Running, command, has};

/// What the examples of `rrd` find in their folder: three hours of a temperature, and two files
/// without readings.
const FILES: &str = "
rrd create room.rrd --start 1700000000 --step 1m DS:celsius:GAUGE:120:-40:80 \\
    RRA:AVERAGE:0.5:1m:1d RRA:MAX:0.5:1h:30d
rrd update room.rrd $(for i in $(seq 180); do echo $((1700000000 + 60 * i)):$((20 + i % 5)).5; done)
rrd create eth0.rrd --start 1600000000 --step 10 DS:received:DERIVE:30:0:U DS:sent:DERIVE:30:0:U \\
    RRA:AVERAGE:0.5:1m:2d
rrd create load.rrd --step 10 DS:load:GAUGE:30:0:U RRA:AVERAGE:0.5:1m:2d RRA:MAX:0.5:1m:2d
";

/// A block of an example: commands, or the content of a file that the text before has named.
#[derive(Debug)]
struct Block {
    lines: String,
    file: Option<String>,
}

/// The blocks under the headings "Example" and "Examples", by the title of the page or command that
/// has them.
fn examples(reference: &str) -> BTreeMap<String, Vec<Block>> {
    let mut found: BTreeMap<String, Vec<Block>> = BTreeMap::new();
    // The title of each level down to the present one.
    let (mut titles, mut is_example): (Vec<&str>, bool) = (Vec::new(), false);
    let (mut open, mut file): (String, Option<String>) = (String::new(), None);
    for line in reference.lines().chain(["End."]) {
        if let Some(shown) = line.strip_prefix("    ").filter(|_| is_example) {
            open.push_str(shown);
            open.push('\n');
            continue;
        }
        if line.is_empty() && !open.is_empty() {
            open.push('\n');
            continue;
        }
        if !open.is_empty() {
            let lines = std::mem::take(&mut open).trim_end().to_owned();
            let block = Block { lines, file: file.take() };
            let [.., page, _] = *titles else { panic!("examples of no page: {block:?}") };
            found.entry(page.to_owned()).or_default().push(block);
        }
        if let Some((level, title)) = line.split_once(' ')
            && level.starts_with('#')
            && level.trim_start_matches('#').is_empty()
        {
            is_example = title.starts_with("Example");
            titles.truncate(level.len() - 1);
            titles.push(title);
        } else if let Some(name) = line.split('`').nth(1)
            && line.ends_with(':')
            && [".toml", ".html"].iter().any(|ending| name.ends_with(ending))
        {
            file = Some(name.to_owned());
        }
    }
    found
}

/// Command lines and what each prints. Lines that begin with `$` are commands whose answer follows;
/// without any, all are commands and may print anything.
fn command_lines(lines: &str) -> Vec<(String, Option<String>)> {
    if !lines.starts_with("$ ") {
        return vec![(lines.to_owned(), None)];
    }
    let each = lines.strip_prefix("$ ").expect("looked at").split("\n$ ");
    each.map(|text| {
        let mut rest = text;
        let mut end = 0;
        loop {
            let length = rest.find('\n').unwrap_or(rest.len());
            end += length;
            if !rest[..length].ends_with('\\') {
                break;
            }
            end += 1;
            rest = &text[end..];
        }
        (text[..end].to_owned(), Some(text[end..].trim_matches('\n').to_owned()))
    })
    .collect()
}

fn run(script: &str, folder: &Path) -> Output {
    let mut shell = command("sh", folder);
    shell.args(["-euc", script]).env("TZ", "UTC").env("LC_ALL", "C").stdin(Stdio::null());
    for name in ["RRDCACHED_ADDRESS", "RRDCACHED_STRIPPATH", "RRD_LOCKING", "RRD_DEFAULT_FONT"] {
        shell.env_remove(name);
    }
    let output = shell.output().expect("a shell");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{errors}");
    output
}

/// Starts the daemon with the words of its first example, below a folder.
fn daemon(example: &str, folder: &Path) -> Running {
    fs::create_dir_all(folder.join("run")).expect("a folder");
    fs::create_dir_all(folder.join("var/lib/rrdcached/db")).expect("a folder");
    let script = format!("exec {}", below(example, folder));
    let child = command("sh", folder).args(["-euc", &script]).stdin(Stdio::null()).spawn();
    let mut daemon = Running(child.expect("it starts"));
    let socket = folder.join("run/rrdcached.sock");
    let is_there = (0..600).any(|_| {
        assert!(daemon.0.try_wait().expect("a child").is_none(), "{script}");
        thread::sleep(Duration::from_millis(100));
        socket.exists()
    });
    assert!(is_there, "{script}");
    daemon
}

/// A command line whose absolute names are below a folder.
fn below(line: &str, folder: &Path) -> String {
    let folder = folder.display();
    line.replace("/var/lib/", &format!("{folder}/var/lib/"))
        .replace("/run/", &format!("{folder}/run/"))
}

#[test]
fn every_example_of_rrd_runs_and_prints_what_its_page_says() {
    let examples = examples(&text("docs/reference/rrd.md"));
    assert!(examples.len() > 24, "{:?}", examples.keys());
    let cached = self::examples(&text("docs/reference/rrdcached.md"));
    for (page, blocks) in examples {
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = temporary.path();
        run(FILES, folder);
        // Its base is where the example has its files.
        let here = folder.display().to_string();
        let start = cached["rrdcached"][0].lines.replace("/var/lib/rrdcached/db", &here);
        let _daemon = page.ends_with("flushcached").then(|| daemon(&start, folder));
        for Block { lines, file } in blocks {
            if let Some(file) = file {
                fs::write(folder.join(file), lines).expect("a file");
                continue;
            }
            for (line, expected) in command_lines(&lines) {
                let output = run(&below(&line, folder), folder);
                if let Some(expected) = expected {
                    let printed = String::from_utf8(output.stdout).expect("UTF-8");
                    assert_eq!(printed.trim_matches('\n'), expected, "{page}: {line}");
                }
            }
        }
    }
}

#[test]
fn every_example_of_rrdcached_runs() {
    let examples = examples(&text("docs/reference/rrdcached.md"));
    let blocks = &examples["rrdcached"];
    assert!(blocks.len() > 2, "{blocks:?}");
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let mut started = Some(daemon(&blocks[0].lines, folder));
    for block in &blocks[1..] {
        for line in block.lines.lines() {
            // The way back is for a daemon that has ended.
            if line.contains("--drain") {
                started = None;
            }
            run(&below(line, folder), folder);
        }
    }
    assert!(started.is_none(), "{blocks:?}");
}

#[test]
fn no_line_of_a_page_is_too_long_for_80_columns() {
    if !has("mandoc") {
        return;
    }
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let mut pages = 0;
    for program in ["rrd", "rrd-collector", "rrdcached"] {
        run(&format!("{program} --generate man ."), folder);
    }
    for page in fs::read_dir(folder).expect("a folder") {
        let page = page.expect("an entry").path();
        let shown = command("mandoc", folder).args(["-Tutf8", "-Owidth=80"]).arg(&page).output();
        let shown = String::from_utf8(shown.expect("it starts").stdout).expect("UTF-8");
        for line in shown.lines() {
            // Bold letters are printed twice, with a step back between.
            let columns = line.chars().count() - 2 * line.matches('\u{8}').count();
            assert!(columns <= 80, "{}: {line}", page.display());
        }
        pages += 1;
    }
    assert!(pages > 25, "{pages}");
}
