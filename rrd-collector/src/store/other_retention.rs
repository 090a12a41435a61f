//! The files of the data folder that keep something else than new ones would, because the
//! configuration was changed after they were made.

use std::collections::BTreeMap;
use std::path::Path;

use super::archives::{ArchiveError, Archives};
use crate::group::retention::Retention;

/// A line for each other retention that files of the folder have: how many, and what they keep.
/// Files that cannot be read are left out.
///
/// # Errors
///
/// [`ArchiveError`]: the folder cannot be read.
pub fn other_retention(data: &Path, retention: &Retention) -> Result<Vec<String>, ArchiveError> {
    let archives = Archives::Folder(data.to_owned());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for group in archives.groups()? {
        let Ok(head) = archives.head(&group.file_name()) else { continue };
        if let Some(kept) = retention.of_other_file(&head.schema) {
            *counts.entry(kept.in_contrast_to(retention)).or_default() += 1;
        }
    }
    let line = |(kept, count)| match count {
        1 => format!("1 existing file keeps {kept}: `keep` applies to new files"),
        count => format!("{count} existing files keep {kept}: `keep` applies to new files"),
    };
    Ok(counts.into_iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rrd_core::{Rrd, Timestamp};

    use super::*;
    use crate::schedule::whole_seconds;
    use crate::source::host::{DISK, LOAD};

    #[test]
    fn files_of_an_earlier_configuration_are_counted_by_what_they_keep() {
        let folder = tempfile::tempdir().unwrap();
        let other = |text: &str| other_retention(folder.path(), &text.parse().unwrap()).unwrap();
        fs::create_dir(folder.path().join("disk")).unwrap();
        let before: Retention = "1s for 1h, 1h for 5d".parse().unwrap();
        for (file, kind, step) in
            [("load.rrd", &LOAD, 1), ("disk/a.rrd", &DISK, 1), ("disk/b.rrd", &DISK, 10)]
        {
            let schema = before.schema(kind, whole_seconds(step)).unwrap();
            Rrd::create(folder.path().join(file), &schema, Timestamp::default()).unwrap();
        }
        fs::write(folder.path().join("disk/c.rrd"), "damaged").unwrap();
        assert_eq!(other("1s for 1h, 1h for 5d"), Vec::<String>::new());
        assert_eq!(
            other("1s for 1h, 1h for 2d"),
            ["3 existing files keep 5d: `keep` applies to new files"]
        );
        assert_eq!(
            other("10s for 1h, 1h for 5d"),
            ["2 existing files keep 1s for 1h, 1h for 5d: `keep` applies to new files"]
        );
    }
}
