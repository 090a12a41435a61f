//! The databases of the data folder: which are damaged, and when each had its newest sample.

use std::fmt::Write as _;
use std::path::Path;

use rrd_core::{Finding, RrdReader, check};

use super::complaint::{Complaint, about, quoted};
use crate::group::KEPT;
use crate::store::databases;

/// Damaged files that are named; of more, the number is told.
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
    let more = files.damaged.len().saturating_sub(LISTED);
    files.damaged.truncate(LISTED);
    if let (Some(last), 1..) = (files.damaged.last_mut(), more) {
        let are = if more == 1 { "file is" } else { "files are" };
        let _ = write!(last.what, ", and {more} more {are} damaged");
    }
    files
}

fn damaged(path: &Path, finding: &Finding) -> Complaint {
    let saved = path.with_extension("rrd.saved");
    let (file, saved) = (quoted(path), quoted(&saved));
    // `cp` leaves the file to its owner.
    let remedy = format!(
        "run `rrd check {file} --salvage {saved}` and, with the daemon stopped, `cp {saved} {file} \
         && rm {saved}`; if nothing can be saved, `rm {file}`"
    );
    Complaint::new("files", format!("{} is damaged ({finding})", path.display()), remedy)
}

/// The complaint about files whose newest sample is later than the clock.
pub(super) fn ahead(data: &Path, files: &[&(String, i64)], now: i64) -> Option<Complaint> {
    let (name, newest) = files.iter().max_by_key(|(_, newest)| newest)?;
    let (file, ahead) = (data.join(name), about(newest.saturating_sub(now)));
    let what = format!("{} has samples {ahead} later than the clock", file.display());
    let (what, remedy) = match files.len() {
        1 => (what, format!("run `rrd rewind {}`", quoted(&file))),
        count => {
            (format!("{count} files have samples later than the clock: {what}"), rewind_all(data))
        }
    };
    Some(Complaint::new("files", what, remedy))
}

/// What to do about all files that are ahead. Those that were kept as they were stay so.
pub(super) fn rewind_all(data: &Path) -> String {
    let data = quoted(data);
    format!("run `find {data} -name '*.rrd' ! -name '*{KEPT}*' -exec rrd rewind {{}} \\;`")
}
