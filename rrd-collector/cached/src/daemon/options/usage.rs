//! The text of `-h`, and the version.

use std::fmt::Write as _;

use rrd_cli::option_words::{Argument, OptionDescription};

use super::table::OPTIONS;

/// The first line of all output about the program itself.
pub(in crate::daemon) const VERSION: &str =
    concat!("rrdcached ", env!("CARGO_PKG_VERSION"), " of rrd, in the place of RRDtool's");

/// How the program is called.
pub(in crate::daemon) fn usage() -> String {
    let mut text = format!("{VERSION}\n\nUsage: rrdcached [OPTION]...\n\n");
    let names: Vec<String> = OPTIONS.iter().map(|row| typed(&row.description)).collect();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    for (row, names) in OPTIONS.iter().zip(&names) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {names:width$}  {}", row.description.help);
    }
    text.push_str("\nDurations are seconds, or a number with s, m, h, d, w, M or y.\n");
    text
}

fn typed(option: &OptionDescription) -> String {
    let letter = option.short.map(|letter| format!("-{letter}"));
    let name = Some(option.long).filter(|name| !name.is_empty()).map(|name| format!("--{name}"));
    let names: Vec<String> = [letter, name].into_iter().flatten().collect();
    let value = match option.argument {
        Argument::None => String::new(),
        Argument::Required(value) => format!(" {value}"),
        Argument::Attached(value) => format!("[={value}]"),
    };
    format!("{}{value}", names.join(", "))
}
