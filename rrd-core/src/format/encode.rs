//! A [`Head`] to bytes, always in the native layout. Reading lives in `decode`.
//!
//! Only what has a meaning is written: over the bytes of an existing file, everything else stays as it was.

use byteorder::{ByteOrder, LittleEndian};

use super::layout::{
    COOKIE, FLOAT_COOKIE, Geometry, LAST_READING_SIZE, Layout, NAME_SIZE, PDP_SLOTS, SLOT,
    SOURCE_KIND, SOURCE_SLOTS, VERSION,
};
use super::{FileVersion, Head, LiveHead};
use crate::archive::{Archive, ArchiveKind, Seasonal};
use crate::cdp::{CdpPrep, CdpState};
use crate::data_source::{DataSource, SourceKind};
use crate::number::length_to_u64;
use crate::pdp::PdpPrep;
use crate::schema::Schema;

/// How a file of this version and shape lies in the native layout.
pub(crate) fn native_geometry(version: FileVersion, schema: &Schema) -> Geometry {
    Geometry {
        layout: Layout::NATIVE,
        version,
        sources: schema.sources().len(),
        archives: schema.archives().len(),
    }
}

/// The bytes of a new file up to its rows.
pub(crate) fn encode(head: &Head) -> Vec<u8> {
    let mut bytes = vec![0; native_geometry(head.version, &head.schema).rows()];
    encode_over(head, &mut bytes);
    bytes
}

/// Writes a head over the bytes of another one of the same shape.
pub(crate) fn encode_over(head: &Head, bytes: &mut [u8]) {
    let geometry = native_geometry(head.version, &head.schema);
    let mut target = Encoder { bytes, start: 0 };
    target.text(0, &COOKIE);
    target.text(VERSION, head.version.digits().as_bytes());
    target.double(geometry.layout.float_cookie(), FLOAT_COOKIE);
    target.count(geometry.layout.source_count(), length_to_u64(geometry.sources));
    target.count(geometry.layout.archive_count(), length_to_u64(geometry.archives));
    target.count(geometry.layout.step(), head.schema.step().seconds());
    for (index, source) in head.schema.sources().iter().enumerate() {
        target.source(geometry.source(index), source);
    }
    for (index, archive) in head.schema.archives().iter().enumerate() {
        target.archive(geometry.archive(index), archive);
    }
    if let Some(bytes) = bytes.get_mut(geometry.live()..) {
        encode_live(&geometry, &head.live, bytes);
    }
}

/// Writes the part of a head that updates change over `bytes`, which begin at [`Geometry::live`].
pub(crate) fn encode_live(geometry: &Geometry, live: &LiveHead, bytes: &mut [u8]) {
    let mut target = Encoder { bytes, start: geometry.live() };
    let at = geometry.live();
    target.count(at, live.last_update.seconds().cast_unsigned());
    if geometry.version >= FileVersion::V3 {
        target.count(at + geometry.layout.time, live.last_update.microseconds().into());
    }
    for (index, pdp) in live.pdps.iter().enumerate() {
        target.pdp(geometry.pdp(index), pdp);
    }
    for (index, cdp) in live.cdps.iter().enumerate() {
        target.cdp(geometry.cdp(0, index), cdp);
    }
    for (index, row) in live.current_rows.iter().enumerate() {
        target.count(geometry.pointer(index), *row);
    }
}

/// Writes fields at their offset in the file; `start` is the offset of the first byte.
struct Encoder<'a> {
    bytes: &'a mut [u8],
    start: usize,
}

impl Encoder<'_> {
    fn source(&mut self, at: usize, source: &DataSource) {
        let slots = at + SOURCE_SLOTS;
        self.name(at, source.name.as_str());
        match &source.kind {
            SourceKind::Measured(measured) => {
                self.name(at + SOURCE_KIND, measured.rate.name());
                self.count(slots, measured.heartbeat.0);
                self.double(slots + SLOT, measured.minimum);
                self.double(slots + 2 * SLOT, measured.maximum);
            }
            SourceKind::Computed(expression) => {
                self.text(at + SOURCE_KIND, b"COMPUTE");
                self.text(slots, &expression.pack());
            }
        }
    }

    fn archive(&mut self, at: usize, archive: &Archive) {
        let layout = Layout::NATIVE;
        self.text(at, archive.function().name().as_bytes());
        self.count(at + layout.archive_rows(), archive.rows);
        self.count(at + layout.archive_points(), archive.points_per_row());
        let slots = at + layout.archive_slots();
        let companion = slots + 3 * SLOT;
        match &archive.kind {
            ArchiveKind::Classic { xfiles_factor, .. } => self.double(slots, *xfiles_factor),
            ArchiveKind::Forecast { alpha, beta, seasonal, season_length, .. } => {
                self.double(slots + SLOT, *alpha);
                self.double(slots + 2 * SLOT, *beta);
                self.count(companion, length_to_u64(*seasonal));
                self.double(slots + 4 * SLOT, *season_length);
            }
            ArchiveKind::Seasonal(seasonal) | ArchiveKind::DevSeasonal(seasonal) => {
                let Seasonal { gamma, smoothing_window, forecast, smoothing_index } = *seasonal;
                self.double(slots + SLOT, gamma);
                self.double(slots + 2 * SLOT, smoothing_window);
                self.count(companion, length_to_u64(forecast));
                self.count(slots + 4 * SLOT, smoothing_index);
            }
            ArchiveKind::DevPredict { deviations } => {
                self.count(companion, length_to_u64(*deviations));
            }
            ArchiveKind::Failures {
                delta_positive,
                delta_negative,
                deviations,
                window,
                threshold,
            } => {
                self.double(slots + SLOT, *delta_positive);
                self.double(slots + 2 * SLOT, *delta_negative);
                self.count(companion, length_to_u64(*deviations));
                self.count(slots + 4 * SLOT, *window);
                self.count(slots + 5 * SLOT, *threshold);
            }
        }
    }

    fn pdp(&mut self, at: usize, pdp: &PdpPrep) {
        const { assert!(LAST_READING_SIZE <= PDP_SLOTS) };
        self.text(at, &pdp.last_reading.to_bytes());
        self.count(at + PDP_SLOTS, pdp.unknown_seconds);
        self.double(at + PDP_SLOTS + SLOT, pdp.value);
    }

    fn cdp(&mut self, at: usize, cdp: &CdpPrep) {
        let slot = |number: usize| at + number * SLOT;
        match cdp.state {
            CdpState::Classic { value, unknown_points } => {
                self.double(slot(0), value);
                self.count(slot(1), unknown_points);
            }
            CdpState::Forecast {
                intercept,
                last_intercept,
                slope,
                last_slope,
                null_count,
                last_null_count,
            } => {
                self.double(slot(2), intercept);
                self.double(slot(3), last_intercept);
                self.double(slot(4), slope);
                self.double(slot(5), last_slope);
                self.count(slot(6), null_count);
                self.count(slot(7), last_null_count);
            }
            CdpState::Seasonal { coefficient, last_coefficient, initialised } => {
                self.double(slot(2), coefficient);
                self.double(slot(3), last_coefficient);
                self.count(slot(6), initialised);
            }
            CdpState::DevPredict { unused } => self.double(slot(0), unused),
            CdpState::Failures { violations } => self.text(at, &violations),
        }
        self.double(slot(8), cdp.primary);
        self.double(slot(9), cdp.secondary);
    }

    /// A name, and zeros to the end of its field.
    fn name(&mut self, at: usize, name: &str) {
        let mut field = [0; NAME_SIZE];
        for (byte, character) in field.iter_mut().zip(name.bytes()) {
            *byte = character;
        }
        self.text(at, &field);
    }

    fn text(&mut self, at: usize, text: &[u8]) {
        let start = at - self.start;
        if let Some(target) = self.bytes.get_mut(start..start + text.len()) {
            target.copy_from_slice(text);
        }
    }

    fn count(&mut self, at: usize, value: u64) {
        let start = at - self.start;
        if let Some(target) = self.bytes.get_mut(start..start + SLOT) {
            LittleEndian::write_u64(target, value);
        }
    }

    fn double(&mut self, at: usize, value: f64) {
        let start = at - self.start;
        if let Some(target) = self.bytes.get_mut(start..start + SLOT) {
            LittleEndian::write_f64(target, value);
        }
    }
}
