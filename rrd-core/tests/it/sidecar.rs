//! Journals that earlier versions left beside a file, and what a check says about files that are
//! sound but not as they should be.

use std::path::Path;

use rrd_core::{
    Finding, Heartbeat, Rrd, RrdReader, Sample, Schema, SidecarError, Step, Timestamp, check,
    finish_sidecar,
};

const START: i64 = 1_000_000_000;
/// Bytes before the rows: 128 + 20 * 120 + 2 * 120 + 16 + 20 * 112 + 40 * 80 + 16.
const HEAD: usize = 8240;

fn sample(number: i64) -> Sample {
    let values = (0..20).map(|source| number * 7 + source).collect::<Vec<_>>();
    Sample::new(Timestamp::from_seconds(START + number * 10), values)
}

/// The bytes of a file before and after an update, whose head has three pages.
fn states(folder: &Path) -> (Vec<u8>, Vec<u8>) {
    let path = folder.join("x.rrd");
    let step = Step::from_seconds(10).expect("positive");
    let schema = (0..20).fold(Schema::builder(step), |schema, source| {
        schema.gauge(&format!("source{source}"), Heartbeat::from_seconds(60))
    });
    let schema = schema.average(0.5, 1, 6).max(0.5, 2, 5).build().expect("a shape");
    let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(START)).expect("created");
    let mut state = |number| {
        rrd.update(&sample(number)).expect("updated");
        let mut bytes = std::fs::read(&path).expect("bytes");
        bytes.truncate(HEAD + 20 * 8 * 11);
        bytes
    };
    (state(1), state(2))
}

/// The journal of an earlier version: everything that differs, page by page.
fn journal(before: &[u8], after: &[u8]) -> Vec<u8> {
    let pages = before.chunks(4096).zip(after.chunks(4096));
    let (mut sums, mut ranges, mut data, mut count) = (vec![], vec![], vec![], 0_u64);
    for (old, new) in before[..HEAD].chunks(4096).zip(after[..HEAD].chunks(4096)) {
        sums.extend_from_slice(&crc32fast::hash(old).to_le_bytes());
        sums.extend_from_slice(&crc32fast::hash(new).to_le_bytes());
    }
    for (page, (_, new)) in pages.enumerate().filter(|(_, (old, new))| old != new) {
        for number in [page * 4096, new.len()] {
            ranges.extend_from_slice(&u64::try_from(number).expect("small").to_le_bytes());
        }
        data.extend_from_slice(new);
        count += 1;
    }
    let mut covered = vec![0; 4];
    for number in [1, u64::try_from(HEAD).expect("small"), count] {
        covered.extend_from_slice(&number.to_le_bytes());
    }
    covered.extend([sums, ranges, data].concat());
    let length = u64::try_from(covered.len() + 20).expect("small");
    let checksum = crc32fast::hash(&covered);
    [b"RRDREDO1", &length.to_le_bytes()[..], &checksum.to_le_bytes(), &covered].concat()
}

#[test]
fn the_journal_of_an_earlier_version_is_named_and_completed_on_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let (before, after) = states(folder.path());
    let (path, beside) = (folder.path().join("x.rrd"), folder.path().join(".x.rrd.journal"));
    let journal = journal(&before, &after);
    let half = [&after[..4096], &before[4096..]].concat();
    for found in [&before, &half, &after] {
        std::fs::write(&path, found).expect("written");
        std::fs::write(&beside, &journal).expect("written");
        let findings = check(&path);
        let named =
            |finding: &Finding| matches!(finding, Finding::Sidecar { path } if *path == beside);
        assert!(findings.iter().any(named) && !findings.iter().any(Finding::is_damage));
        // Nothing else reads or removes it.
        drop(RrdReader::open(&path));
        drop(Rrd::open(&path));
        assert!(std::fs::read(&path).expect("bytes") == *found);
        finish_sidecar(&path).expect("completed");
        assert!(std::fs::read(&path).expect("bytes") == after);
        assert!(!beside.exists() && check(&path).is_empty());
    }
}

#[test]
fn a_journal_that_is_not_whole_or_does_not_fit_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (before, after) = states(folder.path());
    let (path, beside) = (folder.path().join("x.rrd"), folder.path().join(".x.rrd.journal"));
    std::fs::write(&path, &before).expect("written");
    assert!(matches!(finish_sidecar(&path), Err(SidecarError::Missing { .. })));
    let whole = journal(&before, &after);
    let mut damaged = whole.clone();
    damaged[100] ^= 1;
    let cut = whole[..whole.len() - 1].to_vec();
    // Of another state, and one that leaves no database.
    let mut other = before.clone();
    other[HEAD - 1000] ^= 1;
    let mut nothing = before.clone();
    nothing[24] = 0;
    for bytes in [damaged, cut, vec![], journal(&other, &after), journal(&before, &nothing)] {
        std::fs::write(&beside, &bytes).expect("written");
        let refused = finish_sidecar(&path);
        assert!(matches!(refused, Err(SidecarError::Unfit { .. })), "{refused:?}");
        assert!(std::fs::read(&path).expect("bytes") == before);
        assert!(std::fs::read(&beside).expect("bytes") == bytes);
    }
    std::fs::remove_file(&beside).expect("removed");
    // A link in its place is not followed.
    let victim = folder.path().join("victim");
    std::fs::write(&victim, &whole).expect("written");
    std::os::unix::fs::symlink(&victim, &beside).expect("a link");
    let refused = finish_sidecar(&path);
    assert!(matches!(refused, Err(SidecarError::Journal { .. })), "{refused:?}");
    assert!(std::fs::read(&path).expect("bytes") == before);
}

#[test]
fn a_check_tells_bytes_of_another_program_from_our_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, after) = states(folder.path());
    let path = folder.path().join("x.rrd");
    let void = [&after[..], b"RRDVOID\0", &[7; 400]].concat();
    let torn = [&after[..], b"RRDCHUNK", &[7; 400]].concat();
    for ours in [void, torn] {
        std::fs::write(&path, &ours).expect("written");
        assert!(check(&path).is_empty());
    }
    std::fs::write(&path, [&after[..], &[7; 400]].concat()).expect("written");
    let findings = check(&path);
    assert!(matches!(findings[..], [Finding::TrailingBytes { bytes: 400 }]), "{findings:?}");
    assert_eq!(
        findings[0].to_string(),
        "400 bytes of another program follow the last row: changes are written without a redo record"
    );
}
