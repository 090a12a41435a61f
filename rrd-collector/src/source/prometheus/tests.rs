//! Pages of exporters, and what is stored of them.

use super::*;

const NAME: &str = "node";

fn filter(include: &[&str], also: &[&str], exclude: &[&str]) -> InstanceFilter {
    let list = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
    let mut filter = InstanceFilter::default();
    filter.read(list(include), list(also), list(exclude));
    filter
}

struct Trial {
    exporter: Exporter,
    filter: InstanceFilter,
    cap: usize,
    form: Form,
}

impl Trial {
    fn new(cap: usize) -> Self {
        let (exporter, filter) = (Exporter::new(NAME.to_owned()), InstanceFilter::default());
        Self { exporter, filter, cap, form: Form::Text }
    }

    /// The groups of a reading, and what is to be reported.
    fn read(&mut self, second: u64, page: &str) -> (Vec<(String, Vec<f64>)>, Option<Problem>) {
        let mut selection = self.exporter.selection(self.cap, &self.filter);
        selection.take_some(&mut Samples::of(page, self.form), usize::MAX).unwrap();
        let taken = selection.end();
        let problem = taken.problem(self.cap);
        let clock = Duration::from_secs(second);
        let round = Round { wall: Duration::from_secs(1_700_000_000) + clock, clock };
        let mut batch = SampleBatch::new(Timestamp::from_seconds(0), DEFAULT_STEP);
        self.exporter.store(taken, round, &mut batch);
        let groups = batch.groups.into_iter().map(|(_, instance, values)| (instance, values));
        (groups.collect(), problem)
    }

    /// The names of the groups of a reading.
    fn names(&mut self, page: &str) -> Vec<String> {
        let (groups, _) = self.read(10, page);
        groups.into_iter().map(|(name, _)| name.replace("node/", "")).collect()
    }
}

#[test]
fn counters_are_rates_gauges_are_values_and_odd_numbers_are_unknown() {
    let page =
        "# TYPE a_total counter\na_total{x=\"1 2\"} 100\n# TYPE b gauge\nb -3\nc NaN\nd +Inf\n";
    let mut trial = Trial::new(100);
    trial.read(10, page);
    let (groups, problem) = trial.read(20, &page.replace("} 100", "} 150"));
    assert_eq!(problem, None);
    assert_eq!(groups[0], ("node/a_total{x=1 2}".to_owned(), vec![5.0]));
    assert_eq!(groups[1], ("node/b".to_owned(), vec![-3.0]));
    assert!(groups[2].1[0].is_nan() && groups[3].1[0].is_nan());
    // A program that started again, and a series that was away.
    let (groups, _) = trial.read(30, &page.replace("} 100", "} 7"));
    assert!(groups[0].1[0].is_nan());
    trial.read(40, "b 1\n");
    let (groups, _) = trial.read(50, &page.replace("} 100", "} 27"));
    assert!(groups[0].1[0].is_nan());
    let (groups, _) = trial.read(60, &page.replace("} 100", "} 37"));
    assert_eq!(groups[0].1, [1.0]);
}

#[test]
fn histograms_and_summaries_are_one_group_each() {
    let page = |n: u32| {
        format!(
            "# TYPE h histogram\nh_bucket{{code=\"200\",le=\"1\"}} {n}\nh_bucket{{code=\"200\",le=\"+Inf\"}} {n}\n\
            h_sum{{code=\"200\"}} {n}\nh_count{{code=\"200\"}} {n}\n# TYPE s summary\n\
            s{{quantile=\"0.5\"}} 3\ns{{quantile=\"0.75\"}} 4\ns_sum {n}\ns_count {n}\n"
        )
    };
    let mut trial = Trial::new(100);
    trial.read(10, &page(100));
    let (groups, _) = trial.read(20, &page(120));
    let names: Vec<&str> = groups.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["node/h{code=200}", "node/s"]);
    assert_eq!(groups[0].1, [2.0, 1.0, 0.5, 0.9, 0.99]);
    assert_eq!(groups[1].1[..3], [2.0, 1.0, 3.0]);
    assert!(groups[1].1[3].is_nan());
}

#[test]
fn constants_and_times_of_creation_are_left_out_unless_they_are_asked_for() {
    let page = "# TYPE build_info gauge\nbuild_info{v=\"1\"} 1\n# TYPE r counter\nr_total 1\nr_created 5\n\
        # TYPE q_total counter\nq_total 1\n# TYPE q_created gauge\nq_created 5\nfile_created 7\n";
    let mut trial = Trial::new(100);
    assert_eq!(trial.names(page), ["file_created", "q_total", "r_total"]);
    trial.filter = filter(&[], &["*_info"], &["q*"]);
    assert_eq!(trial.names(page), ["build_info{v=1}", "file_created", "r_total"]);
    trial.filter = filter(&["r*"], &[], &[]);
    assert_eq!(trial.names(page), ["r_created", "r_total"]);
}

#[test]
fn what_is_beyond_the_cap_is_counted_and_named_and_what_is_stored_stays() {
    let line = |name: &str| format!("{name} 1\n");
    let mut trial = Trial::new(3);
    let page: String = ["b", "c", "d", "e", "f", "g", "h", "i", "j"].map(line).concat();
    let (groups, problem) = trial.read(10, &page);
    assert_eq!(groups.len(), 3);
    assert_eq!(
        problem.unwrap().to_string(),
        "more than 3 values: e, f, g, h, i and 1 more left out; choose with include and exclude, or raise cap"
    );
    // A name that is new and comes first takes no place.
    let (groups, _) = trial.read(20, &format!("a 1\n{page}"));
    let names: Vec<&str> = groups.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["node/b", "node/c", "node/d"]);
    // One that is gone leaves its place in the round after.
    assert_eq!(trial.names("a 1\nb 1\nc 1\n"), ["b", "c"]);
    assert_eq!(trial.names("a 1\nb 1\nc 1\n"), ["a", "b", "c"]);
}

#[test]
fn a_histogram_counts_as_many_values_as_it_has() {
    let page = "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\na 1\nb 1\n";
    assert_eq!(Trial::new(7).names(page), ["a", "b", "h"]);
    assert_eq!(Trial::new(6).names(page), ["a", "h"]);
    assert_eq!(Trial::new(4).names(page), ["a", "b"]);
}

#[test]
fn of_a_series_that_is_there_twice_the_first_is_stored() {
    let (groups, problem) = Trial::new(9).read(10, "a{x=\"1\"} 1\na{x=\"1\"} 2\n");
    assert_eq!(groups, [("node/a{x=1}".to_owned(), vec![1.0])]);
    assert_eq!(problem.unwrap().to_string(), "a{x=1} is there twice: the first one is stored");
}

#[test]
fn a_value_with_a_time_of_its_own_counts_from_that_time_and_not_when_it_is_old() {
    let mut trial = Trial::new(9);
    let page = |value: u32, at: u64| {
        format!("# TYPE a_total counter\na_total {value} {at}\n# TYPE b gauge\nb 5 {at}\n")
    };
    trial.read(10, &page(100, 1_700_000_005_000));
    let (groups, _) = trial.read(20, &page(110, 1_700_000_010_000));
    assert_eq!((&*groups[0].1, &*groups[1].1), (&[2.0][..], &[5.0][..]));
    let (groups, _) = trial.read(600, &page(110, 1_700_000_010_000));
    assert!(groups.iter().all(|(_, values)| values[0].is_nan()));
}

#[test]
fn a_series_has_a_chart_with_its_name_help_and_unit() {
    let page = "# HELP a_bytes Size of\\nit.\n# TYPE a_bytes gauge\na_bytes{x=\"1\"} 1\na_bytes{x=\"2\"} 1\n\
        # TYPE b_bytes_total counter\nb_bytes_total 1\n# TYPE c_ratio gauge\nc_ratio 0.5\n";
    let mut exporter = Exporter::new(NAME.to_owned());
    let filter = InstanceFilter::default();
    let mut selection = exporter.selection(9, &filter);
    selection.take_some(&mut Samples::of(page, Form::Text), usize::MAX).unwrap();
    let mut batch = SampleBatch::new(Timestamp::from_seconds(0), DEFAULT_STEP);
    let round = Round { wall: Duration::ZERO, clock: Duration::ZERO };
    exporter.store(selection.end(), round, &mut batch);
    let chart = |index: usize| &batch.groups[index].0.chart.as_ref().unwrap().description;
    let of = |index| (&*chart(index).title, &*chart(index).about, &*chart(index).unit);
    assert_eq!(of(0), ("a_bytes", "Size of\nit.", "B"));
    assert_eq!(of(2), ("b_bytes_total", "", "B/s"));
    assert_eq!((of(3), chart(3).series[0].factor), (("c_ratio", "", "%"), 100.0));
    assert!(std::ptr::eq(chart(0), chart(1)));
}

#[test]
fn another_page_is_named_as_such_and_a_page_that_is_cut_as_that() {
    let html = Samples::of("<!DOCTYPE html>\n", Form::Text).next().unwrap().unwrap_err();
    assert_eq!(
        chain(&explained(html.clone(), "text/html")),
        "the answer, of content type \"text/html\", is not in Prometheus' text format: check the \
         address: line 1: invalid metric name: expected letters, digits, _ and :, or {\"any name\"} \
         in quotation marks"
    );
    assert!(matches!(explained(html, "text/plain; version=0.0.4"), ScrapeError::Syntax(_)));
    assert!(matches!(readable(&Bytes::from_static(b"\x1f\x8b\x08")), Err(ScrapeError::Compressed)));
    assert_eq!(form("application/openmetrics-text; version=1.0.0"), Form::OpenMetrics);
}
