//! Completion for zsh.

use std::fmt::Write as _;

use super::option::Value;
use super::program::{Pages, Program};
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
        Pages::One => {
            let first = if program.commands.is_empty() {
                "'*:file:_files'"
            } else {
                "'1:command:{_describe command commands}' '*:file:_files'"
            };
            arguments(&mut text, &program.options, first, "    ");
        }
        Pages::OneEach => {
            text += "    if (( CURRENT == 2 )); then\n        _describe command commands\n        \
                return\n    fi\n    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    \
                case $command in\n";
            for command in &program.commands {
                _ = writeln!(text, "        {})", command.name);
                arguments(&mut text, &command.options, "'*:file:_files'", "            ");
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

fn arguments(text: &mut String, options: &[OptionDescription], rest: &str, indent: &str) {
    _ = writeln!(text, "{indent}_arguments -s \\");
    for option in options {
        _ = writeln!(text, "{indent}    {} \\", specification(option));
    }
    _ = writeln!(text, "{indent}    {rest}");
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
