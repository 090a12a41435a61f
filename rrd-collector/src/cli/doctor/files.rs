//! The databases of the data folder: which are damaged, and when each had its newest sample.

use std::fmt::Write as _;
use std::path::Path;

use rrd_core::{Finding, RrdReader, check};

use super::complaint::{Complaint, about};
use crate::store::databases;

/// Files that are named; of more, the number is told.
const LISTED: usize = 20;

/// What the files are.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// A complaint about each damaged one.
    pub(super) damaged: Vec<Complaint>,
    /// The others: name, and time of the newest sample in seconds since 1970.
    pub(super) newest: Vec<(String, i64)>,
}

/// Looks at every database of a folder.
pub(super) fn look(data: &Path) -> Files {
    let mut files = Files::default();
    for name in databases(data) {
        let path = data.join(&name);
        if let Some(finding) = check(&path).iter().find(|finding| finding.is_damage()) {
            files.damaged.push(damaged(&path, finding));
        } else if let Ok(reader) = RrdReader::open(&path) {
            files.newest.push((name, reader.head().live.last_update.seconds()));
        }
    }
    shorten(&mut files.damaged);
    files
}

fn damaged(path: &Path, finding: &Finding) -> Complaint {
    let file = path.display();
    let remedy = format!(
        "run `rrd check {file} --salvage {file}.saved`, and with the daemon stopped `mv \
         {file}.saved {file}`"
    );
    Complaint::new("files", format!("{file} is damaged ({finding})"), remedy)
}

/// The complaints about files whose newest sample is later than the clock.
pub(super) fn ahead(data: &Path, files: &[&(String, i64)], now: i64) -> Vec<Complaint> {
    let complaint = |(name, newest): &&(String, i64)| {
        let file = data.join(name);
        let (file, ahead) = (file.display(), about(newest.saturating_sub(now)));
        let what = format!("{file} has samples {ahead} later than the clock");
        Complaint::new("files", what, format!("run `rrd rewind {file}`"))
    };
    let mut found = files.iter().map(complaint).collect();
    shorten(&mut found);
    found
}

/// Leaves the first of many complaints, and says how many there are.
fn shorten(found: &mut Vec<Complaint>) {
    let more = found.len().saturating_sub(LISTED);
    found.truncate(LISTED);
    if let (Some(last), 1..) = (found.last_mut(), more) {
        let _ = write!(last.what, ", and so do {more} more files");
    }
}
