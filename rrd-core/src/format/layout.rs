//! Positions of all parts of a file: each offset is derived from the one before. What fields mean
//! is in `decode` and `encode`.
//!
//! RRDtool writes its C structures as the compiler laid them out, so word size, alignment, byte
//! order and the width of a time differ between machines. A [`Layout`] holds all four; the sizes
//! listed in FORMAT.md are asserted below.

use std::fmt;

use byteorder::{BigEndian, ByteOrder, LittleEndian};

use crate::file_version::FileVersion;
use crate::number::length_to_u64;

/// The first four bytes of every file.
pub(crate) const COOKIE: [u8; 4] = *b"RRD\0";
/// The number after it, whose bytes identify the layout.
pub(crate) const FLOAT_COOKIE: f64 = 8.642_135e130;
/// Offset of the version: four digits and a zero.
pub(crate) const VERSION: usize = COOKIE.len();
/// Bytes of the version field.
pub(crate) const VERSION_SIZE: usize = 5;
/// Bytes of a name: that of a data source, of its type or of a consolidation function.
pub(crate) const NAME_SIZE: usize = 20;
/// Bytes of the last reading.
pub(crate) const LAST_READING_SIZE: usize = 30;
/// Bytes of one parameter slot.
pub(crate) const SLOT: usize = 8;
/// Bytes of the ten parameter slots that end most records.
pub(crate) const SLOTS: usize = 10 * SLOT;
/// Bytes of one value of a row.
pub(crate) const VALUE: usize = 8;

/// Offset of the type in the record of a data source.
pub(crate) const SOURCE_KIND: usize = NAME_SIZE;
/// Offset of the slots in the record of a data source.
pub(crate) const SOURCE_SLOTS: usize = SOURCE_KIND + NAME_SIZE;
/// Bytes of a data source record.
pub(crate) const SOURCE_SIZE: usize = SOURCE_SLOTS + SLOTS;
/// Offset of the slots in an open primary data point.
pub(crate) const PDP_SLOTS: usize = align_up(LAST_READING_SIZE, SLOT);
/// Bytes of an open primary data point.
pub(crate) const PDP_SIZE: usize = PDP_SLOTS + SLOTS;
/// Bytes of an open consolidated data point.
pub(crate) const CDP_SIZE: usize = SLOTS;

/// How the machine that wrote a file laid out its records.
///
/// ```
/// use rrd_core::Layout;
/// assert_eq!(Layout::NATIVE.to_string(), "64-bit little-endian");
/// assert!(Layout::NATIVE.is_native());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    pub(crate) word: usize,
    pub(crate) alignment: usize,
    pub(crate) order: Order,
    pub(crate) time: usize,
}

/// The byte order of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    /// Lowest byte first.
    Little,
    /// Highest byte first.
    Big,
    /// Little-endian, but with the upper half of a double first: old ARM machines.
    Mixed,
}

impl Layout {
    /// The layout that this library writes and updates in place: 64-bit little-endian.
    pub const NATIVE: Self = Self { word: 8, alignment: 8, order: Order::Little, time: 8 };

    /// Whether files of this layout can be updated in place.
    pub fn is_native(self) -> bool {
        self == Self::NATIVE
    }

    /// The layout as far as the first bytes show it; times are assumed to be one word wide.
    ///
    /// The number cookie shows byte order and alignment. If it is at the offset of a 64-bit file,
    /// the counts show the word size: the upper half of a 64-bit count is zero, while a 32-bit file
    /// has a count of at least 1 there.
    pub(crate) fn recognise(prefix: &[u8]) -> Option<Self> {
        let narrow = Self { word: 4, alignment: 4, order: Order::Little, time: 4 };
        for order in [Order::Little, Order::Big, Order::Mixed] {
            let wide = Self { order, ..Self::NATIVE };
            if wide.double(prefix, wide.float_cookie())? == FLOAT_COOKIE {
                let upper_half = wide.source_count() + if order == Order::Big { 0 } else { 4 };
                let is_wide = wide.narrow(prefix, upper_half)? == 0;
                return Some(if is_wide { wide } else { Self { alignment: 8, order, ..narrow } });
            }
            let narrow = Self { order, ..narrow };
            if narrow.double(prefix, narrow.float_cookie())? == FLOAT_COOKIE {
                return Some(narrow);
            }
        }
        None
    }

    /// The layouts that have the same first records: 32-bit machines differ in the width of a time.
    pub(crate) fn time_widths(self) -> impl Iterator<Item = Self> {
        let wide = (self.word == 4).then_some(Self { time: 8, ..self });
        std::iter::once(self).chain(wide)
    }

    #[inline]
    pub(crate) const fn float_cookie(self) -> usize {
        align_up(VERSION + VERSION_SIZE, self.alignment)
    }

    #[inline]
    pub(crate) const fn source_count(self) -> usize {
        self.float_cookie() + VALUE
    }

    #[inline]
    pub(crate) const fn archive_count(self) -> usize {
        self.source_count() + self.word
    }

    #[inline]
    pub(crate) const fn step(self) -> usize {
        self.archive_count() + self.word
    }

    #[inline]
    pub(crate) const fn stat_head_size(self) -> usize {
        align_up(self.step() + self.word, self.alignment) + SLOTS
    }

    #[inline]
    pub(crate) const fn archive_rows(self) -> usize {
        align_up(NAME_SIZE, self.word)
    }

    #[inline]
    pub(crate) const fn archive_points(self) -> usize {
        self.archive_rows() + self.word
    }

    #[inline]
    pub(crate) const fn archive_slots(self) -> usize {
        align_up(self.archive_points() + self.word, self.alignment)
    }

    #[inline]
    pub(crate) const fn archive_size(self) -> usize {
        self.archive_slots() + SLOTS
    }

    /// Bytes of the time of the last update; it has microseconds since version 3.
    #[inline]
    pub(crate) const fn live_head_size(self, version: FileVersion) -> usize {
        match version {
            FileVersion::V1 | FileVersion::V2 => self.time,
            FileVersion::V3 | FileVersion::V4 | FileVersion::V5 => {
                let alignment = if self.time > self.word { self.alignment } else { self.word };
                align_up(self.time + self.word, alignment)
            }
        }
    }

    /// A count of one word.
    pub(crate) fn count(self, bytes: &[u8], at: usize) -> Option<u64> {
        if self.word == 8 { self.wide(bytes, at) } else { self.narrow(bytes, at).map(u64::from) }
    }

    /// A count that may be negative: the microseconds.
    pub(crate) fn signed(self, bytes: &[u8], at: usize, width: usize) -> Option<i64> {
        if width == 8 {
            self.wide(bytes, at).map(u64::cast_signed)
        } else {
            self.narrow(bytes, at).map(|value| value.cast_signed().into())
        }
    }

    /// A double.
    pub(crate) fn double(self, bytes: &[u8], at: usize) -> Option<f64> {
        let bytes = bytes.get(at..at.checked_add(VALUE)?)?;
        Some(match self.order {
            Order::Little => LittleEndian::read_f64(bytes),
            Order::Big => BigEndian::read_f64(bytes),
            Order::Mixed => f64::from_bits(LittleEndian::read_u64(bytes).rotate_left(32)),
        })
    }

    /// A 16-bit number of a packed expression.
    pub(crate) fn short(self, bytes: [u8; 2]) -> i16 {
        match self.order {
            Order::Little | Order::Mixed => LittleEndian::read_i16(&bytes),
            Order::Big => BigEndian::read_i16(&bytes),
        }
    }

    /// Converts doubles from the byte order of the file in place.
    pub(crate) fn read_doubles(self, values: &mut [f64]) {
        let native = match self.order {
            Order::Little => cfg!(target_endian = "little"),
            Order::Big => cfg!(target_endian = "big"),
            Order::Mixed => false,
        };
        if native {
            return;
        }
        for value in values {
            let bits = value.to_bits();
            *value = f64::from_bits(match self.order {
                Order::Little => u64::from_le(bits),
                Order::Big => u64::from_be(bits),
                Order::Mixed => u64::from_le(bits).rotate_left(32),
            });
        }
    }

    /// A small count in one word.
    pub(crate) fn encode_count(self, count: u32) -> Vec<u8> {
        let wide = self.word == 8;
        match (self.order, wide) {
            (Order::Big, true) => u64::from(count).to_be_bytes().to_vec(),
            (Order::Big, false) => count.to_be_bytes().to_vec(),
            (_, true) => u64::from(count).to_le_bytes().to_vec(),
            (_, false) => count.to_le_bytes().to_vec(),
        }
    }

    /// A double in the byte order of the layout.
    pub(crate) fn encode_double(self, value: f64) -> Vec<u8> {
        match self.order {
            Order::Little => value.to_le_bytes().to_vec(),
            Order::Big => value.to_be_bytes().to_vec(),
            Order::Mixed => value.to_bits().rotate_left(32).to_le_bytes().to_vec(),
        }
    }

    fn wide(self, bytes: &[u8], at: usize) -> Option<u64> {
        let bytes = bytes.get(at..at.checked_add(8)?)?;
        Some(match self.order {
            Order::Little | Order::Mixed => LittleEndian::read_u64(bytes),
            Order::Big => BigEndian::read_u64(bytes),
        })
    }

    fn narrow(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = bytes.get(at..at.checked_add(4)?)?;
        Some(match self.order {
            Order::Little | Order::Mixed => LittleEndian::read_u32(bytes),
            Order::Big => BigEndian::read_u32(bytes),
        })
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-bit ", self.word * 8)?;
        f.write_str(match self.order {
            Order::Little => "little-endian",
            Order::Big => "big-endian",
            Order::Mixed => "little-endian with mixed doubles",
        })?;
        if self.word == 4 {
            write!(f, ", aligned to {} bytes, {}-bit time", self.alignment, self.time * 8)?;
        }
        Ok(())
    }
}

/// Positions of the parts of one file. The head fits into memory; rows are counted in 64 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) layout: Layout,
    pub(crate) version: FileVersion,
    pub(crate) sources: usize,
    pub(crate) archives: usize,
}

impl Geometry {
    #[inline]
    pub(crate) const fn source(&self, source: usize) -> usize {
        self.layout.stat_head_size() + source * SOURCE_SIZE
    }

    #[inline]
    pub(crate) const fn archive(&self, archive: usize) -> usize {
        self.source(self.sources) + archive * self.layout.archive_size()
    }

    /// Offset of the live head, which every update writes; it ends where the rows begin.
    #[inline]
    pub(crate) const fn live(&self) -> usize {
        self.archive(self.archives)
    }

    #[inline]
    pub(crate) const fn pdp(&self, source: usize) -> usize {
        self.live() + self.layout.live_head_size(self.version) + source * PDP_SIZE
    }

    #[inline]
    pub(crate) const fn cdp(&self, archive: usize, source: usize) -> usize {
        self.pdp(self.sources) + (archive * self.sources + source) * CDP_SIZE
    }

    #[inline]
    pub(crate) const fn pointer(&self, archive: usize) -> usize {
        self.cdp(self.archives, 0) + archive * self.layout.word
    }

    /// Offset of the rows, and so the length of the head.
    #[inline]
    pub(crate) const fn rows(&self) -> usize {
        self.pointer(self.archives)
    }

    /// Bytes of a row of any archive.
    #[inline]
    pub(crate) const fn row_size(&self) -> usize {
        self.sources * VALUE
    }

    /// Offset of the end of the rows, by the numbers of rows in the bytes of a head.
    pub(crate) fn rows_end(&self, head: &[u8]) -> Option<u64> {
        let rows =
            |archive| self.layout.count(head, self.archive(archive) + self.layout.archive_rows());
        let row_size = length_to_u64(self.row_size());
        (0..self.archives).try_fold(length_to_u64(self.rows()), |end, archive| {
            end.checked_add(rows(archive)?.checked_mul(row_size)?)
        })
    }
}

/// The next multiple of an alignment, which is a power of two.
const fn align_up(offset: usize, alignment: usize) -> usize {
    (offset + alignment - 1) & !(alignment - 1)
}

const _: () = {
    let native = Layout::NATIVE;
    assert!(native.float_cookie() == 16 && native.step() == 40);
    assert!(native.stat_head_size() == 128 && native.archive_size() == 120);
    assert!(SOURCE_SIZE == 120 && PDP_SIZE == 112 && CDP_SIZE == 80);
    assert!(native.archive_rows() == 24 && native.archive_slots() == 40);
    assert!(native.live_head_size(FileVersion::V2) == 8);
    assert!(native.live_head_size(FileVersion::V3) == 16);

    let i386 = Layout { word: 4, alignment: 4, order: Order::Little, time: 4 };
    assert!(i386.float_cookie() == 12 && i386.step() == 28 && i386.stat_head_size() == 112);
    assert!(i386.archive_rows() == 20 && i386.archive_slots() == 28 && i386.archive_size() == 108);
    assert!(i386.live_head_size(FileVersion::V3) == 8);
    assert!(Layout { time: 8, ..i386 }.live_head_size(FileVersion::V3) == 12);

    let arm = Layout { alignment: 8, ..i386 };
    assert!(arm.float_cookie() == 16 && arm.step() == 32 && arm.stat_head_size() == 120);
    assert!(arm.archive_rows() == 20 && arm.archive_slots() == 32 && arm.archive_size() == 112);
    assert!(arm.live_head_size(FileVersion::V3) == 8);
    assert!(Layout { time: 8, ..arm }.live_head_size(FileVersion::V3) == 16);
};
