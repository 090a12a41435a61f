//! Manual pages, completions and the Markdown reference: all say what `--help` says.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::program::{have, rrd, run};

/// The standard output of a command line that succeeds.
fn printed(folder: &Path, words: &[&str]) -> String {
    let output = run(rrd(folder).args(words).env("SOURCE_DATE_EPOCH", "1600000000"));
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands in the usage text.
fn commands(folder: &Path) -> Vec<String> {
    let general = printed(folder, &["help"]);
    let commands = general.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    commands.filter(|name| *name != "-").map(str::to_owned).collect()
}

/// The options of a command by its help: `-s`, `--start`.
fn options(folder: &Path, command: &str) -> Vec<String> {
    let help = printed(folder, &["help", command]);
    let names = help.lines().filter_map(|line| line.strip_prefix("  "));
    let names = names.filter(|line| line.trim_start().starts_with('-'));
    let mut options = Vec::new();
    for line in names {
        for word in line.split_whitespace().take_while(|word| word.starts_with('-')) {
            let name = word.split(['[', '=', ',']).next().unwrap();
            options.push(name.to_owned());
            if !word.ends_with(',') {
                break;
            }
        }
    }
    options
}

#[test]
fn every_command_and_option_of_the_help_is_in_the_manual_the_reference_and_the_completions() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for form in ["man", "bash", "zsh", "fish", "markdown"] {
        printed(folder, &["--generate", form, "."]);
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (bash, zsh, fish, markdown) = (read("rrd"), read("_rrd"), read("rrd.fish"), read("rrd.md"));
    let page = read("rrd.1");
    let commands = commands(folder);
    assert!(commands.len() > 20, "{commands:?}");
    assert_eq!(fs::read_dir(folder).unwrap().count(), commands.len() + 5);
    for command in &commands {
        assert!(page.contains(&format!("\\fBrrd\\-{command}\\fR(1)")), "{command}");
        assert!(zsh.contains(&format!("        '{command}:")), "{command}");
        assert!(fish.contains(&format!(" -f -a {command} -d ")), "{command}");
        let own = read(&format!("rrd-{command}.1"));
        let section = markdown.split("\n## rrd ").find(|text| text.starts_with(&**command));
        let section = section.unwrap_or_else(|| panic!("{command}"));
        let case = bash.split_once(&format!("        {command})\n"));
        let case = case.map_or("", |(_, rest)| rest.split("\n            ;;\n").next().unwrap());
        for option in options(folder, command) {
            let escaped = option.replace('-', "\\-");
            assert!(own.contains(&format!("\\fB{escaped}\\fR")), "{command} {option}");
            assert!(section.contains(&option), "{command} {option}");
            assert!(case.contains(&option), "{command} {option}");
            assert!(zsh.contains(&option), "{command} {option}");
            let (flag, name) = match option.strip_prefix("--") {
                Some(name) => ("-l", name.to_owned()),
                None => ("-s", format!("'{}'", &option[1..])),
            };
            let line = format!("__fish_seen_subcommand_from {command}'");
            let has = |text: &str| text.contains(&format!(" {flag} {name} "));
            assert!(fish.lines().any(|text| text.contains(&line) && has(text)), "{option}");
        }
    }
}

#[test]
fn mandoc_has_nothing_to_say_about_the_pages() {
    if !have(&["mandoc"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    printed(folder.path(), &["--generate", "man", "."]);
    let pages: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    let output = run(crate::program::program("mandoc", folder.path()).arg("-Tlint").args(pages));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert!(output.status.success());
    let page = printed(folder.path(), &["--generate", "man"]);
    assert!(page.contains(".TH RRD 1 2020-09-13 "), "{page}");
}

/// What a shell prints that has run a script in a folder.
fn shell(shell: impl AsRef<OsStr>, folder: &Path, options: &[&str], script: &str) -> String {
    let output = run(crate::program::program(shell, folder).args(options).arg(script));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{script}");
    assert!(output.status.success(), "{script}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bash_completes_commands_options_values_and_names_of_files() {
    if !have(&["bash"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    printed(folder, &["--generate", "bash", "."]);
    let answer = |line: &str| {
        let script = format!(
            ". ./rrd; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; _rrd; echo ${{COMPREPLY[@]}}"
        );
        shell("bash", folder, &["-c"], &script)
    };
    for name in ["a.rrd", "b.rrd", "a.txt", "two words.rrd"] {
        fs::write(folder.join(name), "").unwrap();
    }
    fs::create_dir(folder.join("below")).unwrap();
    assert_eq!(answer("rrd re"), "restore resize rewind\n");
    assert_eq!(answer("rrd ").trim_end(), commands(folder).join(" "));
    for command in commands(folder) {
        let expected = options(folder, &command).join(" ");
        assert_eq!(answer(&format!("rrd {command} -")).trim_end(), expected, "{command}");
    }
    assert_eq!(answer("rrd dump a.rrd --header "), "none xsd dtd\n");
    assert_eq!(answer("rrd dump --header=d"), "dtd\n");
    let files = |line: &str| {
        let answer = answer(line).replace("two words", "two-words");
        let mut names: Vec<_> = answer.split_whitespace().map(str::to_owned).collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(files("rrd update "), "a.rrd b.rrd below two-words.rrd");
    assert_eq!(files("rrd update -t x:y -s b"), "b.rrd below");
    assert_eq!(answer("rrd list "), "below\n");
    assert_eq!(answer("rrd fetch a.rrd "), "AVERAGE MIN MAX LAST\n");
    assert_eq!(answer("rrd fetch --start end-1d a.rrd M"), "MIN MAX\n");
    assert_eq!(answer("rrd resize a.rrd 0 G"), "GROW\n");
    assert_eq!(answer("rrd graph a.png --title Load DEF:l=a.rrd:l:AVERAGE V"), "VDEF: VRULE:\n");
    // Nothing of ours: bash offers files, or nothing for what only the user knows.
    assert_eq!(answer("rrd dump a.rrd a"), "\n");
    assert_eq!(answer("rrd graph a.png DEF:l=a"), "\n");
    assert_eq!(answer("rrd dump --daemon --"), "\n");
}

#[test]
fn fish_completes_commands_and_options() {
    if !have(&["fish"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    printed(folder, &["--generate", "fish", "."]);
    let answer = |line: &str| {
        let script = format!("source rrd.fish; complete -C '{line}'");
        let answer = shell("fish", folder, &["--no-config", "-c"], &script);
        let words = answer.lines().map(|line| line.split('\t').next().unwrap().to_owned());
        words.collect::<Vec<_>>()
    };
    assert_eq!(answer("rrd rew"), ["rewind"]);
    let mut offered = answer("rrd fetch --");
    offered.sort();
    let mut expected = options(folder, "fetch");
    expected.retain(|option| option.starts_with("--"));
    expected.sort();
    assert_eq!(offered, expected);
    assert_eq!(answer("rrd dump --header d"), ["dtd"]);
    for name in ["a.rrd", "a.txt"] {
        fs::write(folder.join(name), "").unwrap();
    }
    assert_eq!(answer("rrd fetch --start end-1d a.rrd M"), ["MAX", "MIN"]);
    assert_eq!(answer("rrd fetch --start end-1d M"), [""; 0]);
    assert_eq!(answer("rrd resize a.rrd 0 G"), ["GROW"]);
    assert_eq!(answer("rrd graph a.png --title Load DEF:l=a.rrd:l:LAST V"), ["VDEF:", "VRULE:"]);
    // fish puts the names with the ending first.
    assert_eq!(answer("rrd update a")[0], "a.rrd");
}

#[test]
fn zsh_reads_the_completion() {
    if !have(&["zsh"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    printed(folder.path(), &["--generate", "zsh", "."]);
    assert_eq!(shell("zsh", folder.path(), &["-f", "-n"], "_rrd"), "");
}

#[test]
fn a_form_or_folder_that_does_not_exist_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = |words: &[&str]| {
        let output = run(rrd(folder.path()).arg("--generate").args(words));
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let forms = "ERROR: --generate needs man, bash, zsh, fish or markdown, and may name a folder after it\n";
    assert_eq!(error(&["pdf"]), forms);
    assert_eq!(error(&[]), forms);
    assert_eq!(error(&["bash", "none"]), "ERROR: writing 'none/rrd': No such file or directory\n");
}
