//! Errors as their readers meet them: each says its own part, and its causes follow as `source()`.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rrd_core::{
    ConsolidationFunction, ConvertError, CreateError, CreateOptions, DonorError, DumpError,
    FetchError, HeadError, Heartbeat, Layout, OpenError, RateError, RateKind, ResizeError,
    RestoreError, Rrd, RrdReader, SalvageError, Sample, SampleError, SampleTextError, Schema,
    SchemaError, SchemaText, Step, Store, StoreError, StoreOptions, Template, TimeZone, Timestamp,
    TuneFileError, UpdateError, XmlFault,
};

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn path() -> PathBuf {
    "data/x.rrd".into()
}

fn system() -> io::Error {
    io::Error::from_raw_os_error(2)
}

fn head_faults() -> Vec<HeadError> {
    let name = || "FOO".to_owned();
    vec![
        HeadError::Truncated { part: "stat_head", needed: 128, length: 7 },
        HeadError::NotRrd,
        HeadError::UnknownLayout { offset: 16 },
        HeadError::Version { text: "0009".to_owned(), offset: 4 },
        HeadError::TooShort { needed: 600, length: 590 },
        HeadError::UnknownSourceKind { source: 0, name: name(), offset: 148 },
        HeadError::UnknownFunction { archive: 0, name: name(), offset: 248 },
        HeadError::Field {
            field: "pdp_step".to_owned(),
            value: "0".to_owned(),
            offset: 40,
            expected: "1 to 2^60 seconds",
        },
        HeadError::TooLarge { bytes: 1 << 40, limit: 1 << 30 },
    ]
}

fn open_errors() -> Vec<OpenError> {
    let heads = head_faults().into_iter().map(|fault| OpenError::Head { path: path(), fault });
    let others = [
        OpenError::Open { path: path(), source: system() },
        OpenError::Empty { path: path() },
        OpenError::Folder { path: path() },
        OpenError::Read { path: path(), source: system() },
        OpenError::Locked { path: path() },
        OpenError::ForeignLayout { path: path(), layout: Layout::NATIVE },
    ];
    heads.chain(others).collect()
}

fn create_errors() -> Vec<CreateError> {
    let heads =
        head_faults().into_iter().map(|fault| CreateError::Impossible { path: path(), fault });
    let others = [
        CreateError::Exists { path: path() },
        CreateError::Temporary { path: path(), source: system() },
        CreateError::Write { path: path(), source: system() },
        CreateError::Rename { path: path(), source: system() },
    ];
    heads.chain(others).chain(open_errors().into_iter().map(CreateError::Open)).collect()
}

fn fetch_errors() -> Vec<FetchError> {
    let others = [
        FetchError::NoArchive { function: ConsolidationFunction::Max },
        FetchError::NoSuchArchive { archive: 7 },
        FetchError::TooManyRows { rows: 1 << 40 },
        FetchError::Changed { path: path() },
        FetchError::Read { path: path(), source: system() },
    ];
    open_errors().into_iter().map(FetchError::Open).chain(others).collect()
}

/// What the texts of samples can be refused for.
fn sample_texts() -> Vec<SampleTextError> {
    let template = Template::in_file_order(&schema());
    ["5", "5:1:2", "5:", "5x:1", "noon:x@1", "end-1h@1", "99999999999999999999y@1"]
        .into_iter()
        .filter_map(|text| template.sample(text, at(0), &TimeZone::UTC).err())
        .collect()
}

fn update_errors() -> Vec<UpdateError> {
    let number = rrd_core::number::parse("5x").expect_err("no number");
    let samples = [
        SampleError::Past { at: at(10), last_update: at(20) },
        SampleError::Unstorable { at: at(10) },
        SampleError::Readings { expected: 1, found: 2, at: at(10) },
        SampleError::Reading(RateError::Number { kind: RateKind::Gauge, error: number }),
        SampleError::Reading(RateError::NotUnsigned { text: "-5".to_owned() }),
        SampleError::Reading(RateError::NotSigned { text: "x".to_owned() }),
    ];
    let samples = samples.map(|source| UpdateError::Sample { path: path(), source });
    let others = [
        UpdateError::Locked { path: path() },
        UpdateError::Read { path: path(), source: system() },
        UpdateError::Record { path: path(), source: system() },
        UpdateError::Write { path: path(), source: system() },
    ];
    let opens = open_errors().into_iter().map(UpdateError::Open);
    samples.into_iter().chain(others).chain(opens).collect()
}

fn store_errors() -> Vec<StoreError> {
    let (folder, name) = (|| path(), || PathBuf::from("x.rrd"));
    let others = [
        StoreError::Name { name: name() },
        StoreError::Folder { folder: folder(), source: system() },
        StoreError::InUse { folder: folder() },
        StoreError::Outside { name: name(), leads_to: "/y.rrd".into() },
        StoreError::Gone { name: name(), samples: 3 },
        StoreError::Replaced { name: name(), samples: 3 },
        StoreError::TooLong { name: name() },
        StoreError::Stuck { name: name() },
        StoreError::JournalFull { failing: 3 },
        StoreError::Journal { source: system() },
        StoreError::Sync { source: system() },
    ];
    others
        .into_iter()
        .chain(open_errors().into_iter().map(StoreError::Open))
        .chain(create_errors().into_iter().map(StoreError::Create))
        .chain(fetch_errors().into_iter().map(StoreError::Fetch))
        .chain(update_errors().into_iter().map(StoreError::Update))
        .collect()
}

/// What the texts of definitions can be refused for.
fn schema_texts() -> Vec<rrd_core::SchemaTextError> {
    let arguments = [
        "x",
        "DS:a",
        "DS:a:FOO:1",
        "DS:a:GAUGE:1",
        "DS:a:GAUGE:1:x:0",
        "DS:a:GAUGE:1:0:0",
        "DS:a:GAUGE:x:0:1",
        "DS:a:COMPUTE:b,+",
        "DS:a:COMPUTE:1.5",
        "RRA:FOO",
        "RRA:AVERAGE:0:1",
        "RRA:AVERAGE:0:1:1:1",
        "RRA:AVERAGE:0:7s:1",
        "RRA:AVERAGE:0:1:0",
        "RRA:AVERAGE:2:1:1",
        "RRA:SEASONAL:5:0.1:1:foo",
        "RRA:FAILURES:5:3:2:1",
        "RRA:FAILURES:5:90:2:1",
    ];
    let refusal = |argument: &&str| SchemaText::new(step(), "x.rrd").argument(argument).err();
    let texts: Vec<_> = arguments.iter().filter_map(refusal).collect();
    assert_eq!(texts.len(), arguments.len());
    texts
}

fn boxed<E: Error + 'static>(errors: Vec<E>) -> impl Iterator<Item = Box<dyn Error>> {
    errors.into_iter().map(|error| Box::new(error) as Box<dyn Error>)
}

fn every_error() -> Vec<Box<dyn Error>> {
    let schema_error = || SchemaError::DuplicateName { name: "a".to_owned() };
    let mut all: Vec<Box<dyn Error>> = Vec::new();
    all.extend(boxed(open_errors()));
    all.extend(boxed(create_errors()));
    all.extend(boxed(fetch_errors()));
    all.extend(boxed(update_errors()));
    all.extend(boxed(store_errors()));
    all.extend(boxed(sample_texts()));
    all.extend(boxed(schema_texts()));
    all.extend(boxed(open_errors().into_iter().map(ConvertError::Open).collect()));
    all.extend(boxed(create_errors().into_iter().map(SalvageError::Create).collect()));
    all.extend(boxed(vec![
        ResizeError::NoArchive { archive: 3 },
        ResizeError::TooFewRows { rows: 3, shrink: 4 },
        ResizeError::Schema(schema_error()),
    ]));
    all.extend(boxed(
        open_errors()
            .into_iter()
            .map(|source| DonorError::Open { path: path(), source })
            .chain([DonorError::Missing { path: path(), source: system() }])
            .collect(),
    ));
    all.extend(boxed(vec![DumpError::Write(system())]));
    all.extend(boxed(vec![
        RestoreError::Xml { line: 3, fault: XmlFault::NoElement },
        RestoreError::Xml { line: 3, fault: XmlFault::Read(Arc::new(system())) },
        RestoreError::Impossible { fault: HeadError::NotRrd },
        RestoreError::Create { path: path(), source: system() },
        RestoreError::Schema(schema_error()),
    ]));
    all.extend(boxed(schema_texts().into_iter().map(rrd_core::TuneError::Definition).collect()));
    all.extend(boxed(update_errors().into_iter().map(TuneFileError::Update).collect()));
    all.extend(batch_errors());
    all
}

fn step() -> Step {
    Step::from_seconds(10).expect("positive")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000_000 + seconds)
}

fn schema() -> Schema {
    let shape = Schema::builder(step()).gauge("a", Heartbeat::from_seconds(60));
    shape.average(0.5, 1, 6).build().expect("a shape")
}

/// A late sample after a good one, for a file of its own and for one in a store.
fn batch_errors() -> [Box<dyn Error>; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut rrd, _) =
        Rrd::open_or_create(folder.path().join("x.rrd"), &schema(), at(0)).expect("a file");
    let store = Store::open(folder.path(), StoreOptions::new().max_skew(None)).expect("a store");
    store.create("y.rrd", &schema(), at(0), CreateOptions::new()).expect("created");
    let late = [Sample::new(at(10), [1.0]), Sample::new(at(10), [1.0])];
    let of_file = rrd.update_batch(&late).expect_err("late");
    let of_store = store.update_batch("y.rrd", &late).expect_err("late");
    assert_eq!((of_file.applied, of_store.applied), (1, 1));
    [Box::new(of_file), Box::new(of_store)]
}

#[test]
fn no_error_prints_what_its_source_prints() {
    let all = every_error();
    assert!(all.len() > 150, "{}", all.len());
    for error in &all {
        let mut effect: &dyn Error = &**error;
        while let Some(cause) = effect.source() {
            let (text, of_cause) = (effect.to_string(), cause.to_string());
            assert!(!text.contains(&of_cause), "{text:?} holds {of_cause:?}");
            assert!(!text.contains("os error"), "{text:?}");
            effect = cause;
        }
        let text = chain(&**error);
        assert!(!text.is_empty() && !text.contains(": :"), "{text:?}");
    }
}

#[test]
fn every_error_of_a_file_names_it() {
    let errors = boxed(open_errors()).chain(boxed(create_errors())).chain(boxed(update_errors()));
    for error in errors {
        assert!(chain(&*error).contains("data/x.rrd"), "{error}");
    }
}

#[test]
fn a_late_sample_is_the_same_error_for_a_file_and_for_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut rrd, _) =
        Rrd::open_or_create(folder.path().join("x.rrd"), &schema(), at(0)).expect("a file");
    let store = Store::open(folder.path(), StoreOptions::new().max_skew(None)).expect("a store");
    store.create("y.rrd", &schema(), at(0), CreateOptions::new()).expect("created");
    let exact = |microseconds| Timestamp::new(1_796_036_730, microseconds).expect("a moment");
    let (first, late) = (exact(700_000), exact(650_000));
    let sample = |at| Sample::new(at, [1.0]);
    rrd.update(&sample(first)).expect("updated");
    store.update("y.rrd", &sample(first)).expect("updated");
    let of_file = rrd.update(&sample(late)).expect_err("late");
    let StoreError::Update(of_store) = store.update("y.rrd", &sample(late)).expect_err("late")
    else {
        panic!("another variant");
    };
    for (error, name) in [(of_file, folder.path().join("x.rrd")), (of_store, "y.rrd".into())] {
        let UpdateError::Sample { path, source } = error else { panic!("{error:?}") };
        assert_eq!(path, name);
        assert_eq!(source, SampleError::Past { at: late, last_update: first });
        assert_eq!(
            source.to_string(),
            "the sample of 1796036730.650000 is not later than the last update, which is of \
             1796036730.700000"
        );
    }
}

#[test]
fn what_is_not_there_is_distinguished_from_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone.rrd");
    let store = Store::open(folder.path(), StoreOptions::new()).expect("a store");
    assert!(Rrd::open(&gone).expect_err("not there").is_not_found());
    assert!(RrdReader::open(&gone).expect_err("not there").is_not_found());
    assert!(store.head("gone.rrd").expect_err("not there").is_not_found());
    let sample = Sample::new(at(10), [1.0]);
    assert!(store.update("gone.rrd", &sample).expect_err("not there").is_not_found());
    std::fs::write(&gone, "").expect("written");
    assert!(!Rrd::open(&gone).expect_err("empty").is_not_found());
    assert!(!store.head("gone.rrd").expect_err("empty").is_not_found());
    assert!(Path::new(&gone).exists());
}
