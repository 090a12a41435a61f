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
        operands: command.operands,
        text: command.manual,
        related: command.related,
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
        related: &[("rrd-collector", "1"), ("rrdcached", "1")],
    }
}
