//! The automatic chart of whole databases: what to stack, which unit to use, where to show
//! extremes.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use rrd_core::{ConsolidationFunction, TimeRange, Timestamp};

use crate::axis::ValueScale;
use crate::chart::{Band, Chart, Curve, Legend, Marks, Samples, Sharing, Summary};
use crate::color::PaletteColor;
use crate::data::{DataError, DatabaseName, Databases, Gathering, Missing, SourceFacts, Window};
use crate::numbers::NumberSource;
use crate::quantity::Base;
use crate::rows::Rows;
use crate::statement::Definition;
use crate::total::{Total, sum};

/// Limit on the number of curves shown with their extremes.
const MAX_ENVELOPES: usize = 4;
/// Allowed distance of a value from its prediction, in deviations, as in RRDtool's FAILURES.
const DEVIATIONS: f64 = 2.0;
/// The height of failure marks, as a share of the canvas.
const FAILURE: f64 = 0.06;
/// Series whose sum varies less than this around its mean are parts of a whole.
const MAX_VARIATION: f64 = 0.02;

/// Names of states that add up to a whole, grouped by what they describe.
const WHOLES: [&[&str]; 4] = [
    &["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"],
    &["used", "free", "buffers", "cached", "buffered", "slab", "slab_recl", "slab_unrecl"],
    &["waiting", "starting", "reading", "sending", "keepalive", "dns", "closing", "logging"],
    &["running", "sleeping", "stopped", "zombie", "blocked", "paging", "zombies"],
];

/// What parts of a name say about the unit and the base of its prefixes.
const UNITS: [(&str, &str, Base); 16] = [
    ("bytes", "B", Base::Decimal),
    ("octets", "B", Base::Decimal),
    ("traffic", "B", Base::Decimal),
    ("memory", "B", Base::Binary),
    ("mem", "B", Base::Binary),
    ("swap", "B", Base::Binary),
    ("bits", "b", Base::Decimal),
    ("percent", "%", Base::Decimal),
    ("util", "%", Base::Decimal),
    ("temp", "°C", Base::Decimal),
    ("seconds", "s", Base::Decimal),
    ("latency", "s", Base::Decimal),
    ("await", "s", Base::Decimal),
    ("ping", "s", Base::Decimal),
    ("volt", "V", Base::Decimal),
    ("power", "W", Base::Decimal),
];

/// One data source and its rows.
struct Subject {
    label: String,
    facts: SourceFacts,
    rows: Rows,
    numbers: NumberSource,
    extremes: Option<(Rows, Rows)>,
    forecast: Option<Forecast>,
}

/// The prediction of a database with aberrant behaviour detection, and its failures.
struct Forecast {
    lower: Rows,
    upper: Rows,
    failures: Option<Rows>,
}

/// A chart of all data sources of some databases.
///
/// Sources of one database that are parts of a whole are stacked, with a dashed line of how high
/// they were; others are lines, a single one above a faint area. For a few lines, a band shows the
/// forecast with its failures if the database has one, else the extremes. Where spikes would leave
/// everything else at the base, the axis is logarithmic. The unit follows from the names and from
/// whether the values are rates; the legend is a table.
pub fn chart(
    files: &[impl AsRef<Path>],
    range: TimeRange,
    width: u32,
    databases: &dyn Databases,
) -> Result<Chart, DataError> {
    let files: Vec<&Path> = files.iter().map(AsRef::as_ref).collect();
    let window = Window::new(range, width, None);
    let mut groups = Vec::new();
    for file in &files {
        groups.push(group(file, files.len() > 1, window, databases)?);
    }
    let count: usize = groups.iter().map(Vec::len).sum();
    let mut chart = Chart::new(range)
        .title(title(&files))
        .hatch_unknown(true)
        .legend(Legend::Table(Summary::ALL.to_vec()));
    let (unit, base) = unit(groups.iter().flatten(), &files);
    chart = chart.unit(unit);
    chart = chart.scale(ValueScale::default().limits(lower_limit(&groups), None).base(base));
    let named = files
        .iter()
        .zip(&groups)
        .flat_map(|(file, group)| group.iter().map(|subject| (*file, subject.facts.name.clone())));
    let named: Vec<(&Path, String)> = named.collect();
    for group in groups {
        chart = if group.len() > 1 && is_whole(&group) {
            stacked(chart, group, window)
        } else {
            lines(chart, group, count)
        };
    }
    chart = chart.si_logarithm(true);
    chart.scale.logarithmic = chart.is_spiky();
    let sources: Vec<(&Path, &str)> = named.iter().map(|(file, name)| (*file, &**name)).collect();
    Gathering::new(databases, Missing::Refused).with_beginning(chart, &sources)
}

fn group(
    file: &Path,
    with_file: bool,
    window: Window,
    databases: &dyn Databases,
) -> Result<Vec<Subject>, DataError> {
    // The layout thins rows that share a pixel, and keeps their peaks.
    let mut gathering = Gathering::new(databases, Missing::Refused).unmerged();
    let mut subjects = Vec::new();
    let known = gathering.facts(file)?;
    // Without averages, another function is shown.
    let shown = known.shown().unwrap_or(ConsolidationFunction::Average);
    for facts in known.sources.iter().cloned() {
        let definition = Definition::of(&facts.name, file, &facts.name, shown);
        let numbers = NumberSource::gather(&definition, window.range, &mut gathering)?;
        let mut rows = |function| {
            let definition = Definition::of(&facts.name, file, &facts.name, function);
            gathering.series(&definition, window)
        };
        let average = rows(shown)?;
        let mut kept = |function| known.answers(function).then(|| rows(function)).transpose();
        let extremes = match (kept(ConsolidationFunction::Min)?, kept(ConsolidationFunction::Max)?)
        {
            (Some(least), Some(most))
                if least.step == average.step && most.step == average.step =>
            {
                // Rows of a single reading have no extremes.
                let differ = least.iter().zip(most.iter()).any(|(a, b)| a < b);
                differ.then_some((least, most))
            }
            _ => None,
        };
        let label =
            if with_file { format!("{} {}", stem(file), facts.name) } else { facts.name.clone() };
        let forecast = forecast(kept)?;
        subjects.push(Subject { label, facts, rows: average, numbers, extremes, forecast });
    }
    Ok(subjects)
}

/// The prediction plus and minus two deviations, if a database has both.
fn forecast(
    mut kept: impl FnMut(ConsolidationFunction) -> Result<Option<Rows>, DataError>,
) -> Result<Option<Forecast>, DataError> {
    let predicted = match kept(ConsolidationFunction::HwPredict)? {
        None => kept(ConsolidationFunction::MhwPredict)?,
        predicted => predicted,
    };
    let (Some(predicted), Some(deviation)) = (predicted, kept(ConsolidationFunction::DevPredict)?)
    else {
        return Ok(None);
    };
    let Rows { start, step, .. } = predicted;
    if (start, step) != (deviation.start, deviation.step) || known(&predicted).next().is_none() {
        return Ok(None);
    }
    let shifted = |by: f64| {
        let pairs = predicted.iter().zip(deviation.iter());
        Rows::collect(start, step, pairs.map(|(value, width)| value + by * width))
    };
    let failures = kept(ConsolidationFunction::Failures)?;
    Ok(Some(Forecast { lower: shifted(-DEVIATIONS), upper: shifted(DEVIATIONS), failures }))
}

fn stacked(mut chart: Chart, group: Vec<Subject>, window: Window) -> Chart {
    let total = Total::new(group.iter().map(|subject| subject.rows.clone()), window);
    let peak = if is_complete(&group) { None } else { peak(&group, &total) };
    for (place, subject) in group.into_iter().enumerate() {
        let area = Curve::area(Samples::of(&subject.rows, chart.range, |value| value))
            .numbers(subject.numbers.numbers(chart.range, 1.0, 0.0))
            .legend(subject.label);
        chart = chart.draw(if place == 0 { area } else { area.stacked() });
    }
    match peak {
        Some(peak) => chart.draw(peak),
        None => chart,
    }
}

/// The sum of the highest values of a stack, or the highest of the sums where each row is one
/// value.
fn peak(group: &[Subject], total: &Total) -> Option<Curve> {
    let numbers = |rows: fn(&Subject) -> &Rows| {
        let rows = sum(group.iter().map(|subject| rows(subject).clone()));
        let source = NumberSource { rows, least: None, most: None, single: true };
        source.numbers(total.window.range, 1.0, 0.0)
    };
    let most: Option<Vec<Rows>> =
        group.iter().map(|subject| Some(subject.extremes.as_ref()?.1.clone())).collect();
    match most {
        Some(most) => {
            let numbers =
                numbers(|subject| subject.numbers.most.as_ref().unwrap_or(&subject.numbers.rows));
            total.line(&sum(most.into_iter()), "at most", numbers)
        }
        None => total.line_of_rows(numbers(|subject| &subject.numbers.rows)),
    }
}

fn lines(mut chart: Chart, group: Vec<Subject>, count: usize) -> Chart {
    let range = chart.range;
    let samples = |rows: &Rows| Samples::of(rows, range, |value| value);
    for subject in group {
        let shown = samples(&subject.rows);
        let label = subject.label;
        let mut curve = Curve::line(shown.clone())
            .numbers(subject.numbers.numbers(range, 1.0, 0.0))
            .legend(label.clone());
        if let Some(forecast) = subject.forecast.filter(|_| count <= MAX_ENVELOPES) {
            let band = Band::between(samples(&forecast.lower), samples(&forecast.upper));
            chart = chart
                .draw(band.legend(format!("{label} expected, ± {DEVIATIONS} deviations")))
                .draw(curve);
            if let Some(failures) = forecast.failures {
                let marks = Marks::new(samples(&failures), FAILURE).tint(PaletteColor::RED);
                chart = chart.draw(marks.legend(format!("{label} failures")));
            }
            continue;
        }
        if count <= MAX_ENVELOPES {
            let (least, most) = match &subject.extremes {
                Some((least, most)) => (samples(least), samples(most)),
                // The rows that share a pixel have extremes, too.
                None => (shown.clone(), shown.clone()),
            };
            chart = chart.draw(Band::envelope(least, most));
            curve = curve.sharing(Sharing::Mean);
        }
        if count == 1 {
            chart = chart.draw(Curve::shade(shown, None).sharing(curve.sharing));
        }
        chart = chart.draw(curve);
    }
    chart
}

/// Whether series are parts of a whole: by their names, or because their sum hardly changes.
fn is_whole(group: &[Subject]) -> bool {
    if group.iter().any(|subject| known(&subject.numbers.rows).any(|value| value < 0.0)) {
        return false;
    }
    if is_named_whole(group) {
        return true;
    }
    let Some(first) = group.first().filter(|_| group.len() > 2) else { return false };
    let sums: Vec<f64> = (0..first.numbers.rows.len())
        .map(|row| group.iter().map(|one| one.numbers.rows.get(row)).sum())
        .filter(|sum: &f64| sum.is_finite())
        .collect();
    let count = f64::from(u32::try_from(sums.len()).unwrap_or(u32::MAX));
    let mean = sums.iter().sum::<f64>() / count;
    let strays = sums.iter().all(|sum| (sum - mean).abs() <= MAX_VARIATION * mean);
    // If all parts are constant, a constant sum may be chance.
    let moves = group.iter().any(|subject| {
        let (least, most) = known(&subject.numbers.rows)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)));
        most - least > MAX_VARIATION * mean
    });
    mean > 0.0 && strays && moves
}

/// Whether series are parts of a whole by their names.
fn is_named_whole(group: &[Subject]) -> bool {
    let named = |states: &&[&str]| {
        group.iter().all(|subject| states.contains(&subject.facts.name.to_lowercase().as_str()))
    };
    WHOLES.iter().any(named)
}

/// Whether the parts of a whole always add up to the same, which then is their highest sum.
fn is_complete(group: &[Subject]) -> bool {
    let rest = |subject: &Subject| ["idle", "free"].contains(&&*subject.facts.name.to_lowercase());
    group.iter().any(rest) || !is_named_whole(group)
}

fn known(rows: &Rows) -> impl Iterator<Item = f64> {
    rows.values.iter().copied().filter(|value| value.is_finite())
}

/// The axis includes zero unless a value is below it.
fn lower_limit(groups: &[Vec<Subject>]) -> Option<f64> {
    let values = groups.iter().flatten().flat_map(|subject| &subject.numbers.rows.values);
    let far = |values: &[f64]| {
        let (least, most) = values
            .iter()
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
                (least.min(*value), most.max(*value))
            });
        // Small changes far from zero would be invisible if zero were shown.
        least < 0.0 || least > 0.9 * most
    };
    let all: Vec<f64> = values.copied().collect();
    (!far(&all)).then_some(0.0)
}

/// The common unit of all series, and the base of its prefixes.
fn unit<'a>(subjects: impl Iterator<Item = &'a Subject>, files: &[&Path]) -> (String, Base) {
    let subjects: Vec<&Subject> = subjects.collect();
    let says = |word: &str, text: &str| {
        text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|part| part.contains(word))
    };
    let found = UNITS.iter().find(|(word, ..)| {
        !subjects.is_empty() && subjects.iter().all(|subject| says(word, &subject.facts.name))
            || files.iter().all(|file| says(word, &stem(file)))
    });
    let rates = !subjects.is_empty() && subjects.iter().all(|subject| subject.facts.is_rate);
    match (found, rates) {
        // A rate of seconds per second has no unit, and a rate of bytes is not memory.
        (Some((_, "s" | "%" | "°C", _)) | None, true) => ("/s".to_owned(), Base::Decimal),
        (Some((_, unit, _)), true) => (format!("{unit}/s"), Base::Decimal),
        (Some((_, unit, base)), false) => ((*unit).to_owned(), *base),
        (None, false) => (String::new(), Base::Decimal),
    }
}

fn title(files: &[&Path]) -> String {
    files.iter().map(|file| stem(file)).collect::<Vec<_>>().join(", ")
}

fn stem(file: &Path) -> Cow<'_, str> {
    file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy()
}

/// The default time range of a chart: the last day, limited to the time with data.
pub fn recent(
    files: &[impl AsRef<Path>],
    now: Timestamp,
    databases: &dyn Databases,
) -> Result<TimeRange, DataError> {
    const DAY: Duration = Duration::from_secs(86_400);
    let mut last = Timestamp::MIN;
    let mut kept = Duration::ZERO;
    for file in files {
        let facts = databases.facts(DatabaseName::of_file(file))?;
        last = last.max(facts.last_update);
        kept = kept.max(facts.kept());
    }
    let span = kept.clamp(Duration::from_secs(1), DAY);
    // A database that is no longer updated is shown up to its end.
    let end = if last + span < now { last } else { now };
    Ok(TimeRange::last(span, end))
}

#[cfg(test)]
mod tests {
    use rrd_core::Step;

    use super::*;

    fn subject(name: &str, is_rate: bool, values: &[f64]) -> Subject {
        let step = Step::from_seconds(60).unwrap();
        let rows = Rows::new(Timestamp::from_seconds(0), step, values.to_vec());
        let facts = SourceFacts { name: name.to_owned(), is_rate };
        let numbers = NumberSource { rows: rows.clone(), least: None, most: None, single: true };
        Subject { label: name.to_owned(), facts, rows, numbers, extremes: None, forecast: None }
    }

    #[test]
    fn states_that_add_up_are_a_whole() {
        let states = [subject("user", true, &[1.0]), subject("Idle", true, &[9.0])];
        assert!(is_whole(&states));
        let sums = [
            subject("a", false, &[10.0, 20.0]),
            subject("b", false, &[50.0, 30.0]),
            subject("c", false, &[40.0, 50.0]),
        ];
        assert!(is_whole(&sums));
        let apart = [subject("in", true, &[1.0, 5.0]), subject("out", true, &[7.0, 9.0])];
        assert!(!is_whole(&apart));
        let below = [subject("user", true, &[-1.0]), subject("idle", true, &[9.0])];
        assert!(!is_whole(&below));
    }

    #[test]
    fn names_and_rates_determine_the_unit() {
        let of = |name: &str, is_rate, file: &str| {
            let subject = subject(name, is_rate, &[]);
            unit([&subject].into_iter(), &[Path::new(file)])
        };
        assert_eq!(of("read_bytes", true, "sda.rrd"), ("B/s".to_owned(), Base::Decimal));
        assert_eq!(of("used", false, "memory.rrd"), ("B".to_owned(), Base::Binary));
        assert_eq!(of("util_percent", false, "x.rrd"), ("%".to_owned(), Base::Decimal));
        assert_eq!(of("requests", true, "x.rrd"), ("/s".to_owned(), Base::Decimal));
        assert_eq!(of("load", false, "x.rrd"), (String::new(), Base::Decimal));
    }

    #[test]
    fn zero_is_shown_unless_it_would_flatten_everything() {
        let far = vec![vec![subject("a", false, &[98.0, 99.0])]];
        assert_eq!(lower_limit(&far), None);
        let near = vec![vec![subject("a", false, &[20.0, 99.0])]];
        assert_eq!(lower_limit(&near), Some(0.0));
        let below = vec![vec![subject("a", false, &[-1.0, 99.0])]];
        assert_eq!(lower_limit(&below), None);
    }
}
