//! The recorded answers of RRDtool 1.9 that the tests of the tool use as well, unpacked.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A folder with one folder `AREA/CASE` a recorded case.
pub(crate) struct Recorded {
    folder: tempfile::TempDir,
}

impl Recorded {
    pub(crate) fn unpack() -> Self {
        let archive = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/recorded.tar.gz");
        let folder = tempfile::tempdir().expect("a folder");
        let file = File::open(archive).expect("the recorded answers");
        tar::Archive::new(flate2::read::GzDecoder::new(file))
            .unpack(folder.path())
            .expect("a whole archive");
        Self { folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All files with this extension, in order.
    pub(crate) fn files(&self, extension: &str) -> Vec<PathBuf> {
        let entries = |folder: &Path| -> Vec<PathBuf> {
            let entries = fs::read_dir(folder).expect("a folder");
            let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
            paths.sort();
            paths
        };
        let areas = entries(self.folder.path()).into_iter().filter(|path| path.is_dir());
        let cases = areas.flat_map(|area| entries(&area)).filter(|path| path.is_dir());
        let files = cases.flat_map(|case| entries(&case));
        files.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
    }
}
