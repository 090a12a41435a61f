//! The file of images: changes that were written ahead, and how they are completed.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use byteorder::{ByteOrder, LittleEndian};

use super::StoreError;
use super::own_files::OwnFiles;
use crate::database::{OpenError, UpdateError, complete as complete_change};
use crate::disk::{Disk, FileLock, Identity, Locking, OpenMode, Reach};
use crate::number::{length_to_u64, to_index};

const MAGIC: [u8; 8] = *b"RRDIMAG3";
/// Groups of earlier versions, whose images do not say which file they are of.
const MAGIC_BEFORE: [u8; 8] = *b"RRDIMAG2";
const LENGTH: usize = MAGIC.len();
const CHECKSUM: usize = LENGTH + 8;
/// Where the images begin.
pub(super) const IMAGES: usize = CHECKSUM + 8;
const NAME_LENGTH: usize = 8;
/// Where in the head of an image the number of the file and its birth are.
const FILE: usize = NAME_LENGTH + 8;
const IMAGE_HEAD: usize = FILE + 16;

/// Begins a group of images.
pub(super) fn begin(group: &mut Vec<u8>) {
    group.clear();
    group.extend_from_slice(&MAGIC);
    group.resize(IMAGES, 0);
}

/// Adds the image of a change of a file, under one of its names.
pub(super) fn push(group: &mut Vec<u8>, name: &[u8], file: Identity, image: &[u8]) {
    group.extend_from_slice(&length_to_u64(name.len()).to_le_bytes());
    group.extend_from_slice(&length_to_u64(image.len()).to_le_bytes());
    group.extend_from_slice(&file.number.to_le_bytes());
    group.extend_from_slice(&file.born.to_le_bytes());
    group.extend_from_slice(name);
    group.extend_from_slice(image);
}

/// Completes a group with its length and checksum.
pub(super) fn finish(group: &mut [u8]) {
    let length = length_to_u64(group.len());
    let checksum = crc32fast::hash(&group[IMAGES..]);
    LittleEndian::write_u64(&mut group[LENGTH..CHECKSUM], length);
    LittleEndian::write_u32(&mut group[CHECKSUM..CHECKSUM + 4], checksum);
}

/// Completes the changes that an earlier run had begun to write; returns how many, and the names of
/// files that failed. `disk` has the databases. Within the folder of the store, which may be a
/// copy, names decide which file is meant; elsewhere it must be the same file.
pub(super) fn recover_images(
    own: &OwnFiles,
    disk: &dyn Disk,
    locking: Locking,
    reach: &Reach,
) -> io::Result<(u64, Vec<(PathBuf, StoreError)>)> {
    let file = match own.disk.open(&own.images, OpenMode::ReadOwn) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((0, Vec::new())),
        other => other?,
    };
    let mut bytes = vec![0; IMAGES];
    let read = file.read_at(0, &mut bytes)?;
    let has_files = bytes.starts_with(&MAGIC);
    if read < IMAGES || !has_files && !bytes.starts_with(&MAGIC_BEFORE) {
        return Ok((0, Vec::new()));
    }
    let length = bytes.get(LENGTH..CHECKSUM).map(LittleEndian::read_u64);
    let checksum = bytes.get(CHECKSUM..CHECKSUM + 4).map(LittleEndian::read_u32);
    let available = file.status()?.length;
    let Some(length) = length.filter(|length| *length <= available).and_then(to_index) else {
        return Ok((0, Vec::new()));
    };
    bytes.resize(length, 0);
    file.read_exact_at(0, &mut bytes)?;
    let mut rest = bytes.get(IMAGES..).unwrap_or_default();
    if Some(crc32fast::hash(rest)) != checksum {
        // The kill came before the images were complete, so no file was modified.
        return Ok((0, Vec::new()));
    }
    let mut completed = 0;
    let mut failures = Vec::new();
    while let Some((name, file, image, after)) = split_image(rest, has_files) {
        rest = after;
        let is_other = |file| {
            disk.look(name).is_ok_and(|look| (look.identity.number, look.identity.born) != file)
        };
        if reach.is_wide() && file.is_some_and(is_other) {
            continue;
        }
        match complete(disk, name, None, image, locking) {
            Ok(changed) => completed += u64::from(changed),
            Err(error) => failures.push((name.to_owned(), error)),
        }
    }
    Ok((completed, failures))
}

/// The name, the number and birth of the file, and the image at the beginning of these bytes, and
/// what follows.
#[expect(clippy::type_complexity, reason = "parts of one record")]
fn split_image(bytes: &[u8], has_file: bool) -> Option<(&Path, Option<(u64, i64)>, &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(if has_file { IMAGE_HEAD } else { FILE })?;
    let name = to_index(head.get(..NAME_LENGTH).map(LittleEndian::read_u64)?)?;
    let image = to_index(head.get(NAME_LENGTH..).map(LittleEndian::read_u64)?)?;
    let file = if has_file {
        let number = head.get(FILE..).map(LittleEndian::read_u64)?;
        Some((number, head.get(FILE + 8..).map(LittleEndian::read_i64)?))
    } else {
        None
    };
    let (name, rest) = rest.split_at_checked(name)?;
    let (image, rest) = rest.split_at_checked(image)?;
    Some((Path::new(OsStr::from_bytes(name)), file, image, rest))
}

/// Completes a change of a file; returns whether it was one of the file as it is. It must be the
/// one with this identity, if that is known.
pub(super) fn complete(
    disk: &dyn Disk,
    name: &Path,
    identity: Option<Identity>,
    image: &[u8],
    locking: Locking,
) -> Result<bool, StoreError> {
    let open = |source| OpenError::Open { path: name.to_owned(), source };
    let file = match disk.open(name, OpenMode::Write) {
        // A file that no longer exists needs no completion.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened.map_err(open)?,
    };
    let is_other = |identity| file.look().is_ok_and(|look| look.identity != identity);
    if identity.is_some_and(is_other) {
        return Err(StoreError::Replaced { name: name.to_owned(), samples: 0 });
    }
    let Some(file) = FileLock::take(&*file, locking).map_err(open)? else {
        return Err(UpdateError::Locked { path: name.to_owned() }.into());
    };
    complete_change(&*file, image).map_err(|error| error.at(name).into())
}
