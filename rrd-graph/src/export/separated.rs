//! Tables as separated columns: CSV and its kin.

use std::io::{self, Write};

use rrd_core::number::dumped;

use super::{Export, Table};

/// Columns separated by a mark, lines ended by CR LF.
#[derive(Clone, Copy, Debug)]
pub struct Separated {
    mark: char,
}

impl Separated {
    /// Commas.
    pub const CSV: Self = Self { mark: ',' };
    /// Tabs.
    pub const TSV: Self = Self { mark: '\t' };
    /// Semicolons.
    pub const SSV: Self = Self { mark: ';' };
}

impl Export for Separated {
    fn export(&self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let mark = self.mark;
        write!(out, "\"time\"")?;
        for column in &table.columns {
            write!(out, "{mark}\"{}\"", column.legend.replace('"', "\"\""))?;
        }
        write!(out, "\r\n")?;
        for start in table.row_starts() {
            write!(out, "{}", table.row_end(start))?;
            for column in &table.columns {
                write!(out, "{mark}\"{}\"", dumped(column.rows.at(start)))?;
            }
            write!(out, "\r\n")?;
        }
        Ok(())
    }
}
