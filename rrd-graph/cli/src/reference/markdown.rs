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
    synopsis(&mut text, name, usage, |_| true);
    if !program.commands.is_empty() {
        text += "\n## Commands\n\n| Command | What it does |\n|---|---|\n";
        for command in &program.commands {
            let typed = match program.pages {
                Pages::One => format!("`{}`", cell(&command.usage.join(" "))),
                Pages::OneEach => format!("[`{0}`](#{name}-{0})", command.name),
            };
            _ = writeln!(text, "| {typed} | {} |", prose(command.about));
        }
    }
    let all: Vec<_> = program.all_options().copied().collect();
    if !all.is_empty() {
        text += "\n## Options\n";
        options(&mut text, &all);
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
    let further = program.further.iter().map(|page| page.name);
    let related = further.chain(program.related.iter().map(|(name, _)| *name));
    let related: Vec<_> = related.map(|name| format!("[{name}]({name}.md)")).collect();
    if !related.is_empty() {
        _ = writeln!(text, "\n## See also\n\n{}", related.join(", "));
    }
    text
}

fn section(text: &mut String, program: &str, command: &CommandDescription) {
    _ = writeln!(text, "\n## {program} {}\n\n{}.", command.name, prose(command.about));
    synopsis(text, program, command.usage, |line| command.is_form(line));
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
    let related =
        command.related.iter().map(|other| format!("[{program} {other}](#{program}-{other})"));
    let related: Vec<_> = related.collect();
    if !related.is_empty() {
        _ = writeln!(text, "\nSee also: {}.", related.join(", "));
    }
}

fn synopsis(text: &mut String, program: &str, usage: &[&str], is_form: impl Fn(&str) -> bool) {
    text.push_str("\n```text\n");
    for line in usage {
        let lead = if is_form(line) { program } else { "" };
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
        _ = writeln!(text, "| `{typed}` | {} |", prose(option.help));
    }
}

/// A text in a table: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The same outside of code, where `<` would begin a tag.
fn prose(text: &str) -> String {
    let parts = cell(text);
    let parts = parts.split('`').enumerate();
    let escaped = parts.map(|(place, part)| match place % 2 {
        0 => part.replace('<', "\\<"),
        _ => part.to_owned(),
    });
    escaped.collect::<Vec<_>>().join("`")
}
