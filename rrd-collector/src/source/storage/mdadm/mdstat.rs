//! The text of `/proc/mdstat`: each array with its members and what it is doing.
//!
//! ```text
//! md0 : active raid5 sdc1[3] sdb1[1](F) sda1[0]
//!       2093056 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [U__]
//!       [==>..................]  recovery = 12.6% (37043/292945) finish=127.5min speed=33440K/sec
//! ```
//!
//! Its lines are described in Documentation/admin-guide/md.rst of the kernel and in md(4).

use crate::source::counter::{Limits, THINGS, at_most, per, to_f64};

/// Minutes of the longest rebuild that is believed: ten years.
const LONGEST: f64 = 5_259_600.0;

/// An array, as the kernel lists it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array<'a> {
    /// The device: `md127`.
    pub(super) device: &'a str,
    /// Whether it is started.
    pub(super) is_active: bool,
    /// Whether it only holds arrays of a controller's format, and so is never started.
    pub(super) is_container: bool,
    /// How many members may fail without loss of data; `None` for levels without redundancy.
    pub(super) spared: Option<u64>,
    /// Members that are missing; `None` if the level cannot be without one.
    pub(super) missing: Option<u64>,
    /// Whether more are missing than the level allows.
    pub(super) is_lost: bool,
    /// Members that have failed and are still listed.
    pub(super) failed: u64,
    /// Members that wait for one to fail.
    pub(super) spare: u64,
    /// The rebuild or check that runs or waits.
    pub(super) sync: Option<Sync>,
}

/// A rebuild, reshape or check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sync {
    /// The share that is done.
    pub(super) done: f64,
    /// Bytes per second.
    pub(super) speed: f64,
    /// Seconds that are left.
    pub(super) left: f64,
}

impl Sync {
    /// One that waits for another one, or for the first write.
    const WAITS: Self = Self { done: 0.0, speed: 0.0, left: f64::NAN };
}

/// The arrays in the text.
pub(super) fn arrays(text: &str) -> Vec<Array<'_>> {
    let mut arrays = Vec::new();
    let mut current = None;
    for line in text.lines() {
        if let Some(head) = head(line) {
            arrays.extend(current.replace(head));
        } else if !line.starts_with([' ', '\t']) && !line.is_empty() {
            arrays.extend(current.take());
        } else if let Some((array, level)) = &mut current {
            detail(array, level, line);
        }
    }
    arrays.extend(current);
    arrays.into_iter().map(|(array, _)| array).collect()
}

/// `DEVICE : active [(read-only)] LEVEL MEMBER[N](FLAG)...`, or `DEVICE : inactive MEMBER...`.
fn head(line: &str) -> Option<(Array<'_>, &str)> {
    let (device, rest) = line.split_once(" : ")?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if device.starts_with('.') || !device.bytes().all(is_name) {
        return None;
    }
    let mut words = rest.split_ascii_whitespace();
    let is_active = match words.next()? {
        "active" => true,
        "inactive" => false,
        _ => return None,
    };
    let mut array = Array {
        device,
        is_active,
        is_container: false,
        spared: None,
        missing: None,
        is_lost: false,
        failed: 0,
        spare: 0,
        sync: None,
    };
    let mut level = "";
    for word in words {
        if word.contains('[') {
            array.failed += u64::from(word.contains("(F)"));
            array.spare += u64::from(word.contains("(S)"));
        } else if !word.starts_with('(') {
            level = word;
        }
    }
    Some((array, level))
}

/// A line below that of the array.
fn detail(array: &mut Array<'_>, level: &str, line: &str) {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let format = pairs(&words).find(|(name, _)| *name == "super").map(|(_, format)| format);
    if let Some(format) = format.and_then(|format| format.strip_prefix("external:")) {
        // A member of a container names it: `/md127/0`, or `-md127/0` while it is read-only.
        array.is_container = !format.starts_with(['/', '-']);
    }
    if let Some((wanted, working)) = words.iter().find_map(|word| members(word)) {
        let copies = pairs(&words).find(|(_, what)| what.ends_with("-copies"));
        let copies = copies.and_then(|(copies, _)| copies.parse::<u64>().ok()).unwrap_or(2);
        array.missing = Some(wanted.saturating_sub(working));
        array.spared = match level {
            "raid1" => Some(wanted.saturating_sub(1)),
            "raid4" | "raid5" => Some(1),
            "raid6" => Some(2),
            "raid10" => Some(copies.saturating_sub(1)),
            _ => None,
        };
        // In RAID 10 it depends on which ones are missing.
        array.is_lost = level != "raid10" && array.spared.is_some() && array.missing > array.spared;
    }
    array.sync = sync(&words).or(array.sync);
}

/// Each word with the next one.
fn pairs<'a>(words: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    words.iter().copied().zip(words.iter().copied().skip(1))
}

/// `[WANTED/WORKING]`.
fn members(word: &str) -> Option<(u64, u64)> {
    let (wanted, working) = word.strip_prefix('[')?.strip_suffix(']')?.split_once('/')?;
    let count = |text: &str| text.parse().ok().filter(|count| to_f64(*count) < THINGS);
    Some((count(wanted)?, count(working)?))
}

/// `recovery = 12.6% (DONE/ALL) finish=127.5min speed=33440K/sec`, or `resync=DELAYED`.
fn sync(words: &[&str]) -> Option<Sync> {
    const ACTIONS: [&str; 5] = ["recovery", "resync", "reshape", "check", "repair"];
    if let [word] = words {
        let (action, state) = word.split_once('=')?;
        let waits = ACTIONS.contains(&action) && ["DELAYED", "PENDING"].contains(&state);
        return waits.then_some(Sync::WAITS);
    }
    let start = words
        .windows(2)
        .position(|pair| matches!(pair, [action, "="] if ACTIONS.contains(action)))?;
    let mut found = Sync { done: f64::NAN, speed: f64::NAN, left: f64::NAN };
    for word in words.iter().skip(start) {
        if let Some(parts) = word.strip_prefix('(').and_then(|word| word.strip_suffix(')')) {
            found.done = share(parts);
        } else if let Some(minutes) = between(word, "finish=", "min") {
            let minutes: Option<f64> = minutes.parse().ok().filter(|minutes| *minutes >= 0.0);
            found.left = at_most(LONGEST, minutes) * 60.0;
        } else if let Some(speed) = between(word, "speed=", "K/sec") {
            let speed: Option<u64> = speed.parse().ok();
            found.speed =
                speed.map_or(f64::NAN, |speed| Limits::BYTES.rate(to_f64(speed) * 1024.0));
        }
    }
    Some(found)
}

/// `DONE/ALL`.
fn share(parts: &str) -> f64 {
    let numbers = parts
        .split_once('/')
        .and_then(|(done, all)| Some((done.parse::<u64>().ok()?, all.parse::<u64>().ok()?)));
    numbers.map_or(f64::NAN, |(done, all)| per(to_f64(done.min(all)), to_f64(all)))
}

fn between<'a>(word: &'a str, start: &str, end: &str) -> Option<&'a str> {
    word.strip_prefix(start)?.strip_suffix(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Array<'_> {
        let mut arrays = arrays(text);
        assert_eq!(arrays.len(), 1, "{arrays:?}");
        arrays.remove(0)
    }

    /// Spared, missing, failed, spare.
    fn counts(array: &Array<'_>) -> (Option<u64>, Option<u64>, u64, u64) {
        (array.spared, array.missing, array.failed, array.spare)
    }

    #[test]
    fn healthy_arrays_of_each_level_say_what_they_can_spare() {
        let text = "Personalities : [raid1] [raid10] [raid6] [raid5] [raid4] [raid0] [linear]\n\
            md0 : active raid1 sdb1[1] sda1[0]\n      104320 blocks [2/2] [UU]\n      \n\
            md1 : active raid10 sdd1[3] sdc1[2] sdb1[1] sda1[0]\n\
            \x20     2093056 blocks super 1.2 512K chunks 2 near-copies [4/4] [UUUU]\n      \n\
            md2 : active raid10 sdd2[3] sdc2[2] sdb2[1] sda2[0]\n\
            \x20     2093056 blocks super 1.2 512K chunks 3 far-copies [4/4] [UUUU]\n\
            md3 : active raid6 sdj1[9](S) sde1[4] sdd3[3] sdc3[2] sdb3[1] sda3[0]\n\
            \x20     5853468288 blocks super 1.2 level 6, 64k chunk, algorithm 2 [5/5] [UUUUU]\n\
            \x20     bitmap: 0/1 pages [0KB], 65536KB chunk\n\n\
            md4 : active raid0 sdd4[1] sdc4[0]\n      314159265 blocks 64k chunks\n      \n\
            md5 : active linear sdd5[1] sdc5[0]\n      314159265 blocks super 1.2 0k rounding\n\n\
            unused devices: <none>\n";
        let arrays = arrays(text);
        let found: Vec<_> = arrays.iter().map(|array| (array.device, counts(array))).collect();
        let wanted = [
            ("md0", (Some(1), Some(0), 0, 0)),
            ("md1", (Some(1), Some(0), 0, 0)),
            ("md2", (Some(2), Some(0), 0, 0)),
            ("md3", (Some(2), Some(0), 0, 1)),
            ("md4", (None, None, 0, 0)),
            ("md5", (None, None, 0, 0)),
        ];
        assert_eq!(found, wanted);
        let well =
            |array: &Array<'_>| array.is_active && !array.is_container && array.sync.is_none();
        assert!(arrays.iter().all(well));
    }

    #[test]
    fn a_rebuild_says_what_is_done_and_left() {
        let array = one("md0 : active raid5 sdc1[3] sdb1[1](F) sda1[0]\n\
            \x20     2093056 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/1] [U__]\n\
            \x20     [==>..................]  recovery = 12.5% (1024/8192) finish=127.5min speed=33440K/sec\n\
            \x20     bitmap: 1/1 pages [4KB], 65536KB chunk\n");
        assert_eq!(counts(&array), (Some(1), Some(2), 1, 0));
        let sync = Sync { done: 0.125, speed: 33440.0 * 1024.0, left: 7650.0 };
        assert_eq!(array.sync, Some(sync));
    }

    #[test]
    fn checks_and_reshapes_run_on_arrays_that_miss_nothing() {
        for action in ["check", "reshape", "resync"] {
            let text = format!(
                "md_home : active raid1 sdb3[1] sda3[0]\n      1993728 blocks super 1.2 [2/2] [UU]\n      \
                 [=>...................]  {action} =  5.7% (3/6) finish=0.2min speed=114176K/sec\n"
            );
            let array = one(&text);
            assert_eq!((array.device, array.missing), ("md_home", Some(0)));
            assert_eq!(
                array.sync.map(|sync| (sync.done, sync.left)),
                Some((0.5, 12.0)),
                "{action}"
            );
        }
    }

    #[test]
    fn a_rebuild_that_waits_has_done_nothing_and_one_of_another_node_is_not_known() {
        let waits = |state: &str| {
            let text = format!(
                "md9 : active (auto-read-only) raid1 sdb[1] sda[0]\n      \
                 523968 blocks super 1.2 [2/2] [UU]\n      \tresync={state}\n"
            );
            let array = one(&text);
            assert_eq!(array.spared, Some(1));
            array.sync.map(|sync| (sync.done, sync.speed, sync.left.is_nan()))
        };
        assert_eq!(waits("DELAYED"), Some((0.0, 0.0, true)));
        assert_eq!(waits("PENDING"), Some((0.0, 0.0, true)));
        assert_eq!(waits("REMOTE"), None);
    }

    #[test]
    fn a_container_is_never_started_and_its_arrays_are() {
        let text = "Personalities : [raid1]\n\
            md126 : active raid1 sda[1] sdb[0]\n\
            \x20     1855870976 blocks super external:/md127/0 [2/2] [UU]\n      \n\
            md125 : active (read-only) raid1 sda[1] sdb[0]\n\
            \x20     1855870976 blocks super external:-md127/1 [2/2] [UU]\n      \n\
            md127 : inactive sdb[1](S) sda[0](S)\n      6306 blocks super external:imsm\n       \n\
            md124 : inactive sdd[1](S)\n      6306 blocks super 1.2\n       \n\
            unused devices: <none>\n";
        let arrays = arrays(text);
        let found = arrays.iter().map(|array| (array.device, array.is_active, array.is_container));
        let wanted = [
            ("md126", true, false),
            ("md125", true, false),
            ("md127", false, true),
            ("md124", false, false),
        ];
        assert!(found.eq(wanted));
    }

    #[test]
    fn text_that_makes_no_sense_gives_no_arrays_and_no_numbers() {
        assert_eq!(arrays("md0 : invalid\n../x : active raid1 sda[0]\n : \nmd1 :\n"), []);
        let array =
            one("md0 : active raid1 sda[0]\n  [99999999999999999999/1] [5/7] recovery = x (9/0) \
            finish=-3min finish=1e300min speed=99999999999999999K/sec\n");
        assert_eq!((array.missing, array.spared), (Some(0), Some(4)));
        let sync = array.sync.unwrap();
        assert!(sync.done.is_nan() && sync.left.is_nan() && sync.speed.is_nan());
    }
}
