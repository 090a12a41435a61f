//! What `--help` prints, and what the manual says: both from the tables of commands and options.

use std::fmt::Write as _;

use rrd_cli::option_words::{Argument, OptionDescription};
use rrd_cli::reference::{CommandDescription, Operand, Page, Pages, Program};
use rrd_graph::export::SampleFormat;

use super::table::{ENDING, OPTIONS};
use crate::config::reference;

/// Width of the column of names; longer ones have a line of their own.
const NAMES: usize = 24;

/// Width of a line.
const LINE: usize = 100;

/// A command: its first words, how it is typed, and what it does.
struct CommandRow {
    name: &'static str,
    usage: &'static [&'static str],
    operands: &'static [Operand],
    about: &'static str,
}

const COMMANDS: &[CommandRow] = &[
    CommandRow {
        name: "run",
        usage: &["run"],
        operands: &[],
        about: "sample, store, warn and serve the page (default)",
    },
    CommandRow {
        name: "check",
        usage: &["check [WHAT]"],
        operands: &[Operand::Other],
        about: "read the configuration and say what is wrong with it. With WHAT, which is the name \
                of a rule or a value such as cpu.steal or disk:vda.util, answer as a Nagios plugin",
    },
    CommandRow {
        name: "doctor",
        usage: &["doctor"],
        operands: &[],
        about: "say what is wrong with the installation (configuration, rights, unit, data folder, \
                disk, ports, clock, files, gaps), a line for each fault with what to do; without \
                any it prints nothing. For root and the daemon's user",
    },
    CommandRow {
        name: "ready",
        usage: &["ready"],
        operands: &[],
        about: "say whether the running daemon samples and stores, with status 0 or 1, for the \
                health check of a container; for root and the daemon's user",
    },
    CommandRow {
        name: "once",
        usage: &["once"],
        operands: &[],
        about: "sample for a second and print every value",
    },
    CommandRow {
        name: "plan",
        usage: &["plan"],
        operands: &[],
        about: "print which files there will be and how large",
    },
    CommandRow {
        name: "probes",
        usage: &["probes"],
        operands: &[],
        about: "print what is measured",
    },
    CommandRow {
        name: "charts",
        usage: &["charts [NAME [INSTANCE]]"],
        operands: &[Operand::Other],
        about: "print which charts are packaged, or one as a description that `rrd chart --file` \
                draws",
    },
    CommandRow {
        name: "munin",
        usage: &["munin PLUGIN [config]"],
        operands: &[Operand::NameIn("/etc/munin/plugins"), Operand::Words(&["config"])],
        about: "call one of Munin's plugins as run does, and print what it prints",
    },
    CommandRow {
        name: "export",
        usage: &["export FORMAT"],
        operands: &[Operand::Words(SampleFormat::WORDS)],
        about: "print what the archives hold for another engine: openmetrics (for promtool), vm \
                (VictoriaMetrics), influx, csv or jsonl; with the names of /metrics",
    },
    CommandRow {
        name: "alert",
        usage: &["alert test RULE"],
        operands: &[Operand::Words(&["test"]), Operand::Other],
        about: "let the running daemon do what it does when the rule warns, and print the outcome \
                of each action; for root and the daemon's user",
    },
];

/// What `--help` prints.
pub fn help() -> String {
    let program = described();
    let mut text = format!("{}.\n\nUsage: rrd-collector {}\n\nCommands\n", ABOUT, program.usage[0]);
    for command in &program.commands {
        entry(&mut text, &command.usage.join(" "), command.about);
    }
    text.push_str("\nOptions\n");
    for option in program.all_options() {
        entry(&mut text, &typed(option), option.help.trim_end_matches('.'));
    }
    text.push_str(
        "\nStops cleanly on SIGTERM and SIGINT, reads its configuration again on SIGHUP.\n\
        RUST_LOG sets what is logged (error, warn, info, debug).\n",
    );
    text
}

const ABOUT: &str = "Samples this host into round-robin archives and shows them on a page";

/// The program, its commands and options.
pub(super) fn described() -> Program {
    let options = |command: Option<&'static str>| {
        let rows = OPTIONS.iter().filter(move |row| row.command == command);
        rows.map(|row| row.description)
    };
    let commands = COMMANDS.iter().map(|row| CommandDescription {
        name: row.name,
        about: row.about,
        usage: row.usage,
        options: options(Some(row.name)).collect(),
        operands: row.operands,
        text: "",
        related: &[],
    });
    Program {
        name: "rrd-collector",
        about: "samples this host into round-robin archives and shows them on a page",
        version: env!("CARGO_PKG_VERSION"),
        usage: &["[COMMAND] [OPTION]..."],
        options: options(None).chain(ENDING).collect(),
        commands: commands.collect(),
        pages: Pages::One,
        text: include_str!("../../manual/rrd-collector.md"),
        further: vec![
            Page {
                name: "rrd-collector.toml",
                section: "5",
                about: "the configuration of rrd-collector",
                text: reference(),
            },
            Page {
                name: "rrd-collector-http",
                section: "7",
                about: "the addresses that rrd-collector answers",
                text: include_str!("../../manual/http.md").to_owned(),
            },
        ],
        related: &[("rrd", "1")],
    }
}

/// How an option is typed: `-o, --output PATH`.
fn typed(option: &OptionDescription) -> String {
    let short = option.short.map_or(String::new(), |letter| format!("-{letter}, "));
    let value = match option.argument {
        Argument::None => String::new(),
        Argument::Required(value) => format!(" {value}"),
        Argument::Attached(value) => format!("[={value}]"),
    };
    format!("{short}--{}{value}", option.long)
}

/// A name, and beside it what it means in as many lines as it takes.
fn entry(text: &mut String, name: &str, about: &str) {
    _ = write!(text, "  {name:NAMES$}");
    let mut column = name.len().max(NAMES) + 2;
    if name.len() >= NAMES {
        _ = write!(text, "\n{:1$}", "", NAMES + 2);
        column = NAMES + 2;
    }
    for (index, word) in about.split(' ').enumerate() {
        if column + 1 + word.len() > LINE {
            _ = write!(text, "\n{:1$}", "", NAMES + 2);
            column = NAMES + 2;
        } else if index > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.len();
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_shows_each_command_and_option_beside_what_it_means() {
        let text = help();
        let start = "Samples this host into round-robin archives and shows them on a page.\n\n\
            Usage: rrd-collector [COMMAND] [OPTION]...\n\nCommands\n\
            \x20 run                     sample, store, warn and serve the page (default)\n";
        assert!(text.starts_with(start), "{text}");
        let wrapped = "  --label NAME=VALUE      export: a further label; instance or job replace \
            those of this host; may\n\x20                         be repeated\n";
        assert!(text.contains(wrapped), "{text}");
        assert!(text.contains("\n  -V, --version           Print the version\n"), "{text}");
        assert!(text.lines().all(|line| line.len() <= LINE), "{text}");
    }
}
