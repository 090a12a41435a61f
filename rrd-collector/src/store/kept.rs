//! Files as they were before samples of the future were withdrawn from them:
//! `NAME.ahead-of-DATE.rrd`, for 30 days.

use jiff::ToSpan;
use jiff::civil::Date;
use rrd_core::{Store, StoreError};

use crate::group::{KEPT, shortened};

/// Limit on the part of the name before `.ahead-of-DATE.rrd`, in bytes.
const MAX_LENGTH: usize = 200;

/// A file as it was on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptFile {
    /// Its name in the store.
    pub(crate) name: String,
    /// The day.
    pub(crate) day: Date,
}

impl KeptFile {
    /// What is kept of this file.
    pub(crate) fn of(name: &str, day: Date) -> Self {
        Self { name: format!("{}{day}.rrd", beginning(name)), day }
    }

    /// The kept file with this name; `None` for other files.
    pub(crate) fn with_name(name: &str) -> Option<Self> {
        let (_, day) = name.strip_suffix(".rrd")?.rsplit_once(KEPT)?;
        let parsed: Date = day.parse().ok()?;
        // There are other ways to write a date.
        (parsed.to_string() == day).then(|| Self { name: name.to_owned(), day: parsed })
    }

    /// Whether it is one of this file.
    pub(crate) fn is_of(&self, name: &str) -> bool {
        self.name.starts_with(&beginning(name))
    }

    /// Whether it is no longer kept.
    pub(crate) fn is_over(&self, today: Date) -> bool {
        self.day.checked_add(30.days()).is_ok_and(|end| end < today)
    }
}

/// All kept files of a store.
///
/// # Errors
///
/// The folder cannot be read.
pub(crate) fn kept_files(store: &Store) -> Result<Vec<KeptFile>, StoreError> {
    Ok(store.list()?.iter().filter_map(|name| KeptFile::with_name(name)).collect())
}

/// The name of a kept file of this one up to its date.
fn beginning(name: &str) -> String {
    let name = name.strip_suffix(".rrd").unwrap_or(name);
    let (folder, stem) = name.rsplit_once('/').map_or(("", name), |(folder, stem)| (folder, stem));
    let slash = if folder.is_empty() { "" } else { "/" };
    if stem.len() > MAX_LENGTH {
        format!("{folder}{slash}{}{KEPT}", shortened(stem, MAX_LENGTH))
    } else {
        format!("{name}{KEPT}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::GroupId;

    const DAY: Date = jiff::civil::date(2026, 11, 30);

    #[test]
    fn a_kept_file_is_found_by_its_name_and_is_of_one_file_for_30_days() {
        let kept = KeptFile::of("disk/vda.rrd", DAY);
        assert_eq!(kept.name, "disk/vda.ahead-of-2026-11-30.rrd");
        assert_eq!(KeptFile::with_name(&kept.name), Some(kept.clone()));
        assert!(kept.is_of("disk/vda.rrd") && !kept.is_of("disk/vd.rrd") && !kept.is_of("vda.rrd"));
        assert!(!kept.is_over(DAY + 30.days()) && kept.is_over(DAY + 31.days()));
    }

    #[test]
    fn other_names_are_those_of_other_files() {
        for name in
            ["disk/vda.rrd", "a.ahead-of-.rrd", "a.ahead-of-20261130.rrd", "a.ahead-of-2026-11-30"]
        {
            assert_eq!(KeptFile::with_name(name), None, "{name}");
        }
        // An instance that is called so has another file.
        let group = GroupId::new("unit", "a.ahead-of-2026-11-30").unwrap();
        assert_eq!(group.file_name(), "unit/a%2Eahead-of-2026-11-30.rrd");
        assert_eq!(KeptFile::with_name(&group.file_name()), None);
    }

    #[test]
    fn the_longest_names_have_kept_files_too() {
        let names = ["a", "b"].map(|end| format!("unit/{}{end}.rrd", "%2E".repeat(79)));
        let kept = names.each_ref().map(|name| KeptFile::of(name, DAY));
        assert!(kept[0].name.len() < 230 && kept[0].name.starts_with("unit/%252E"));
        assert!(kept[0].is_of(&names[0]) && !kept[0].is_of(&names[1]));
        assert_eq!(KeptFile::with_name(&kept[1].name), Some(kept[1].clone()));
    }
}
