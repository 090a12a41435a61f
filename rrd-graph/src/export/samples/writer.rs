//! Writes samples in one of the formats, and refuses what importers would refuse or misread.

use std::io::{self, Write};

use rrd_core::Timestamp;
use rrd_core::number::length_to_u64;

use super::format::Format;
use super::{csv, influx, jsonl, openmetrics, vm};
use crate::export::SeriesName;
use crate::words::words;

/// Limit on the samples that are in memory as text.
const MAX_BLOCK: usize = 4096;

/// A text format for samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleFormat {
    /// `OpenMetrics`: for `promtool`, Prometheus, Mimir and Thanos.
    OpenMetrics,
    /// JSON lines for the import of `VictoriaMetrics`.
    VictoriaMetrics,
    /// The line protocol of `InfluxDB`.
    Influx,
    /// Comma-separated values.
    Csv,
    /// A JSON object for each sample.
    JsonLines,
}

words!(SampleFormat, "format", {
    OpenMetrics: "openmetrics",
    VictoriaMetrics: "vm",
    Influx: "influx",
    Csv: "csv",
    JsonLines: "jsonl",
});

impl SampleFormat {
    /// The ending of files, without the point.
    pub fn ending(self) -> &'static str {
        match self {
            Self::OpenMetrics => "om",
            Self::VictoriaMetrics | Self::JsonLines => "jsonl",
            Self::Influx => "lp",
            Self::Csv => "csv",
        }
    }

    fn writer(self) -> Box<dyn Format> {
        match self {
            Self::OpenMetrics => Box::new(openmetrics::OpenMetrics::default()),
            Self::VictoriaMetrics => Box::new(vm::VictoriaMetrics::default()),
            Self::Influx => Box::new(influx::Influx::default()),
            Self::Csv => Box::new(csv::Csv::default()),
            Self::JsonLines => Box::new(jsonl::JsonLines::default()),
        }
    }
}

/// Why samples were not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// Importers refuse the name of the series or of a label.
    #[error(
        "series {0}: expected names of letters, digits and '_' that do not begin with a digit, for the series and its labels"
    )]
    Name(SeriesName),
    /// Series must ascend, so that each occurs once and families are not mixed.
    #[error("series {0} follows a series that it should precede")]
    SeriesOrder(SeriesName),
    /// Importers drop samples that are not later than the one before.
    #[error("the sample of series {series} at {time} follows one that is not earlier", time = time.seconds())]
    TimeOrder {
        /// The series.
        series: SeriesName,
        /// The time of the later sample.
        time: Timestamp,
    },
    /// The text cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Writes samples in a format. Text that importers refuse or misread is never written.
///
/// ```
/// use rrd_core::Timestamp;
/// use rrd_graph::export::{SampleFormat, SampleWriter, SeriesName};
///
/// let mut writer = SampleWriter::new(SampleFormat::OpenMetrics, Vec::new())?;
/// writer.series(&SeriesName::new("load", [("host", "a")]), "Tasks that run.")?;
/// writer.samples([(Timestamp::from_seconds(300), 0.25), (Timestamp::from_seconds(600), f64::NAN)])?;
/// assert_eq!(
///     String::from_utf8(writer.finish()?)?,
///     "# HELP load Tasks that run.\n# TYPE load gauge\nload{host=\"a\"} 0.25 300\n# EOF\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SampleWriter<W> {
    out: W,
    format: Box<dyn Format>,
    series: Option<SeriesName>,
    help: String,
    /// The time of the last sample of the series.
    last: Option<Timestamp>,
    written: u64,
    samples: Vec<(Timestamp, f64)>,
    text: String,
}

impl<W: Write> SampleWriter<W> {
    /// Begins a text.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn new(format: SampleFormat, mut out: W) -> io::Result<Self> {
        let format = format.writer();
        out.write_all(format.begin().as_bytes())?;
        let (samples, text) = (Vec::new(), String::new());
        Ok(Self {
            out,
            format,
            series: None,
            help: String::new(),
            last: None,
            written: 0,
            samples,
            text,
        })
    }

    /// Begins a series. One without known samples is not in the text.
    ///
    /// # Errors
    ///
    /// [`SampleError::Name`], [`SampleError::SeriesOrder`]; nothing is written.
    pub fn series(&mut self, series: &SeriesName, help: &str) -> Result<(), SampleError> {
        if !series.is_legal() {
            return Err(SampleError::Name(series.clone()));
        }
        if self.series.as_ref().is_some_and(|before| before >= series) {
            return Err(SampleError::SeriesOrder(series.clone()));
        }
        self.series = Some(series.clone());
        help.clone_into(&mut self.help);
        self.last = None;
        Ok(())
    }

    /// Writes samples of the series: those that are known, and of infinite ones those that the
    /// format can express.
    ///
    /// # Errors
    ///
    /// [`SampleError::TimeOrder`], and this sample and what follows it is not written; those of
    /// `out`.
    pub fn samples(
        &mut self,
        samples: impl IntoIterator<Item = (Timestamp, f64)>,
    ) -> Result<(), SampleError> {
        let has_infinity = self.format.has_infinity();
        let is_written = |value: f64| value.is_finite() || (value.is_infinite() && has_infinity);
        let mut samples = samples.into_iter().filter(|(_, value)| is_written(*value)).peekable();
        while samples.peek().is_some() {
            self.samples.clear();
            let mut refused = None;
            let mut last = self.last;
            for (time, value) in samples.by_ref().take(MAX_BLOCK) {
                if last.is_some_and(|last| last >= time) {
                    refused = Some(time);
                    break;
                }
                last = Some(time);
                self.samples.push((time, value));
            }
            self.write_block()?;
            if let (Some(time), Some(series)) = (refused, &self.series) {
                return Err(SampleError::TimeOrder { series: series.clone(), time });
            }
        }
        Ok(())
    }

    /// Writes the samples of the current block.
    fn write_block(&mut self) -> io::Result<()> {
        let (Some(series), Some(&(time, _))) = (&self.series, self.samples.last()) else {
            return Ok(());
        };
        self.text.clear();
        if self.last.is_none() {
            self.format.series(series, &self.help, &mut self.text);
        }
        self.format.samples(&self.samples, &mut self.text);
        self.last = Some(time);
        self.written += length_to_u64(self.samples.len());
        self.out.write_all(self.text.as_bytes())
    }

    /// Number of samples so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Ends the text.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(self.format.end().as_bytes())?;
        Ok(self.out)
    }
}
