//! Counts the instructions of a dozen hot operations with callgrind and compares them with
//! `benches/instructions.toml`.
//!
//! Unlike times, counts do not depend on the load of the machine. They depend on the compiler and
//! the processor: if one of them differs from the file, the counts are reported but not checked.
//! It is an example and not a bench because cargo builds all programs of a package for its benches.
//!
//! ```sh
//! cargo run --release -p rrd-benches --example instructions             # compares
//! cargo run --release -p rrd-benches --example instructions -- --renew   # updates the file
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use rrd_benches::workload::{
    START, STEP, any_time, four_archives, minutes, sample, sample_text, value, wide,
};
use rrd_collector::Host;
use rrd_collector::daemon::sampler::Sampler;
use rrd_collector::group::retention::Retention;
use rrd_collector::output::live::Shared;
use rrd_collector::schedule::Tick;
use rrd_collector::source::host::HostSettings;
use rrd_collector::store::data_folder::DataFolder;
use rrd_collector::store::writer::StoreWriter;
use rrd_core::rpn::{ComputeRow, Evaluator, Expression};
use rrd_core::{
    ConsolidationFunction, CreateOptions, Dump, FetchRequest, Rrd, RrdReader, Series, Store,
    Template, TimeRange, TimeZone, Timestamp,
};
use rrd_graph::{Chart, Curve, Legend, Samples, Summary};

type Outcome<T> = Result<T, Box<dyn Error>>;
/// Performs its units of work on each call.
type Work = Box<dyn FnMut()>;

/// The largest accepted change of a count.
const TOLERANCE: f64 = 0.05;
/// Calls before the counted one, to fill caches and touch pages.
const WARM_UPS: u32 = 2;

struct Operation {
    name: &'static str,
    /// Units per call.
    units: u32,
    /// Sets up the work in an empty folder.
    prepare: fn(&Path, u32) -> Work,
}

const OPERATIONS: [Operation; 12] = [
    Operation { name: "create", units: 10, prepare: create },
    Operation { name: "open", units: 100, prepare: open },
    Operation { name: "update, kept handle", units: 100, prepare: update },
    Operation { name: "update, store", units: 1000, prepare: update_store },
    Operation { name: "batch, per sample", units: 10_000, prepare: batch },
    Operation { name: "sample from text", units: 1000, prepare: parse_sample },
    Operation { name: "fetch of 1,440 rows", units: 10, prepare: fetch },
    Operation { name: "dump of 2,872 rows of 4", units: 1, prepare: dump },
    Operation { name: "expression of 7 words", units: 1000, prepare: expression },
    Operation { name: "PNG 800x300", units: 1, prepare: png },
    Operation { name: "SVG 800x300", units: 1, prepare: svg },
    Operation { name: "tick of the collector", units: 10, prepare: tick },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", name, folder] => {
            run(name, Path::new(folder));
            Ok(true)
        }
        ["--renew"] => renew(),
        [] => compare(),
        _ => Err("expected no argument, or --renew".into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The counts, and the compiler and processor they depend on.
struct Counts {
    compiler: String,
    processor: String,
    instructions: BTreeMap<String, u64>,
}

fn compare() -> Outcome<bool> {
    let kept = kept()?;
    let found = count()?;
    let is_same = kept.compiler == found.compiler && kept.processor == found.processor;
    let mut is_held = true;
    println!("| instructions | kept | found | change |\n|---|---|---|---|");
    for operation in &OPERATIONS {
        let found = found.instructions[operation.name];
        let Some(kept) = kept.instructions.get(operation.name) else {
            println!("| {} | | {found} | |", operation.name);
            is_held = false;
            continue;
        };
        let change = ratio(found, *kept) - 1.0;
        let is_far = change.abs() > TOLERANCE;
        is_held &= !is_far;
        let mark = if is_far { " (!)" } else { "" };
        println!("| {} | {kept} | {found} | {:+.1} %{mark} |", operation.name, 100.0 * change);
    }
    if !is_same {
        println!(
            "reported, not checked: the file was recorded with {} on {}, this is {} on {}",
            kept.compiler, kept.processor, found.compiler, found.processor
        );
        return Ok(true);
    }
    if !is_held {
        println!(
            "counts changed by more than {:.0} %: find the cause, then update the file \
             (cargo run --release -p rrd-benches --example instructions -- --renew)",
            100.0 * TOLERANCE
        );
    }
    Ok(is_held)
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
fn ratio(found: u64, kept: u64) -> f64 {
    found as f64 / kept.max(1) as f64
}

fn renew() -> Outcome<bool> {
    let found = count()?;
    let mut text = String::from(
        "# Instructions of one unit of each operation, counted by callgrind in a release build.\n\
         # Written by `cargo run --release -p rrd-benches --example instructions -- --renew`;\n\
         # CI holds them within 5 % where compiler and processor are these.\n",
    );
    writeln!(
        text,
        "compiler = {:?}\nprocessor = {:?}\n\n[instructions]",
        found.compiler, found.processor
    )?;
    for operation in &OPERATIONS {
        writeln!(text, "{:?} = {}", operation.name, found.instructions[operation.name])?;
    }
    std::fs::write(file(), &text)?;
    print!("{text}");
    Ok(true)
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.toml")
}

fn kept() -> Outcome<Counts> {
    let table: toml::Table = std::fs::read_to_string(file())?.parse()?;
    let text =
        |name: &str| table.get(name).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let counts = table.get("instructions").and_then(toml::Value::as_table);
    let count = |(name, count): (&String, &toml::Value)| {
        Some((name.clone(), u64::try_from(count.as_integer()?).ok()?))
    };
    Ok(Counts {
        compiler: text("compiler"),
        processor: text("processor"),
        instructions: counts.into_iter().flatten().filter_map(count).collect(),
    })
}

/// Runs each operation in a separate process under callgrind.
fn count() -> Outcome<Counts> {
    let compiler = Command::new("rustc").arg("--version").output()?;
    let processor = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = processor.lines().find_map(|line| line.strip_prefix("model name"));
    let mut instructions = BTreeMap::new();
    for operation in &OPERATIONS {
        let found = count_one(operation)?;
        eprintln!("{}: {found}", operation.name);
        instructions.insert(operation.name.to_owned(), found);
    }
    Ok(Counts {
        compiler: String::from_utf8(compiler.stdout)?.trim().to_owned(),
        processor: model.unwrap_or("unknown").trim_start_matches(['\t', ':', ' ']).to_owned(),
        instructions,
    })
}

fn count_one(operation: &Operation) -> Outcome<u64> {
    let folder = tempfile::tempdir()?;
    let report = folder.path().join("callgrind");
    let work = folder.path().join("work");
    std::fs::create_dir(&work)?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*measured_work*"])
        .arg(format!("--callgrind-out-file={}", report.display()))
        .arg(std::env::current_exe()?)
        .args(["run", operation.name])
        .arg(&work)
        .output()
        .map_err(|error| format!("cannot run valgrind ({error}): apt-get install valgrind"))?;
    if !output.status.success() {
        return Err(
            format!("{}: {}", operation.name, String::from_utf8_lossy(&output.stderr)).into()
        );
    }
    let report = std::fs::read_to_string(report)?;
    let total = report.lines().find_map(|line| line.strip_prefix("totals: "));
    let total: u64 = total.ok_or("callgrind's report has no totals")?.trim().parse()?;
    if total == 0 {
        return Err(format!("{}: callgrind did not count the work", operation.name).into());
    }
    Ok(total / u64::from(operation.units))
}

fn run(name: &str, folder: &Path) {
    let operation = OPERATIONS.iter().find(|operation| operation.name == name);
    let operation = operation.expect("an operation of this name");
    let mut work = (operation.prepare)(folder, operation.units);
    for _ in 0..WARM_UPS {
        work();
    }
    measured_work(&mut work);
}

/// Callgrind counts what this function does; it is found by its name.
#[inline(never)]
fn measured_work(work: &mut Work) {
    black_box(work)();
}

fn create(folder: &Path, units: u32) -> Work {
    let (folder, schema) = (folder.to_owned(), four_archives());
    let mut number = 0;
    Box::new(move || {
        for _ in 0..units {
            number += 1;
            let path = folder.join(format!("{number}.rrd"));
            drop(Rrd::create(path, &schema, Timestamp::from_seconds(START)).expect("created"));
        }
    })
}

fn open(folder: &Path, units: u32) -> Work {
    let path = folder.join("one.rrd");
    drop(Rrd::create(&path, &four_archives(), Timestamp::from_seconds(START)).expect("created"));
    Box::new(move || {
        for _ in 0..units {
            drop(Rrd::open(&path).expect("opened"));
        }
    })
}

fn update(folder: &Path, units: u32) -> Work {
    let start = Timestamp::from_seconds(START);
    let mut rrd = Rrd::create(folder.join("one.rrd"), &four_archives(), start).expect("created");
    let samples: Vec<_> =
        (1..=units * (WARM_UPS + 1)).map(|number| sample(number, STEP, 1)).collect();
    let mut samples = samples.into_iter();
    Box::new(move || {
        for sample in samples.by_ref().take(units as usize) {
            rrd.update(&sample).expect("updated");
        }
    })
}

fn update_store(folder: &Path, units: u32) -> Work {
    let store = Store::open(folder.join("store"), any_time()).expect("a store");
    let start = Timestamp::from_seconds(START);
    store.create("one.rrd", &four_archives(), start, CreateOptions::default()).expect("created");
    let samples: Vec<_> =
        (1..=units * (WARM_UPS + 1)).map(|number| sample(number, STEP, 1)).collect();
    let mut samples = samples.into_iter();
    Box::new(move || {
        for sample in samples.by_ref().take(units as usize) {
            store.update("one.rrd", &sample).expect("acknowledged");
        }
    })
}

fn batch(folder: &Path, units: u32) -> Work {
    let start = Timestamp::from_seconds(START);
    let mut rrd = Rrd::create(folder.join("one.rrd"), &four_archives(), start).expect("created");
    let samples: Vec<_> =
        (1..=units * (WARM_UPS + 1)).map(|number| sample(number, STEP, 1)).collect();
    let mut begin = 0;
    Box::new(move || {
        let end = begin + units as usize;
        rrd.update_batch(&samples[begin..end]).expect("updated");
        begin = end;
    })
}

fn parse_sample(_folder: &Path, units: u32) -> Work {
    let texts: Vec<_> = (1..=units).map(|number| sample_text(number, STEP, 1)).collect();
    let template = Template::in_file_order(&four_archives());
    let now = Timestamp::from_seconds(START);
    Box::new(move || {
        for text in &texts {
            black_box(template.sample(text, now, &TimeZone::UTC).expect("a sample"));
        }
    })
}

fn fetch(folder: &Path, units: u32) -> Work {
    let rows = 1440;
    let path = folder.join("one.rrd");
    let start = Timestamp::from_seconds(START);
    let mut rrd = Rrd::create(&path, &minutes(1, rows), start).expect("created");
    let samples: Vec<_> = (1..=1440).map(|number| sample(number, 60, 1)).collect();
    rrd.update_batch(&samples).expect("updated");
    let range = TimeRange::from_seconds(START, START + 1440 * 60 - 1);
    let request = FetchRequest::new(ConsolidationFunction::Average, range);
    let mut series = Series::default();
    Box::new(move || {
        for _ in 0..units {
            rrd.fetch_into(&request, &mut series).expect("fetched");
        }
    })
}

fn dump(folder: &Path, units: u32) -> Work {
    let path = folder.join("one.rrd");
    let mut rrd = Rrd::create(&path, &wide(4), Timestamp::from_seconds(START)).expect("created");
    let samples: Vec<_> = (1..=2000).map(|number| sample(number, STEP, 4)).collect();
    rrd.update_batch(&samples).expect("updated");
    let reader = RrdReader::open(&path).expect("opened");
    Box::new(move || {
        for _ in 0..units {
            Dump::of(&reader).zone(TimeZone::UTC).write_to(io::sink()).expect("dumped");
        }
    })
}

fn expression(_folder: &Path, units: u32) -> Work {
    let place = |name: &str| ["a", "b"].iter().position(|known| *known == name);
    let expression = Expression::parse("a,b,+,2,/,100,MIN", place).expect("an expression");
    let mut evaluator = Evaluator::new();
    Box::new(move || {
        let row = ComputeRow { values: &[12.5, 99.0], now: START };
        for _ in 0..units {
            let value = evaluator.evaluate(&expression, black_box(&row)).expect("a value");
            black_box(value);
        }
    })
}

/// A day of five stacked areas, a value a minute, with a legend of four numbers a row.
fn day() -> Chart {
    let summaries = [Summary::Minimum, Summary::Average, Summary::Maximum, Summary::Last];
    let mut chart = Chart::new(TimeRange::from_seconds(START, START + 86_400))
        .title("CPU")
        .vertical_label("percent")
        .size(800, 300)
        .zone(TimeZone::UTC)
        .legend(Legend::Table(summaries.to_vec()));
    for source in 0..5 {
        let values = (0..1440).map(|minute| value(minute, source)).collect::<Vec<_>>();
        let step = rrd_core::Step::from_seconds(60).expect("not zero");
        let samples = Samples::new(Timestamp::from_seconds(START), step, values);
        let curve = Curve::area(samples).legend(format!("state{source}"));
        chart = chart.draw(if source == 0 { curve } else { curve.stacked() });
    }
    chart
}

fn png(_folder: &Path, units: u32) -> Work {
    let chart = day();
    Box::new(move || {
        for _ in 0..units {
            black_box(chart.to_png().expect("a picture of a usual size"));
        }
    })
}

fn svg(_folder: &Path, units: u32) -> Work {
    let chart = day();
    Box::new(move || {
        for _ in 0..units {
            black_box(chart.to_svg());
        }
    })
}

/// A recorded host with two processors, into a store.
fn tick(folder: &Path, units: u32) -> Work {
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/../rrd-collector/tests/hosts/guest/1");
    let data = DataFolder::open(&folder.join("store"), any_time()).expect("a store");
    let settings = HostSettings { files: Host::at(recorded), ..HostSettings::default() };
    let writer = StoreWriter::new(Arc::new(data), Retention::default());
    let shared = Shared::default();
    let mut sampler = Sampler::new(&settings, Box::new(writer), shared.all_faults().of_task());
    let mut seconds = 0;
    Box::new(move || {
        for _ in 0..units {
            seconds += 1;
            let at = Timestamp::from_seconds(START + seconds);
            let tick = Tick { at, clock: Duration::from_secs(seconds.unsigned_abs()) };
            sampler.tick(tick, 0, Duration::ZERO, &shared);
        }
    })
}
