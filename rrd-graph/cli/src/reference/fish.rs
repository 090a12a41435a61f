//! Completion for fish.

use std::fmt::Write as _;

use super::operand::Operand;
use super::option::{Value, names};
use super::program::{Pages, Program};
use crate::option_words::OptionDescription;

pub(super) fn script(program: &Program) -> String {
    let name = program.name;
    let mut text = format!("# Completion of {name} for fish, made by `{name} --generate fish`.\n");
    for command in &program.commands {
        _ = writeln!(
            text,
            "complete -c {name} -n __fish_use_subcommand -f -a {} -d '{}'",
            command.name,
            quoted(command.about)
        );
    }
    if program.pages == Pages::One {
        options(&mut text, &format!("complete -c {name}"), &program.options);
    }
    for command in &program.commands {
        let lead = format!("complete -c {name} -n '__fish_seen_subcommand_from {}'", command.name);
        options(&mut text, &lead, &command.options);
    }
    operands(&mut text, program);
    text
}

fn options(text: &mut String, lead: &str, options: &[OptionDescription]) {
    for option in options {
        text.push_str(lead);
        if let Some(short) = option.short {
            _ = write!(text, " -s '{short}'");
        }
        if !option.long.is_empty() {
            _ = write!(text, " -l {}", option.long);
        }
        match Value::of(option) {
            Value::None => {}
            Value::Words(words) => _ = write!(text, " -x -a '{}'", words.join(" ")),
            Value::File => text.push_str(" -r"),
            Value::Other => text.push_str(" -x"),
        }
        _ = writeln!(text, " -d '{}'", quoted(option.help.trim_end_matches('.')));
    }
}

/// The operands of each command. The last one may be repeated.
fn operands(text: &mut String, program: &Program) {
    if program.commands.is_empty() {
        return;
    }
    let name = program.name;
    let test = format!("__{}_at", name.replace('-', "_"));
    _ = write!(text, "function {test}{AT}");
    let own = &program.options;
    for command in &program.commands {
        let options = own.iter().chain(&command.options);
        let valued = options.filter(|option| !matches!(Value::of(option), Value::None));
        let valued: Vec<_> = valued.flat_map(names).collect();
        for (place, operand) in command.operands.iter().enumerate() {
            let more = if place + 1 == command.operands.len() { "+" } else { "" };
            let offer = match operand {
                Operand::Database => "-k -x -a '(__fish_complete_suffix .rrd)'".to_owned(),
                // What fish offers by itself.
                Operand::File => continue,
                Operand::Folder => "-x -a '(__fish_complete_directories)'".to_owned(),
                Operand::NameIn(folder) => format!("-x -a '(command ls {folder} 2>/dev/null)'"),
                Operand::Words(words) => format!("-x -a '{}'", words.join(" ")),
                Operand::Beginnings(words) => format!("-a '{}'", words.join(" ")),
                Operand::Other => "-f".to_owned(),
            };
            _ = writeln!(
                text,
                "complete -c {name} -n '{test} {} {place}{more} {}' {offer}",
                command.name,
                valued.join(" ")
            );
        }
    }
}

/// Whether an operand of a command is typed: the arguments are the command, the place of the
/// operand (with `+` any later one, too), and the options whose value is the next word.
const AT: &str = r#"
    set -l valued $argv[3..]
    set -l command ''
    set -l place 0
    set -l is_value 0
    for word in (commandline -opc)[2..]
        if test $is_value = 1
            set is_value 0
        else if contains -- $word $valued
            set is_value 1
        else if string match -rq -- '^-.' $word
            continue
        else if test -z "$command"
            set command $word
        else
            set place (math $place + 1)
        end
    end
    test $is_value = 0 -a "$command" = $argv[1]
    or return 1
    if string match -q -- '*+' $argv[2]
        test $place -ge (string trim -r -c + -- $argv[2])
    else
        test $place = $argv[2]
    end
end
"#;

/// A text between single quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
