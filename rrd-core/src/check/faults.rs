//! Finds every impossible field of a head: the head is decoded repeatedly, each time with the
//! impossible field of the previous attempt replaced. Other code refuses a head at the first one.

use std::path::Path;

use crate::disk::{Disk, OpenMode, OsDisk};
use crate::format::{
    Geometry, HeadError, Layout, SOURCE_KIND, SOURCE_SLOTS, STAT_HEAD, decode_and_compare, geometry,
};
use crate::number::to_index;

/// Limit on the faults reported per file.
const MAX_FAULTS: usize = 1000;

/// Why an impossible field is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To save the rows: fields that give them their meaning are not replaced.
    Salvage,
    /// To find further impossible fields.
    Report,
}

/// What is wrong with the head of a file.
#[derive(Debug, Default)]
pub(super) struct Examination {
    /// Fields for which every command refuses the file.
    pub(super) unreadable: Vec<HeadError>,
    /// Definitions for which writers refuse it.
    pub(super) unwritable: Vec<HeadError>,
    /// The layout that it is read in, and another one that fits just as well.
    pub(super) layouts: Option<(Layout, Layout)>,
}

/// Examines a file; `None` if it cannot be read.
pub(super) fn examine(path: &Path) -> Option<Examination> {
    let file = OsDisk.open(path, OpenMode::Read).ok()?;
    let length = file.status().ok()?.length;
    let mut prefix = vec![0; STAT_HEAD];
    let read = file.read_at(0, &mut prefix).ok()?;
    prefix.truncate(read);
    let candidates = match geometry(&prefix, length) {
        Ok(candidates) => candidates,
        Err(fault) => return Some(Examination { unreadable: vec![fault], ..Default::default() }),
    };
    let mut bytes = vec![0; candidates.iter().map(Geometry::rows).max()?];
    file.read_exact_at(0, &mut bytes).ok()?;
    Some(of_head(candidates.first()?, &mut bytes, length))
}

/// Examines the bytes before the rows of a file of `length` bytes. Modifies the bytes.
fn of_head(geometry: &Geometry, bytes: &mut [u8], length: u64) -> Examination {
    let mut found = Examination::default();
    let mut assumed_length = length;
    let sized = |fault: &HeadError| matches!(fault, HeadError::Field { field, .. } if field.ends_with("rows"));
    loop {
        let fault = match decode_and_compare(bytes, assumed_length) {
            Ok((geometry, head, other)) => {
                // Whether a row is in its archive is unknown without the number of its rows.
                if !found.unreadable.iter().any(sized) {
                    found.unwritable = geometry.impossible_definitions(&head);
                    found.unwritable.truncate(MAX_FAULTS);
                }
                found.layouts = other.map(|other| (geometry.layout, other));
                return found;
            }
            Err(fault) => fault,
        };
        let known = match &fault {
            HeadError::TooShort { needed, .. } if *needed > assumed_length => {
                assumed_length = *needed;
                // If the number of rows of an archive is impossible, the length of the file is
                // unknown.
                if found.unreadable.iter().any(sized) {
                    continue;
                }
                true
            }
            fault => replace(fault, geometry, Purpose::Report, bytes).is_some(),
        };
        found.unreadable.push(fault);
        // Every field is replaced at most once, since its replacement is valid.
        if !known || found.unreadable.len() == MAX_FAULTS {
            return found;
        }
    }
}

/// Replaces the faulty field by a harmless value and describes the repair; `None` if there is none
/// for this purpose.
pub(super) fn replace(
    fault: &HeadError,
    geometry: &Geometry,
    purpose: Purpose,
    bytes: &mut [u8],
) -> Option<String> {
    let layout = geometry.layout;
    let (offset, replacement, words): (u64, Vec<u8>, String) = match fault {
        HeadError::UnknownSourceKind { source, name, offset } => {
            (*offset, b"GAUGE\0".to_vec(), format!("ds[{source}].type was '{name}', now GAUGE"))
        }
        HeadError::UnknownFunction { archive, name, offset } => {
            (*offset, b"AVERAGE\0".to_vec(), format!("rra[{archive}].cf was '{name}', now AVERAGE"))
        }
        HeadError::Field { field, value, offset, .. } => {
            let (_, name) = field.rsplit_once('.').unwrap_or(("", field));
            let index = field.split(['[', ']']).nth(1).unwrap_or_default();
            let count = |count: u32| layout.encode_count(count);
            let (replacement, now) = match name {
                "name" => {
                    let name = other_name(index, value)?;
                    (format!("{name}\0").into_bytes(), name)
                }
                "last_ds" => (b"U\0".to_vec(), "U".to_owned()),
                "last_up_usec" | "cur_row" | "dependent_rra_idx" | "seasonal_smooth_idx" => {
                    (count(0), "0".to_owned())
                }
                "window_length" => (count(9), "9".to_owned()),
                "failure_threshold" => (count(7), "7".to_owned()),
                "smoothing_window" => (layout.encode_double(0.05), "0.05".to_owned()),
                "xff" => (layout.encode_double(0.5), "0.5".to_owned()),
                "alpha" | "gamma" => (layout.encode_double(0.1), "0.1".to_owned()),
                "beta" | "season_length" => (layout.encode_double(0.0), "0".to_owned()),
                "delta_pos" | "delta_neg" => (layout.encode_double(2.0), "2".to_owned()),
                _ if purpose == Purpose::Salvage => return None,
                "pdp_step" | "pdp_per_row" => (count(1), "1".to_owned()),
                "last_up" => (vec![0; layout.time], "0".to_owned()),
                "type" => (b"GAUGE\0".to_vec(), "GAUGE".to_owned()),
                "cf" => (b"AVERAGE\0".to_vec(), "AVERAGE".to_owned()),
                "cdef" => {
                    let kind = to_index(*offset)? - SOURCE_SLOTS + SOURCE_KIND;
                    return put(bytes, kind, b"GAUGE\0").then(|| format!("{field} was {value}"));
                }
                // Without a valid number of rows the current row cannot be valid either.
                "rows" => {
                    let only = index.parse().ok().filter(|index| *index < geometry.archives);
                    for archive in only.map_or(0..geometry.archives, |only| only..only + 1) {
                        put(bytes, geometry.archive(archive) + layout.archive_rows(), &count(1));
                        put(bytes, geometry.pointer(archive), &count(0));
                    }
                    return Some(format!("{field} was {value}"));
                }
                _ => return None,
            };
            (*offset, replacement, format!("{field} was {value}, now {now}"))
        }
        _ => return None,
    };
    put(bytes, to_index(offset)?, &replacement).then_some(words)
}

/// A name for a data source that cannot keep the one it has. What has been tried is not tried
/// again.
fn other_name(index: &str, value: &str) -> Option<String> {
    const LONGEST: usize = 19;
    let name = value.trim_matches('\'');
    let tried = name.strip_prefix("ds").and_then(|rest| rest.strip_prefix(index));
    match tried {
        Some(rest) if rest.bytes().all(|byte| byte == b'_') => {
            (name.len() < LONGEST).then(|| format!("{name}_"))
        }
        _ => Some(format!("ds{index}")),
    }
}

/// Writes bytes at an offset; returns whether they fit.
fn put(bytes: &mut [u8], at: usize, what: &[u8]) -> bool {
    let target = at.checked_add(what.len()).and_then(|end| bytes.get_mut(at..end));
    target.map(|target| target.copy_from_slice(what)).is_some()
}
