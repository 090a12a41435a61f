//! Recovers what can be recovered from a damaged file.

use std::io;
use std::path::Path;

use super::faults::{Purpose, replace};
use crate::commit::Durability;
use crate::database::{CreateError, CreateOptions, FetchError, OpenError, REPLACING, write_file};
use crate::disk::{Disk, DiskFile, OpenMode, OsDisk, Overwrite};
use crate::format::{Geometry, Head, HeadError, STAT_HEAD, VALUE, decode, geometry};
use crate::number::{UNKNOWN, length_to_u64};

/// What was done to make a damaged file readable, one line per repair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvage {
    /// Each field that was replaced, with its old value.
    pub repairs: Vec<String>,
    /// Values missing because the file ended before them; they are unknown in the copy.
    pub lost_values: u64,
}

/// Why nothing could be recovered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SalvageError {
    /// The file cannot be interpreted at all.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copy cannot be written.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] FetchError),
}

/// Writes a native copy of a damaged file: impossible fields are replaced by harmless values,
/// missing rows are unknown. The file itself is not modified.
///
/// # Errors
///
/// Rows have no meaning without the step, the time and the sizes of the archives: if one of these
/// is impossible, nothing is written.
pub fn salvage(
    path: impl AsRef<Path>,
    output: impl AsRef<Path>,
    overwrite: Overwrite,
) -> Result<Salvage, SalvageError> {
    let path = path.as_ref();
    let open = |source| OpenError::Open { path: path.to_owned(), source };
    let read = |source| OpenError::Read { path: path.to_owned(), source };
    let file = OsDisk.open(path, OpenMode::Read).map_err(open)?;
    let length = file.status().map_err(read)?.length;
    let mut salvage = Salvage::default();
    let (geometry, head) =
        repaired_head(&*file, length, &mut salvage).map_err(|fault| match fault {
            Fault::Read(source) => read(source),
            Fault::Head(fault) => OpenError::Head { path: path.to_owned(), fault },
        })?;
    let mut offset = length_to_u64(geometry.rows());
    let options = CreateOptions::new().overwrite(overwrite).durability(Durability::Synced);
    let native = Head { version: head.version.max(crate::file_version::FileVersion::V3), ..head };
    write_file(&OsDisk, output.as_ref(), &native, options, REPLACING, |_, values| {
        let bytes = bytemuck::cast_slice_mut(values);
        // Values that cannot be read count as lost, like missing ones.
        let found = file.read_at(offset, bytes).unwrap_or(0) / VALUE;
        offset += length_to_u64(bytes.len());
        geometry.layout.read_doubles(values);
        for lost in values.get_mut(found..).unwrap_or_default() {
            *lost = UNKNOWN;
            salvage.lost_values += 1;
        }
        Ok(())
    })?;
    Ok(salvage)
}

enum Fault {
    Read(io::Error),
    Head(HeadError),
}

/// Decodes the head repeatedly, each time with the impossible field of the previous attempt
/// replaced.
fn repaired_head(
    file: &dyn DiskFile,
    length: u64,
    salvage: &mut Salvage,
) -> Result<(Geometry, Head), Fault> {
    let mut prefix = vec![0; STAT_HEAD];
    let read = file.read_at(0, &mut prefix).map_err(Fault::Read)?;
    prefix.truncate(read);
    let candidates = geometry(&prefix, length).map_err(Fault::Head)?;
    let needed = candidates.iter().map(Geometry::rows).max().unwrap_or_default();
    let mut bytes = vec![0; needed];
    file.read_exact_at(0, &mut bytes).map_err(Fault::Read)?;
    let Some(first) = candidates.first() else {
        return Err(Fault::Head(HeadError::NotRrd));
    };
    let mut assumed_length = length;
    loop {
        let fault = match decode(&bytes, assumed_length) {
            Ok(found) => {
                let (geometry, head) = &found;
                let faults = geometry.impossible_definitions(head);
                let mut repair = |fault| replace(fault, geometry, Purpose::Salvage, &mut bytes);
                let repairs: Vec<_> = faults.iter().filter_map(&mut repair).collect();
                if repairs.is_empty() {
                    return Ok(found);
                }
                salvage.repairs.extend(repairs);
                continue;
            }
            Err(fault) => fault,
        };
        let repaired = match &fault {
            HeadError::TooShort { needed, .. } if *needed > assumed_length => {
                assumed_length = *needed;
                Some(format!("the file ends at byte {length} of {needed}"))
            }
            _ => replace(&fault, first, Purpose::Salvage, &mut bytes),
        };
        match repaired {
            // Every field is replaced at most once, since its replacement is valid.
            Some(line) if salvage.repairs.len() <= bytes.len() => salvage.repairs.push(line),
            _ => return Err(Fault::Head(fault)),
        }
    }
}
