//! `STATS ERRORS`: the files that cannot be written. The original has no such command, and answers
//! it as `STATS`.

use std::os::unix::ffi::OsStrExt;

use crate::grammar::{Answer, escaped};
use crate::server::Server;
use crate::write_back::FailingFile;

/// A line for each file: for how many seconds it has failed, after how many attempts, its path, and
/// the last error.
pub(crate) fn stats_errors(server: &Server) -> Answer {
    let mut failures = server.write_back.failures();
    failures.sort_by(|one, other| one.file.path().cmp(other.file.path()));
    let mut lines = Vec::new();
    for FailingFile { file, error, age, attempts } in &failures {
        let text = rrd_cli::rrdtool_words(&**error);
        let path = server.options.base.join(file.path());
        lines.extend_from_slice(format!("{} {attempts} ", age.as_secs()).as_bytes());
        lines.extend_from_slice(&escaped(path.as_os_str().as_bytes()));
        lines.push(b' ');
        lines.extend_from_slice(&escaped(text.as_bytes()));
        lines.push(b'\n');
    }
    Answer::lines(failures.len(), "Errors follow", lines)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use rrd_core::{CreateOptions, Sample, Schema, StoreOptions, Timestamp};

    use super::*;
    use crate::{ServerOptions, WriteBackOptions};

    #[test]
    fn a_failing_file_has_a_line_with_its_error() {
        let folder = tempfile::tempdir().unwrap();
        let slow = Duration::from_secs(3600);
        let options = WriteBackOptions { delay: slow, jitter: Duration::ZERO, interval: slow };
        let base = ServerOptions::new(folder.path());
        let server = Server::open(base, options, StoreOptions::new()).unwrap();
        let step = Duration::from_secs(1);
        let schema = Schema::builder(step).gauge("x", step).average_for(step, step * 60);
        let (schema, start) = (schema.build().unwrap(), Timestamp::from_seconds(1_000_000_000));
        server.store.create("a b.rrd", &schema, start, CreateOptions::new()).unwrap();
        let file = server.store.file("a b.rrd").unwrap();
        let sample = Sample::new(start + step, [1.0]);
        server.write_back.note(&file, server.store.update_file(&file, &[sample]).unwrap());
        assert_eq!(stats_errors(&server), Answer::lines(0, "Errors follow", Vec::new()));

        // Nobody can open a folder for writing, not even the superuser.
        let path = folder.path().join("a b.rrd");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(server.write_back.flush(&file).blocking_recv().unwrap().is_err());
        let Answer::Success { count: 1, body, .. } = stats_errors(&server) else { panic!() };
        let body = String::from_utf8(body).unwrap();
        let words = body.trim_end().split(' ').collect::<Vec<_>>();
        assert!(words[0].parse::<u64>().unwrap() < 60, "{body}");
        assert_eq!(words[1], "1");
        assert_eq!(words[2..4].join(" "), path.to_str().unwrap().replace(' ', "\\ "));
        assert!(body.contains("Is\\ a\\ directory"), "{body}");
    }
}
