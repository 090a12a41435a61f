//! The files of another program, read where they are.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rrd_graph::export::SeriesName;
use rrd_graph::export::tree::{Tree, TreeFault, TreeFile, TreeFiles, TreeKind};
use thiserror::Error;

use super::collection::{Collection, ListedFile};
use super::tree_settings::TreeSettings;
use crate::fault::{AllFaults, Faults, chain};
use crate::schedule::clock;
use crate::store::archives::{ArchiveError, Archives};

/// Limit on the files of a tree.
const MAX_FILES: usize = 50_000;
/// How long the files of a tree are known before it is read again.
const LISTED_FOR: Duration = Duration::from_secs(60);

/// A tree of databases.
pub(crate) struct ForeignFiles {
    path: PathBuf,
    kind: TreeKind,
    archives: Archives,
    /// A label of all series where another tree may have the same names.
    label: Option<(String, String)>,
    faults: Faults,
    listed: Mutex<Option<Listed>>,
}

/// The files that a tree had at a time.
struct Listed {
    clock: Duration,
    files: Arc<[TreeFile]>,
}

/// Parts of a tree that cannot be read.
#[derive(Debug, Error)]
#[error("{count} of its files and folders are left out; the first")]
struct LeftOut {
    count: usize,
    source: TreeFault,
}

impl ForeignFiles {
    /// The trees of a configuration. The series of all but the first one of a kind have the label
    /// `tree`, since trees of one program may have the same hosts.
    pub(crate) fn of(trees: &[TreeSettings], faults: &AllFaults) -> Vec<Arc<dyn Collection>> {
        let mut kinds = Vec::new();
        let mut collections: Vec<Arc<dyn Collection>> = Vec::new();
        for TreeSettings { path, kind } in trees {
            let is_further = kinds.contains(kind);
            kinds.push(*kind);
            let label = is_further.then(|| ("tree".to_owned(), path.display().to_string()));
            collections.push(Arc::new(Self::new(path, *kind, label, faults.of_task())));
        }
        collections
    }

    fn new(path: &Path, kind: TreeKind, label: Option<(String, String)>, faults: Faults) -> Self {
        let archives = Archives::Folder(path.to_owned());
        Self { path: path.to_owned(), kind, archives, label, faults, listed: Mutex::default() }
    }

    /// The files at this time of the monotonic clock.
    fn listed(&self, clock: Duration) -> Result<Arc<[TreeFile]>, ArchiveError> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*listed
            && clock.saturating_sub(known.clock) < LISTED_FOR
        {
            return Ok(known.files.clone());
        }
        let TreeFiles { files, faults } = TreeFiles::list(&self.path, self.kind, MAX_FILES)
            .map_err(|fault| unreadable(&self.path, fault))?;
        self.faults.note(&self.name(), &left_out(faults));
        let files: Arc<[TreeFile]> = files.into();
        *listed = Some(Listed { clock, files: files.clone() });
        Ok(files)
    }

    fn labelled(&self, name: SeriesName) -> SeriesName {
        name.with(self.label.clone())
    }
}

impl Collection for ForeignFiles {
    fn name(&self) -> String {
        format!("the tree {}", self.path.display())
    }

    fn archives(&self) -> &Archives {
        &self.archives
    }

    fn files(&self) -> Result<Vec<ListedFile>, ArchiveError> {
        let files = self.listed(clock::now().clock)?;
        let listed = (0..files.len()).filter_map(|index| {
            let file = &files[index];
            // Nobody asks for a file whose name is no text.
            let path = file.below.to_str()?.to_owned();
            let shared = self.labelled(file.shared_name().clone());
            let (files, label) = (files.clone(), self.label.clone());
            let name_of = move |source: &str| files[index].name_of(source).with(label.clone());
            Some(ListedFile { path, shared, name_of: Box::new(name_of) })
        });
        Ok(listed.collect())
    }
}

/// A line for each tree of which something cannot be read.
pub(crate) fn tree_faults(trees: &[TreeSettings]) -> Vec<String> {
    let fault = |tree: &TreeSettings| {
        let found = Tree::read(&tree.path, tree.kind, MAX_FILES);
        let error: Box<dyn std::error::Error> = match found.map(|found| left_out(found.faults)) {
            Ok(Ok(())) => return None,
            Ok(Err(left_out)) => Box::new(left_out),
            Err(fault) => Box::new(fault),
        };
        Some(format!("tree {}: {}", tree.path.display(), chain(&*error)))
    };
    trees.iter().filter_map(fault).collect()
}

fn left_out(faults: Vec<TreeFault>) -> Result<(), LeftOut> {
    let count = faults.len();
    faults.into_iter().next().map_or(Ok(()), |source| Err(LeftOut { count, source }))
}

/// Why a tree has no files.
fn unreadable(tree: &Path, fault: TreeFault) -> ArchiveError {
    match fault {
        TreeFault::Read { path, source } => ArchiveError::Folder { path, source },
        fault => ArchiveError::Folder { path: tree.to_owned(), source: io::Error::other(fault) },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(files: &ForeignFiles, clock: u64) -> Vec<String> {
        let listed = files.listed(Duration::from_secs(clock)).unwrap();
        listed.iter().map(|file| file.shared_name().name().to_owned()).collect()
    }

    #[test]
    fn a_tree_is_read_once_a_minute_and_what_cannot_be_read_is_a_fault_while_it_lasts() {
        let folder = tempfile::tempdir().unwrap();
        let all_faults = AllFaults::default();
        let files = ForeignFiles::new(folder.path(), TreeKind::Plain, None, all_faults.of_task());
        fs::write(folder.path().join("a.rrd"), "").unwrap();
        std::os::unix::fs::symlink("itself", folder.path().join("itself")).unwrap();
        assert_eq!(names(&files, 100), ["rrd_a"]);
        let fault = &all_faults.present()[0];
        assert_eq!(fault.concern, format!("the tree {}", folder.path().display()));
        let begin = "1 of its files and folders are left out; the first: cannot read ";
        assert!(fault.message.starts_with(begin), "{}", fault.message);
        fs::write(folder.path().join("b.rrd"), "").unwrap();
        fs::remove_file(folder.path().join("itself")).unwrap();
        assert_eq!(names(&files, 159), ["rrd_a"]);
        assert_eq!(names(&files, 160), ["rrd_a", "rrd_b"]);
        assert!(all_faults.present().is_empty());
    }

    #[test]
    fn a_tree_that_is_not_there_has_no_files_until_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree");
        let files = ForeignFiles::new(&path, TreeKind::Plain, None, Faults::default());
        let error = files.files().err().unwrap();
        assert!(matches!(error, ArchiveError::Folder { path: missing, .. } if missing == path));
        fs::create_dir(&path).unwrap();
        assert!(files.files().unwrap().is_empty());
        let trees = [TreeSettings { path: folder.path().join("other"), kind: TreeKind::Munin }];
        let fault = &tree_faults(&trees)[0];
        let begin = format!("tree {0}: cannot read {0}: No such file", trees[0].path.display());
        assert!(fault.starts_with(&begin), "{fault}");
    }

    #[test]
    fn series_of_a_second_tree_of_a_program_say_which_tree_it_is() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut trees = Vec::new();
        for folder in [&one, &other] {
            fs::create_dir_all(folder.path().join("web/load")).unwrap();
            fs::write(folder.path().join("web/load/load.rrd"), "").unwrap();
            trees.push(TreeSettings { path: folder.path().to_owned(), kind: TreeKind::Collectd });
        }
        trees.push(TreeSettings { path: other.path().to_owned(), kind: TreeKind::Plain });
        let labels: Vec<_> = ForeignFiles::of(&trees, &AllFaults::default())
            .iter()
            .map(|tree| {
                let file = &tree.files().unwrap()[0];
                let series = (file.name_of)("shortterm");
                assert!(file.shared.labels().iter().all(|label| series.labels().contains(label)));
                assert!(series.name().starts_with(file.shared.name()));
                let label = series.labels().iter().find(|(name, _)| name == "tree");
                label.map(|(_, value)| value.clone())
            })
            .collect();
        assert_eq!(labels, [None, Some(other.path().display().to_string()), None]);
    }
}
