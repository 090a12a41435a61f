//! Names in a store, before anybody looks at the disk.

use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use super::StoreError;
use super::{old_journal, own_files};
use crate::disk::Reach;

/// The longest name in bytes, as in the kernel.
const LONGEST: usize = 4096;

/// Validates a name: a path that does not lead to the store's own files, in the shortest form. By
/// default it is a plain relative path; names that reach further may be absolute and contain `..`.
pub(super) fn checked(name: &Path, reach: &Reach) -> Result<PathBuf, StoreError> {
    let refused = || StoreError::Name { name: name.to_owned() };
    let mut plain = PathBuf::new();
    for component in name.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) if part != own_files::FOLDER => plain.push(part),
            // What it leads to is looked at when it is opened.
            component if reach.is_wide() && !is_hidden(&plain, component) => plain.push(component),
            _ => return Err(refused()),
        }
    }
    let own = old_journal::NAMES.iter().any(|name| plain == Path::new(name));
    let bytes = plain.as_os_str().as_bytes();
    let usable = !bytes.is_empty() && bytes.len() <= LONGEST && !bytes.contains(&0) && !own;
    if usable { Ok(plain) } else { Err(refused()) }
}

/// Whether a path would begin with the folder of the store's own files.
fn is_hidden(before: &Path, component: Component<'_>) -> bool {
    before.as_os_str().is_empty() && component == Component::Normal(own_files::FOLDER.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_reach_further_may_be_absolute_or_lead_upwards() {
        let wide = Reach::Below(Vec::new());
        for (name, plain, further) in [
            ("a.rrd", Some("a.rrd"), Some("a.rrd")),
            ("./a//b/./c.rrd", Some("a/b/c.rrd"), Some("a/b/c.rrd")),
            ("/a/./b.rrd", None, Some("/a/b.rrd")),
            ("a/../b.rrd", None, Some("a/../b.rrd")),
            (".rrd-store/0.log", None, None),
            ("./.rrd-store/0.log", None, None),
            ("a/.rrd-store/0.log", None, Some("a/.rrd-store/0.log")),
            (".store-0.journal", None, None),
            ("", None, None),
            (".", None, None),
            ("a\0b", None, None),
        ] {
            let found = |reach| checked(Path::new(name), reach).ok();
            assert_eq!(found(&Reach::Folder).as_deref(), plain.map(Path::new), "{name:?}");
            for reach in [&wide, &Reach::Anywhere] {
                assert_eq!(found(reach).as_deref(), further.map(Path::new), "{name:?}");
            }
        }
    }
}
