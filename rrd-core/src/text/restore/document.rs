//! The elements of a dump and their values as written. `build` interprets them.

use std::io::BufRead;
use std::sync::Arc;

use super::encoding::Utf8;
use super::error::{RestoreError, XmlFault};
use super::value;
use super::xml::Xml;
use crate::consolidation::ConsolidationFunction;
use crate::data_source::RateKind;
use crate::schema::SchemaError;

/// Limits on the length of texts, equal to the lengths of the fields in a file.
const VERSION_FIELD: usize = 5;
const NAME_FIELD: usize = 20;
const READING_FIELD: usize = 30;
/// Limit on the violations that a file can store.
const MAX_WINDOW_LENGTH: usize = 28;

/// A dump as written: missing values are zero or empty.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) version: String,
    pub(super) step: u64,
    pub(super) last_update: i64,
    pub(super) sources: Vec<SourceElement>,
    pub(super) archives: Vec<ArchiveElement>,
}

/// A `<ds>` of the root element.
#[derive(Debug, Default)]
pub(super) struct SourceElement {
    pub(super) name: String,
    pub(super) kind: Option<SourceType>,
    pub(super) heartbeat: u64,
    pub(super) minimum: f64,
    pub(super) maximum: f64,
    pub(super) expression: Option<String>,
    pub(super) last_reading: [u8; READING_FIELD],
    pub(super) value: f64,
    pub(super) unknown_seconds: u64,
}

/// The `<type>` of a data source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum SourceType {
    Measured(RateKind),
    Computed,
}

/// An `<rra>`.
#[derive(Debug, Default)]
pub(super) struct ArchiveElement {
    pub(super) function: Option<ConsolidationFunction>,
    pub(super) points_per_row: u64,
    pub(super) parameters: ParametersElement,
    pub(super) open: Vec<OpenElement>,
    /// The rows, oldest first; each has one value per data source.
    pub(super) values: Vec<f64>,
    pub(super) rows: u64,
}

/// The `<params>` of an archive, for all functions.
#[derive(Debug, Default)]
pub(super) struct ParametersElement {
    pub(super) xfiles_factor: f64,
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) gamma: f64,
    pub(super) smoothing_window: f64,
    pub(super) smoothing_index: u64,
    pub(super) delta_positive: f64,
    pub(super) delta_negative: f64,
    pub(super) window: u64,
    pub(super) threshold: u64,
    pub(super) companion: u64,
}

/// A `<ds>` of a `<cdp_prep>`, for all functions.
#[derive(Debug, Default)]
pub(super) struct OpenElement {
    pub(super) primary: f64,
    pub(super) secondary: f64,
    pub(super) value: f64,
    pub(super) unknown_points: u64,
    pub(super) intercept: f64,
    pub(super) last_intercept: f64,
    pub(super) slope: f64,
    pub(super) last_slope: f64,
    pub(super) null_count: u64,
    pub(super) last_null_count: u64,
    pub(super) coefficient: f64,
    pub(super) last_coefficient: f64,
    pub(super) initialised: u64,
    pub(super) violations: [u8; MAX_WINDOW_LENGTH],
}

impl Document {
    /// Reads a dump, which ends with its root element.
    pub(super) fn read(input: impl BufRead) -> Result<Self, RestoreError> {
        let read = |error| RestoreError::Xml { line: 1, fault: XmlFault::Read(Arc::new(error)) };
        let input = Utf8::new(input).map_err(read)?;
        let mut xml = Xml::new(input);
        xml.expect("rrd").map_err(|error| match error {
            RestoreError::TextForElement { line, .. } => {
                RestoreError::Xml { line, fault: XmlFault::NoElement }
            }
            error => error,
        })?;
        let mut document = Self::default();
        loop {
            let name = xml.element()?.to_ascii_lowercase();
            match name.as_str() {
                "/rrd" => {
                    xml.finish()?;
                    return Ok(document);
                }
                "version" => {
                    let version = value::text(xml.value()?, VERSION_FIELD)?.to_owned();
                    if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
                        return Err(RestoreError::Version { version });
                    }
                    document.version = version;
                }
                "step" => document.step = count(&mut xml)?,
                "lastupdate" => document.last_update = xml.value_as(value::seconds)?,
                "ds" if document.archives.is_empty() => {
                    document.sources.push(SourceElement::read(&mut xml)?);
                }
                "ds" => return Err(RestoreError::SourceAfterArchive),
                "rra" => {
                    let archive = ArchiveElement::read(&mut xml, &document)?;
                    document.archives.push(archive);
                }
                _ => return Err(xml.unknown_element("rrd")),
            }
        }
    }

    /// The number of the version; 0 if there is none.
    pub(super) fn version_number(&self) -> u64 {
        let digits = self.version.bytes();
        digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
    }
}

impl SourceElement {
    fn read<R: BufRead>(xml: &mut Xml<R>) -> Result<Self, RestoreError> {
        let mut source = Self::default();
        loop {
            let name = xml.element()?.to_ascii_lowercase();
            match name.as_str() {
                "/ds" => return Ok(source),
                "name" => value::text(xml.value()?, NAME_FIELD)?.clone_into(&mut source.name),
                "type" => source.kind = Some(SourceType::read(xml)?),
                "minimal_heartbeat" => source.heartbeat = count(xml)?,
                "min" => source.minimum = number(xml)?,
                "max" => source.maximum = number(xml)?,
                "cdef" => source.expression = Some(xml.value()?.to_owned()),
                "last_ds" => {
                    let text = value::text(xml.value()?, READING_FIELD)?;
                    source.last_reading = [0; READING_FIELD];
                    for (byte, character) in source.last_reading.iter_mut().zip(text.bytes()) {
                        *byte = character;
                    }
                }
                "value" => source.value = number(xml)?,
                "unknown_sec" => source.unknown_seconds = count(xml)?,
                _ => return Err(xml.unknown_element("ds")),
            }
        }
    }
}

impl SourceType {
    fn read<R: BufRead>(xml: &mut Xml<R>) -> Result<Self, RestoreError> {
        let name = value::text(xml.value()?, NAME_FIELD)?;
        if name == "COMPUTE" {
            return Ok(Self::Computed);
        }
        let rate = name.parse().map_err(|_| RestoreError::SourceType { name: name.to_owned() })?;
        Ok(Self::Measured(rate))
    }
}

impl ArchiveElement {
    fn read<R: BufRead>(xml: &mut Xml<R>, document: &Document) -> Result<Self, RestoreError> {
        let sources = document.sources.len();
        // Introduced by version 0002.
        let has_parameters = document.version_number() >= 2;
        let mut archive = Self::default();
        loop {
            let name = xml.element()?.to_ascii_lowercase();
            match name.as_str() {
                "/rra" => break,
                "cf" => archive.function = Some(read_function(xml)?),
                "pdp_per_row" => archive.points_per_row = count(xml)?,
                "xff" if !has_parameters => archive.parameters.xfiles_factor = number(xml)?,
                "params" if has_parameters => {
                    archive.parameters = ParametersElement::read(xml)?;
                }
                "cdp_prep" => archive.read_open(xml, sources)?,
                "database" => archive.read_rows(xml, sources)?,
                _ => return Err(xml.unknown_element("rra")),
            }
        }
        if archive.rows == 0 {
            return Err(SchemaError::NoRows { archive: document.archives.len() }.into());
        }
        Ok(archive)
    }

    fn read_open<R: BufRead>(
        &mut self,
        xml: &mut Xml<R>,
        sources: usize,
    ) -> Result<(), RestoreError> {
        self.open.clear();
        while self.open.len() < sources {
            if !xml.element_or_end("ds", "cdp_prep")? {
                return Ok(());
            }
            self.open.push(OpenElement::read(xml)?);
        }
        xml.expect_end("cdp_prep")
    }

    fn read_rows<R: BufRead>(
        &mut self,
        xml: &mut Xml<R>,
        sources: usize,
    ) -> Result<(), RestoreError> {
        self.values.clear();
        self.rows = 0;
        while xml.element_or_end("row", "database")? {
            for _ in 0..sources {
                xml.expect("v")?;
                self.values.push(number(xml)?);
            }
            xml.expect_end("row")?;
            self.rows += 1 + xml.plain_rows(sources, &mut self.values);
        }
        Ok(())
    }
}

fn read_function<R: BufRead>(xml: &mut Xml<R>) -> Result<ConsolidationFunction, RestoreError> {
    let name = value::text(xml.value()?, NAME_FIELD)?;
    name.parse().map_err(|_| RestoreError::Function { name: name.to_owned() })
}

impl ParametersElement {
    fn read<R: BufRead>(xml: &mut Xml<R>) -> Result<Self, RestoreError> {
        let mut parameters = Self::default();
        loop {
            let name = xml.element()?.to_ascii_lowercase();
            match name.as_str() {
                "/params" => return Ok(parameters),
                "xff" => parameters.xfiles_factor = number(xml)?,
                "hw_alpha" => parameters.alpha = number(xml)?,
                "hw_beta" => parameters.beta = number(xml)?,
                "seasonal_gamma" => parameters.gamma = number(xml)?,
                "smoothing_window" => parameters.smoothing_window = number(xml)?,
                "seasonal_smooth_idx" => parameters.smoothing_index = count(xml)?,
                "delta_pos" => parameters.delta_positive = number(xml)?,
                "delta_neg" => parameters.delta_negative = number(xml)?,
                "window_len" => parameters.window = count(xml)?,
                "failure_threshold" => parameters.threshold = count(xml)?,
                "dependent_rra_idx" => parameters.companion = count(xml)?,
                _ => {
                    let error = xml.unknown_element("rra_params");
                    // RRDtool first looks for the end and reports what it finds instead.
                    xml.expect_end(&name)?;
                    return Err(error);
                }
            }
        }
    }
}

impl OpenElement {
    fn read<R: BufRead>(xml: &mut Xml<R>) -> Result<Self, RestoreError> {
        let mut open = Self::default();
        loop {
            let name = xml.element()?.to_ascii_lowercase();
            match name.as_str() {
                "/ds" => return Ok(open),
                "primary_value" => open.primary = number(xml)?,
                "secondary_value" => open.secondary = number(xml)?,
                "value" => open.value = number(xml)?,
                "unknown_datapoints" => open.unknown_points = count(xml)?,
                "intercept" => open.intercept = number(xml)?,
                "last_intercept" => open.last_intercept = number(xml)?,
                "slope" => open.slope = number(xml)?,
                "last_slope" => open.last_slope = number(xml)?,
                "nan_count" => open.null_count = count(xml)?,
                "last_nan_count" => open.last_null_count = count(xml)?,
                "seasonal" => open.coefficient = number(xml)?,
                "last_seasonal" => open.last_coefficient = number(xml)?,
                "init_flag" => open.initialised = count(xml)?,
                "history" => {
                    let flags = xml.value_as(value::flags)?.into_iter();
                    let flags = flags.chain(std::iter::repeat(0));
                    for (violation, flag) in open.violations.iter_mut().zip(flags) {
                        *violation = flag;
                    }
                }
                _ => return Err(xml.unknown_element("rra_cdp_prep")),
            }
        }
    }
}

fn count<R: BufRead>(xml: &mut Xml<R>) -> Result<u64, RestoreError> {
    xml.value_as(value::count)
}

fn number<R: BufRead>(xml: &mut Xml<R>) -> Result<f64, RestoreError> {
    xml.value_as(value::number)
}
