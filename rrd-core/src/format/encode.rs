//! A [`Head`] to bytes, always in the native layout. `decode` reads.
//!
//! Only bytes with a meaning are written; when an existing file is overwritten, all others are
//! preserved.

use byteorder::{ByteOrder, LittleEndian};

use super::layout::{
    CDP_SIZE, COOKIE, FLOAT_COOKIE, Geometry, Layout, NAME_SIZE, PDP_SIZE, PDP_SLOTS, SLOT,
    SOURCE_KIND, SOURCE_SLOTS, VALUE, VERSION,
};
use super::{Head, LiveHead};
use crate::archive::{Archive, ArchiveKind, Seasonal};
use crate::cdp::{CdpPrep, CdpState};
use crate::data_source::{DataSource, SourceKind};
use crate::file_version::FileVersion;
use crate::number::{UNKNOWN, length_to_u64};
use crate::pdp::PdpPrep;
use crate::schema::Schema;

/// The geometry of a file with this version and schema in the native layout.
pub(crate) fn native_geometry(version: FileVersion, schema: &Schema) -> Geometry {
    Geometry {
        layout: Layout::NATIVE,
        version,
        sources: schema.sources().len(),
        archives: schema.archives().len(),
    }
}

/// The bytes of a new file before its rows.
pub(crate) fn encode(head: &Head) -> Vec<u8> {
    let mut bytes = vec![0; native_geometry(head.version, &head.schema).rows()];
    encode_over(head, &mut bytes);
    bytes
}

/// Writes a head over the bytes of another one with the same geometry.
pub(crate) fn encode_over(head: &Head, bytes: &mut [u8]) {
    let geometry = native_geometry(head.version, &head.schema);
    let mut target = Encoder { bytes };
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
    let (words, _) = bytes.as_chunks_mut();
    let moment = Layout::NATIVE.live_head_size(geometry.version) / SLOT;
    let Some((moment, words)) = words.split_at_mut_checked(moment) else { return };
    let Some((pdps, words)) = words.split_at_mut_checked(live.pdps.len() * PDP_WORDS) else {
        return;
    };
    let Some((cdps, pointers)) = words.split_at_mut_checked(live.cdps.len() * CDP_WORDS) else {
        return;
    };
    let last_update = live.last_update;
    let parts = [last_update.seconds().cast_unsigned(), last_update.microseconds().into()];
    for (word, part) in moment.iter_mut().zip(parts) {
        *word = part.to_le_bytes();
    }
    for (words, pdp) in pdps.as_chunks_mut().0.iter_mut().zip(&live.pdps) {
        encode_pdp(words, pdp);
    }
    for (words, cdp) in cdps.as_chunks_mut().0.iter_mut().zip(&live.cdps) {
        encode_cdp(words, cdp);
    }
    for (word, row) in pointers.iter_mut().zip(&live.current_rows) {
        *word = row.to_le_bytes();
    }
}

/// Appends values of rows to the bytes of a file.
pub(crate) fn push_values(bytes: &mut Vec<u8>, values: &[f64]) {
    let start = bytes.len();
    bytes.extend_from_slice(bytemuck::cast_slice(values));
    if cfg!(target_endian = "big") {
        let values = bytes.get_mut(start..).unwrap_or_default();
        values.chunks_exact_mut(VALUE).for_each(<[u8]>::reverse);
    }
}

/// Appends computed values of rows to the bytes of a file.
pub(crate) fn push_computed(bytes: &mut Vec<u8>, values: &[f64]) {
    let start = bytes.len();
    bytes.extend_from_slice(bytemuck::cast_slice(values));
    let (words, _) = bytes.get_mut(start..).unwrap_or_default().as_chunks_mut();
    for word in words {
        *word = stored(f64::from_ne_bytes(*word));
    }
}

/// A count or a double of a file.
type Word = [u8; VALUE];

/// A computed value as a file has it. Unknown is always the same there: which sign and digits it
/// has after a computation depends on the processor.
#[inline]
fn stored(value: f64) -> Word {
    let value = if value.is_nan() { UNKNOWN } else { value };
    value.to_le_bytes()
}

const PDP_WORDS: usize = PDP_SIZE / SLOT;
const CDP_WORDS: usize = CDP_SIZE / SLOT;

fn encode_pdp(words: &mut [Word; PDP_WORDS], pdp: &PdpPrep) {
    const TEXT_WORDS: usize = PDP_SLOTS / SLOT;
    let (text, slots) = words.split_at_mut(TEXT_WORDS);
    if let Some(text) = text.as_flattened_mut().first_chunk_mut() {
        *text = pdp.last_reading.to_bytes();
    }
    if let [unknown_seconds, value, ..] = slots {
        *unknown_seconds = pdp.unknown_seconds.to_le_bytes();
        *value = stored(pdp.value);
    }
}

fn encode_cdp(words: &mut [Word; CDP_WORDS], cdp: &CdpPrep) {
    match cdp.state {
        CdpState::Classic { value, unknown_points } => {
            words[0] = stored(value);
            words[1] = unknown_points.to_le_bytes();
        }
        CdpState::Forecast {
            intercept,
            last_intercept,
            slope,
            last_slope,
            null_count,
            last_null_count,
        } => {
            words[2] = stored(intercept);
            words[3] = stored(last_intercept);
            words[4] = stored(slope);
            words[5] = stored(last_slope);
            words[6] = null_count.to_le_bytes();
            words[7] = last_null_count.to_le_bytes();
        }
        CdpState::Seasonal { coefficient, last_coefficient, initialised } => {
            words[2] = stored(coefficient);
            words[3] = stored(last_coefficient);
            words[6] = initialised.to_le_bytes();
        }
        CdpState::DevPredict { unused } => words[0] = unused.to_le_bytes(),
        CdpState::Failures { violations } => {
            if let Some(target) = words.as_flattened_mut().first_chunk_mut() {
                *target = violations;
            }
        }
    }
    words[8] = stored(cdp.primary);
    words[9] = stored(cdp.secondary);
}

/// Writes fields at their offset in the file.
struct Encoder<'a> {
    bytes: &'a mut [u8],
}

impl Encoder<'_> {
    fn source(&mut self, at: usize, source: &DataSource) {
        let slots = at + SOURCE_SLOTS;
        self.name(at, source.name.as_str());
        match &source.kind {
            SourceKind::Measured(measured) => {
                self.name(at + SOURCE_KIND, measured.rate.name());
                self.count(slots, measured.heartbeat.seconds());
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

    /// A name, padded with zeros.
    fn name(&mut self, at: usize, name: &str) {
        let mut field = [0; NAME_SIZE];
        for (byte, character) in field.iter_mut().zip(name.bytes()) {
            *byte = character;
        }
        self.text(at, &field);
    }

    fn text(&mut self, at: usize, text: &[u8]) {
        if let Some(target) = self.bytes.get_mut(at..at + text.len()) {
            target.copy_from_slice(text);
        }
    }

    fn count(&mut self, at: usize, value: u64) {
        if let Some(target) = self.bytes.get_mut(at..at + SLOT) {
            LittleEndian::write_u64(target, value);
        }
    }

    fn double(&mut self, at: usize, value: f64) {
        if let Some(target) = self.bytes.get_mut(at..at + SLOT) {
            LittleEndian::write_f64(target, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_computed_value_that_is_unknown_is_stored_with_the_same_bits() {
        let other = f64::from_bits(0x7ff8_0000_0000_0001);
        let mut bytes = Vec::new();
        push_computed(&mut bytes, &[f64::NAN, -f64::NAN, other, 1.5, -0.0, f64::NEG_INFINITY]);
        let stored = [UNKNOWN, UNKNOWN, UNKNOWN, 1.5, -0.0, f64::NEG_INFINITY];
        assert_eq!(bytes, stored.map(f64::to_le_bytes).concat());
    }
}
