//! Bytes to a [`Head`]: every field is read once, and invalid values are refused with their offset.
//! Works for any layout; `encode` writes.

use super::layout::{
    COOKIE, Geometry, LAST_READING_SIZE, Layout, NAME_SIZE, PDP_SLOTS, SLOT, SLOTS, SOURCE_KIND,
    SOURCE_SIZE, SOURCE_SLOTS, VERSION, VERSION_SIZE,
};
use super::{Head, HeadError, LiveHead, plausible};
use crate::archive::{Archive, ArchiveKind, ClassicFunction, Season, Seasonal};
use crate::cdp::{CdpPrep, CdpState};
use crate::consolidation::ConsolidationFunction;
use crate::data_source::{
    DataSource, Heartbeat, LastReading, MeasuredSource, SourceKind, SourceName,
};
use crate::file_version::FileVersion;
use crate::number::{length_to_u64, to_index};
use crate::pdp::PdpPrep;
use crate::rpn::CompactExpression;
use crate::schema::Schema;
use crate::time::{Step, Timestamp};

/// Larger heads are refused: a database of 100 data sources in 1,000 archives has 8 MiB.
pub(crate) const MAX_HEAD: u64 = 64 << 20;
/// Number of bytes that [`geometry`] needs.
pub(crate) const STAT_HEAD: usize = Layout::NATIVE.stat_head_size();
/// Limit on steps and seconds up to which 64-bit sums stay exact.
pub(crate) const MAX_SPAN: u64 = 1 << 60;

/// The sizes of the parts of a file, from its first [`STAT_HEAD`] bytes and its length in bytes:
/// one for each width that a time may have in a file of this length.
pub(crate) fn geometry(prefix: &[u8], length: u64) -> Result<Vec<Geometry>, HeadError> {
    let prefix = prefix.get(..STAT_HEAD).ok_or(HeadError::Truncated {
        part: "stat_head",
        needed: length_to_u64(STAT_HEAD),
        length,
    })?;
    if !prefix.starts_with(&COOKIE) {
        return Err(HeadError::NotRrd);
    }
    let layout = Layout::recognise(prefix).ok_or_else(HeadError::unknown_layout)?;
    let version = version(prefix)?;
    let sources = count(prefix, layout, layout.source_count(), "ds_cnt")?;
    let archives = count(prefix, layout, layout.archive_count(), "rra_cnt")?;
    let candidates = layout
        .time_widths()
        .map(|layout| sized(layout, version, sources, archives, length))
        .collect::<Vec<_>>();
    if candidates.iter().any(Result::is_ok) {
        Ok(candidates.into_iter().filter_map(Result::ok).collect())
    } else {
        candidates.into_iter().collect()
    }
}

/// The head of a file of `length` bytes, from its first bytes up to the rows, and its geometry.
pub(crate) fn decode(bytes: &[u8], length: u64) -> Result<(Geometry, Head), HeadError> {
    decode_and_compare(bytes, length).map(|(geometry, head, _)| (geometry, head))
}

/// Like [`decode`], and another layout that fits the file just as well, if there is one.
///
/// Where the layout leaves the width of a time open, the one is used whose live head is more
/// plausible; if both are, the one that matches the length of the file, then the narrow one, which
/// is more common.
pub(crate) fn decode_and_compare(
    bytes: &[u8],
    length: u64,
) -> Result<(Geometry, Head, Option<Layout>), HeadError> {
    let (mut readings, mut faults) = (Vec::new(), Vec::new());
    let candidates = geometry(bytes, length)?;
    let several = candidates.len() > 1;
    for geometry in candidates {
        let decoder = Decoder { bytes, geometry: &geometry };
        let schema = decoder.schema(length)?;
        let exact = geometry.length(schema.archives()) == Some(length);
        let doubts = if several { plausible::doubts(bytes, &geometry, &schema) } else { 0 };
        let fit = Fit { doubts, exact };
        match decoder.head(schema, length) {
            Ok(head) => readings.push((fit, geometry, head)),
            Err(fault) => faults.push((fit, fault)),
        }
    }
    readings.sort_by_key(|(fit, ..)| (fit.doubts, !fit.exact));
    let mut readings = readings.into_iter();
    let Some((best, geometry, head)) = readings.next() else {
        return Err(fault_of_best(faults).unwrap_or_else(HeadError::unknown_layout));
    };
    // A field that cannot be is a better explanation than a file of another layout that has more
    // implausible fields and another length.
    let better = |(fit, _): &(Fit, HeadError)| fit.exact && fit.doubts < best.doubts;
    if !best.exact && faults.iter().any(better) {
        return Err(fault_of_best(faults).unwrap_or_else(HeadError::unknown_layout));
    }
    let equal = readings.find(|(fit, ..)| fit.doubts == best.doubts);
    Ok((geometry, head, equal.map(|(_, other, _)| other.layout)))
}

/// How well a layout fits a file.
#[derive(Clone, Copy)]
struct Fit {
    /// The number of implausible fields.
    doubts: usize,
    /// Whether the file ends after its last row.
    exact: bool,
}

/// The fault of the layout that fits best.
fn fault_of_best(faults: Vec<(Fit, HeadError)>) -> Option<HeadError> {
    let best = faults.into_iter().min_by_key(|(fit, _)| (!fit.exact, fit.doubts));
    best.map(|(_, fault)| fault)
}

/// Decodes the part of a head that updates change, for a known schema.
pub(crate) fn decode_live(
    geometry: &Geometry,
    schema: &Schema,
    bytes: &[u8],
) -> Result<LiveHead, HeadError> {
    Decoder { bytes, geometry }.live(schema)
}

impl Geometry {
    /// The length of the complete file, if it is below 2^63.
    pub(crate) fn length(&self, archives: &[Archive]) -> Option<u64> {
        let row = length_to_u64(self.row_size());
        let rows = archives.iter().try_fold(0_u64, |sum, archive| sum.checked_add(archive.rows))?;
        let length = rows.checked_mul(row)?.checked_add(length_to_u64(self.rows()))?;
        (length <= i64::MAX.unsigned_abs()).then_some(length)
    }
}

fn version(prefix: &[u8]) -> Result<FileVersion, HeadError> {
    // Without its terminating zero the field runs into the following bytes, as RRDtool shows it.
    let field = prefix.get(VERSION..).unwrap_or_default();
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    FileVersion::from_digits(text)
        .ok_or_else(|| HeadError::Version { text: printable(text), offset: length_to_u64(VERSION) })
}

fn count(
    prefix: &[u8],
    layout: Layout,
    offset: usize,
    field: &'static str,
) -> Result<u64, HeadError> {
    match layout.count(prefix, offset) {
        Some(0) | None => Err(HeadError::field(field, 0, offset, "at least 1")),
        Some(count) => Ok(count),
    }
}

/// The geometry, if each part of the head is within the file.
fn sized(
    layout: Layout,
    version: FileVersion,
    sources: u64,
    archives: u64,
    length: u64,
) -> Result<Geometry, HeadError> {
    let size = |bytes: usize| u128::from(length_to_u64(bytes));
    let (wide_sources, wide_archives) = (u128::from(sources), u128::from(archives));
    let live_head = match version {
        FileVersion::V1 | FileVersion::V2 => "legacy_last_up",
        _ => "live_head",
    };
    let parts = [
        ("stat_head", size(layout.stat_head_size())),
        ("ds_def", size(SOURCE_SIZE) * wide_sources),
        ("rra_def", size(layout.archive_size()) * wide_archives),
        (live_head, size(layout.live_head_size(version))),
        ("pdp_prep", size(super::layout::PDP_SIZE) * wide_sources),
        ("cdp_prep", size(super::layout::CDP_SIZE).saturating_mul(wide_sources * wide_archives)),
        ("rra_ptr", size(layout.word) * wide_archives),
    ];
    let mut end = 0_u128;
    for (part, bytes) in parts {
        end = end.saturating_add(bytes);
        if end > u128::from(length) {
            let needed = u64::try_from(end).unwrap_or(u64::MAX);
            return Err(HeadError::Truncated { part, needed, length });
        }
    }
    if end > u128::from(MAX_HEAD) {
        let bytes = u64::try_from(end).unwrap_or(u64::MAX);
        return Err(HeadError::TooLarge { bytes, limit: MAX_HEAD });
    }
    match (to_index(sources), to_index(archives)) {
        (Some(sources), Some(archives)) => Ok(Geometry { layout, version, sources, archives }),
        _ => Err(HeadError::TooLarge { bytes: u64::MAX, limit: MAX_HEAD }),
    }
}

struct Decoder<'a> {
    bytes: &'a [u8],
    geometry: &'a Geometry,
}

impl Decoder<'_> {
    /// What does not depend on the width of a time.
    fn schema(&self, length: u64) -> Result<Schema, HeadError> {
        let geometry = self.geometry;
        let layout = geometry.layout;
        let needed = length_to_u64(geometry.rows());
        if length_to_u64(self.bytes.len()) < needed {
            return Err(HeadError::Truncated { part: "rra_ptr", needed, length });
        }
        let seconds = self.count(layout.step());
        let step =
            Step::from_seconds(seconds).filter(|step| step.seconds() <= MAX_SPAN).ok_or_else(
                || HeadError::field("pdp_step", seconds, layout.step(), "1 to 2^60 seconds"),
            )?;
        let sources = collected(geometry.sources, |index| self.source(index))?;
        let archives = collected(geometry.archives, |index| self.archive(index, step))?;
        if geometry.length(&archives).is_none() {
            let offset = geometry.archive(0) + layout.archive_rows();
            let (field, value) = ("the sum of all rra[].rows", "2^63 bytes or more");
            return Err(HeadError::field(field, value, offset, "less"));
        }
        Schema::from_parts(step, sources, archives).map_err(|error| {
            HeadError::field("the shape", error, layout.source_count(), "one that fits a file")
        })
    }

    fn head(&self, schema: Schema, length: u64) -> Result<Head, HeadError> {
        let needed = self.geometry.length(schema.archives()).unwrap_or(u64::MAX);
        if length < needed {
            return Err(HeadError::TooShort { needed, length });
        }
        let live = self.live(&schema)?;
        Ok(Head { version: self.geometry.version, schema, live })
    }

    fn live(&self, schema: &Schema) -> Result<LiveHead, HeadError> {
        let pdps = collected(self.geometry.sources, |source| self.pdp(source))?;
        let mut cdps = Vec::with_capacity(self.geometry.sources * self.geometry.archives);
        let mut current_rows = Vec::with_capacity(self.geometry.archives);
        for (index, archive) in schema.archives().iter().enumerate() {
            cdps.extend((0..self.geometry.sources).map(|source| self.cdp(archive, index, source)));
            let offset = self.geometry.pointer(index);
            let row = self.count(offset);
            if row >= archive.rows {
                let expected = "below the number of rows";
                return Err(HeadError::field(
                    format!("rra[{index}].cur_row"),
                    row,
                    offset,
                    expected,
                ));
            }
            current_rows.push(row);
        }
        Ok(LiveHead { last_update: self.last_update()?, pdps, cdps, current_rows })
    }

    fn last_update(&self) -> Result<Timestamp, HeadError> {
        let (geometry, layout) = (self.geometry, self.geometry.layout);
        let offset = geometry.live();
        let seconds = layout.signed(self.bytes, offset, layout.time).unwrap_or_default();
        if seconds.unsigned_abs() > MAX_SPAN {
            return Err(HeadError::field(
                "last_up",
                seconds,
                offset,
                "within 2^60 seconds of 1970",
            ));
        }
        if geometry.version < FileVersion::V3 {
            return Ok(Timestamp::from_seconds(seconds));
        }
        let offset = offset + layout.time;
        let microseconds = layout.signed(self.bytes, offset, layout.word).unwrap_or_default();
        u32::try_from(microseconds)
            .ok()
            .and_then(|microseconds| Timestamp::new(seconds, microseconds))
            .ok_or_else(|| HeadError::field("last_up_usec", microseconds, offset, "0 to 999999"))
    }

    fn source(&self, index: usize) -> Result<DataSource, HeadError> {
        let at = self.geometry.source(index);
        let name = self.name(at, || format!("ds[{index}].name"))?;
        let name = SourceName::from_file(name).ok_or_else(|| {
            let expected = "1 to 19 printable characters";
            HeadError::field(format!("ds[{index}].name"), format!("'{name}'"), at, expected)
        })?;
        let kind = self.name(at + SOURCE_KIND, || format!("ds[{index}].type"))?;
        let slots = at + SOURCE_SLOTS;
        if kind == "COMPUTE" {
            return Ok(DataSource { name, kind: self.expression(index, slots)? });
        }
        let rate = kind.parse().map_err(|_| HeadError::UnknownSourceKind {
            source: index,
            name: kind.to_owned(),
            offset: length_to_u64(at + SOURCE_KIND),
        })?;
        let source = MeasuredSource {
            rate,
            heartbeat: Heartbeat::from_seconds(self.count(slots)),
            minimum: self.slot(slots, 1),
            maximum: self.slot(slots, 2),
        };
        Ok(DataSource { name, kind: SourceKind::Measured(source) })
    }

    /// A packed expression, with its 16-bit numbers in native order.
    fn expression(&self, source: usize, slots: usize) -> Result<SourceKind, HeadError> {
        let mut nodes = [0; SLOTS];
        if let Some(bytes) = self.bytes.get(slots..slots + SLOTS) {
            nodes.copy_from_slice(bytes);
        }
        for node in nodes.chunks_exact_mut(4) {
            if let [_, _, value @ ..] = node
                && let [low, high] = *value
            {
                value.copy_from_slice(&self.geometry.layout.short([low, high]).to_le_bytes());
            }
        }
        CompactExpression::unpack(&nodes, source).map(SourceKind::Computed).map_err(|error| {
            let expected = "an expression over the data sources before it";
            HeadError::field(format!("ds[{source}].cdef"), error, slots, expected)
        })
    }

    fn archive(&self, index: usize, step: Step) -> Result<Archive, HeadError> {
        let layout = self.geometry.layout;
        let at = self.geometry.archive(index);
        let field = |name: &str| format!("rra[{index}].{name}");
        let name = self.name(at, || field("cf"))?;
        let function: ConsolidationFunction =
            name.parse().map_err(|_| HeadError::UnknownFunction {
                archive: index,
                name: name.to_owned(),
                offset: length_to_u64(at),
            })?;
        let rows = self.count(at + layout.archive_rows());
        if rows == 0 {
            let offset = at + layout.archive_rows();
            return Err(HeadError::field(field("rows"), rows, offset, "at least 1"));
        }
        let points_at = at + layout.archive_points();
        let points_per_row = self.count(points_at);
        let span = step.seconds().checked_mul(points_per_row).filter(|span| *span <= MAX_SPAN);
        if points_per_row == 0 || span.is_none() {
            let expected = "at least 1 and below 2^60 seconds";
            return Err(HeadError::field(
                field("pdp_per_row"),
                points_per_row,
                points_at,
                expected,
            ));
        }
        if !function.is_classic() && points_per_row != 1 {
            let expected = "1 for this consolidation function";
            return Err(HeadError::field(
                field("pdp_per_row"),
                points_per_row,
                points_at,
                expected,
            ));
        }
        let slots = at + layout.archive_slots();
        let classic = |function| ArchiveKind::Classic {
            function,
            points_per_row,
            xfiles_factor: self.slot(slots, 0),
        };
        let kind = match function {
            ConsolidationFunction::Average => classic(ClassicFunction::Average),
            ConsolidationFunction::Min => classic(ClassicFunction::Min),
            ConsolidationFunction::Max => classic(ClassicFunction::Max),
            ConsolidationFunction::Last => classic(ClassicFunction::Last),
            ConsolidationFunction::HwPredict => self.forecast(index, slots, Season::Additive)?,
            ConsolidationFunction::MhwPredict => {
                self.forecast(index, slots, Season::Multiplicative)?
            }
            ConsolidationFunction::Seasonal => ArchiveKind::Seasonal(self.seasonal(index, slots)?),
            ConsolidationFunction::DevSeasonal => {
                ArchiveKind::DevSeasonal(self.seasonal(index, slots)?)
            }
            ConsolidationFunction::DevPredict => {
                ArchiveKind::DevPredict { deviations: self.companion(index, slots)? }
            }
            ConsolidationFunction::Failures => ArchiveKind::Failures {
                delta_positive: self.slot(slots, 1),
                delta_negative: self.slot(slots, 2),
                deviations: self.companion(index, slots)?,
                window: self.between(slots + 4 * SLOT, || field("window_length"))?,
                threshold: self.between(slots + 5 * SLOT, || field("failure_threshold"))?,
            },
        };
        Ok(Archive { rows, kind })
    }

    fn forecast(
        &self,
        index: usize,
        slots: usize,
        season: Season,
    ) -> Result<ArchiveKind, HeadError> {
        Ok(ArchiveKind::Forecast {
            season,
            alpha: self.slot(slots, 1),
            beta: self.slot(slots, 2),
            seasonal: self.companion(index, slots)?,
            season_length: self.slot(slots, 4),
        })
    }

    fn seasonal(&self, index: usize, slots: usize) -> Result<Seasonal, HeadError> {
        let smoothing_window = self.slot(slots, 2);
        if self.geometry.version >= FileVersion::V4 && !(0.0..=1.0).contains(&smoothing_window) {
            let field = format!("rra[{index}].smoothing_window");
            return Err(HeadError::field(field, smoothing_window, slots + 2 * SLOT, "0 to 1"));
        }
        Ok(Seasonal {
            gamma: self.slot(slots, 1),
            smoothing_window,
            forecast: self.companion(index, slots)?,
            smoothing_index: self.count(slots + 4 * SLOT),
        })
    }

    /// The archive in slot 3. Its kind is not checked, because RRDtool creates files with others.
    fn companion(&self, index: usize, slots: usize) -> Result<usize, HeadError> {
        let offset = slots + 3 * SLOT;
        let companion = self.count(offset);
        to_index(companion).filter(|companion| *companion < self.geometry.archives).ok_or_else(
            || {
                let field = format!("rra[{index}].dependent_rra_idx");
                HeadError::field(field, companion, offset, "below the number of archives")
            },
        )
    }

    fn between(&self, offset: usize, field: impl FnOnce() -> String) -> Result<u64, HeadError> {
        let value = self.count(offset);
        if (1..=28).contains(&value) {
            Ok(value)
        } else {
            Err(HeadError::field(field(), value, offset, "1 to 28"))
        }
    }

    fn pdp(&self, source: usize) -> Result<PdpPrep, HeadError> {
        let at = self.geometry.pdp(source);
        let bytes = self.bytes.get(at..at + LAST_READING_SIZE).unwrap_or_default();
        let mut text = [0; LAST_READING_SIZE];
        let Some(end) = bytes.iter().position(|byte| *byte == 0) else {
            let value = format!("'{}'", printable(bytes));
            let field = format!("ds[{source}].last_ds");
            return Err(HeadError::field(field, value, at, "text that ends in its field"));
        };
        // Bytes after the zero have no meaning and are not kept.
        for (target, byte) in text.iter_mut().zip(bytes.iter().take(end)) {
            *target = *byte;
        }
        Ok(PdpPrep {
            last_reading: LastReading::from_bytes(text),
            unknown_seconds: self.count(at + PDP_SLOTS),
            value: self.slot(at + PDP_SLOTS, 1),
        })
    }

    fn cdp(&self, archive: &Archive, index: usize, source: usize) -> CdpPrep {
        let at = self.geometry.cdp(index, source);
        let slot = |number| self.slot(at, number);
        let counted = |number| self.count(at + number * SLOT);
        let state = match archive.kind {
            ArchiveKind::Classic { .. } => {
                CdpState::Classic { value: slot(0), unknown_points: counted(1) }
            }
            ArchiveKind::Forecast { .. } => CdpState::Forecast {
                intercept: slot(2),
                last_intercept: slot(3),
                slope: slot(4),
                last_slope: slot(5),
                null_count: counted(6),
                last_null_count: counted(7),
            },
            ArchiveKind::Seasonal(_) | ArchiveKind::DevSeasonal(_) => CdpState::Seasonal {
                coefficient: slot(2),
                last_coefficient: slot(3),
                initialised: counted(6),
            },
            ArchiveKind::DevPredict { .. } => CdpState::DevPredict { unused: slot(0) },
            ArchiveKind::Failures { .. } => {
                let mut violations = [0; 28];
                if let Some(bytes) = self.bytes.get(at..at + violations.len()) {
                    violations.copy_from_slice(bytes);
                }
                CdpState::Failures { violations }
            }
        };
        CdpPrep { state, primary: slot(8), secondary: slot(9) }
    }

    /// The text of a name field.
    fn name(&self, offset: usize, field: impl FnOnce() -> String) -> Result<&str, HeadError> {
        let bytes = self.bytes.get(offset..offset + NAME_SIZE).unwrap_or_default();
        let end = bytes.iter().position(|byte| *byte == 0);
        let name = end.and_then(|end| bytes.get(..end)).map(std::str::from_utf8);
        name.and_then(Result::ok).ok_or_else(|| {
            let value = format!("'{}'", printable(bytes));
            HeadError::field(field(), value, offset, "UTF-8 text that ends in its field")
        })
    }

    fn slot(&self, slots: usize, number: usize) -> f64 {
        // The head was measured before: the slot exists.
        self.geometry.layout.double(self.bytes, slots + number * SLOT).unwrap_or(f64::NAN)
    }

    fn count(&self, offset: usize) -> u64 {
        self.geometry.layout.count(self.bytes, offset).unwrap_or_default()
    }
}

/// The parts of a head that has room for so many. (Collecting results would not allocate at once.)
fn collected<T>(
    count: usize,
    mut part: impl FnMut(usize) -> Result<T, HeadError>,
) -> Result<Vec<T>, HeadError> {
    let mut parts = Vec::with_capacity(count);
    for index in 0..count {
        parts.push(part(index)?);
    }
    Ok(parts)
}

/// Bytes as text for a message.
fn printable(bytes: &[u8]) -> String {
    bytes.iter().take(40).flat_map(|byte| byte.escape_ascii()).map(char::from).collect()
}

const _: () = assert!(VERSION + VERSION_SIZE <= Layout::NATIVE.float_cookie());
