//! `plan`: the files that will exist, and their sizes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use super::file_plan::FilePlan;
use crate::config::Config;
use crate::fault::chain;
use crate::source::input::Unplanned;
use crate::source::source_of;
use crate::store::archives::stored;
use crate::store::{folder_bytes, other_retention};

/// The files that will exist: name, step, values, bytes; their total, and the limits. Files that
/// exist have their size, and a line says what they keep if that is something else. Munin's
/// plugins are asked for their description; inputs whose groups are not known in advance get a line
/// with their groups so far.
pub fn plan(config: &Config) -> String {
    let plan = FilePlan::of(config);
    let mut text = format!("{:<44} {:>5} {:>7} {:>12}\n", "file", "step", "values", "bytes");
    // The number of files of each kind with instances, and the size of the largest new one.
    let mut kinds: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for file in &plan.files {
        if !file.group.instance().is_empty() {
            let (count, largest) = kinds.entry(file.group.kind()).or_default();
            *count += 1;
            *largest = file.new_size.max(*largest);
        }
        let _ = writeln!(
            text,
            "{:<44} {:>4}s {:>7} {:>12}",
            file.group.file_name(),
            file.step.seconds(),
            file.values,
            file.bytes()
        );
    }
    let (files, bytes) = (plan.files.len(), plan.bytes());
    let _ = writeln!(text, "{files} files, {bytes} bytes, kept as: {}", config.retention);
    // A folder that cannot be read has no files for the plan either.
    for line in other_retention(&config.data, &config.retention).unwrap_or_default() {
        let _ = writeln!(text, "{line}");
    }
    for (kind, (count, largest)) in kinds {
        let cap = config.files.cap(kind);
        let _ = writeln!(text, "{kind}: {count} of at most {cap} files of {largest} bytes");
    }
    let mut unplanned: Vec<&Unplanned> = Vec::new();
    let inputs = config.inputs.iter().filter(|input| input.task().has_unplanned());
    for groups in inputs.filter_map(|input| source_of(input.section)?.unplanned) {
        if !unplanned.contains(&groups) {
            unplanned.push(groups);
        }
    }
    for groups in unplanned {
        let caps = groups.kinds.iter().map(|kind| format!("{} of {kind}", config.files.cap(kind)));
        let caps = caps.collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "{}; at most {caps}", so_far(groups, config));
    }
    if let Some(disk) = config.files.disk {
        let bytes = folder_bytes(&config.data);
        let _ = writeln!(text, "data folder: {bytes} bytes of at most {disk}");
    }
    for fault in plan.faults {
        let _ = writeln!(text, "# {fault}");
    }
    text
}

/// Groups in the data folder that are not known in advance.
fn so_far(groups: &Unplanned, config: &Config) -> String {
    let Unplanned { name, until, kinds } = groups;
    let mut files = Vec::new();
    for kind in *kinds {
        match stored(&config.data, kind) {
            Ok(found) => files.extend(found.into_iter().map(|(_, file)| file)),
            Err(error) => return format!("{name}: not counted: {}", chain(&error)),
        }
    }
    let bytes: u64 = files.iter().filter_map(|file| Some(fs::metadata(file).ok()?.len())).sum();
    match files.len() {
        0 => format!("{name}: not counted, unknown until {until}"),
        count => format!(
            "{name}: not counted; {count} files, {bytes} bytes so far, others unknown until {until}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Rrd, Timestamp};

    use super::*;
    use crate::group::retention::Retention;
    use crate::source::host::LOAD;
    use crate::source::input::Input;
    use crate::source::statsd::StatsdListener;
    use crate::source::textfile::TextfileSettings;

    #[test]
    fn inputs_that_announce_nothing_are_listed_with_what_they_have() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path().to_owned());
        config.host.files = crate::rootfs::Host::at(folder.path());
        let lines = |config: &Config| -> Vec<String> {
            plan(config)
                .lines()
                .filter(|line| line.contains("unknown until"))
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(lines(&config), Vec::<String>::new());
        let address = "127.0.0.1:8125".parse().unwrap();
        config.inputs.push(Input::new("statsd", StatsdListener::new(address)));
        let textfile = TextfileSettings {
            folder: "/nonexistent".into(),
            step: crate::schedule::whole_seconds(10),
            max_age: None,
        };
        config.inputs.push(Input::new("textfile", textfile));
        config.files.caps.insert("statsd_gauge".to_owned(), 900);
        fs::create_dir(folder.path().join("statsd_gauge")).unwrap();
        fs::create_dir(folder.path().join("statsd_set")).unwrap();
        fs::write(folder.path().join("statsd_gauge/a%2Fb.rrd"), [0; 100]).unwrap();
        fs::write(folder.path().join("statsd_gauge/other.txt"), [0; 9]).unwrap();
        fs::write(folder.path().join("statsd_set/c.rrd"), [0; 20]).unwrap();
        assert_eq!(
            lines(&config),
            [
                "statsd: not counted; 2 files, 120 bytes so far, others unknown until packets come; \
                 at most 500 of statsd_counter, 900 of statsd_gauge, 500 of statsd_timer, 500 of \
                 statsd_set",
                "textfile: not counted, unknown until the files are read; at most 500 of textfile, \
                 500 of textfile_file"
            ]
        );
    }

    #[test]
    fn the_caps_of_kinds_and_the_limit_of_the_folder_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("disk")).unwrap();
        fs::write(folder.path().join("disk/vda.rrd"), [0; 100]).unwrap();
        let mut config = Config::new(folder.path().to_owned());
        let host = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/guest/1");
        config.host.files = crate::rootfs::Host::at(host);
        config.files.caps.insert("disk".to_owned(), 7);
        config.files.disk = Some(crate::bytes::Bytes(2_000_000_000));
        let plan = plan(&config);
        for line in
            ["disk: 1 of at most 7 files of 4450448 bytes", "data folder: 100 bytes of at most 2GB"]
        {
            assert!(plan.lines().any(|found| found == line), "{plan}");
        }
    }
    #[test]
    fn files_that_exist_keep_their_size_and_retention() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path().to_owned());
        let host = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/guest/1");
        config.host.files = crate::rootfs::Host::at(host);
        config.inputs.clear();
        let before: Retention = "1s for 1h, 1h for 5d".parse().unwrap();
        let schema = before.schema(&LOAD, config.host.step).unwrap();
        Rrd::create(folder.path().join("load.rrd"), &schema, Timestamp::default()).unwrap();
        let size = fs::metadata(folder.path().join("load.rrd")).unwrap().len();
        config.retention = "1s for 2h".parse().unwrap();
        let plan = plan(&config);
        let load = plan.lines().find(|line| line.starts_with("load.rrd ")).unwrap();
        assert!(load.ends_with(&format!(" {size}")), "{load}");
        let kept = "1 existing file keeps 5d: `keep` applies to new files";
        assert!(plan.lines().any(|line| line == kept), "{plan}");
    }
}
