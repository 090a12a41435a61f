//! Samples that were acknowledged and have no place any more.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::locks::guard;

/// Files that are listed until somebody asks; the samples of more are only counted.
const MOST: usize = 1024;

/// What was lost.
#[derive(Debug, Default)]
pub(super) struct Losses {
    samples: AtomicU64,
    /// Names of files and numbers of samples since somebody asked.
    files: Mutex<Vec<(PathBuf, u64)>>,
}

impl Losses {
    /// Counts samples of a file.
    pub(super) fn add(&self, name: &Path, samples: u64) {
        if samples == 0 {
            return;
        }
        self.samples.fetch_add(samples, Ordering::Relaxed);
        let mut files = guard(&self.files);
        if let Some((_, sum)) = files.iter_mut().find(|(file, _)| file == name) {
            *sum += samples;
        } else if files.len() < MOST {
            files.push((name.to_owned(), samples));
        }
    }

    /// Files and numbers of samples since this was last called.
    pub(super) fn take(&self) -> Vec<(PathBuf, u64)> {
        std::mem::take(&mut *guard(&self.files))
    }

    /// All so far.
    pub(super) fn samples(&self) -> u64 {
        self.samples.load(Ordering::Relaxed)
    }
}
