//! The committed reference is what the programs generate, and says all that their help says.

use std::fs;
use std::path::Path;

use rrd_checks::repository::text;

use crate::programs::{command, has};

const PROGRAMS: [&str; 3] = ["rrd", "rrd-collector", "rrdcached"];

/// The standard output of a program.
fn printed(program: &str, folder: &Path, words: &[&str]) -> String {
    let output = command(program, folder).args(words).output().expect("it starts");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_reference_of_each_program_is_what_it_generates() {
    let folder = tempfile::tempdir().expect("a folder");
    for program in PROGRAMS {
        printed(program, folder.path(), &["--generate", "markdown", "."]);
    }
    let mut files = 0;
    for file in fs::read_dir(&folder).expect("a folder") {
        let file = file.expect("a file");
        let name = format!("docs/reference/{}", file.file_name().display());
        let is_same = fs::read_to_string(file.path()).expect("UTF-8") == text(&name);
        assert!(is_same, "{name} is old: `PROGRAM --generate markdown docs/reference` makes it");
        files += 1;
    }
    assert!(files >= PROGRAMS.len(), "{files}");
}

/// Of the programs whose help is one page; `rrd` has a test of its own.
#[test]
fn every_option_of_the_help_is_in_the_manual_and_the_completions() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    for program in ["rrd-collector", "rrdcached"] {
        for form in ["man", "bash", "zsh", "fish", "markdown"] {
            printed(program, folder, &["--generate", form, "."]);
        }
        let read = |name: String| fs::read_to_string(folder.join(name)).expect("UTF-8");
        let (page, bash) = (read(format!("{program}.1")), read(program.to_owned()));
        let (zsh, fish) = (read(format!("_{program}")), read(format!("{program}.fish")));
        let mut options = 0;
        for line in printed(program, folder, &["--help"]).lines() {
            let Some(line) = line.strip_prefix("  ").filter(|line| line.starts_with('-')) else {
                continue;
            };
            for name in line.split(' ').take_while(|word| word.starts_with('-')) {
                let name = name.split([',', '[', '=']).next().expect("a name");
                assert!(page.contains(&format!("\\fB{}\\fR", name.replace('-', "\\-"))), "{name}");
                assert!(bash.contains(name) && zsh.contains(name), "{name}");
                let of_fish = match name.strip_prefix("--") {
                    Some(name) => format!(" -l {name} "),
                    None => format!(" -s '{}' ", &name[1..]),
                };
                assert!(fish.contains(&of_fish), "{name}");
                options += 1;
            }
        }
        assert!(options > 20, "{program}: {options}");
    }
}

#[test]
fn mandoc_and_the_shells_have_nothing_to_say() {
    if !["mandoc", "bash", "zsh", "fish"].iter().all(|program| has(program)) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let quiet = |program: &str, words: &[&str]| {
        let output = command(program, folder).args(words).output().expect("it starts");
        let said = [output.stdout, output.stderr].concat();
        assert_eq!(String::from_utf8_lossy(&said), "", "{program} {words:?}");
    };
    for program in PROGRAMS {
        for form in ["man", "bash", "zsh", "fish"] {
            printed(program, folder, &["--generate", form, "."]);
        }
        quiet("bash", &["-n", program]);
        quiet("zsh", &["-f", "-n", &format!("_{program}")]);
        quiet("fish", &["--no-config", "-n", &format!("{program}.fish")]);
    }
    quiet("sh", &["-c", "mandoc -Tlint -Wstyle *.[15]"]);
}

#[test]
fn bash_offers_what_each_command_of_the_collector_takes() {
    if !has("bash") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = printed("rrd-collector", folder.path(), &["--generate", "bash"]);
    let answer = |line: &str| {
        let script = format!(
            "{script}\nCOMP_LINE='{line}' COMP_POINT={}; _rrd_collector; echo ${{COMPREPLY[@]}}",
            line.len()
        );
        printed("bash", folder.path(), &["-c", &script])
    };
    for (line, offered) in [
        ("rrd-collector al", "alert\n"),
        ("rrd-collector --config x.toml al", "alert\n"),
        ("rrd-collector alert ", "test\n"),
        ("rrd-collector munin df ", "config\n"),
        ("rrd-collector export o", "openmetrics\n"),
        ("rrd-collector export --st", "--step --start\n"),
        ("rrd-collector check --st", "--step\n"),
        ("rrd-collector check --w", "--warning\n"),
        ("rrd-collector plan --w", "\n"),
        ("rrd-collector --log-format j", "journal json\n"),
        ("rrd-collector --config ", "\n"),
    ] {
        assert_eq!(answer(line), offered, "{line}");
    }
}
