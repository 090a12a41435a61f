//! Completion for fish.

use std::fmt::Write as _;

use super::option::Value;
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
    match program.pages {
        Pages::One => options(&mut text, &format!("complete -c {name}"), &program.options),
        Pages::OneEach => {
            for command in &program.commands {
                let lead =
                    format!("complete -c {name} -n '__fish_seen_subcommand_from {}'", command.name);
                options(&mut text, &lead, &command.options);
            }
        }
    }
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

/// A text between single quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
