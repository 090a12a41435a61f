//! What a daemon tells about a file, as a list.

use rrd_cli::{InfoKind, InfoLine};

use super::list::List;
use crate::error::Failure;

/// The values of these lines.
pub(crate) fn of_lines(lines: &[InfoLine]) -> Result<List, Failure> {
    let mut list = List::new();
    for InfoLine { key, kind, text } in lines {
        let wrong =
            || Failure::new(format!("the daemon's value of {key} is not understood: {text}"));
        match kind {
            InfoKind::Number => list.number(key, text.parse().map_err(|_| wrong())?),
            InfoKind::Count => list.count(key, text.parse().map_err(|_| wrong())?),
            InfoKind::Integer => list.integer(key, text.parse().map_err(|_| wrong())?),
            InfoKind::Text => list.text(key, text),
        }?;
    }
    Ok(list)
}
