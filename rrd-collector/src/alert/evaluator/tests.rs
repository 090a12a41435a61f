//! Rules over files: what is reported, when, and under which name.

use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

use std::fs;
use std::path::Path;

use super::*;
use crate::group::GroupId;
use crate::source::textfile::TEXTFILE;

fn evaluator(folder: &Path, words: &str) -> Evaluator {
    let archives = Archives::Folder(folder.to_owned());
    Evaluator::new(folder.to_owned(), archives, rules(words))
}

fn rules(words: &str) -> Vec<NamedRule> {
    vec![NamedRule { name: "steal".to_owned(), rule: Rule::parse(words).unwrap() }]
}

fn archive(folder: &Path) -> Rrd {
    let schema = Schema::builder(Step::from_seconds(1).unwrap())
        .gauge("steal", Heartbeat::from_seconds(5))
        .average(0.5, 1, 100)
        .build()
        .unwrap();
    Rrd::create(folder.join("cpu.rrd"), &schema, Timestamp::from_seconds(1000)).unwrap()
}

#[test]
fn a_change_is_reported_once_and_the_state_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut rrd = archive(folder.path());
    let words = "last of cpu.steal > 10, clear below 5";
    let mut rules = evaluator(folder.path(), words);
    let catalog = Catalog::default();
    let mut changes = Vec::new();
    for (second, steal) in [(1001, 0.01), (1002, 0.2), (1003, 0.3), (1004, 0.0625)] {
        rrd.update(&Sample::new(Timestamp::from_seconds(second), [steal])).unwrap();
        changes.extend(rules.evaluate(&catalog, second));
    }
    assert_eq!(changes.len(), 1);
    let Notice { rule, target, value, transition } = &changes[0];
    assert_eq!((&*rule.name, &*target.to_string(), *value), ("steal", "cpu.steal", 20.0));
    assert_eq!((transition.to, transition.from_since), (Status::Warning, 1001));
    let shown = &rules.alerts()[0];
    assert_eq!((shown.status, shown.since, shown.value), (Status::Warning, 1002, 6.25));
    rules.keep().unwrap();

    let mut later = evaluator(folder.path(), words);
    assert_eq!(later.evaluate(&catalog, 1004), []);
    assert_eq!(later.alerts()[0].status, Status::Warning);
    rrd.update(&Sample::new(Timestamp::from_seconds(1005), [0.01])).unwrap();
    assert_eq!(later.evaluate(&catalog, 1005)[0].transition.to, Status::Ok);
}

/// Series of text files with one value each, in their files and in a catalog, at this second.
fn series(folder: &Path, values: &[(&str, f64)], second: i64) -> Catalog {
    let step = Step::from_seconds(1).unwrap();
    let mut catalog = Catalog::default();
    for (instance, value) in values {
        let at = Timestamp::from_seconds(second);
        catalog.put(at, step, &TEXTFILE, instance, &[*value]);
        let path = folder.join(GroupId::of(&TEXTFILE, instance).file_name());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut rrd = Rrd::open(&path).unwrap_or_else(|_| {
            let schema = Schema::builder(step).gauge("value", Heartbeat::from_seconds(50));
            let schema = schema.average(0.5, 1, 100).build().unwrap();
            Rrd::create(&path, &schema, Timestamp::from_seconds(second - 10)).unwrap()
        });
        rrd.update(&Sample::new(at, [*value])).unwrap();
    }
    catalog
}

const TWO: [(&str, f64); 2] = [("q{job=a b}", 20.0), ("q{job=a_b}", 1.0)];

#[test]
fn an_instance_with_a_space_and_one_with_an_underscore_have_states_of_their_own() {
    for (words, first) in
        [("last of textfile:*.value > 10, for 15s", 1020), ("last of textfile:*.value > 10", 1000)]
    {
        let folder = tempfile::tempdir().unwrap();
        let mut evaluator = evaluator(folder.path(), words);
        let mut changes = Vec::new();
        for second in (1000..1100).step_by(10) {
            let catalog = series(folder.path(), &TWO, second);
            changes.extend(evaluator.evaluate(&catalog, second));
        }
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(changes[0].target.to_string(), r#"textfile:"q{job=a b}".value"#);
        assert_eq!((changes[0].transition.at, changes[0].value), (first, 20.0));
    }
}

#[test]
fn an_instance_with_a_space_can_be_named_in_a_rule() {
    let folder = tempfile::tempdir().unwrap();
    let words = r#"last of textfile:"q{job=\"a b\"}".value > 10"#;
    let mut evaluator = evaluator(folder.path(), words);
    let changes = evaluator.evaluate(&series(folder.path(), &TWO, 1000), 1000);
    assert_eq!((changes.len(), changes[0].value), (1, 20.0));
}

#[test]
fn a_value_that_comes_rarely_keeps_its_state_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let words = "last of textfile:*.value > 10";
    let catalog = series(folder.path(), &TWO, 1000);
    let mut before = evaluator(folder.path(), words);
    assert_eq!(before.evaluate(&catalog, 1000).len(), 1);
    before.keep().unwrap();
    let mut after = evaluator(folder.path(), words);
    assert_eq!(after.evaluate(&Catalog::default(), 1001), []);
    assert_eq!(after.alerts(), []);
    after.keep().unwrap();
    assert_eq!(after.evaluate(&catalog, 1002), []);
    assert_eq!(after.alerts()[0].status, Status::Warning);
    // A value that disappears is removed.
    after.evaluate(&Catalog::default(), 1003);
    assert_eq!(after.alerts(), []);
}

#[test]
fn the_states_of_instances_that_never_return_do_not_add_up_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let words = "last of textfile:*.value > 10";
    let mut before = evaluator(folder.path(), words);
    before.evaluate(&series(folder.path(), &TWO, 1000), 1000);
    before.keep().unwrap();
    let states_after = |seconds: i64| {
        let mut after = evaluator(folder.path(), words);
        for second in [2000, 2000 + seconds] {
            after.evaluate(&Catalog::default(), second);
        }
        after.states.len()
    };
    assert_eq!((states_after(7199), states_after(7200)), (2, 0));
}

#[test]
fn states_of_an_earlier_version_are_taken_over_where_one_value_can_have_had_them() {
    let folder = tempfile::tempdir().unwrap();
    let old = |name: &str| {
        let state = r#"{"status": "warning", "since": 900, "pending": null}"#;
        let text = format!("{{\"steal textfile:{name}.value\": {state}}}");
        fs::write(folder.path().join("alerts.json"), text).unwrap();
        evaluator(folder.path(), "last of textfile:*.value > 10")
    };
    let both = series(folder.path(), &TWO, 1000);
    let one = series(folder.path(), &[("q{x=\"1,2\"}", 20.0)], 1000);
    let mut unambiguous = old("q{x=1,2}");
    assert_eq!(unambiguous.evaluate(&one, 1000), []);
    assert_eq!(unambiguous.alerts()[0].since, 900);
    // Two values may have shared it: both start again.
    assert_eq!(old("q{job=a_b}").evaluate(&both, 1000).len(), 1);
}

#[test]
fn a_value_that_nobody_has_measured_is_no_such_value_yet_until_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let problems = |evaluator: &Evaluator| -> Vec<(String, Option<String>)> {
        let problem = |alert: AlertStatus| {
            (alert.target.to_string(), alert.problem.map(|problem| problem.to_string()))
        };
        evaluator.alerts().into_iter().map(problem).collect()
    };
    let missing = |target: &str| vec![(target.to_owned(), Some("no such value yet".to_owned()))];
    let mut one = evaluator(folder.path(), "last of textfile:x.value > 10");
    assert_eq!(one.evaluate(&Catalog::default(), 1000), []);
    assert_eq!(problems(&one), missing("textfile:x.value"));
    one.evaluate(&series(folder.path(), &[("x", 1.0)], 1000), 1000);
    assert_eq!(problems(&one), [("textfile:x.value".to_owned(), None)]);
    // The kinds of programs have the metrics that the programs describe.
    let mut each = evaluator(folder.path(), "last of munin:*.root > 10");
    each.evaluate(&Catalog::default(), 1000);
    assert_eq!(problems(&each), missing("munin:*.root"));
    // A host without a disk is OK, and so is missing data if the rule says so.
    let mut none = evaluator(folder.path(), "last of disk:*.util > 10");
    none.evaluate(&Catalog::default(), 1000);
    assert_eq!(problems(&none), []);
    let mut silent = evaluator(folder.path(), "last of clock.since_sync > 10, no data ok");
    silent.evaluate(&Catalog::default(), 1000);
    assert_eq!(problems(&silent), [("clock.since_sync".to_owned(), None)]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_of_the_rule_and_not_only_no_data() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cpu.rrd"), "no database").unwrap();
    let mut evaluator = evaluator(folder.path(), "last of cpu.steal > 10");
    assert_eq!(evaluator.evaluate(&Catalog::default(), 1000), []);
    let problem = evaluator.alerts()[0].problem.clone();
    assert!(matches!(problem, Some(RuleProblem::Unreadable(_))), "{problem:?}");
}

#[test]
fn a_rule_without_an_archive_has_no_data() {
    let folder = tempfile::tempdir().unwrap();
    let words = "last of cpu.steal > 10, no data warning";
    let mut rules = evaluator(folder.path(), words);
    let changes = rules.evaluate(&Catalog::default(), 1000);
    assert_eq!(changes[0].transition.to, Status::Warning);
    assert!(changes[0].value.is_nan());
}

#[test]
fn a_rule_is_reached_only_while_its_conditions_are_met_by_any_instance_that_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let words = "last of cpu.steal > 10, while textfile:*.value > 3";
    let mut rrd = archive(folder.path());
    let mut rules = evaluator(folder.path(), words);
    let mut states = |second: i64, catalog: &Catalog| {
        for at in [second - 1, second].map(Timestamp::from_seconds) {
            rrd.update(&Sample::new(at, [0.5])).unwrap();
        }
        let changes = rules.evaluate(catalog, second);
        changes.iter().map(|notice| notice.transition.to).collect::<Vec<_>>()
    };
    // This host has no such value.
    assert_eq!(states(1002, &Catalog::default()), [Status::Warning]);
    let quiet = series(folder.path(), &[("a", 1.0), ("b", 3.0)], 1040);
    assert_eq!(states(1040, &quiet), [Status::Ok]);
    let one = series(folder.path(), &[("a", 1.0), ("b", 9.0)], 1080);
    assert_eq!(states(1080, &one), [Status::Warning]);
    let unknown = series(folder.path(), &[("a", f64::NAN), ("b", f64::NAN)], 1120);
    assert_eq!(states(1120, &unknown), []);
}

#[test]
fn a_rule_about_the_newest_value_goes_on_while_the_file_is_ahead_of_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let mut catalog = series(folder.path(), &[("q", 1.0)], 260_000);
    let mut rules = evaluator(folder.path(), "last of textfile:q.value > 10");
    assert_eq!(rules.evaluate(&catalog, 2000), []);
    catalog.put(Timestamp::from_seconds(2000), Step::SECOND, &TEXTFILE, "q", &[20.0]);
    assert_eq!(rules.evaluate(&catalog, 2001)[0].value, 20.0);
}
