//! Recorded updates of RRDtool 1.9, run through the pipeline in memory: the resulting files are
//! identical byte for byte.
//!
//! `tests/vectors/pipeline.tar.gz` holds one folder per case: `commands.jsonl` (the commands, one
//! per line; `rows` sets the current rows of a new file) and the files that RRDtool left.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use jiff::tz::TimeZone;

use crate::format::{self, Head, LiveHead};
use crate::number::{UNKNOWN, to_index};
use crate::schema::SchemaText;
use crate::template::Template;
use crate::time::{Step, Timestamp};
use crate::update::{Pipeline, Rows, Stop, WrittenRows};

/// A database in memory.
#[derive(Clone)]
struct Database {
    head: Head,
    rows: MemoryRows,
}

#[derive(Clone)]
struct MemoryRows {
    sources: usize,
    archives: Vec<Vec<f64>>,
    /// Archive and label of each row that was written.
    labels: Vec<(usize, Option<i64>)>,
}

impl Rows for MemoryRows {
    type Error = std::convert::Infallible;

    fn read(&mut self, archive: usize, row: u64, values: &mut [f64]) -> Result<(), Self::Error> {
        let start = to_index(row).unwrap() * self.sources;
        values.copy_from_slice(&self.archives[archive][start..][..self.sources]);
        Ok(())
    }

    fn write(&mut self, rows: WrittenRows<'_>) {
        for row in rows.each(self.sources) {
            let start = to_index(row.row).unwrap() * self.sources;
            self.archives[row.archive][start..][..self.sources].copy_from_slice(row.values);
            self.labels.push((row.archive, row.label.map(Timestamp::seconds)));
        }
    }
}

impl Database {
    fn create(arguments: &[&str]) -> (String, Self) {
        let (mut start, mut step, mut positional) = (0, 300, Vec::new());
        let mut arguments = arguments.iter().filter(|argument| **argument != "--");
        while let Some(argument) = arguments.next() {
            match *argument {
                "--start" => start = arguments.next().unwrap().parse().unwrap(),
                "--step" => step = arguments.next().unwrap().parse().unwrap(),
                other => positional.push(other),
            }
        }
        let (name, definitions) = positional.split_first().unwrap();
        let mut text = SchemaText::new(Step::from_seconds(step).unwrap(), name);
        for definition in definitions {
            text.argument(definition).unwrap();
        }
        let definition = text.finish().unwrap();
        let schema = definition.schema;
        let sources = schema.sources().len();
        let rows = |rows| vec![UNKNOWN; to_index(rows).unwrap() * sources];
        let archives = schema.archives().iter().map(|archive| rows(archive.rows)).collect();
        let live = LiveHead::fresh(&schema, Timestamp::from_seconds(start));
        let head = Head { version: definition.version, schema, live };
        (
            (*name).to_owned(),
            Self { head, rows: MemoryRows { sources, archives, labels: Vec::new() } },
        )
    }

    fn place_cursors(&mut self, rows: &[&str]) {
        let archives = self.head.schema.archives().iter();
        for (index, (archive, current)) in
            archives.zip(&mut self.head.live.current_rows).enumerate()
        {
            let row: u64 = rows[index.min(rows.len() - 1)].parse().unwrap();
            *current = row % archive.rows;
        }
    }

    /// Runs one update command up to the first refused sample.
    fn update(&mut self, arguments: &[&str]) {
        let schema = self.head.schema.clone();
        let mut template = Ok(Template::in_file_order(&schema));
        let (mut skips_past, mut samples) = (false, Vec::new());
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match *argument {
                "--" => samples.extend(arguments.by_ref().copied()),
                "-L" => drop(arguments.next()),
                "-t" | "--template" => {
                    template = Template::parse(arguments.next().unwrap(), &schema);
                }
                "-s" | "--skip-past-updates" => skips_past = true,
                other => match other.strip_prefix("--template=") {
                    Some(names) => template = Template::parse(names, &schema),
                    None => samples.push(other),
                },
            }
        }
        samples.retain(|sample| !has_extension(sample));
        let Ok(template) = template else { return };
        let mut pipeline = Pipeline::new(self.head.version, &schema);
        let mut smoothing_due = false;
        for sample in samples {
            let now = Timestamp::from_seconds(2_000_000_000);
            let Ok(sample) = template.sample(sample, now, &TimeZone::UTC) else { return };
            let live = &mut self.head.live;
            let before = live.clone();
            match pipeline.advance(&schema, live, &sample, || 0, &mut self.rows) {
                Ok(applied) => smoothing_due |= applied.smoothing_due,
                Err(Stop::Sample(error)) => {
                    assert_eq!(format!("{before:?}"), format!("{live:?}"), "{error}");
                    if !(skips_past && matches!(error, crate::update::SampleError::Past { .. })) {
                        return;
                    }
                }
                Err(Stop::Rows(error)) => match error {},
            }
        }
        if smoothing_due {
            pipeline.smooth(&schema, &mut self.head.live, &mut self.rows).unwrap();
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = format::encode(&self.head);
        bytes.extend(self.rows.archives.iter().flatten().flat_map(|value| value.to_le_bytes()));
        bytes
    }
}

fn has_extension(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rrd")
}

/// Files by folder and name.
fn recorded() -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let packed = include_bytes!("../../../tests/vectors/pipeline.tar.gz");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
    let mut cases = BTreeMap::<_, BTreeMap<_, _>>::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        if let Some((folder, name)) = path.rsplit_once('/')
            && !name.is_empty()
        {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            cases.entry(folder.to_owned()).or_default().insert(name.to_owned(), bytes);
        }
    }
    cases
}

fn run(commands: &str) -> BTreeMap<String, Database> {
    let mut files = BTreeMap::new();
    for line in commands.lines() {
        let words: Vec<String> = serde_json::from_str(line).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (command, arguments) = words.split_first().unwrap();
        match *command {
            "create" => {
                let (name, file) = Database::create(arguments);
                files.insert(name, file);
            }
            "rows" => {
                let (name, rows) = arguments.split_first().unwrap();
                files.get_mut(*name).unwrap().place_cursors(rows);
            }
            "update" | "updatev" => {
                let name = arguments.iter().find(|argument| has_extension(argument)).unwrap();
                if let Some(file) = files.get_mut(*name) {
                    file.update(arguments);
                }
            }
            "cp" => {
                let copy = files[arguments[0]].clone();
                files.insert(arguments[1].to_owned(), copy);
            }
            other => panic!("{other} is no command of these cases"),
        }
    }
    files
}

/// Where files may differ: RRDtool keeps the first readings of a sample that it refuses as the last
/// readings; this library keeps nothing.
const LEFT_BY_REFUSED_SAMPLES: [(&str, std::ops::Range<usize>); 1] =
    [("./update/past/x.rrd", 504..505)];

/// Whether two files are equal. All NaN count as equal: only their sign can differ, which has no
/// meaning.
fn same(name: &str, ours: &[u8], theirs: &[u8]) -> bool {
    let mut theirs = theirs.to_vec();
    for (_, range) in LEFT_BY_REFUSED_SAMPLES.iter().filter(|(file, _)| *file == name) {
        assert_ne!(ours[range.clone()], theirs[range.clone()]);
        theirs[range.clone()].copy_from_slice(&ours[range.clone()]);
    }
    let equal = |(ours, theirs): (&[u8], &[u8])| ours == theirs || (is_nan(ours) && is_nan(theirs));
    ours.len() == theirs.len() && ours.chunks(8).zip(theirs.chunks(8)).all(equal)
}

fn is_nan(bytes: &[u8]) -> bool {
    bytes.try_into().is_ok_and(|bytes| f64::from_le_bytes(bytes).is_nan())
}

#[test]
fn recorded_updates_end_in_the_same_bytes() {
    let cases = recorded();
    let mut compared = 0;
    let mut different = Vec::new();
    for (case, files) in &cases {
        let results = run(std::str::from_utf8(&files["commands.jsonl"]).unwrap());
        for (name, expected) in files.iter().filter(|(name, _)| has_extension(name)) {
            compared += 1;
            let bytes = results[name].bytes();
            if !same(&format!("{case}/{name}"), &bytes, expected) {
                let at = bytes.iter().zip(expected).position(|(ours, theirs)| ours != theirs);
                different.push(format!("{case}/{name} from {at:?}"));
            }
        }
    }
    assert_eq!(different, Vec::<String>::new(), "of {compared}");
    assert!(compared > 250, "{compared}");
}

#[test]
fn rows_written_at_once_have_their_own_times() {
    let mut files = run(concat!(
        r#"["create","x.rrd","--start","1000000000","--step","10","DS:a:GAUGE:50:U:U","RRA:LAST:0.5:1:6","RRA:AVERAGE:0.5:3:4"]"#,
        "\n",
        r#"["update","x.rrd","1000000041:5"]"#
    ));
    let file = files.get_mut("x.rrd").unwrap();
    file.rows.labels.clear();
    file.update(&["1000000080:6"]);
    let last = [50, 60, 70, 80].map(|second| (0, Some(1_000_000_000 + second)));
    // The open point completes a row of its own before the rest is processed.
    let average = [50, 80].map(|second| (1, Some(1_000_000_000 + second)));
    let expected = [last[0], average[0], last[1], last[2], last[3], average[1]];
    assert_eq!(file.rows.labels, expected);
}
