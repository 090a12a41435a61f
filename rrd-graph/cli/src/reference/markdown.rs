//! The reference as Markdown.

use std::fmt::Write as _;

use super::option::names;
use super::program::{CommandDescription, Page, Pages, Program};
use crate::option_words::{Argument, OptionDescription};

/// The documents of a program and their file names, that of the program first.
pub(super) fn documents(program: &Program) -> Vec<(String, String)> {
    let further = program.further.iter().map(|Page { name, about, text, .. }| {
        let made = made_by(program);
        (format!("{name}.md"), format!("# {name}\n\n{about}.\n\n{made}\n{text}"))
    });
    let own = (format!("{}.md", program.name), document(program));
    std::iter::once(own).chain(further).collect()
}

fn made_by(program: &Program) -> String {
    format!("This page is made by `{} --generate markdown`; do not edit it.\n", program.name)
}

fn document(program: &Program) -> String {
    let Program { name, about, usage, .. } = program;
    let mut text = format!("# {name}\n\n{about}.\n\n");
    text += &made_by(program);
    synopsis(&mut text, name, usage);
    if !program.commands.is_empty() {
        text += "\n## Commands\n\n| Command | What it does |\n|---|---|\n";
        for command in &program.commands {
            let typed = match program.pages {
                Pages::One => format!("`{}`", cell(&command.usage.join(" "))),
                Pages::OneEach => format!("[`{0}`](#{name}-{0})", command.name),
            };
            _ = writeln!(text, "| {typed} | {} |", cell(command.about));
        }
    }
    if !program.options.is_empty() {
        text += "\n## Options\n";
        options(&mut text, &program.options);
    }
    if !program.text.is_empty() {
        text += "\n";
        text += program.text;
    }
    if program.pages == Pages::OneEach {
        for command in &program.commands {
            section(&mut text, name, command);
        }
    }
    text
}

fn section(text: &mut String, program: &str, command: &CommandDescription) {
    _ = writeln!(text, "\n## {program} {}\n\n{}.", command.name, command.about);
    synopsis(text, program, command.usage);
    if !command.options.is_empty() {
        options(text, &command.options);
    }
    if !command.text.is_empty() {
        text.push('\n');
        for line in command.text.lines() {
            // A section of a command is below that of the command.
            let deeper = if line.starts_with("## ") { "#" } else { "" };
            _ = writeln!(text, "{deeper}{line}");
        }
    }
}

fn synopsis(text: &mut String, program: &str, usage: &[&str]) {
    text.push_str("\n```text\n");
    for (index, line) in usage.iter().enumerate() {
        let lead = if index == 0 { program } else { "" };
        _ = writeln!(text, "{lead:width$} {line}", width = program.len());
    }
    text.push_str("```\n");
}

fn options(text: &mut String, options: &[OptionDescription]) {
    text.push_str("\n| Option | Effect |\n|---|---|\n");
    for option in options {
        let value = match option.argument {
            Argument::None => String::new(),
            Argument::Required(value) => format!(" {value}"),
            Argument::Attached(value) => format!("[={value}]"),
        };
        let typed = cell(&format!("{}{value}", names(option).join(", ")));
        _ = writeln!(text, "| `{typed}` | {} |", cell(option.help));
    }
}

/// A text in a table: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
