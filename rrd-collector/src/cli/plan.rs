//! `plan`: the files that will exist, and their sizes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::rc::Rc;

use super::once::sample;
use crate::config::Config;
use crate::fault::chain;
use crate::group::GroupId;
use crate::group::retention::file_size;
use crate::process::child::Guard;
use crate::source::input::{Plan, Unplanned};
use crate::source::source_of;
use crate::store::archives::stored;
use crate::store::folder_bytes;

/// The files that will exist: name, step, values, bytes; their total, and the limits. Munin's
/// plugins are asked for their description; inputs whose groups are not known in advance get a line
/// with their groups so far.
pub fn plan(config: &Config) -> String {
    let (catalog, _) = sample(config);
    let Plan { groups, faults } = planned(config);
    let sampled = catalog.groups().map(|(id, group)| (&group.kind, id.clone(), group.step));
    let announced =
        groups.iter().map(|(kind, instance, step)| (kind, GroupId::of(kind, instance), *step));
    let mut text = format!("{:<44} {:>5} {:>7} {:>12}\n", "file", "step", "values", "bytes");
    let (mut files, mut sum) = (0, 0_u64);
    // The number of files of each kind with instances, and the size of the largest one.
    let mut kinds: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for (kind, group, step) in sampled.chain(announced) {
        let Ok(schema) = config.retention.schema(kind, step) else { continue };
        let size = file_size(&schema);
        files += 1;
        sum = sum.saturating_add(size);
        if !group.instance().is_empty() {
            let (count, largest) = kinds.entry(kind.name.to_string()).or_default();
            *count += 1;
            *largest = size.max(*largest);
        }
        let _ = writeln!(
            text,
            "{:<44} {:>4}s {:>7} {:>12}",
            group.file_name(),
            step.seconds(),
            schema.sources().len(),
            size
        );
    }
    let _ = writeln!(text, "{files} files, {sum} bytes, kept as: {}", config.retention);
    for (kind, (count, largest)) in kinds {
        let cap = config.files.cap(&kind);
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
    for fault in faults {
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

/// Groups that the inputs announce in advance.
fn planned(config: &Config) -> Plan {
    let guard = Rc::new(Guard::none());
    let mut plan = Plan::default();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            plan.faults.push(error.to_string());
            return plan;
        }
    };
    for input in &config.inputs {
        let Plan { groups, faults } = runtime.block_on(input.task().plan(&config.data, &guard));
        plan.groups.extend(groups);
        plan.faults.extend(faults);
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
