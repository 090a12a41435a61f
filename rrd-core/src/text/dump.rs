//! A database as XML: head and rows as text that `restore` can read.

use std::io::{self, Write};
use std::str::FromStr;

use jiff::tz::TimeZone;

use super::clock::LocalClock;
use super::info::{expression_text, history};
use crate::archive::{Archive, ArchiveKind, Seasonal};
use crate::cdp::{CdpPrep, CdpState};
use crate::data_source::{DataSource, SourceKind};
use crate::database::{FetchError, RrdReader, StableView};
use crate::file_version::FileVersion;
use crate::format::Head;
use crate::number::{dumped, length_to_u64, push_whole, to_index};
use crate::pdp::PdpPrep;
use crate::unknown_name::UnknownName;

/// Values are read in blocks of at most this many.
const PIECE: usize = 1 << 16;
/// Values are read in blocks of at most this many.
const BLOCK: usize = 1 << 13;

/// The part of a dump before the root element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DumpHeader {
    /// The XML declaration and a document type.
    None,
    /// The XML declaration and a document type.
    #[default]
    Dtd,
    /// The XML declaration, and a schema reference in the root element.
    Xsd,
}

/// Reads `none`, `dtd` and `xsd`.
///
/// ```
/// use rrd_core::DumpHeader;
/// assert_eq!("xsd".parse(), Ok(DumpHeader::Xsd));
/// assert!("XSD".parse::<DumpHeader>().is_err());
/// ```
impl FromStr for DumpHeader {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "none" => Ok(Self::None),
            "dtd" => Ok(Self::Dtd),
            "xsd" => Ok(Self::Xsd),
            _ => Err(UnknownName::new("header", name, "none, dtd or xsd")),
        }
    }
}

impl DumpHeader {
    fn text(self) -> &'static str {
        match self {
            Self::None => "<!-- Round Robin Database Dump -->\n<rrd>\n",
            Self::Dtd => concat!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
                "<!DOCTYPE rrd SYSTEM \"https://oss.oetiker.ch/rrdtool/rrdtool.dtd\">\n",
                "<!-- Round Robin Database Dump -->\n",
                "<rrd>\n",
            ),
            Self::Xsd => concat!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
                "<!-- Round Robin Database Dump -->\n",
                "<rrd xmlns=\"https://oss.oetiker.ch/rrdtool/rrdtool-dump.xml\" ",
                "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n",
                "\txsi:schemaLocation=\"https://oss.oetiker.ch/rrdtool/rrdtool-dump.xml ",
                "https://oss.oetiker.ch/rrdtool/rrdtool-dump.xsd\">\n",
            ),
        }
    }
}

/// Why a dump is incomplete.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// The rows cannot be read.
    #[error(transparent)]
    Read(#[from] FetchError),
    /// The text cannot be written.
    #[error("cannot write the dump")]
    Write(#[from] io::Error),
}

/// Writes a database as XML.
///
/// Numbers have eleven digits, everything else is exact; [`Restore`](crate::Restore) recreates the
/// database from it. Up to a size of 64 MiB the rows are a consistent read of the file; in a larger
/// file a concurrent update may replace the oldest rows by its new values.
///
/// ```
/// use rrd_core::{Dump, DumpHeader, Heartbeat, Rrd, RrdReader, Schema, Step, Timestamp};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("load.rrd");
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat::from_seconds(30))
///     .average(0.5, 1, 2)
///     .build()?;
/// Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
///
/// let mut text = Vec::new();
/// Dump::of(&RrdReader::open(&path)?).header(DumpHeader::None).write_to(&mut text)?;
/// let text = String::from_utf8(text)?;
/// let rows: Vec<&str> = text.lines().filter(|line| line.contains("<row>")).collect();
/// assert_eq!(rows[1], "\t\t\t<!-- 2001-09-09 01:46:40 UTC / 1000000000 --> <row><v>NaN</v></row>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dump<'a> {
    reader: &'a RrdReader,
    header: DumpHeader,
    zone: TimeZone,
}

impl<'a> Dump<'a> {
    /// The dump of a database, with a document type and times in UTC.
    pub fn of(reader: &'a RrdReader) -> Self {
        Self { reader, header: DumpHeader::default(), zone: TimeZone::UTC }
    }

    /// Sets what stands before the first element.
    #[must_use]
    pub fn header(mut self, header: DumpHeader) -> Self {
        self.header = header;
        self
    }

    /// Sets the time zone of the times in comments.
    #[must_use]
    pub fn zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// Writes the text, in pieces of about 64 KiB.
    ///
    /// # Errors
    ///
    /// The file can no longer be read, or the text cannot be written.
    pub fn write_to(&self, out: impl Write) -> Result<(), DumpError> {
        let view = self.reader.stable_view()?;
        Dumper::new(&view, &self.zone, out).write(self.header)
    }
}

/// Writes a database as XML.
struct Dumper<'a, W> {
    view: &'a StableView<'a>,
    head: &'a Head,
    clock: LocalClock<'a>,
    out: W,
    /// Text not written yet.
    text: Vec<u8>,
}

/// Appends a line of text. Writing to memory cannot fail.
macro_rules! line {
    ($text:expr, $($format:tt)*) => {{
        let _ = writeln!($text, $($format)*);
    }};
}

impl<'a, W: Write> Dumper<'a, W> {
    fn new(view: &'a StableView<'a>, zone: &'a TimeZone, out: W) -> Self {
        let (head, text) = (view.head(), Vec::with_capacity(2 * PIECE));
        Self { view, head, clock: LocalClock::new(zone), out, text }
    }

    fn write(mut self, header: DumpHeader) -> Result<(), DumpError> {
        self.text.extend_from_slice(header.text().as_bytes());
        self.push_head();
        for (index, archive) in self.head.schema.archives().iter().enumerate() {
            self.push_archive(index, archive);
            self.push_rows(index, archive)?;
            self.text.extend_from_slice(b"\t\t</database>\n\t</rra>\n");
        }
        self.text.extend_from_slice(b"</rrd>\n");
        self.write_text()?;
        Ok(self.out.flush()?)
    }

    fn write_text(&mut self) -> io::Result<()> {
        self.out.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }

    fn push_head(&mut self) {
        let schema = &self.head.schema;
        let last_update = self.head.live.last_update.seconds();
        line!(
            self.text,
            "\t<version>{}</version>",
            self.head.version.max(FileVersion::V3).digits()
        );
        line!(self.text, "\t<step>{}</step> <!-- Seconds -->", schema.step().seconds());
        let _ = write!(self.text, "\t<lastupdate>{last_update}</lastupdate> <!-- ");
        self.clock.push(last_update, &mut self.text);
        self.text.extend_from_slice(b" -->\n\n");
        for (source, pdp) in schema.sources().iter().zip(&self.head.live.pdps) {
            push_source(&mut self.text, source, pdp, schema.sources());
        }
        self.text.extend_from_slice(b"\t<!-- Round Robin Archives -->\n");
    }

    fn push_archive(&mut self, index: usize, archive: &Archive) {
        let text = &mut self.text;
        let points = archive.points_per_row();
        let seconds = points.wrapping_mul(self.head.schema.step().seconds());
        line!(text, "\t<rra>\n\t\t<cf>{}</cf>", archive.function());
        line!(text, "\t\t<pdp_per_row>{points}</pdp_per_row> <!-- {seconds} seconds -->\n");
        push_parameters(text, &archive.kind, self.head.version);
        text.extend_from_slice(b"\t\t<cdp_prep>\n");
        let sources = self.head.schema.sources().len();
        for cdp in self.head.live.cdps.iter().skip(index * sources).take(sources) {
            push_open(text, &archive.kind, cdp);
        }
        text.extend_from_slice(b"\t\t</cdp_prep>\n\t\t<database>\n");
    }

    /// The rows from the one after the current row on, around the end of the ring: the oldest
    /// first.
    fn push_rows(&mut self, index: usize, archive: &Archive) -> Result<(), DumpError> {
        let sources = self.head.schema.sources().len();
        let current = self.head.live.current_rows.get(index).copied().unwrap_or_default();
        let oldest = (current + 1) % archive.rows;
        let rows_in_block = (BLOCK / sources).max(1);
        let mut block = vec![0.0; rows_in_block * sources];
        let row_seconds =
            archive.points_per_row().wrapping_mul(self.head.schema.step().seconds()).max(1);
        // Times wrap as in RRDtool, which only matters for impossible steps.
        let last = self.head.live.last_update.seconds().cast_unsigned();
        let newest = last - last % row_seconds;
        let mut time = newest.wrapping_sub((archive.rows - 1).wrapping_mul(row_seconds));
        for mut rest in [oldest..archive.rows, 0..oldest] {
            while !rest.is_empty() {
                let count = (rest.end - rest.start).min(length_to_u64(rows_in_block));
                let values = to_index(count).map_or(0, |count| count * sources);
                let block = &mut block[..values];
                self.view.read(index, rest.start, block)?;
                rest.start += count;
                for row in block.chunks_exact(sources) {
                    self.push_row(time.cast_signed(), row);
                    time = time.wrapping_add(row_seconds);
                    if self.text.len() >= PIECE {
                        self.write_text()?;
                    }
                }
            }
        }
        Ok(())
    }

    fn push_row(&mut self, time: i64, values: &[f64]) {
        let text = &mut self.text;
        text.extend_from_slice(b"\t\t\t<!-- ");
        self.clock.push(time, text);
        text.extend_from_slice(b" / ");
        push_whole(time, text);
        text.extend_from_slice(b" --> <row>");
        for &value in values {
            // Most rows of most files are unknown.
            if value.is_nan() {
                text.extend_from_slice(b"<v>NaN</v>");
                continue;
            }
            text.extend_from_slice(b"<v>");
            dumped(value).push_to(text);
            text.extend_from_slice(b"</v>");
        }
        text.extend_from_slice(b"</row>\n");
    }
}

fn push_source(text: &mut Vec<u8>, source: &DataSource, pdp: &PdpPrep, all: &[DataSource]) {
    line!(text, "\t<ds>\n\t\t<name> {} </name>", source.name.as_str());
    match &source.kind {
        SourceKind::Measured(measured) => {
            line!(text, "\t\t<type> {} </type>", measured.rate.name());
            line!(
                text,
                "\t\t<minimal_heartbeat>{}</minimal_heartbeat>",
                measured.heartbeat.seconds()
            );
            line!(text, "\t\t<min>{}</min>", dumped(measured.minimum));
            line!(text, "\t\t<max>{}</max>\n", dumped(measured.maximum));
        }
        SourceKind::Computed(expression) => {
            line!(text, "\t\t<type> COMPUTE </type>");
            line!(text, "\t\t<cdef> {} </cdef>\n", expression_text(expression, all));
        }
    }
    text.extend_from_slice(b"\t\t<!-- PDP Status -->\n\t\t<last_ds>");
    push_escaped(text, &pdp.last_reading.text());
    line!(text, "</last_ds>\n\t\t<value>{}</value>", dumped(pdp.value));
    line!(text, "\t\t<unknown_sec> {} </unknown_sec>\n\t</ds>\n", pdp.unknown_seconds);
}

/// Readings may contain anything. RRDtool writes them without escaping and then cannot read its own
/// dump.
fn push_escaped(text: &mut Vec<u8>, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'<' => text.extend_from_slice(b"&lt;"),
            b'&' => text.extend_from_slice(b"&amp;"),
            _ => text.push(byte),
        }
    }
}

fn push_parameters(text: &mut Vec<u8>, kind: &ArchiveKind, version: FileVersion) {
    text.extend_from_slice(b"\t\t<params>\n");
    match *kind {
        ArchiveKind::Classic { xfiles_factor, .. } => {
            line!(text, "\t\t<xff>{}</xff>", parameter(xfiles_factor));
        }
        ArchiveKind::Forecast { alpha, beta, seasonal, .. } => {
            line!(text, "\t\t<hw_alpha>{}</hw_alpha>", parameter(alpha));
            line!(text, "\t\t<hw_beta>{}</hw_beta>", parameter(beta));
            push_companion(text, seasonal);
        }
        ArchiveKind::Seasonal(seasonal) | ArchiveKind::DevSeasonal(seasonal) => {
            push_seasonal(text, seasonal, version);
        }
        ArchiveKind::DevPredict { deviations } => push_companion(text, deviations),
        ArchiveKind::Failures { delta_positive, delta_negative, deviations, window, threshold } => {
            line!(text, "\t\t<delta_pos>{}</delta_pos>", parameter(delta_positive));
            line!(text, "\t\t<delta_neg>{}</delta_neg>", parameter(delta_negative));
            line!(text, "\t\t<window_len>{window}</window_len>");
            line!(text, "\t\t<failure_threshold>{threshold}</failure_threshold>");
            push_companion(text, deviations);
        }
    }
    text.extend_from_slice(b"\t\t</params>\n");
}

/// A parameter of an archive. RRDtool writes unknown parameters differently from unknown values.
fn parameter(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { dumped(value).to_string() }
}

fn push_seasonal(text: &mut Vec<u8>, seasonal: Seasonal, version: FileVersion) {
    line!(text, "\t\t<seasonal_gamma>{}</seasonal_gamma>", parameter(seasonal.gamma));
    let index = seasonal.smoothing_index;
    line!(text, "\t\t<seasonal_smooth_idx>{index}</seasonal_smooth_idx>");
    if version >= FileVersion::V4 {
        let window = parameter(seasonal.smoothing_window);
        line!(text, "\t\t<smoothing_window>{window}</smoothing_window>");
    }
    push_companion(text, seasonal.forecast);
}

fn push_companion(text: &mut Vec<u8>, index: usize) {
    line!(text, "\t\t<dependent_rra_idx>{index}</dependent_rra_idx>");
}

fn push_open(text: &mut Vec<u8>, kind: &ArchiveKind, cdp: &CdpPrep) {
    text.extend_from_slice(b"\t\t\t<ds>\n");
    let mut value = |name: &str, value: f64| {
        line!(text, "\t\t\t<{name}>{}</{name}>", dumped(value));
    };
    value("primary_value", cdp.primary);
    value("secondary_value", cdp.secondary);
    match cdp.state {
        CdpState::Classic { value: collected, unknown_points } => {
            value("value", collected);
            line!(text, "\t\t\t<unknown_datapoints>{unknown_points}</unknown_datapoints>");
        }
        CdpState::Forecast {
            intercept,
            last_intercept,
            slope,
            last_slope,
            null_count,
            last_null_count,
        } => {
            value("intercept", intercept);
            value("last_intercept", last_intercept);
            value("slope", slope);
            value("last_slope", last_slope);
            line!(text, "\t\t\t<nan_count>{null_count}</nan_count>");
            line!(text, "\t\t\t<last_nan_count>{last_null_count}</last_nan_count>");
        }
        CdpState::Seasonal { coefficient, last_coefficient, initialised } => {
            value("seasonal", coefficient);
            value("last_seasonal", last_coefficient);
            line!(text, "\t\t\t<init_flag>{initialised}</init_flag>");
        }
        CdpState::DevPredict { .. } => {}
        CdpState::Failures { violations } => {
            line!(text, "\t\t\t<history>{}</history>", history(kind, &violations));
        }
    }
    text.extend_from_slice(b"\t\t\t</ds>\n");
}
