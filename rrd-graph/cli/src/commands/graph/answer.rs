//! The answer of `graph` and `graphv`: facts about a picture, in the order in which both give them.

use std::io::{self, Write};

use rrd_core::TimeRange;
use rrd_core::number::named_nan;
use rrd_graph::{Codeset, LegendText};

/// The answer of `graph` and `graphv`: what PRINT computed, and where everything is in the picture.
#[derive(Debug, Default)]
pub struct GraphAnswer {
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

/// One value of the list that `graphv` gives.
#[derive(Clone, Debug, PartialEq)]
pub enum GraphFact<'a> {
    /// A length in pixels, a time, or a number of seconds.
    Count(i64),
    /// An end of the value axis.
    Value(f64),
    /// A text, in the codeset of the command line.
    Text(Vec<u8>),
    /// The picture, or its data.
    Bytes(&'a [u8]),
}

impl GraphAnswer {
    /// Width and height of the picture in pixels; `None` if there is none.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.picture.as_ref().map(|picture| picture.size)
    }

    /// The ends of the value axis; `None` unless a picture was drawn.
    pub fn values(&self) -> Option<(f64, f64)> {
        self.picture.as_ref()?.drawn.as_ref().map(|drawn| drawn.values)
    }

    /// The bytes of the picture if it is not written to a file.
    pub fn image(&self) -> Option<&[u8]> {
        self.image.as_deref()
    }

    /// The text about the picture, and what PRINT computed.
    pub fn lines(&self) -> impl Iterator<Item = Vec<u8>> {
        self.image_info.iter().chain(&self.prints).map(|line| self.encoded(line))
    }

    /// Whether there is nothing to tell: the statements draw nothing and print nothing.
    pub fn is_empty(&self) -> bool {
        self.facts().is_empty()
    }

    /// All facts by their names, as `graphv` gives them.
    pub fn facts(&self) -> Vec<(String, GraphFact<'_>)> {
        let mut facts = Vec::new();
        self.table.iter().for_each(|table| table.add(&mut facts));
        self.add_prints(&mut facts);
        self.picture.iter().for_each(|picture| self.add_picture(picture, &mut facts));
        if let Some(info) = &self.image_info {
            facts.push(("image_info".to_owned(), GraphFact::Text(self.encoded(info))));
        }
        if let Some(image) = &self.image {
            facts.push(("image".to_owned(), GraphFact::Bytes(image)));
        }
        if let Some((table, json)) = &self.datapoints {
            table.add(&mut facts);
            self.add_prints(&mut facts);
            facts.push(("datapoints".to_owned(), GraphFact::Bytes(json)));
        }
        facts
    }

    /// Prints the output of `graph`: the size unless it is not wanted, and the lines.
    pub(super) fn print_lines(&self, size: bool, out: &mut dyn Write) -> io::Result<()> {
        if size {
            match self.size() {
                Some((width, height)) => writeln!(out, "{width}x{height}")?,
                None if self.prints.is_empty() && self.image_info.is_none() => {}
                None => writeln!(out, "0x0")?,
            }
        }
        for line in self.lines() {
            out.write_all(&line)?;
            writeln!(out)?;
        }
        Ok(())
    }

    /// Prints the lines `key = value` of `graphv`.
    pub(super) fn print_facts(&self, out: &mut dyn Write) -> io::Result<()> {
        for (key, fact) in self.facts() {
            write!(out, "{key} = ")?;
            match fact {
                GraphFact::Count(count) => writeln!(out, "{count}")?,
                GraphFact::Value(value) => writeln!(out, "{}", named_nan(value))?,
                GraphFact::Text(text) => {
                    write!(out, "\"")?;
                    out.write_all(&text)?;
                    writeln!(out, "\"")?;
                }
                GraphFact::Bytes(bytes) => {
                    writeln!(out, "BLOB_SIZE:{}", bytes.len())?;
                    out.write_all(bytes)?;
                }
            }
        }
        Ok(())
    }

    fn add_prints(&self, facts: &mut Vec<(String, GraphFact<'_>)>) {
        for (place, print) in self.prints.iter().enumerate() {
            facts.push((format!("print[{place}]"), GraphFact::Text(self.encoded(print))));
        }
    }

    fn add_picture(&self, picture: &PictureFacts, facts: &mut Vec<(String, GraphFact<'_>)>) {
        let (left, top, width, height) = picture.canvas;
        add(facts, "graph_left", left);
        add(facts, "graph_top", top);
        add(facts, "graph_width", width);
        add(facts, "graph_height", height);
        add(facts, "image_width", picture.size.0);
        add(facts, "image_height", picture.size.1);
        add(facts, "graph_start", picture.range.start.seconds());
        add(facts, "graph_end", picture.range.end.seconds());
        let Some(drawn) = &picture.drawn else { return };
        facts.push(("value_min".to_owned(), GraphFact::Value(drawn.values.0)));
        facts.push(("value_max".to_owned(), GraphFact::Value(drawn.values.1)));
        for (place, entry) in drawn.legend.iter().enumerate() {
            let [left, top, right, bottom] = entry.corners;
            facts.push((format!("legend[{place}]"), GraphFact::Text(self.encoded(&entry.text))));
            let corners = format!("{left:.0},{top:.0},{right:.0},{bottom:.0}");
            facts.push((format!("coords[{place}]"), GraphFact::Text(corners.into_bytes())));
        }
    }

    fn encoded(&self, text: &str) -> Vec<u8> {
        self.codeset.encode(text).into_owned()
    }
}

impl TableFacts {
    fn add(&self, facts: &mut Vec<(String, GraphFact<'_>)>) {
        add(facts, "graph_start", self.start);
        add(facts, "graph_end", self.end);
        add(facts, "graph_step", i64::try_from(self.step).unwrap_or(i64::MAX));
    }
}

fn add(facts: &mut Vec<(String, GraphFact<'_>)>, key: &str, count: impl Into<i64>) {
    facts.push((key.to_owned(), GraphFact::Count(count.into())));
}
