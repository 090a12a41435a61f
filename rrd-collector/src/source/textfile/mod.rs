//! A folder of `*.prom` files, like `node_exporter`'s textfile collector: read every few seconds,
//! with stale files reported.

pub mod exposition;
mod folder;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use rrd_core::Step;
use rustix::fs::{Access, access};
use serde::Deserialize;

pub use self::folder::TextfileError;
pub(crate) use self::folder::{TextFile, files};

use self::exposition::parse;
use crate::fault::{Faults, chain};
use crate::group::{Kind, Metric, Unit, series_name};
use crate::schedule::{Schedule, clock, whole_seconds};
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::input::{
    Context, Input, InputTask, PageSection, SectionKind, Source, Unplanned, same,
};
use crate::source::meter::{Meter, Moment};
use crate::source::sample::SampleBatch;

/// Limit on the series of all files.
pub(crate) const MAX_SERIES: usize = 5_000;
/// Limit on new series per round: each creates a file, while the host must still be sampled. The
/// others begin in the next round.
const MAX_NEW: usize = 250;

/// One series of a file; counters are stored as their growth per second.
pub static TEXTFILE: Kind = Kind::new("textfile", "Text files", &SERIES_METRICS);

static SERIES_METRICS: [Metric; 1] =
    [Metric::new("value", Unit::Any, "the value, or the growth of a counter per second")];

/// One file.
pub static TEXTFILE_FILE: Kind = Kind::new("textfile_file", "Text files read", &FILE_METRICS);

static FILE_METRICS: [Metric; 3] = [
    Metric::new("age", Unit::Seconds, "time since it was written"),
    Metric::new("series", Unit::Count, "series read from it"),
    Metric::new("up", Unit::Share, "1 if it is recent and valid"),
];

const SECTION: &str = "textfile";
/// How often the folder is read unless something else is configured.
const DEFAULT_STEP: Step = whole_seconds(10);

/// The folder of `[textfile]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: SECTION, is_list: false, read }],
    kinds: || vec![&TEXTFILE, &TEXTFILE_FILE],
    charts: &[include_str!("charts.toml")],
    page: &[PageSection { heading: "Text files", kinds: &["textfile", "textfile_file"] }],
    fuzz: |text| {
        if let Ok(file) = parse(text) {
            for sample in &file.samples {
                file.is_counter(&sample.name);
            }
        }
    },
    unplanned: Some(&Unplanned {
        name: "textfile",
        until: "the files are read",
        kinds: &["textfile", "textfile_file"],
    }),
    ..Source::EMPTY
};

/// A folder of text files.
#[derive(Clone, Debug, PartialEq)]
pub struct TextfileSettings {
    /// The folder.
    pub folder: PathBuf,
    /// How often it is read.
    pub step: Step,
    /// How old a file may be; `None` for any age.
    pub max_age: Option<Duration>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    folder: PathBuf,
    step: Option<String>,
    max_age: Option<String>,
}

fn read<'a>(reader: SectionReader<'a>, value: SectionValue<'a>) -> Result<Input, ConfigError> {
    let table: Table = reader.parse(value)?;
    let step = table.step.map_or(Ok(DEFAULT_STEP), |text| reader.step("step", &text))?;
    let max_age = table.max_age.map(|text| reader.span("max_age", &text)).transpose()?;
    Ok(Input::new(SECTION, TextfileSettings { folder: table.folder, step, max_age }))
}

impl InputTask for TextfileSettings {
    fn equals(&self, other: &dyn InputTask) -> bool {
        same(self, other)
    }

    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(read_again(self.clone(), context.clone()))
    }

    fn host_faults(&self) -> Vec<String> {
        let found = match files(&self.folder) {
            Ok(found) => found,
            Err(error) => {
                return vec![format!("textfile {}: {}", self.folder.display(), chain(&error))];
            }
        };
        let line = |file: PathBuf| {
            let error = access(&file, Access::READ_OK).err()?;
            Some(format!("textfile {}: cannot be read: {error}", file.display()))
        };
        found.into_iter().filter_map(line).collect()
    }
}

/// The folder that is configured.
pub(crate) fn configured(inputs: &[Input]) -> Option<PathBuf> {
    inputs.iter().find_map(|input| Some(input.settings::<TextfileSettings>()?.folder.clone()))
}

/// Reads the folder repeatedly, until the receiver of the values is closed.
async fn read_again(config: TextfileSettings, context: Rc<Context>) {
    let mut folder = Folder { config, room: 0, meters: BTreeMap::new(), files: Vec::new() };
    let mut schedule = Schedule::new(folder.config.step);
    let faults = context.faults.of_task();
    loop {
        let tick = clock::tick(&mut schedule).await;
        let groups = folder.read(SystemTime::now(), tick.clock, &faults);
        let batch = SampleBatch { groups, ..SampleBatch::new(tick.at, folder.config.step) };
        if !context.samples.store(batch) {
            return;
        }
    }
}

type Groups = VecDeque<(Kind, String, Vec<f64>)>;

struct Folder {
    config: TextfileSettings,
    /// Limit on the series after this round.
    room: usize,
    /// The counters of every series.
    meters: BTreeMap<String, Meter>,
    /// The files that were there last.
    files: Vec<PathBuf>,
}

impl Folder {
    fn read(&mut self, now: SystemTime, clock: Duration, faults: &Faults) -> Groups {
        let mut groups = VecDeque::new();
        let found = files(&self.config.folder);
        let concern = format!("textfile {}", self.config.folder.display());
        let (found, outcome) = match found {
            Ok(found) => (found, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        faults.note(&concern, &outcome);
        let concern = |file: &Path| format!("textfile {}", file.display());
        for gone in self.files.iter().filter(|file| !found.contains(file)) {
            faults.forget(&concern(gone));
        }
        let mut seen = BTreeSet::new();
        self.room = self.meters.len() + MAX_NEW;
        for file in &found {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let mut age = Duration::ZERO;
            let mut taken = VecDeque::new();
            let outcome = self.read_file(file, now, clock, &mut seen, &mut age, &mut taken);
            let up = if outcome.is_ok() { 1.0 } else { 0.0 };
            let count = u32::try_from(taken.len()).map_or(f64::NAN, f64::from);
            groups.append(&mut taken);
            groups.push_back((TEXTFILE_FILE.clone(), name, vec![age.as_secs_f64(), count, up]));
            faults.note(&concern(file), &outcome);
        }
        self.files = found;
        // A series that disappears starts again when it returns.
        self.meters.retain(|name, _| seen.contains(name));
        groups
    }

    fn read_file(
        &mut self,
        file: &Path,
        now: SystemTime,
        clock: Duration,
        seen: &mut BTreeSet<String>,
        age: &mut Duration,
        taken: &mut Groups,
    ) -> Result<(), TextfileError> {
        let file = TextFile::open(file)?;
        // A file with a time in the future is new.
        *age = now.duration_since(file.modified).unwrap_or_default();
        if let Some(limit) = self.config.max_age.filter(|limit| *age > *limit) {
            return Err(TextfileError::Stale { age: *age, limit });
        }
        let text = file.read()?;
        let file = parse(&text)?;
        let mut twice = None;
        for sample in &file.samples {
            let name = series_name(&sample.name, &sample.labels);
            if seen.len() >= MAX_SERIES {
                return Err(TextfileError::TooMany(MAX_SERIES));
            }
            if !seen.insert(name.clone()) {
                twice.get_or_insert(name);
                continue;
            }
            if self.meters.len() >= self.room && !self.meters.contains_key(&name) {
                continue;
            }
            let is_counter = file.is_counter(&sample.name);
            let meter = self.meters.entry(name.clone());
            let meter = meter.or_insert_with(|| Meter::of_series(is_counter));
            let value = meter.read(Moment { own: None, clock }, sample.value);
            taken.push_back((TEXTFILE.clone(), name, vec![value]));
        }
        twice.map_or(Ok(()), |name| Err(TextfileError::Twice(name)))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use rustix::fs::FileType;

    use super::*;
    use crate::fault::Fault;
    use crate::schedule::whole_seconds;

    fn folder(max_age: Option<u64>) -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let config = TextfileSettings {
            folder: place.path().to_owned(),
            step: whole_seconds(10),
            max_age: max_age.map(Duration::from_secs),
        };
        (place, Folder { config, room: 0, meters: BTreeMap::new(), files: Vec::new() })
    }

    fn read(folder: &mut Folder, second: u64) -> (Vec<(String, f64)>, Vec<String>) {
        let faults = Faults::default();
        // Slightly later than the files are written, for any resolution of the file system's clock.
        let now = SystemTime::now() + Duration::from_secs(5);
        let groups = folder.read(now, Duration::from_secs(second), &faults);
        let flat = |(kind, name, values): (Kind, String, Vec<f64>)| {
            (kind.name == "textfile").then_some((name, values[0]))
        };
        let place = format!("textfile {}/", folder.config.folder.display());
        let message =
            |fault: Fault| format!("{}: {}", fault.concern.replace(&place, ""), fault.message);
        let messages = faults.present().into_iter().map(message).collect();
        (groups.into_iter().filter_map(flat).collect(), messages)
    }

    #[test]
    fn gauges_are_values_and_counters_rates_by_name_and_labels() {
        let (place, mut folder) = folder(None);
        let file = place.path().join("backup.prom");
        let text = "# TYPE runs_total counter\nruns_total{job=\"db\",at=\"a b\"} 10\n# TYPE age gauge\nage 5\n";
        fs::write(&file, text).unwrap();
        fs::write(place.path().join("README.txt"), "nonsense").unwrap();
        let (first, _) = read(&mut folder, 100);
        assert!(first[0].1.is_nan());
        fs::write(&file, text.replace("} 10", "} 30")).unwrap();
        let (second, messages) = read(&mut folder, 110);
        let expected = [("runs_total{at=a b,job=db}", 2.0), ("age", 5.0)];
        assert_eq!(second, expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(messages, [""; 0]);
    }

    #[test]
    fn series_whose_labels_look_alike_are_two() {
        let (place, mut folder) = folder(None);
        let text = "q{a=\"1,b=2\"} 1\nq{a=\"1\",b=\"2\"} 2\nq{a=\"1 2\"} 3\nq{a=\"1_2\"} 4\n";
        fs::write(place.path().join("q.prom"), text).unwrap();
        let (values, messages) = read(&mut folder, 100);
        let expected =
            [("q{a=\"1,b=2\"}", 1.0), ("q{a=1,b=2}", 2.0), ("q{a=1 2}", 3.0), ("q{a=1_2}", 4.0)];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(messages, [""; 0]);
    }

    #[test]
    fn stale_broken_and_double_files_are_reported_and_the_others_stand() {
        let (place, mut folder) = folder(Some(60));
        let write = |name: &str, text: &str| fs::write(place.path().join(name), text).unwrap();
        write("a.prom", "x 1\n");
        write("b.prom", "x 2\ny 3\n");
        write("c.prom", "z 1\nbroken\n");
        write("cut.prom", "w 12");
        write("zero.prom", "v 1\n\0\0\0\0");
        write("d.prom", "old 1\n");
        let old = SystemTime::now() - Duration::from_secs(1_000);
        File::options()
            .write(true)
            .open(place.path().join("d.prom"))
            .unwrap()
            .set_modified(old)
            .unwrap();
        let (values, messages) = read(&mut folder, 100);
        let expected = [("x", 1.0), ("y", 3.0)];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(
            messages[..3],
            [
                "b.prom: x is there twice",
                "c.prom: line 2: the value is not a number",
                "cut.prom: line 1: the line does not end: the file is cut off, or its last line end is missing"
            ]
        );
        assert!(messages[3].starts_with("d.prom: stale: written 100"), "{messages:?}");
        assert_eq!(messages[4], "zero.prom: line 2: control character: expected text");
    }

    #[test]
    fn quoted_names_and_files_of_openmetrics_are_stored() {
        let (place, mut folder) = folder(None);
        let text = "# TYPE runs counter\nruns_total 10 # {trace_id=\"x\"} 0.5\n# TYPE \"http.{x}\" gauge\n\
            {\"http.{x}\",\"http.method\"=\"GET\"} 7\n# EOF";
        fs::write(place.path().join("a.prom"), text).unwrap();
        read(&mut folder, 100);
        fs::write(place.path().join("a.prom"), text.replace("_total 10", "_total 25")).unwrap();
        let (values, messages) = read(&mut folder, 110);
        let expected = [("runs_total", 1.5), ("{\"http.{x}\",http.method=GET}", 7.0)];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(messages, [""; 0]);
    }

    #[test]
    fn a_pipe_and_a_folder_are_reported_and_nobody_waits_for_them() {
        let (place, mut folder) = folder(None);
        let mode = rustix::fs::Mode::RUSR;
        rustix::fs::mknodat(rustix::fs::CWD, place.path().join("a.prom"), FileType::Fifo, mode, 0)
            .unwrap();
        fs::create_dir(place.path().join("b.prom")).unwrap();
        fs::write(place.path().join("c.prom"), "x 1\n").unwrap();
        let (values, messages) = read(&mut folder, 100);
        assert_eq!(values, [("x".to_owned(), 1.0)]);
        assert_eq!(messages, ["a.prom: not a regular file", "b.prom: not a regular file"]);
    }

    #[test]
    fn the_fault_of_a_file_goes_with_the_file() {
        let (place, mut folder) = folder(None);
        let faults = Faults::default();
        let mut read = |second| {
            folder.read(SystemTime::now(), Duration::from_secs(second), &faults);
            faults.present().len()
        };
        for number in 0..3 {
            let file = place.path().join(format!("job{number}.prom"));
            fs::write(&file, "broken\n").unwrap();
            assert_eq!(read(100 + number), 1);
            fs::remove_file(&file).unwrap();
        }
        assert_eq!(read(103), 0);
    }

    #[test]
    fn many_new_series_begin_in_several_rounds() {
        let (place, mut folder) = folder(None);
        let lines: Vec<String> = (0..300).map(|number| format!("x{number} 1\n")).collect();
        fs::write(place.path().join("many.prom"), lines.concat()).unwrap();
        assert_eq!(read(&mut folder, 100).0.len(), MAX_NEW);
        assert_eq!(read(&mut folder, 110).0.len(), 300);
    }

    #[test]
    fn a_folder_that_is_not_there_is_reported() {
        let (place, mut folder) = folder(None);
        folder.config.folder = place.path().join("nothing");
        let (values, messages) = read(&mut folder, 100);
        assert!(values.is_empty());
        assert!(messages[0].contains("cannot be read: No such file"), "{messages:?}");
    }
}
