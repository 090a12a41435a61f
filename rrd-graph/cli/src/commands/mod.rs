//! All commands of the tool, one file each.

mod cgi;
mod chart;
mod check;
mod convert;
mod copy;
pub(crate) mod create;
pub(crate) mod dump;
mod export;
pub(crate) mod fetch;
pub(crate) mod first;
pub(crate) mod flushcached;
pub(crate) mod graph;
pub(crate) mod info;
pub(crate) mod last;
pub(crate) mod lastupdate;
pub(crate) mod list;
pub(crate) mod resize;
pub(crate) mod restore;
mod rewind;
pub(crate) mod tune;
pub(crate) mod update;
pub(crate) mod xport;

use std::ffi::OsStr;

#[doc(hidden)]
pub use self::cgi::page_pieces;
#[doc(hidden)]
pub use self::fetch::{UnknownFunction, consolidation_function};
pub use self::graph::{GraphAnswer, GraphFact};
pub use self::info::InfoAnswer;
pub use self::tune::tuning_of;
pub use self::xport::XportAnswer;
use crate::context::Command;

/// All commands, in the order of the usage text.
pub(crate) const COMMANDS: &[Command] = &[
    create::COMMAND,
    update::UPDATE,
    update::UPDATE_VERBOSE,
    chart::COMMAND,
    graph::GRAPH,
    graph::GRAPHV,
    xport::COMMAND,
    fetch::COMMAND,
    info::COMMAND,
    first::COMMAND,
    last::COMMAND,
    lastupdate::COMMAND,
    list::COMMAND,
    export::COMMAND,
    dump::COMMAND,
    restore::COMMAND,
    tune::COMMAND,
    resize::COMMAND,
    rewind::COMMAND,
    check::COMMAND,
    convert::COMMAND,
    copy::COMMAND,
    flushcached::COMMAND,
    cgi::COMMAND,
];

/// The command with this exact name.
pub(crate) fn find(name: &OsStr) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| name == command.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::option_words::{Argument, OptionDescription};

    #[test]
    fn every_option_has_names_of_its_own_and_a_sentence_of_help() {
        for command in COMMANDS {
            let options = (command.options)();
            for (place, &OptionDescription { short, long, argument, help }) in
                options.iter().enumerate()
            {
                let name = format!("{} --{long}", command.name);
                assert!(help.starts_with(char::is_uppercase), "{name}: {help}");
                assert!(help.ends_with('.') && help.len() <= 100, "{name}: {help}");
                assert_ne!(argument, Argument::Required(""), "{name}");
                for other in options.iter().take(place) {
                    assert_ne!(long, other.long, "{name}");
                    assert!(short.is_none() || short != other.short, "{name}");
                }
            }
        }
    }
}
