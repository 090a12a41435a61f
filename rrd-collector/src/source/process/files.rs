//! The files of processes in `/proc/PID`, which may go at any time.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::rootfs::Host;

/// The longest text of a process: longer command lines are compared by their beginning.
const LONGEST: usize = 4096;

/// The folder with a folder for each process.
pub(super) struct ProcessFiles {
    folder: PathBuf,
    buffer: Vec<u8>,
    /// Whether the size of `/proc/PID/fd` is the number of descriptors, as it is since Linux 6.2.
    counts_descriptors: bool,
}

impl ProcessFiles {
    pub(super) fn new(host: &Host) -> Self {
        // Every process has descriptors, this one too.
        let own = fs::metadata("/proc/self/fd").map_or(0, |folder| folder.len());
        let counts_descriptors = host.is_live() && own > 0;
        let folder = host.proc("").path().to_owned();
        Self { folder, buffer: vec![0; LONGEST], counts_descriptors }
    }

    /// The numbers of the processes that exist.
    pub(super) fn ids(&self) -> io::Result<impl Iterator<Item = u32> + use<>> {
        let entries = fs::read_dir(&self.folder)?;
        Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()))
    }

    fn file(&self, id: u32, name: &str) -> PathBuf {
        self.folder.join(format!("{id}/{name}"))
    }

    /// The text that the kernel has about a process; `None` if the process is gone or hidden.
    pub(super) fn stat(&mut self, id: u32) -> Option<&[u8]> {
        let path = self.file(id, "stat");
        self.read(&path)
    }

    /// The first word of the command line and all of it, with spaces between its words.
    pub(super) fn command(&mut self, id: u32) -> Option<(String, String)> {
        let path = self.file(id, "cmdline");
        let text = self.read(&path)?;
        let text = text.strip_suffix(b"\0").unwrap_or(text);
        let first = text.split(|byte| *byte == 0).next().unwrap_or_default();
        let all: Vec<u8> = text.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((text(first), text(&all)))
    }

    /// The number of open descriptors of a process; `None` if nobody says it.
    pub(super) fn descriptors(&self, id: u32) -> Option<u64> {
        let folder = self.file(id, "fd");
        if self.counts_descriptors {
            return fs::metadata(folder).ok().map(|folder| folder.len());
        }
        u64::try_from(fs::read_dir(folder).ok()?.count()).ok()
    }

    fn read(&mut self, path: &Path) -> Option<&[u8]> {
        let mut file = File::open(path).ok()?;
        let mut length = 0;
        while let Some(free @ [_, ..]) = self.buffer.get_mut(length..) {
            match file.read(free).ok()? {
                0 => break,
                // The kernel gives all of the text at once if there is room.
                read if read < free.len() => {
                    length += read;
                    break;
                }
                read => length += read,
            }
        }
        self.buffer.get(..length)
    }
}

/// The text in which a program and its arguments are looked for: its file name without folders.
pub(super) fn file_name(command: &str) -> &str {
    command.rsplit_once('/').map_or(command, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_process_are_read_to_their_limit() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| {
            let file = root.path().join("proc").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("7/stat", b"7 (a) S");
        write("7/cmdline", b"/usr/bin/python3\0-m\0http.server\0");
        write("7/fd/0", b"");
        write("7/fd/1", b"");
        write("8/cmdline", &[b'x'; 9000]);
        write("self/stat", b"");
        write("99999999999/stat", b"");
        let mut files = ProcessFiles::new(&Host::at(root.path()));
        let mut ids: Vec<u32> = files.ids().unwrap().collect();
        ids.sort_unstable();
        assert_eq!(ids, [7, 8]);
        assert_eq!(files.stat(7), Some(&b"7 (a) S"[..]));
        assert_eq!(files.stat(8), None);
        let (first, all) = files.command(7).unwrap();
        assert_eq!((file_name(&first), &*all), ("python3", "/usr/bin/python3 -m http.server"));
        assert_eq!(files.command(8).unwrap().1.len(), LONGEST);
        assert_eq!((files.descriptors(7), files.descriptors(8)), (Some(2), None));
    }

    #[test]
    fn the_descriptors_of_this_process_are_counted_with_and_without_their_number() {
        let mut files = ProcessFiles::new(&Host::at("/"));
        let own = std::process::id();
        let _held: Vec<File> = (0..20).map(|_| File::open("/dev/null").unwrap()).collect();
        assert!(files.descriptors(own).unwrap() > 20);
        files.counts_descriptors = false;
        assert!(files.descriptors(own).unwrap() > 20);
    }
}
