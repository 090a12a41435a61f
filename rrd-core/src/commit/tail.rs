//! The chunks of this library that follow the rows of a file: where they are, whether they are
//! whole. FORMAT.md specifies them. Nothing that is read here is trusted.

use std::io::{self, ErrorKind};

use byteorder::{ByteOrder, LittleEndian};

use super::image::Image;
use crate::disk::DiskFile;
use crate::number::{length_to_u64, to_index};

const MAGIC: [u8; 8] = *b"RRDCHUNK";
/// Replaces the magic of a redo chunk whose change is complete, in one write.
pub(super) const VOID: [u8; 8] = *b"RRDVOID\0";
const LENGTH: usize = MAGIC.len();
const KIND: usize = LENGTH + 8;
const CHECKSUM: usize = KIND + 4;
const HEADER: usize = CHECKSUM + 4;
const ALIGNMENT: usize = 8;
/// The kind of the chunk with the record of a change.
const REDO: u32 = 1;
/// More chunks are not followed.
const MAX_CHUNKS: usize = 64;
/// A power loss may leave this many zero bytes of a chunk.
const BLOCK: usize = 4096;
/// Chunks that are skipped are read in pieces of this size.
const PIECE: usize = 16 << 10;

/// What follows the rows of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail {
    /// Where the chunks that are kept end: a redo chunk lies there or may be written there.
    pub(super) at: u64,
    /// Length of the file.
    pub(super) length: u64,
    /// Whether bytes of another program lie there.
    is_foreign: bool,
    /// Whether a whole redo chunk lies there.
    has_redo: bool,
    /// Number of zero bytes that lie there up to the end of the file.
    zeros: u64,
}

impl Tail {
    /// Nothing behind the rows.
    pub(crate) fn none(rows_end: u64) -> Self {
        Self { at: rows_end, length: rows_end, is_foreign: false, has_redo: false, zeros: 0 }
    }

    /// Reads what follows the rows of a file of `length` bytes; also returns the record of a whole
    /// redo chunk that can be one of this file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEof`] if the file has become shorter meanwhile.
    pub(crate) fn read(
        file: &dyn DiskFile,
        rows_end: u64,
        length: u64,
    ) -> io::Result<(Self, Option<Image>)> {
        let mut tail = Self { length: length.max(rows_end), ..Self::none(rows_end) };
        for _ in 0..MAX_CHUNKS {
            match Found::at(file, tail.at, length, rows_end)? {
                Found::Nothing => return Ok((tail, None)),
                Found::Zeros => return Ok((Self { zeros: length - tail.at, ..tail }, None)),
                Found::Redo(image) => return Ok((Self { has_redo: true, ..tail }, Some(image))),
                Found::Other { end } => tail.at = end,
                Found::Foreign => break,
            }
        }
        Ok((Self { is_foreign: true, ..tail }, None))
    }

    /// Whether bytes of another program lie where a redo chunk belongs.
    pub(super) fn is_foreign(self) -> bool {
        self.is_foreign
    }

    /// Number of bytes of another program.
    pub(crate) fn foreign_bytes(self) -> u64 {
        if self.is_foreign { self.length - self.at } else { 0 }
    }

    /// Length of the file without a redo chunk.
    pub(crate) fn kept_length(self) -> u64 {
        self.at + self.foreign_bytes()
    }

    /// Whether a whole redo chunk lies behind the rows, which its writer would have removed.
    pub(crate) fn has_redo(self) -> bool {
        self.has_redo
    }

    /// Length of the file.
    pub(crate) fn file_length(self) -> u64 {
        self.length
    }

    /// Removes the redo chunk. Zero bytes that were there before it are there again.
    pub(crate) fn cut(&mut self, file: &dyn DiskFile) -> io::Result<()> {
        file.set_length(self.at)?;
        self.length = self.at;
        self.has_redo = false;
        if self.zeros > 0 {
            file.set_length(self.at + self.zeros)?;
            self.length += self.zeros;
        }
        Ok(())
    }
}

/// What lies at one place behind the rows.
enum Found {
    /// The end of the file, or an incomplete or void chunk, which may be overwritten.
    Nothing,
    /// Zero bytes up to the end of the file, within one block.
    Zeros,
    Redo(Image),
    /// A chunk of a kind that this version does not know.
    Other {
        end: u64,
    },
    Foreign,
}

impl Found {
    fn at(file: &dyn DiskFile, at: u64, length: u64, rows_end: u64) -> io::Result<Self> {
        let left = length.saturating_sub(at);
        let mut header = [0; HEADER];
        let header = &mut header[..HEADER.min(to_index(left).unwrap_or(HEADER))];
        file.read_exact_at(at, header)?;
        let magic = &header[..header.len().min(MAGIC.len())];
        if magic.is_empty() || VOID.starts_with(magic) {
            return Ok(Self::Nothing);
        }
        if magic.iter().all(|byte| *byte == 0) {
            return Self::cleared(file, at, length);
        }
        if !MAGIC.starts_with(magic) {
            return Ok(Self::Foreign);
        }
        let Ok(header) = <&[u8; HEADER]>::try_from(&*header) else { return Ok(Self::Nothing) };
        let size = LittleEndian::read_u64(&header[LENGTH..KIND]);
        let kind = LittleEndian::read_u32(&header[KIND..CHECKSUM]);
        let wanted = LittleEndian::read_u32(&header[CHECKSUM..]);
        let payload = at + length_to_u64(HEADER);
        let end = size.checked_next_multiple_of(length_to_u64(ALIGNMENT));
        let end = end.and_then(|size| payload.checked_add(size)).filter(|end| *end <= length);
        let Some(end) = end else { return Ok(Self::Nothing) };
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&header[LENGTH..CHECKSUM]);
        if kind == REDO {
            let Some(size) = to_index(size) else { return Ok(Self::Nothing) };
            let mut bytes = vec![0; size];
            file.read_exact_at(payload, &mut bytes)?;
            checksum.update(&bytes);
            let whole = checksum.finalize() == wanted;
            let image = whole.then(|| Image::decode(&bytes, rows_end)).flatten();
            return Ok(image.map_or(Self::Nothing, Self::Redo));
        }
        let mut piece = [0; PIECE];
        let mut from = payload;
        while from < payload + size {
            let count = to_index(payload + size - from).unwrap_or(PIECE).min(PIECE);
            file.read_exact_at(from, &mut piece[..count])?;
            checksum.update(&piece[..count]);
            from += length_to_u64(count);
        }
        let whole = checksum.finalize() == wanted;
        Ok(if whole { Self::Other { end } } else { Self::Nothing })
    }
}

impl Found {
    /// Zero bytes are what a power loss may leave of a chunk: the length of the file reaches the
    /// disk, and the bytes do not.
    fn cleared(file: &dyn DiskFile, at: u64, length: u64) -> io::Result<Self> {
        let block_size = length_to_u64(BLOCK);
        let block_end = (at / block_size + 1).saturating_mul(block_size);
        let mut block = [0; BLOCK];
        let block = &mut block[..to_index(block_end.min(length) - at).unwrap_or_default()];
        file.read_exact_at(at, block)?;
        let is_clear = length <= block_end && block.iter().all(|byte| *byte == 0);
        Ok(if is_clear { Self::Zeros } else { Self::Foreign })
    }
}

/// Makes `bytes` a redo chunk with the payload that `fill` appends.
pub(super) fn encode(bytes: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    bytes.clear();
    bytes.extend_from_slice(&MAGIC);
    bytes.resize(HEADER, 0);
    fill(bytes);
    let size = length_to_u64(bytes.len() - HEADER);
    LittleEndian::write_u64(&mut bytes[LENGTH..KIND], size);
    LittleEndian::write_u32(&mut bytes[KIND..CHECKSUM], REDO);
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&bytes[LENGTH..CHECKSUM]);
    checksum.update(&bytes[HEADER..]);
    LittleEndian::write_u32(&mut bytes[CHECKSUM..HEADER], checksum.finalize());
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
}

/// Whether the error says that the file has become shorter since its length was read.
pub(crate) fn has_vanished(error: &io::Error) -> bool {
    error.kind() == ErrorKind::UnexpectedEof
}
