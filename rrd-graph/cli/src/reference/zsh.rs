//! Completion for zsh.

use std::fmt::Write as _;

use super::operand::Operand;
use super::option::Value;
use super::program::{CommandDescription, Pages, Program};
use crate::option_words::{Argument, OptionDescription};

pub(super) fn script(program: &Program) -> String {
    let name = program.name;
    let mut text = format!(
        "#compdef {name}\n# Completion of {name} for zsh, made by `{name} --generate zsh`.\n_{name}() {{\n"
    );
    if !program.commands.is_empty() {
        text += "    local -a commands\n    commands=(\n";
        for command in &program.commands {
            let about = quoted(&command.about.replace(':', "\\:"));
            _ = writeln!(text, "        '{}:{about}'", command.name);
        }
        text += "    )\n";
    }
    match program.pages {
        Pages::One if program.commands.is_empty() => {
            text += "    local -a further\n    further=('*:file:_files')\n";
            arguments(&mut text, &program.options, "    ");
        }
        Pages::One => {
            text += "    local -a further\n    local word\n    \
                further=('1:command:{_describe command commands}')\n    \
                for word in ${words[2,CURRENT-1]}; do\n        case $word in\n";
            for command in &program.commands {
                _ = writeln!(text, "            {})\n                further+=(", command.name);
                for option in &command.options {
                    _ = writeln!(text, "                    {}", specification(option));
                }
                operands(&mut text, command, 2, "                    ");
                text += "                )\n                break\n                ;;\n";
            }
            text += "        esac\n    done\n";
            arguments(&mut text, &program.options, "    ");
        }
        Pages::OneEach => {
            text += "    if (( CURRENT == 2 )); then\n        _describe command commands\n        \
                return\n    fi\n    local -a further\n    local command=$words[2]\n    \
                shift words\n    (( CURRENT-- ))\n    case $command in\n";
            for command in &program.commands {
                _ = writeln!(text, "        {})\n            further=(", command.name);
                operands(&mut text, command, 1, "                ");
                text += "            )\n";
                arguments(&mut text, &command.options, "            ");
                text += "            ;;\n";
            }
            text += "        *) _files ;;\n    esac\n";
        }
    }
    _ = write!(
        text,
        "}}\n# zsh loads this file as the function; whoever reads it with `source` registers it.\n\
        if [ \"$funcstack[1]\" = _{name} ]; then\n    _{name} \"$@\"\nelse\n    \
        compdef _{name} {name}\nfi\n"
    );
    text
}

/// Offers these options and what `further` has.
fn arguments(text: &mut String, options: &[OptionDescription], indent: &str) {
    _ = writeln!(text, "{indent}_arguments -s \\");
    for option in options {
        _ = writeln!(text, "{indent}    {} \\", specification(option));
    }
    _ = writeln!(text, "{indent}    $further");
}

/// The operands of a command, counted from `first`. The last one may be repeated.
fn operands(text: &mut String, command: &CommandDescription, first: usize, indent: &str) {
    for (place, operand) in command.operands.iter().enumerate() {
        let number = if place + 1 == command.operands.len() {
            "*".to_owned()
        } else {
            (first + place).to_string()
        };
        let offer = match operand {
            Operand::Database => "file:_files -g \"*.rrd\"".to_owned(),
            Operand::File => "file:_files".to_owned(),
            Operand::Folder => "folder:_files -/".to_owned(),
            Operand::NameIn(folder) => format!("name:_files -W {folder}"),
            Operand::Words(words) => format!("word:({})", words.join(" ")),
            // After `DEF:name=` comes a file.
            Operand::Beginnings(words) => format!(
                "element:{{if compset -P \"*=\"; then _files; else compadd -S \"\" -- {}; fi}}",
                words.join(" ").replace(':', "\\:")
            ),
            Operand::Other => "word: ".to_owned(),
        };
        _ = writeln!(text, "{indent}'{number}:{offer}'");
    }
}

/// An option in the words of `_arguments`; each may be given several times.
fn specification(option: &OptionDescription) -> String {
    let help = option.help.trim_end_matches('.');
    let help = quoted(&help.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]"));
    let (after_short, after_long, value) = match option.argument {
        Argument::None => ("", "", String::new()),
        Argument::Attached(name) => ("", "=-", format!("::{name}:")),
        Argument::Required(name) => {
            let name = quoted(&name.replace(':', "\\:"));
            let value = match Value::of(option) {
                Value::Words(words) => format!(":{name}:({})", words.join(" ")),
                Value::File => format!(":{name}:_files"),
                Value::None | Value::Other => format!(":{name}: "),
            };
            ("+", "=", value)
        }
    };
    let long = option.long;
    match (option.short, long) {
        (Some(short), "") => format!("'*-{short}{after_short}[{help}]{value}'"),
        (None, long) => format!("'*--{long}{after_long}[{help}]{value}'"),
        (Some(short), long) => {
            format!("'*'{{-{short}{after_short},--{long}{after_long}}}'[{help}]{value}'")
        }
    }
}

/// A text between single quotes.
fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}
