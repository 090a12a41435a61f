//! What `rrd` says of itself: the source of its manual pages, completions and reference.

use crate::commands::COMMANDS;
use crate::reference::{CommandDescription, Pages, Program};
use crate::release::VERSION;

/// `rrd` and all its commands.
pub(crate) fn program() -> Program {
    let described = |command: &crate::context::Command| CommandDescription {
        name: command.name,
        about: command.about,
        usage: command.usage,
        options: (command.options)(),
        text: text(command.name),
    };
    Program {
        name: "rrd",
        about: "round-robin archives of measurements, and their charts",
        version: VERSION,
        usage: &["COMMAND ARGUMENT...", "- [DIR]", "help COMMAND", "--version"],
        options: Vec::new(),
        commands: COMMANDS.iter().map(described).collect(),
        pages: Pages::OneEach,
        text: include_str!("../manual/rrd.md"),
        further: Vec::new(),
    }
}

/// What the manual says of a command beyond its usage and options.
fn text(command: &str) -> &'static str {
    match command {
        "create" => include_str!("../manual/create.md"),
        "update" => include_str!("../manual/update.md"),
        "fetch" => include_str!("../manual/fetch.md"),
        "graph" => include_str!("../manual/graph.md"),
        _ => "",
    }
}
