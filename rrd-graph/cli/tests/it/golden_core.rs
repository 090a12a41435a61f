//! Every command compared with recorded answers of RRDtool 1.9: text, files and exit statuses.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::{have, run, script};
use crate::vectors::{Vectors, differing_files, fast_python_path};

/// Runs the cases of one area and reports every difference at once.
fn area(area: &str, programs: &[&str]) {
    if !have(&["bash", "python3", "awk", "sed"]) || !have(programs) {
        return;
    }
    let vectors = Vectors::unpack("core");
    let out = vectors.scratch("out");
    let path = format!("{}:{}", recorded_by_root(&vectors.scratch("bin")), fast_python_path());
    let mut failures = Vec::new();
    let mut count = 0;
    for case in vectors.cases(area) {
        count += 1;
        let output = run(Command::new("bash")
            .arg(vectors.folder().join("gen.sh"))
            .arg(vectors.program())
            .args(["rrdcached".as_ref(), out.as_os_str()])
            .arg(&case)
            .env("PATH", &path)
            .env("PYTHONDONTWRITEBYTECODE", "1"));
        assert!(output.status.success(), "{case}: {output:?}");
        let (expected, found) = (vectors.folder().join(&case), out.join(&case));
        failures
            .extend(vectors.judge(&case, &differing_files(&expected, &found, &["cmd.sh"], normal)));
    }
    let failed = failures.len();
    assert!(failures.is_empty(), "{}\n{failed} of {count} cases differ", failures.join("\n"));
}

/// A folder for the search path in which `id` says that root runs the scripts, who recorded them:
/// they leave out what depends on permissions then.
fn recorded_by_root(folder: &Path) -> String {
    let id = folder.join("id");
    fs::create_dir_all(folder).unwrap();
    script(&id, "echo 0\n");
    folder.display().to_string()
}

/// Removes what the vectors do not fix: the sign of unknown numbers, the line numbers that the XML
/// library of the original reaches by reading ahead, and that library's own messages.
fn normal(text: &str) -> String {
    let mut lines = Vec::new();
    let mut skipping = false;
    for line in text.lines() {
        // A message, the line of the document, and the mark below it, up to a message of our own
        // kind.
        let libxml = line.contains("parser error :") || line.starts_with("2> I/O error :");
        skipping = libxml || skipping && line.starts_with("2> ") && !line.starts_with("2> ERROR");
        if skipping {
            continue;
        }
        let line = line.replace("-nan", "nan");
        let line = without_number(&line, "line ");
        let line = without_number(&line, "ling ");
        match line.split_once("error reading/parsing XML: ") {
            Some((before, _)) => lines.push(format!("{before}error reading/parsing XML: ...")),
            None => lines.push(line),
        }
    }
    lines.join("\n")
}

/// Replaces the number in `WORD NUMBER:` by `N`.
fn without_number(line: &str, word: &str) -> String {
    let Some((before, after)) = line.split_once(word) else { return line.to_owned() };
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() < after.len() && rest.starts_with(':') {
        format!("{before}{word}N{rest}")
    } else {
        line.to_owned()
    }
}

#[test]
fn what_the_vectors_leave_open_is_left_out() {
    assert_eq!(normal("1> 1: -nan"), "1> 1: nan");
    assert_eq!(normal("2> ERROR: line 3: expected <a>"), "2> ERROR: line N: expected <a>");
    assert_eq!(
        normal(
            "2> x:1: parser error : Empty\n2> RRD\n2> ^\n2> ERROR: error reading/parsing XML: Empty "
        ),
        "2> ERROR: error reading/parsing XML: ..."
    );
}

#[test]
fn files_are_laid_out_and_refused_as_recorded() {
    area("format", &[]);
}

#[test]
fn updates_give_the_recorded_files_and_errors() {
    area("update", &[]);
}

#[test]
fn forecasts_give_the_recorded_files() {
    area("holtwinters", &[]);
}

#[test]
fn create_accepts_and_refuses_as_recorded() {
    area("create", &[]);
}

#[test]
fn fetch_and_queries_answer_as_recorded() {
    area("fetch", &["localedef"]);
}

#[test]
fn time_expressions_mean_what_is_recorded() {
    area("attime", &["faketime"]);
}

#[test]
fn dumps_are_as_recorded() {
    area("dump", &[]);
}

#[test]
fn restore_reads_and_refuses_as_recorded() {
    area("restore", &[]);
}

#[test]
fn tune_and_resize_change_files_as_recorded() {
    area("tune", &[]);
}

#[test]
fn the_command_line_and_remote_mode_behave_as_recorded() {
    area("cli", &[]);
}

#[test]
fn the_caching_daemon_is_used_as_recorded() {
    area("rrdcached", &["rrdcached"]);
}

#[test]
fn failing_commands_say_what_is_recorded() {
    area("errors", &[]);
}

#[test]
fn random_sequences_of_commands_give_the_recorded_files() {
    area("sequences", &[]);
}
