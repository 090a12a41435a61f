//! Which of the widths of a time fits a 32-bit file better. No field tells, and with another width
//! everything after the last update moves by a few bytes, so that texts lose their beginning, and
//! numbers consist of the halves of two others.

use super::layout::{Geometry, LAST_READING_SIZE, PDP_SLOTS, SLOT};
use crate::archive::{Archive, ArchiveKind};
use crate::file_version::FileVersion;
use crate::schema::Schema;

/// RRDtool creates no file that starts before 1980.
const FIRST_TIME: i64 = 315_360_000;
/// Clocks are earlier.
const LAST_TIME: i64 = u32::MAX as i64;
/// Magnitudes that measurements have.
const MAGNITUDES: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// What one slot of a record holds.
#[derive(Clone, Copy)]
enum Slot {
    Number,
    /// A count and its limit.
    Count(u64),
    /// One byte for each step, 1 for a violation.
    Flags,
    Unused,
}

/// The number of fields in the live head that hold what RRDtool would hardly have written.
pub(super) fn doubts(bytes: &[u8], geometry: &Geometry, schema: &Schema) -> usize {
    let live = Live { bytes, geometry };
    let mut doubts = live.time();
    for source in 0..geometry.sources {
        let at = geometry.pdp(source);
        let step = schema.step().seconds();
        let mut slots = [Slot::Unused; 10];
        slots[..2].copy_from_slice(&[Slot::Count(step), Slot::Number]);
        doubts += live.text(at) + live.slots(at + PDP_SLOTS, &slots);
    }
    for (index, archive) in schema.archives().iter().enumerate() {
        let slots = of_archive(archive);
        let at = (0..geometry.sources).map(|source| geometry.cdp(index, source));
        doubts += at.map(|at| live.slots(at, &slots)).sum::<usize>();
    }
    doubts
}

/// The slots of an open row.
fn of_archive(archive: &Archive) -> [Slot; 10] {
    use Slot::{Count, Flags, Number, Unused};
    let any = Count(u32::MAX.into());
    let mut slots = match archive.kind {
        ArchiveKind::Classic { points_per_row, .. } => {
            let mut slots = [Unused; 10];
            slots[..2].copy_from_slice(&[Number, Count(points_per_row)]);
            slots
        }
        ArchiveKind::Forecast { .. } => {
            [Unused, Unused, Number, Number, Number, Number, any, any, Unused, Unused]
        }
        ArchiveKind::Seasonal(_) | ArchiveKind::DevSeasonal(_) => {
            [Unused, Unused, Number, Number, Unused, Unused, any, Unused, Unused, Unused]
        }
        ArchiveKind::DevPredict { .. } => {
            let mut slots = [Unused; 10];
            slots[0] = Number;
            slots
        }
        ArchiveKind::Failures { .. } => {
            let mut slots = [Unused; 10];
            slots[..4].fill(Flags);
            slots
        }
    };
    slots[8..].fill(Number);
    slots
}

struct Live<'a> {
    bytes: &'a [u8],
    geometry: &'a Geometry,
}

impl Live<'_> {
    fn time(&self) -> usize {
        let Geometry { layout, version, .. } = *self.geometry;
        let seconds = layout.signed(self.bytes, self.geometry.live(), layout.time);
        let fields = match version {
            FileVersion::V1 | FileVersion::V2 => layout.time,
            _ => layout.time + layout.word,
        };
        let (begin, end) = (self.geometry.live() + fields, self.geometry.pdp(0));
        usize::from(!seconds.is_some_and(|time| (FIRST_TIME..=LAST_TIME).contains(&time)))
            + usize::from(!self.is_zero(begin, end - begin))
    }

    /// The last reading: a text that is never empty, and nothing after it.
    fn text(&self, at: usize) -> usize {
        let field = self.bytes.get(at..at + LAST_READING_SIZE).unwrap_or_default();
        let length = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        let (text, _) = field.split_at(length);
        usize::from(text.is_empty())
            + usize::from(!text.iter().all(|byte| matches!(byte, b' '..=b'~')))
            + usize::from(!self.is_zero(at + length, PDP_SLOTS - length))
    }

    fn slots(&self, at: usize, slots: &[Slot; 10]) -> usize {
        let offsets = (at..).step_by(SLOT);
        offsets.zip(slots).filter(|(at, slot)| self.is_doubtful(*at, **slot)).count()
    }

    fn is_doubtful(&self, at: usize, slot: Slot) -> bool {
        let layout = self.geometry.layout;
        match slot {
            Slot::Number => !layout.double(self.bytes, at).is_some_and(is_measured),
            Slot::Count(limit) => {
                layout.count(self.bytes, at).is_none_or(|count| count > limit)
                    || !self.is_zero(at + layout.word, SLOT - layout.word)
            }
            Slot::Flags => {
                let flags = self.bytes.get(at..at + SLOT).unwrap_or_default();
                !flags.iter().all(|flag| matches!(flag, 0 | 1))
            }
            Slot::Unused => !self.is_zero(at, SLOT),
        }
    }

    fn is_zero(&self, at: usize, length: usize) -> bool {
        let bytes = self.bytes.get(at..at + length);
        bytes.is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0))
    }
}

/// Whether a number is one that measurements give: zero, usual in size, infinite, or the NaN that
/// processors make.
fn is_measured(value: f64) -> bool {
    if value.is_nan() {
        const QUIET: u64 = 0x7ff8_0000_0000_0000;
        return value.to_bits() & (u64::MAX >> 1) == QUIET;
    }
    value == 0.0 || value.is_infinite() || MAGNITUDES.contains(&value.abs())
}
