//! A randomised test: the same files and samples through the installed `rrdtool` and through this
//! library, byte for byte.
//!
//! Each case has a random structure (all types of data sources, all consolidation functions,
//! companions in any order) and a random stream of samples (fractions of seconds, gaps, wraps,
//! unknowns). Both programs begin with the same rows; after each round they swap files, so that
//! each continues with what the other has written. `RRD_TRIAL_CASES` sets the number of cases
//! (default 500), `RRD_TRIAL_SEED` the first one (default 1).

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use rrd_core::{
    ConsolidationFunction, CreateOptions, Dump, FetchRequest, Info, Overwrite, RateError, Rrd,
    RrdReader, SampleError, SchemaText, Step, Template, TimeRange, TimeZone, Timestamp,
    UpdateError,
};

const START: i64 = 1_000_000_000;

/// Sebastiano Vigna's `SplitMix`: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    fn signed(&mut self, magnitude: u64) -> i64 {
        self.below(2 * magnitude + 1).cast_signed() - magnitude.cast_signed()
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[usize::try_from(self.below(items.len() as u64)).unwrap()]
    }
}

/// `rrdtool -`, which runs many commands in one process.
struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// The installed program; `None` (with a note) if there is none and this is not CI.
    fn start(folder: &Path) -> Option<Self> {
        let started = Command::new("rrdtool")
            .arg("-")
            .current_dir(folder)
            .env("TZ", "UTC")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        match started {
            Ok(mut child) => {
                let input = child.stdin.take().unwrap();
                let output = BufReader::new(child.stdout.take().unwrap());
                Some(Self { child, input, output })
            }
            Err(error) => {
                assert!(env::var_os("CI").is_none(), "rrdtool is needed: {error}");
                println!("left out: rrdtool cannot be started: {error}");
                None
            }
        }
    }

    /// The program's answer: the text before its `OK`, or its error.
    fn run(&mut self, command: &str) -> Result<String, String> {
        writeln!(self.input, "{command}").unwrap();
        self.input.flush().unwrap();
        let mut text = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "rrdtool died of {command}");
            if line.starts_with("OK ") {
                return Ok(text);
            }
            if let Some(error) = line.strip_prefix("ERROR: ") {
                return Err(error.trim_end().to_owned());
            }
            text.push_str(&line);
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "quit");
        let _ = self.child.wait();
    }
}

/// A data source and its last reading.
struct Source {
    kind: &'static str,
    last: i128,
}

/// A structure and the state of its stream of samples.
struct Case {
    random: Random,
    step: u64,
    definitions: Vec<String>,
    sources: Vec<Source>,
    seconds: i64,
    microseconds: u32,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x1000_0001));
        let step = *random.pick(&[1, 2, 5, 10, 10, 60, 300]);
        let seconds = START + random.below(2000).cast_signed();
        let mut case = Self {
            random,
            step,
            definitions: Vec::new(),
            sources: Vec::new(),
            seconds,
            microseconds: 0,
        };
        case.add_sources();
        if case.random.chance(35) {
            case.add_forecast();
        }
        for _ in 0..case.random.between(1, 4) {
            case.add_classic();
        }
        case
    }

    fn add_sources(&mut self) {
        const KINDS: [&str; 6] = ["GAUGE", "COUNTER", "DERIVE", "ABSOLUTE", "DCOUNTER", "DDERIVE"];
        for index in 0..self.random.between(1, 4) {
            let kind = *self.random.pick(&KINDS);
            let heartbeat = self.step * *self.random.pick(&[1, 2, 2, 3, 10]);
            let minimum = *self.random.pick(&["U", "U", "U", "-50", "0"]);
            let maximum = *self.random.pick(&["U", "U", "U", "1000", "1e6"]);
            self.definitions.push(format!("DS:s{index}:{kind}:{heartbeat}:{minimum}:{maximum}"));
            let last = i128::from(self.random.below(1000));
            self.sources.push(Source { kind, last });
        }
        if self.random.chance(30) {
            let expressions = [
                "s0,2,*",
                "s0,UN,0,s0,IF",
                "s0,DUP,*",
                "s0,-7,MAX",
                "s0,3,%",
                "s0,10,LT,s0,UNKN,IF",
            ];
            let expression = *self.random.pick(&expressions);
            self.definitions.push(format!("DS:c:COMPUTE:{expression}"));
        }
    }

    fn add_classic(&mut self) {
        let function = *self.random.pick(&["AVERAGE", "MIN", "MAX", "LAST"]);
        let factor = *self.random.pick(&["0", "0.25", "0.5", "0.5", "0.9", "0.99"]);
        let points = *self.random.pick(&[1, 1, 2, 3, 4, 5, 12]);
        let rows = self.random.between(1, 12);
        self.definitions.push(format!("RRA:{function}:{factor}:{points}:{rows}"));
    }

    fn add_forecast(&mut self) {
        let predict = *self.random.pick(&["HWPREDICT", "HWPREDICT", "MHWPREDICT"]);
        let season = if self.random.chance(20) {
            self.random.between(40, 60)
        } else {
            self.random.between(2, 12)
        };
        let rows = season + self.random.below(30);
        let alpha = *self.random.pick(&["0.1", "0.3", "0.75"]);
        let beta = *self.random.pick(&["0", "0.0035", "0.4", "1"]);
        if self.random.chance(40) {
            self.definitions.push(format!("RRA:{predict}:{rows}:{alpha}:{beta}:{season}"));
            return;
        }
        let mut order = ['H', 'S', 'D', 'P', 'F'];
        for place in (1..order.len()).rev() {
            let other = usize::try_from(self.random.below(place as u64 + 1)).unwrap();
            order.swap(place, other);
        }
        let place = |letter| order.iter().position(|other| *other == letter).unwrap() + 1;
        let window =
            *self.random.pick(&["", "", ":smoothing-window=0.2", ":smoothing-window=0.05"]);
        for letter in order {
            self.definitions.push(match letter {
                'H' => format!("RRA:{predict}:{rows}:{alpha}:{beta}:{season}:{}", place('S')),
                'S' => format!("RRA:SEASONAL:{season}:0.2:{}{window}", place('H')),
                'D' => format!("RRA:DEVSEASONAL:{season}:0.3:{}{window}", place('H')),
                'P' => format!("RRA:DEVPREDICT:{rows}:{}", place('D')),
                _ => {
                    let threshold = self.random.between(1, 4);
                    let length = self.random.between(threshold, 11);
                    format!("RRA:FAILURES:{rows}:{threshold}:{length}:{}", place('D'))
                }
            });
        }
    }

    /// The next sample as text.
    fn sample(&mut self) -> String {
        self.advance_time();
        let mut text = if self.microseconds == 0 {
            self.seconds.to_string()
        } else {
            format!("{}.{:06}", self.seconds, self.microseconds)
        };
        for index in 0..self.sources.len() {
            write!(text, ":{}", self.reading(index)).unwrap();
        }
        text
    }

    fn advance_time(&mut self) {
        let step = self.step;
        let whole = match self.random.below(100) {
            0..45 => step,
            45..65 => self.random.below(step + 1),
            65..80 => self.random.between(step, 3 * step),
            80..85 => 2 * step,
            85..97 => self.random.between(step, 12 * step),
            _ => self.random.between(12 * step, 150 * step),
        };
        let before = (self.seconds, self.microseconds);
        self.seconds += whole.cast_signed();
        if self.random.chance(15) {
            self.microseconds = *self.random.pick(&[0, 500_000, 250_000, 123_456, 999_999, 1]);
        }
        // Occasionally a sample of the past, which both refuse.
        if (self.seconds, self.microseconds) <= before && !self.random.chance(2) {
            self.seconds = before.0 + 1;
        }
    }

    fn reading(&mut self, index: usize) -> String {
        if self.random.chance(7) {
            return "U".to_owned();
        }
        let random = &mut self.random;
        let source = &mut self.sources[index];
        match source.kind {
            "COUNTER" => {
                source.last = match random.below(100) {
                    0..88 => source.last + i128::from(random.below(5000)),
                    88..91 => i128::from(u32::MAX) - i128::from(random.below(3000)),
                    91..94 => i128::from(u64::MAX) - i128::from(random.below(3000)),
                    94..96 => 123_456_789_012_345_678_901_234_567 + i128::from(random.below(1000)),
                    _ => i128::from(random.below(1000)),
                };
                source.last.to_string()
            }
            "DERIVE" => {
                source.last =
                    (source.last + i128::from(random.signed(3000))) % 1_000_000_000_000_000;
                source.last.to_string()
            }
            "DCOUNTER" | "DDERIVE" => {
                let step = if source.kind == "DCOUNTER" && random.chance(90) {
                    i128::from(random.below(400_000))
                } else {
                    i128::from(random.signed(400_000))
                };
                source.last = (source.last + step) % 1_000_000_000_000_000;
                let sign = if source.last < 0 { "-" } else { "" };
                let magnitude = source.last.unsigned_abs();
                format!("{sign}{}.{:03}", magnitude / 1000, magnitude % 1000)
            }
            "ABSOLUTE" => random.below(10_000).to_string(),
            _ => match random.below(10) {
                0 => format!("{}e{}", random.signed(999), random.signed(4)),
                1 => "nan".to_owned(),
                2..5 => random.signed(200).to_string(),
                _ => format!("{}.{:06}", random.signed(150), random.below(1_000_000)),
            },
        }
    }
}

/// Both programs with their folders.
struct Trial<'a> {
    folder: &'a Path,
    peer: Peer,
}

impl Trial<'_> {
    /// Runs one case; differences are reported.
    fn run(&mut self, seed: u64) -> Result<(), String> {
        let mut case = Case::new(seed);
        let files = ["a/x.rrd", "b/x.rrd"].map(|name| self.folder.join(name));
        let version = self.create(&case, &files[0])?;
        same_files(&files).map_err(|at| format!("new files differ {at}, version {version}"))?;
        let schema = RrdReader::open(&files[0]).unwrap().schema().clone();
        let template = Template::in_file_order(&schema);
        for round in 0..case.random.between(3, 8) {
            let count = case.random.between(1, 25);
            let samples: Vec<String> = (0..count).map(|_| case.sample()).collect();
            let (ours, theirs) = (usize::from(round % 2 == 1), usize::from(round % 2 == 0));
            let command =
                format!("update {} {}", ["../a/x.rrd", "x.rrd"][theirs], samples.join(" "));
            let their_answer = self.peer.run(&command);
            let now = Timestamp::from_seconds(0);
            let parsed: Vec<_> = samples
                .iter()
                .map(|text| template.sample(text, now, &TimeZone::UTC).unwrap())
                .collect();
            let our_answer = Rrd::open(&files[ours]).unwrap().update_batch(&parsed);
            match (&our_answer, &their_answer) {
                (Ok(()), Ok(_)) => {}
                (Err(ours), Err(theirs)) if same_refusal(&ours.source, theirs) => {}
                _ => return Err(format!("{our_answer:?} is not {their_answer:?} to {command}")),
            }
            same_files(&files).map_err(|at| format!("{at} after {command}"))?;
        }
        self.compare_texts(&mut case, &files)
    }

    /// Creates the file with both programs and writes the same initial rows.
    fn create(&mut self, case: &Case, ours: &Path) -> Result<String, String> {
        let Case { step, seconds, definitions, .. } = case;
        let mut text = SchemaText::new(Step::from_seconds(*step).unwrap(), "x.rrd");
        for definition in definitions {
            text.argument(definition).map_err(|error| format!("{definition}: {error}"))?;
        }
        let definition = text.finish().unwrap();
        let options = CreateOptions::new().overwrite(Overwrite::Yes).version(definition.version);
        let start = Timestamp::from_seconds(*seconds);
        drop(Rrd::create_with(ours, &definition.schema, start, options).unwrap());
        let arguments = definitions.join(" ");
        let command = format!("create x.rrd --start {seconds} --step {step} {arguments}");
        self.peer.run(&command).map_err(|error| format!("{error}: {command}"))?;
        let reader = RrdReader::open(ours).unwrap();
        let end = usize::try_from(reader.header_size()).unwrap();
        let archives = reader.schema().archives();
        let cursors: Vec<u8> = archives
            .iter()
            .enumerate()
            .flat_map(|(index, archive)| ((index as u64 * 7 + 3) % archive.rows).to_le_bytes())
            .collect();
        for file in [ours, &self.folder.join("b/x.rrd")] {
            let mut bytes = fs::read(file).unwrap();
            bytes[end - cursors.len()..end].copy_from_slice(&cursors);
            fs::write(file, bytes).unwrap();
        }
        Ok(format!("{:?}", definition.version))
    }

    /// Each program reads the other's file.
    fn compare_texts(
        &mut self,
        case: &mut Case,
        files: &[std::path::PathBuf; 2],
    ) -> Result<(), String> {
        let reader = RrdReader::open(&files[1]).unwrap();
        let mut ours = Vec::new();
        Dump::of(&reader).zone(TimeZone::UTC).write_to(&mut ours).unwrap();
        let theirs = self.peer.run("dump ../a/x.rrd")?;
        same_lines("dump", &String::from_utf8(ours).unwrap(), &theirs)?;
        let theirs = self.peer.run("info ../a/x.rrd")?;
        same_lines("info", &Info::of(&reader, "../a/x.rrd").to_string(), &theirs)?;
        let head = reader.head();
        let names =
            reader.schema().sources().iter().map(|source| format!(" {}", source.name.as_str()));
        let readings = head.live.pdps.iter().map(|pdp| format!(" {}", pdp.last_reading.text()));
        let ours = format!(
            "{}\n\n{}:{}\n",
            names.collect::<String>(),
            head.live.last_update.seconds(),
            readings.collect::<String>()
        );
        same_lines("lastupdate", &ours, &self.peer.run("lastupdate ../a/x.rrd")?)?;
        for archive in reader.schema().archives() {
            let span = (archive.points_per_row() * case.step).cast_signed();
            let start = case.seconds - case.random.below(20).cast_signed() * span;
            let end = start + case.random.below(10).cast_signed() * span;
            let resolution = case.random.between(1, 4) * case.step;
            let name = archive.function().name();
            let theirs = self
                .peer
                .run(&format!("fetch ../a/x.rrd {name} -r {resolution} -s {start} -e {end}"))?;
            let ours = fetched(&reader, archive.function(), (start, end), resolution);
            same_lines(
                &format!("fetch {name} {start} {end} {resolution}"),
                &ours,
                &values(&theirs),
            )?;
        }
        Ok(())
    }
}

/// Times and the bits of values.
fn fetched(
    reader: &RrdReader,
    function: ConsolidationFunction,
    (start, end): (i64, i64),
    resolution: u64,
) -> String {
    let request = FetchRequest::new(function, TimeRange::from_seconds(start, end))
        .resolution(Duration::from_secs(resolution));
    let series = reader.fetch(&request).unwrap();
    let mut text = String::new();
    for (time, row) in series.rows() {
        write!(text, "{time}:").unwrap();
        for value in row {
            // The other program prints ten decimals.
            let shown: f64 = format!("{value:.10e}").parse().unwrap();
            write!(text, " {shown}").unwrap();
        }
        text.push('\n');
    }
    text
}

/// The output of `rrdtool fetch`, in the form of [`fetched`].
fn values(printed: &str) -> String {
    let mut text = String::new();
    for line in printed.lines().skip(2) {
        let (time, row) = line.split_once(':').unwrap();
        write!(text, "{}:", time.trim()).unwrap();
        for value in row.split_whitespace() {
            let value: f64 = value.trim_start_matches('-').parse::<f64>().map_or_else(
                |_| panic!("{value} is no number"),
                |magnitude| if value.starts_with('-') { -magnitude } else { magnitude },
            );
            let value = if value.is_nan() { f64::NAN } else { value };
            write!(text, " {value}").unwrap();
        }
        text.push('\n');
    }
    text
}

/// Whether two refusals say the same, each after its name of the file.
fn same_refusal(ours: &UpdateError, theirs: &str) -> bool {
    let UpdateError::Sample { source, .. } = ours else { return false };
    let words = match source {
        SampleError::Past { at, last_update } => format!(
            "illegal attempt to update using time {} when last update time is {} (minimum one second step)",
            at.seconds(),
            last_update.seconds()
        ),
        SampleError::Readings { expected, found, at } => {
            format!("expected {expected} data source readings (got {found}) from {at}")
        }
        SampleError::Reading(RateError::Number { kind, error }) => {
            format!("Function update_pdp_prep, case DST_{} - {error}", kind.name())
        }
        SampleError::Reading(RateError::NotUnsigned { text }) => {
            format!("not a simple unsigned integer: '{text}'")
        }
        SampleError::Reading(RateError::NotSigned { text }) => {
            format!("not a simple signed integer: '{text}'")
        }
        other => other.to_string(),
    };
    theirs.split_once(".rrd: ").is_some_and(|(_, theirs)| theirs == words)
}

fn same_lines(what: &str, ours: &str, theirs: &str) -> Result<(), String> {
    let (mut our_lines, mut their_lines) = (ours.lines(), theirs.lines());
    loop {
        match (our_lines.next(), their_lines.next()) {
            (None, None) => return Ok(()),
            (ours, theirs) if ours == theirs => {}
            (ours, theirs) => return Err(format!("{what}: {ours:?} is not {theirs:?}")),
        }
    }
}

/// Whether both files have the same bytes; all NaN count as equal.
fn same_files(files: &[std::path::PathBuf; 2]) -> Result<(), String> {
    let [ours, theirs] = files.each_ref().map(|file| fs::read(file).unwrap());
    let is_nan =
        |bytes: &[u8]| bytes.try_into().is_ok_and(|bytes| f64::from_le_bytes(bytes).is_nan());
    let differs = |(a, b): (&[u8], &[u8])| a != b && !(is_nan(a) && is_nan(b));
    match ours.chunks(8).zip(theirs.chunks(8)).position(differs) {
        Some(place) => Err(format!("at byte {}", place * 8)),
        None if ours.len() != theirs.len() => Err("in length".to_owned()),
        None => Ok(()),
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |text| text.parse().unwrap())
}

#[test]
fn random_files_and_samples_end_in_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let Some(peer) = Peer::start(&folder.path().join("b")) else { return };
    let mut trial = Trial { folder: folder.path(), peer };
    let first = setting("RRD_TRIAL_SEED", 1);
    let count = setting("RRD_TRIAL_CASES", 500);
    println!("seeds {first} to {}", first + count - 1);
    let failures: Vec<String> = (first..first + count)
        .filter_map(|seed| trial.run(seed).err().map(|error| format!("seed {seed}: {error}")))
        .collect();
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}
