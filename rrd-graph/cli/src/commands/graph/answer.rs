//! The output of `graph` and `graphv`.

use std::fmt;
use std::io::{self, Write};

use rrd_core::TimeRange;
use rrd_core::number::named_nan;
use rrd_graph::{Codeset, LegendText};

/// The facts about a picture.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// That of the texts.
    pub(super) codeset: Codeset,
    pub(super) prints: Vec<String>,
    pub(super) picture: Option<PictureFacts>,
    pub(super) table: Option<TableFacts>,
    pub(super) image_info: Option<String>,
    /// The bytes of the picture if it is not written to a file.
    pub(super) image: Option<Vec<u8>>,
    /// The same data as JSON.
    pub(super) datapoints: Option<(TableFacts, Vec<u8>)>,
}

/// Positions in a picture, in pixels.
#[derive(Debug)]
pub(super) struct PictureFacts {
    pub(super) canvas: (u32, u32, u32, u32),
    pub(super) size: (u32, u32),
    pub(super) range: TimeRange,
    /// Facts that only a drawn picture has.
    pub(super) drawn: Option<DrawnFacts>,
}

/// The content of a picture.
#[derive(Debug)]
pub(super) struct DrawnFacts {
    pub(super) values: (f64, f64),
    pub(super) legend: Vec<LegendText>,
}

/// The position of the rows of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableFacts {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) step: u64,
}

impl Answer {
    /// The output of `graph`: the size unless it is not wanted, the image info text, the prints.
    pub(super) fn lines(&self, size: bool, out: &mut dyn Write) -> io::Result<()> {
        if size {
            match &self.picture {
                Some(picture) => writeln!(out, "{}x{}", picture.size.0, picture.size.1)?,
                None if self.prints.is_empty() && self.image_info.is_none() => {}
                None => writeln!(out, "0x0")?,
            }
        }
        for line in self.image_info.iter().chain(&self.prints) {
            out.write_all(&self.codeset.encode(line))?;
            writeln!(out)?;
        }
        Ok(())
    }

    /// The lines `key = value` of `graphv`.
    pub(super) fn values(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(table) = &self.table {
            table.values(out)?;
        }
        self.print_values(out)?;
        if let Some(picture) = &self.picture {
            self.picture_values(picture, out)?;
        }
        if let Some(info) = &self.image_info {
            self.text(out, "image_info", info)?;
        }
        if let Some(image) = &self.image {
            blob(out, "image", image)?;
        }
        if let Some((table, json)) = &self.datapoints {
            table.values(out)?;
            self.print_values(out)?;
            blob(out, "datapoints", json)?;
        }
        Ok(())
    }

    fn print_values(&self, out: &mut dyn Write) -> io::Result<()> {
        for (place, print) in self.prints.iter().enumerate() {
            self.text(out, &format!("print[{place}]"), print)?;
        }
        Ok(())
    }

    fn picture_values(&self, picture: &PictureFacts, out: &mut dyn Write) -> io::Result<()> {
        let (left, top, width, height) = picture.canvas;
        number(out, "graph_left", left)?;
        number(out, "graph_top", top)?;
        number(out, "graph_width", width)?;
        number(out, "graph_height", height)?;
        number(out, "image_width", picture.size.0)?;
        number(out, "image_height", picture.size.1)?;
        number(out, "graph_start", picture.range.start.seconds())?;
        number(out, "graph_end", picture.range.end.seconds())?;
        let Some(drawn) = &picture.drawn else { return Ok(()) };
        number(out, "value_min", named_nan(drawn.values.0))?;
        number(out, "value_max", named_nan(drawn.values.1))?;
        for (place, entry) in drawn.legend.iter().enumerate() {
            let [left, top, right, bottom] = entry.corners;
            self.text(out, &format!("legend[{place}]"), &entry.text)?;
            let corners = format!("{left:.0},{top:.0},{right:.0},{bottom:.0}");
            self.text(out, &format!("coords[{place}]"), &corners)?;
        }
        Ok(())
    }

    fn text(&self, out: &mut dyn Write, key: &str, value: &str) -> io::Result<()> {
        write!(out, "{key} = \"")?;
        out.write_all(&self.codeset.encode(value))?;
        writeln!(out, "\"")
    }
}

impl TableFacts {
    fn values(self, out: &mut dyn Write) -> io::Result<()> {
        number(out, "graph_start", self.start)?;
        number(out, "graph_end", self.end)?;
        number(out, "graph_step", self.step)
    }
}

fn number(out: &mut dyn Write, key: &str, value: impl fmt::Display) -> io::Result<()> {
    writeln!(out, "{key} = {value}")
}

fn blob(out: &mut dyn Write, key: &str, bytes: &[u8]) -> io::Result<()> {
    writeln!(out, "{key} = BLOB_SIZE:{}", bytes.len())?;
    out.write_all(bytes)
}
