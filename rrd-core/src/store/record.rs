//! The journal records of a store, to bytes and back. Framing and checksums are in `journal`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

use byteorder::{ByteOrder, LittleEndian};

use crate::disk::Identity;
use crate::number::length_to_u64;
use crate::sample::{Reading, Sample};
use crate::time::Timestamp;

const NAME: u8 = 1;
const SAMPLE: u8 = 2;
const FORGET: u8 = 3;
const END: u8 = 4;

const FLAGS: usize = 1;
const COUNT: usize = 2;
const FILE: usize = 4;
const PREVIOUS: usize = 8;
const SECONDS: usize = 16;
const MICROSECONDS: usize = 24;
const READINGS: usize = 28;

const MORE: u8 = 1;
const SMOOTHED: u8 = 1;
/// A mark precedes the name.
const MARKED: u8 = 1;
/// Bytes of a [`Mark`].
const MARK: usize = 24;
/// Bytes of the record of a name besides the name, rounded up.
const FRAME_AND_MARK: usize = 48;
/// Bytes of an end record.
const END_SIZE: usize = SECONDS;

const UNKNOWN: u8 = 0;
const SHORT: u8 = 1;
const LONG: u8 = 2;
const NUMBER: u8 = 3;
const TEXT: u8 = 4;

/// What follows a sample in its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BatchPosition {
    /// The next sample of the file belongs to the same batch.
    More,
    /// The batch ends; seasons that are due are smoothed.
    End,
    /// The batch ends because the next sample was refused; nothing is smoothed.
    BrokenOff,
}

/// What the journal says of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label<'a> {
    pub(super) file: u32,
    pub(super) identity: Identity,
    /// The second of its last update when it was last read or written.
    pub(super) base: i64,
    pub(super) name: &'a [u8],
    pub(super) others: &'a [Arc<[u8]>],
}

impl<'a> Label<'a> {
    /// All names, the first one last: a reader that knows of one only uses that.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.others.iter().map(|name| &**name).chain([self.name])
    }
}

/// What tells a file from others with its name after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its number on its device: devices may get other numbers.
    pub(super) number: u64,
    /// When it was made; 0 if unknown.
    pub(super) born: i64,
    /// The second of its last update when it was last read or written.
    pub(super) base: i64,
}

impl Mark {
    /// Whether this may be the file with this identity.
    pub(super) fn is_of(self, identity: Identity) -> bool {
        (self.number, self.born) == (identity.number, identity.born)
    }
}

impl Label<'_> {
    /// What tells the file from others.
    pub(super) fn mark(&self) -> Mark {
        Mark { number: self.identity.number, born: self.identity.born, base: self.base }
    }
}

/// One record of a store's journal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum JournalRecord {
    /// From here on `file` is the number of this name.
    Name { file: u32, name: PathBuf, mark: Option<Mark> },
    /// A sample for a file.
    Sample {
        file: u32,
        /// Position of the previous sample that is not in its file yet; 0 for none.
        previous: u64,
        /// What follows in its batch; an end may still be added as a separate record.
        position: BatchPosition,
        sample: Sample,
    },
    /// The batch that contains the last sample of this file ended there after all.
    End {
        file: u32,
        /// Position of that sample.
        previous: u64,
        position: BatchPosition,
    },
    /// The records for this file so far are invalid.
    Forget { file: u32 },
}

/// Writes a sample into `bytes`.
#[inline]
pub(super) fn encode_sample(
    bytes: &mut Vec<u8>,
    file: u32,
    previous: u64,
    position: BatchPosition,
    sample: &Sample,
) {
    let mut head = [0; READINGS];
    head[0] = SAMPLE;
    head[FLAGS] = if position == BatchPosition::End { 0 } else { MORE };
    let count = u16::try_from(sample.readings.len()).expect("refused before: is_expressible");
    LittleEndian::write_u16(&mut head[COUNT..FILE], count);
    LittleEndian::write_u32(&mut head[FILE..PREVIOUS], file);
    LittleEndian::write_u64(&mut head[PREVIOUS..SECONDS], previous);
    LittleEndian::write_i64(&mut head[SECONDS..MICROSECONDS], sample.at.seconds());
    LittleEndian::write_u32(&mut head[MICROSECONDS..READINGS], sample.at.microseconds());
    bytes.clear();
    bytes.extend_from_slice(&head);
    for reading in &sample.readings {
        match reading {
            Reading::Unknown => bytes.push(UNKNOWN),
            Reading::Integer(value) => {
                if let Ok(value) = i64::try_from(*value) {
                    bytes.push(SHORT);
                    bytes.extend_from_slice(&value.to_le_bytes());
                } else {
                    bytes.push(LONG);
                    bytes.extend_from_slice(&value.to_le_bytes());
                }
            }
            Reading::Number(value) => {
                bytes.push(NUMBER);
                bytes.extend_from_slice(&value.to_le_bytes());
            }
            Reading::Text(text) => {
                let text = text.as_bytes();
                let length = u16::try_from(text.len()).expect("refused before: is_expressible");
                bytes.push(TEXT);
                bytes.extend_from_slice(&length.to_le_bytes());
                bytes.extend_from_slice(text);
            }
        }
    }
}

/// Whether a sample fits into a record: at most this many readings, and texts of at most this
/// length.
pub(super) fn is_expressible(sample: &Sample) -> bool {
    let short = |reading: &Reading| match reading {
        Reading::Text(text) => u16::try_from(text.len()).is_ok(),
        _ => true,
    };
    u16::try_from(sample.readings.len()).is_ok() && sample.readings.iter().all(short)
}

pub(super) fn encode_name(bytes: &mut Vec<u8>, file: u32, name: &[u8], mark: Option<Mark>) {
    encode_small(bytes, NAME, file);
    if let Some(mark) = mark {
        if let Some(flags) = bytes.get_mut(FLAGS) {
            *flags = MARKED;
        }
        bytes.extend_from_slice(&mark.number.to_le_bytes());
        bytes.extend_from_slice(&mark.born.to_le_bytes());
        bytes.extend_from_slice(&mark.base.to_le_bytes());
    }
    bytes.extend_from_slice(name);
}

/// The end of a batch whose last sample was written as if more would follow.
pub(super) fn encode_end(bytes: &mut Vec<u8>, file: u32, previous: u64, position: BatchPosition) {
    encode_small(bytes, END, file);
    if let Some(flags) = bytes.get_mut(FLAGS) {
        *flags = if position == BatchPosition::End { SMOOTHED } else { 0 };
    }
    bytes.extend_from_slice(&previous.to_le_bytes());
}

pub(super) fn encode_forget(bytes: &mut Vec<u8>, file: u32) {
    encode_small(bytes, FORGET, file);
}

fn encode_small(bytes: &mut Vec<u8>, kind: u8, file: u32) {
    bytes.clear();
    bytes.extend_from_slice(&[kind, 0, 0, 0]);
    bytes.extend_from_slice(&file.to_le_bytes());
}

/// Whether a record can begin with this byte.
pub(super) fn is_kind(byte: u8) -> bool {
    matches!(byte, NAME | SAMPLE | FORGET | END)
}

/// Parses a record; `None` if it is not valid.
pub(super) fn decode(bytes: &[u8]) -> Option<JournalRecord> {
    let file = bytes.get(FILE..PREVIOUS).map(LittleEndian::read_u32)?;
    match *bytes.first()? {
        NAME => {
            let mut name = bytes.get(PREVIOUS..)?;
            let mut mark = None;
            if bytes.get(FLAGS).is_some_and(|flags| flags & MARKED != 0) {
                let (fields, rest) = name.split_first_chunk::<MARK>()?;
                name = rest;
                mark = Some(Mark {
                    number: LittleEndian::read_u64(fields),
                    born: LittleEndian::read_i64(fields.get(8..)?),
                    base: LittleEndian::read_i64(fields.get(16..)?),
                });
            }
            Some(JournalRecord::Name { file, name: OsStr::from_bytes(name).into(), mark })
        }
        FORGET => Some(JournalRecord::Forget { file }),
        END if bytes.len() == END_SIZE => {
            let previous = bytes.get(PREVIOUS..SECONDS).map(LittleEndian::read_u64)?;
            let smoothed = bytes.get(FLAGS).is_some_and(|flags| flags & SMOOTHED != 0);
            let position = if smoothed { BatchPosition::End } else { BatchPosition::BrokenOff };
            Some(JournalRecord::End { file, previous, position })
        }
        SAMPLE => {
            let at = Timestamp::new(
                bytes.get(SECONDS..MICROSECONDS).map(LittleEndian::read_i64)?,
                bytes.get(MICROSECONDS..READINGS).map(LittleEndian::read_u32)?,
            )?;
            let previous = bytes.get(PREVIOUS..SECONDS).map(LittleEndian::read_u64)?;
            let count = bytes.get(COUNT..FILE).map(LittleEndian::read_u16)?;
            let mut rest = bytes.get(READINGS..)?;
            let readings = (0..count).map(|_| decode_reading(&mut rest)).collect::<Option<_>>()?;
            let more = bytes.get(FLAGS).is_some_and(|flags| flags & MORE != 0);
            let position = if more { BatchPosition::More } else { BatchPosition::End };
            Some(JournalRecord::Sample {
                file,
                previous,
                position,
                sample: Sample { at, readings },
            })
        }
        _ => None,
    }
}

fn decode_reading(rest: &mut &[u8]) -> Option<Reading> {
    let (kind, bytes) = rest.split_first()?;
    let length = match *kind {
        UNKNOWN => 0,
        SHORT | NUMBER => 8,
        LONG => 16,
        TEXT => 2 + usize::from(LittleEndian::read_u16(bytes.get(..2)?)),
        _ => return None,
    };
    let (value, after) = bytes.split_at_checked(length)?;
    *rest = after;
    Some(match *kind {
        SHORT => Reading::Integer(LittleEndian::read_i64(value).into()),
        LONG => Reading::Integer(LittleEndian::read_i128(value)),
        NUMBER => Reading::Number(LittleEndian::read_f64(value)),
        TEXT => Reading::Text(std::str::from_utf8(value.get(2..)?).ok()?.to_owned()),
        _ => Reading::Unknown,
    })
}

/// Limit on the size of the records of a sample, including the names of its file.
pub(super) fn size_limit(label: &Label<'_>, sample: &Sample) -> usize {
    let text = |reading: &Reading| match reading {
        Reading::Text(text) => text.len(),
        _ => 0,
    };
    let names = label.names().map(|name| FRAME_AND_MARK + name.len());
    128 + names.sum::<usize>()
        + sample.readings.iter().map(|reading| 17 + text(reading)).sum::<usize>()
}

/// A position in the journal: the generation of the segment and the offset in it.
pub(super) const fn place(sequence: u32, offset: usize) -> u64 {
    ((sequence as u64) << 32) | length_to_u64(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_comes_back_as_it_was_written() {
        let sample = Sample {
            at: Timestamp::new(-5, 999_999).expect("a moment"),
            readings: vec![
                Reading::Unknown,
                Reading::Integer(-7),
                Reading::Integer(i128::from(u64::MAX)),
                Reading::Number(0.1),
                Reading::Text("12.50".into()),
            ],
        };
        let mut bytes = Vec::new();
        encode_sample(&mut bytes, 9, 77, BatchPosition::More, &sample);
        let whole = decode(&bytes);
        assert_eq!(
            whole,
            Some(JournalRecord::Sample {
                file: 9,
                previous: 77,
                position: BatchPosition::More,
                sample
            })
        );
        for length in 0..bytes.len() {
            assert_eq!(decode(&bytes[..length]), None, "{length}");
        }
    }
}
