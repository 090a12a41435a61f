//! Several files synced at the same time: waits for the disk that overlap are one wait.

use std::io;
use std::thread;

use super::DiskFile;

/// Threads that wait for the disk.
const THREADS: usize = 16;

/// Syncs files; each has its own result.
pub(super) fn sync_together(files: &[&dyn DiskFile]) -> Vec<io::Result<()>> {
    let sync = |files: &[&dyn DiskFile]| files.iter().map(|file| file.sync()).collect::<Vec<_>>();
    let share = files.len().div_ceil(THREADS).max(1);
    let Some((own, others)) = files.split_at_checked(share) else { return sync(files) };
    thread::scope(|scope| {
        let threads = others.chunks(share).map(|files| {
            let thread = thread::Builder::new().name("sync".to_owned());
            (files, thread.spawn_scoped(scope, move || sync(files)))
        });
        let threads = threads.collect::<Vec<_>>();
        let mut results = sync(own);
        for (files, thread) in threads {
            results.extend(match thread {
                Ok(thread) => thread.join().unwrap_or_else(|_| failed(files.len())),
                // There are no more threads.
                Err(_) => sync(files),
            });
        }
        results
    })
}

fn failed(files: usize) -> Vec<io::Result<()>> {
    (0..files).map(|_| Err(io::Error::other("the sync panicked"))).collect()
}
