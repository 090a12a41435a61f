//! Errors of opening, creating, reading and updating files.

use rrd_core::{
    ConvertError, CreateError, FetchError, HeadError, OpenError, SalvageError, StoreError,
    UpdateError,
};

use super::parts::{Reason, about};
use super::value;

pub(super) fn open(error: &OpenError) -> Option<String> {
    Some(match error {
        OpenError::Open { path, source } => about("opening", path, source),
        OpenError::Empty { path } => format!("mmaping file '{}': Invalid argument", path.display()),
        OpenError::Folder { path } => format!("mmaping file '{}': No such device", path.display()),
        OpenError::Read { path, source } => about("reading", path, source),
        OpenError::Locked { .. } => LOCKED.to_owned(),
        OpenError::Head { path, fault } => head(fault, &path.display().to_string()),
        OpenError::ForeignLayout { path, layout } => format!(
            "This RRD was created on another architecture ({layout}): make a native copy with `rrd convert '{}' OUT`",
            path.display()
        ),
        _ => return None,
    })
}

const LOCKED: &str = "could not lock RRD";

/// What is wrong with the head of the file called `name`.
pub(super) fn head(fault: &HeadError, name: &str) -> String {
    match fault {
        HeadError::Truncated { part, .. } => {
            format!("reached EOF while loading header rrd->{part}")
        }
        HeadError::NotRrd => format!("'{name}' is not an RRD file"),
        HeadError::UnknownLayout { .. } => {
            "This RRD was created on another architecture".to_owned()
        }
        HeadError::Version { text, .. } => format!("can't handle RRD file version {text}"),
        HeadError::TooShort { needed, .. } => {
            format!("'{name}' is too small (should be {needed} bytes)")
        }
        HeadError::UnknownSourceKind { name, .. } => {
            format!("unknown data acquisition function '{name}'")
        }
        HeadError::UnknownFunction { name, .. } => {
            format!("unknown consolidation function '{name}'")
        }
        // RRDtool says so at each update.
        HeadError::Expression { error, .. } => {
            let words = value::evaluation(error).unwrap_or_else(|| error.to_string());
            format!("{name}: {words}")
        }
        fault => format!("'{name}': {fault}"),
    }
}

pub(super) fn create(error: &CreateError, reason: Reason) -> Option<String> {
    Some(match error {
        CreateError::Exists { path } => format!("creating '{}': File exists", path.display()),
        // A reason of our own, which RRDtool does not have.
        CreateError::Temporary { path, source } if source.get_ref().is_some() => {
            about("creating", path, source)
        }
        CreateError::Temporary { .. } => "Cannot create temporary file".to_owned(),
        CreateError::Impossible { path, fault } => head(fault, &path.display().to_string()),
        CreateError::Write { path, source } => about("writing", path, source),
        CreateError::Rename { .. } => "Cannot rename temporary file to final file!".to_owned(),
        CreateError::Open(error) => reason(error),
        _ => return None,
    })
}

pub(super) fn fetch(error: &FetchError, reason: Reason) -> Option<String> {
    Some(match error {
        FetchError::NoArchive { .. } => {
            "the RRD does not contain an RRA matching the chosen CF".to_owned()
        }
        FetchError::Open(error) => reason(error),
        FetchError::Read { path, source } => about("reading", path, source),
        _ => return None,
    })
}

pub(super) fn update(error: &UpdateError, reason: Reason) -> Option<String> {
    Some(match error {
        UpdateError::Sample { path, source } => format!("{}: {}", path.display(), reason(source)),
        UpdateError::Locked { .. } => LOCKED.to_owned(),
        UpdateError::Open(error) => reason(error),
        UpdateError::Read { path, source } => about("reading", path, source),
        UpdateError::Record { path, source } => about("writing the redo record of", path, source),
        UpdateError::Write { path, source } => about("writing", path, source),
        _ => return None,
    })
}

pub(super) fn convert(error: &ConvertError, reason: Reason) -> Option<String> {
    Some(match error {
        ConvertError::Open(error) => reason(error),
        ConvertError::Read(error) => reason(error),
        ConvertError::Create(error) => reason(error),
        _ => return None,
    })
}

pub(super) fn salvage(error: &SalvageError, reason: Reason) -> Option<String> {
    Some(match error {
        SalvageError::Open(error) => reason(error),
        SalvageError::Create(error) => reason(error),
        SalvageError::Read(error) => reason(error),
        _ => return None,
    })
}

/// A store says of its files what direct calls say.
pub(super) fn store(error: &StoreError, reason: Reason) -> Option<String> {
    Some(match error {
        StoreError::Open(error) => reason(error),
        StoreError::Create(error) => reason(error),
        StoreError::Copy(error) => reason(error),
        StoreError::Fetch(error) => reason(error),
        StoreError::Update(error) => reason(error),
        StoreError::Tune(error) => reason(&**error),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    use rrd_core::{
        ConsolidationFunction, FetchRequest, Rrd, RrdReader, Sample, Schema, Store, StoreOptions,
        TimeRange, Timestamp,
    };

    use super::super::reason;

    #[test]
    fn a_store_says_of_a_file_what_direct_calls_say() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), StoreOptions::default()).unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("junk.rrd"), "junk").unwrap();
        let start = Timestamp::from_seconds(1_000_000_000);
        let step = Duration::from_secs(10);
        let schema = Schema::builder(step).gauge("x", step).average(0.5, 1, 5).build().unwrap();
        Rrd::create(path("a.rrd"), &schema, start).unwrap();
        for name in ["no.rrd", "junk.rrd"] {
            let ours = store.head(name).unwrap_err().about(path(name));
            assert_eq!(reason(&ours), reason(&RrdReader::open(path(name)).unwrap_err()));
        }
        let past = Sample::new(start, [1.0]);
        let ours = store.update("a.rrd", &past).unwrap_err().about(path("a.rrd"));
        let mut direct = Rrd::open(path("a.rrd")).unwrap();
        assert_eq!(reason(&ours), reason(&direct.update(&past).unwrap_err()));
        let ours = store.update_batch("a.rrd", std::slice::from_ref(&past)).unwrap_err();
        assert_eq!(reason(&ours), reason(&store.update("a.rrd", &past).unwrap_err()));
        let request =
            FetchRequest::new(ConsolidationFunction::HwPredict, TimeRange::new(start, start));
        let ours = store.fetch("a.rrd", &request).unwrap_err();
        assert_eq!(reason(&ours), reason(&direct.fetch(&request).unwrap_err()));
        let kept = store.create("a.rrd", &schema, start, rrd_core::CreateOptions::new());
        let words = "creating '/a.rrd': File exists";
        assert_eq!(reason(&kept.unwrap_err().about(Path::new("/a.rrd"))), words);
    }
}
