//! Whether the disk has room for the files of the plan.

use super::super::file_plan::FilePlan;
use super::complaint::{CHECK, Complaint, quoted};
use super::space::{Left, Machine};
use crate::config::Config;
use crate::fault::chain;

/// What the journal and other small files may need besides.
const RESERVE: u64 = 16 << 20;
/// Files besides those of groups.
const OTHER_FILES: u64 = 16;

/// The first fault of the disk.
pub(super) fn complaint(
    config: &Config,
    plan: &FilePlan,
    owner: Option<u32>,
    machine: &Machine<'_>,
) -> Option<Complaint> {
    let folder = config.data.display();
    let complaint = |what: String, remedy: &str| Some(Complaint::new("disk", what, remedy));
    let space = match (machine.space)(&config.data, owner) {
        Ok(space) => space,
        Err(error) => {
            let what = format!("{folder}: {}", chain(&error));
            return complaint(what, "run `findmnt` to see what is mounted there");
        }
    };
    if space.is_read_only {
        let what = format!("{folder} is on a file system that is mounted read-only");
        let remedy = format!(
            "run `mount -o remount,rw \"$(findmnt -no TARGET -T {})\"`",
            quoted(&config.data)
        );
        return complaint(what, &remedy);
    }
    let (count, bytes) = plan.missing().fold((0_u64, 0_u64), |(count, bytes), file| {
        (count + 1, bytes.saturating_add(file.new_size))
    });
    let needed = Left {
        bytes: Some(bytes.saturating_add(RESERVE)),
        files: Some(count.saturating_add(OTHER_FILES)),
    };
    let short = |left: Left| {
        let lacks = |left: Option<u64>, needed| left.zip(needed).filter(|(left, need)| left < need);
        let bytes = lacks(left.bytes, needed.bytes).map(|(left, need)| (left, need, "bytes"));
        bytes.or_else(|| lacks(left.files, needed.files).map(|(left, need)| (left, need, "inodes")))
    };
    if let Some((left, need, unit)) = space.of_user.and_then(short) {
        let what = format!(
            "the quota of the daemon's user leaves {left} {unit} for {folder}, and the \
             journal and new files need {need}"
        );
        return complaint(what, "raise it with `edquota`, or keep less (`rrd-collector plan`)");
    }
    if let Some((left, need, unit)) = short(space.of_all) {
        let what =
            format!("{folder} has {left} free {unit}, and the journal and new files need {need}");
        return complaint(what, "make room, or keep less (`rrd-collector plan`)");
    }
    let limit = config.files.disk?;
    (plan.bytes() > limit.0)
        .then(|| {
            let bytes = plan.bytes();
            format!("the files of the plan take {bytes} bytes, and `disk` allows {limit}")
        })
        .and_then(|what| complaint(what, CHECK))
}
