//! What a chart that is shown alone says besides its curves: the thresholds of the rules on its
//! values, when they warned, and when the collector and the host started.

use rrd_core::{Step, TimeRange, Timestamp};
use rrd_graph::description::SeriesDescription;
use rrd_graph::statement::Dashes;
use rrd_graph::{Chart, Marks, PaletteColor, Rule, Samples};

use crate::alert::{
    Aggregate, AlertStatus, Direction, History, Level, Status, WarnedSpan, rule_quantity,
    rule_scale,
};
use crate::group::{GroupChart, GroupId, Target, TargetPattern};

/// Limit on the lines for starts and stops; the newest are drawn.
const MAX_RUNS: usize = 50;
/// The parts into which the range is divided where warnings are drawn.
const PARTS: i64 = 2000;

/// What is drawn besides the curves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Annotations {
    /// The thresholds of the rules.
    pub(super) thresholds: Vec<Threshold>,
    /// When rules warned, oldest first.
    pub(super) warned: Vec<WarnedSpan>,
    /// Starts and stops of the collector and the host, oldest first.
    pub(super) runs: Vec<(i64, &'static str)>,
}

/// A threshold of a rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Threshold {
    /// The state that it is the limit of.
    pub(super) status: Status,
    /// What it says: `steal: warning above 10 %`.
    pub(super) text: String,
    /// Its height in the chart; `None` where the rule looks at more than the value, as a trend, or
    /// the curve does not begin at the axis.
    pub(super) height: Option<f64>,
}

/// The rules on the values of a chart.
pub(super) fn rules_on<'a>(
    chart: &'a GroupChart,
    group: &'a GroupId,
    alerts: &'a [AlertStatus],
) -> impl Iterator<Item = (&'a AlertStatus, &'a SeriesDescription)> {
    alerts.iter().filter_map(move |alert| {
        let TargetPattern::One(target) = &alert.target else { return None };
        let is_shown = |series: &&SeriesDescription| {
            series.source.as_deref() == Some(&*target.metric) && series.formula.is_none()
        };
        let series = chart.description.series.iter().find(is_shown);
        Some(alert).filter(|_| target.group == *group).zip(series)
    })
}

/// The thresholds of the rules on the values of a chart, in the order of the rules.
pub(super) fn thresholds(
    chart: &GroupChart,
    group: &GroupId,
    alerts: &[AlertStatus],
) -> Vec<Threshold> {
    let stacked = |series: &SeriesDescription| {
        series.stack && chart.description.series.first().is_some_and(|first| first != series)
    };
    let of_rule = |(alert, series): (&AlertStatus, &SeriesDescription)| {
        let rule = &alert.rule.rule;
        let ((scale, _), quantity) = (rule_scale(rule), rule_quantity(rule));
        let is_drawn =
            !stacked(series) && !matches!(rule.aggregate, Aggregate::Rise | Aggregate::HoursTo(_));
        let side = match rule.direction {
            Direction::Above => "above",
            Direction::Below => "below",
        };
        let of_level = |(status, level): (Status, Option<Level>)| {
            let raise = level?.raise;
            let height = is_drawn.then_some(raise * scale * series.factor + series.shift);
            let name = series.label.as_deref().unwrap_or(series.known_name());
            let text = format!("{name}: {status} {side} {}", quantity.write(raise));
            Some(Threshold { status, text, height })
        };
        [(Status::Warning, rule.warning), (Status::Critical, rule.critical)]
            .map(of_level)
            .into_iter()
            .flatten()
    };
    rules_on(chart, group, alerts).flat_map(of_rule).collect()
}

impl Annotations {
    /// Those of a chart of a group in a range of time.
    pub(super) fn of(
        chart: &GroupChart,
        group: &GroupId,
        alerts: &[AlertStatus],
        history: &History,
        range: TimeRange,
    ) -> Self {
        let (start, end) = (range.start.seconds(), range.end.seconds());
        let sources = chart.description.series.iter().filter_map(|series| series.source.clone());
        let mut warned: Vec<WarnedSpan> = sources
            .map(|metric| Target { group: group.clone(), metric })
            .flat_map(|target| history.spans_of(&target, start, end))
            .collect();
        warned.sort_by_key(|span| span.start);
        let thresholds = thresholds(chart, group, alerts);
        Self { thresholds, warned, runs: history.restarts(start, end) }
    }

    /// Draws them: times of warnings as shades, thresholds as dashed lines, starts and stops as
    /// upright ones.
    pub(super) fn draw(&self, chart: Chart, range: TimeRange) -> Chart {
        // The legend names thresholds beyond the axis, too.
        let mut chart = chart.keep_rule_legends(true);
        for (status, legend) in [(Status::Warning, "warned"), (Status::Critical, "was critical")] {
            let spans = self.warned.iter().filter(|span| span.status == status);
            if let Some((samples, color)) = shaded(spans, range).zip(color(status)) {
                chart = chart.draw(Marks::new(samples, 1.0).faint(color, SHADE).legend(legend));
            }
        }
        for threshold in &self.thresholds {
            let Some((height, color)) = threshold.height.zip(color(threshold.status)) else {
                continue;
            };
            let dashes = Dashes { lengths: vec![6.0, 4.0], offset: 0.0 };
            let line = Rule::at_value(height).tint(color).dashes(dashes);
            chart = chart.draw(line.legend(threshold.text.clone()));
        }
        let hidden = self.runs.len().saturating_sub(MAX_RUNS);
        let runs = self.runs.get(hidden..).unwrap_or_default();
        for (place, (at, what)) in runs.iter().enumerate() {
            // The legend says each once.
            let is_named =
                runs.get(..place).is_some_and(|before| before.iter().any(|it| it.1 == *what));
            let line = Rule::at_time(Timestamp::from_seconds(*at)).tint(PaletteColor::GREY);
            let dashes = Dashes { lengths: vec![2.0, 2.0], offset: 0.0 };
            chart = chart.draw(line.dashes(dashes).legend(if is_named { "" } else { what }));
        }
        chart
    }
}

/// The opacity of shades.
const SHADE: u8 = 0x30;

/// 1 where one of the spans is; `None` without spans.
fn shaded<'a>(
    spans: impl Iterator<Item = &'a WarnedSpan>,
    TimeRange { start, end }: TimeRange,
) -> Option<Samples> {
    let length = end.seconds().saturating_sub(start.seconds());
    let step = length.checked_div(PARTS)?.max(1);
    let mut values =
        vec![f64::NAN; usize::try_from(length.checked_div(step)?.saturating_add(1)).ok()?];
    let mut is_any = false;
    for span in spans {
        let place = |at: i64| {
            let part = at.saturating_sub(start.seconds()).max(0).checked_div(step);
            part.and_then(|part| usize::try_from(part).ok()).unwrap_or(usize::MAX)
        };
        let (from, to) = (place(span.start), place(span.end.saturating_sub(1)));
        for value in values.iter_mut().take(to.saturating_add(1)).skip(from) {
            *value = 1.0;
            is_any = true;
        }
    }
    let step = Step::from_seconds(u64::try_from(step).ok()?)?;
    is_any.then(|| Samples::new(start, step, values))
}

/// The colour of a state.
fn color(status: Status) -> Option<PaletteColor> {
    match status {
        Status::Ok => None,
        Status::Warning => Some(PaletteColor::AMBER),
        Status::Critical => Some(PaletteColor::RED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert;
    use crate::source::charts::packaged;

    fn alert(when: &str) -> AlertStatus {
        let rule = alert::Rule::parse(when).unwrap();
        let target = rule.target.clone();
        let rule = alert::NamedRule { name: "x".to_owned(), rule };
        AlertStatus { rule, target, status: Status::Ok, since: 0, value: 0.0, problem: None }
    }

    fn said(chart: &str, instance: &str, rules: &[&str]) -> Vec<(String, Option<f64>)> {
        let chart = packaged().iter().find(|known| known.name == chart).unwrap();
        let group = GroupId::new(&chart.kind, instance).unwrap();
        let alerts: Vec<_> = rules.iter().map(|rule| alert(rule)).collect();
        let found = thresholds(chart, &group, &alerts);
        found.into_iter().map(|Threshold { text, height, .. }| (text, height)).collect()
    }

    #[test]
    fn thresholds_are_in_the_unit_of_the_chart() {
        assert_eq!(
            said("cpu-lost", "", &["average over 5m of cpu.steal > 10, critical > 30"]),
            [
                ("of all time: warning above 10 %".to_owned(), Some(10.0)),
                ("of all time: critical above 30 %".to_owned(), Some(30.0)),
            ]
        );
        assert_eq!(
            said("load", "", &["last of load.load5 > 4", "last of load.tasks > 1"]),
            [("5 minutes: warning above 4".to_owned(), Some(4.0))]
        );
    }

    #[test]
    fn a_threshold_is_not_drawn_where_its_height_would_mean_something_else() {
        let named = |chart, instance, rule| {
            let said = said(chart, instance, &[rule]);
            assert_eq!(said.len(), 1, "{said:?}");
            said[0].1
        };
        assert_eq!(named("cpu", "", "last of cpu.steal > 10"), None);
        assert_eq!(named("cpu", "", "last of cpu.system > 10"), Some(10.0));
        assert_eq!(named("load", "", "rise over 1h of load.load1 > 2"), None);
    }

    #[test]
    fn rules_on_other_groups_and_values_are_not_named() {
        let rules = ["last of disk:vdb.read_bytes > 1", "last of cpu.steal > 10"];
        assert_eq!(said("disk-traffic", "vda", &rules), []);
    }

    #[test]
    fn times_of_warnings_are_shaded_and_starts_are_named_once() {
        let range = TimeRange::from_seconds(1000, 1100);
        let warned = [(1010, 1020), (1015, 1030), (1090, 1100)].map(|(start, end)| WarnedSpan {
            rule: "x".to_owned(),
            status: Status::Warning,
            start,
            end,
        });
        let samples = shaded(warned.iter(), range).unwrap();
        let shades: Vec<i64> =
            (1000..1100).filter(|at| samples.at(Timestamp::from_seconds(*at)) == 1.0).collect();
        assert_eq!(shades, (1010..1030).chain(1090..1100).collect::<Vec<_>>());
        assert_eq!(shaded([].iter(), range), None);

        let (text, status) = ("warning above 1".to_owned(), Status::Critical);
        let threshold = Threshold { text, height: Some(1.0), status };
        let (thresholds, runs) =
            (vec![threshold], vec![(1001, "collector started"), (1050, "collector started")]);
        let annotations = Annotations { thresholds, warned: warned.to_vec(), runs };
        let svg = annotations.draw(Chart::new(range).size(500, 300), range).to_svg();
        for text in [">warned<", ">collector started<"] {
            assert_eq!(svg.matches(text).count(), 1, "{text} {svg}");
        }
        for (color, kind) in [(PaletteColor::AMBER, "fill"), (PaletteColor::RED, "stroke")] {
            assert!(svg.contains(&format!("{kind}=\"{}\"", color.on_light())), "{color} {svg}");
        }
    }
}
