//! Tables as separated columns: CSV and similar formats.

use std::io::{self, Write};

use rrd_core::Timestamp;
use rrd_core::number::dumped;

use super::{Export, Table};

/// Columns separated by a character, lines ended by CR LF.
#[derive(Clone, Copy, Debug)]
pub struct Separated {
    separator: char,
}

impl Separated {
    /// Commas.
    pub const CSV: Self = Self { separator: ',' };
    /// Tabs.
    pub const TSV: Self = Self { separator: '\t' };
    /// Semicolons.
    pub const SSV: Self = Self { separator: ';' };
}

impl Export for Separated {
    fn export(&self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let separator = self.separator;
        write!(out, "\"time\"")?;
        for column in &table.columns {
            write!(out, "{separator}\"{}\"", column.title().replace('"', "\"\""))?;
        }
        write!(out, "\r\n")?;
        for start in table.row_starts() {
            write!(out, "{}", table.row_end(start))?;
            for column in &table.columns {
                write!(
                    out,
                    "{separator}\"{}\"",
                    dumped(column.rows.at(Timestamp::from_seconds(start)))
                )?;
            }
            write!(out, "\r\n")?;
        }
        Ok(())
    }
}
