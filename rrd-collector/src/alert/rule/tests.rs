//! Texts of rules, and what they mean.

use proptest::prelude::*;

use super::*;
use crate::group::{GroupId, Target};

#[test]
fn a_rule_without_a_window_looks_at_the_newest_row() {
    let rule = Rule::parse("last of disk:*.util > 98%").unwrap();
    assert_eq!(rule.over, Duration::ZERO);
    assert!(matches!(rule.target, TargetPattern::Each { .. }));
    assert_eq!(rule.warning, Some(Level { raise: 98.0, clear: 98.0 }));
    assert_eq!(rule.critical, None);
}

#[test]
fn a_rule_that_guards_against_too_little_clears_above() {
    let rule = Rule::parse(
        "min over 5m of memory.available < 1e9, critical < 2e8, critical clear above 4e8, clear above 2e9, clear for 1h, no data warning",
    )
    .unwrap();
    assert_eq!(rule.direction, Direction::Below);
    assert_eq!(rule.warning, Some(Level { raise: 1e9, clear: 2e9 }));
    assert_eq!(rule.critical, Some(Level { raise: 2e8, clear: 4e8 }));
    assert_eq!(rule.hold_clear, Duration::from_secs(3600));
    assert_eq!(rule.no_data, NoData::Warning);
}

#[test]
fn what_compares_moments_has_a_window() {
    let rule = Rule::parse("hours to 100% over 3h of filesystem:*.used_share < 8").unwrap();
    assert_eq!(rule.aggregate, Aggregate::HoursTo(100.0));
    assert_eq!((rule.over.as_secs(), rule.direction), (10_800, Direction::Below));
    let rule = Rule::parse("rise over 1d of filesystem:*.read_only > 0.5").unwrap();
    assert_eq!((rule.aggregate, rule.over.as_secs()), (Aggregate::Rise, 86_400));
    for text in ["hours to 0 of vm.free < 8", "rise of vm.free > 1", "hours over 3h of a.b < 8"] {
        assert!(matches!(Rule::parse(text), Err(RuleError::Shape { .. })), "{text}");
    }
    assert!(matches!(
        Rule::parse("hours to full over 3h of vm.free < 8"),
        Err(RuleError::Number { text }) if text == "full"
    ));
}

#[test]
fn a_rule_may_have_conditions_besides() {
    let words = "average over 10m of cpu.iowait > 40, while disk:*.util > 5%, clear below 20, \
        while textfile:\"q{a=\\\"b, c\\\"}\".value < 3, for 2m,";
    let rule = Rule::parse(words).unwrap();
    let [disks, file] = rule.conditions.as_slice() else { panic!("{rule:?}") };
    assert_eq!(disks.target.to_string(), "disk:*.util");
    assert_eq!((disks.direction, disks.threshold), (Direction::Above, 5.0));
    assert_eq!(file.target.to_string(), r#"textfile:"q{a=\"b, c\"}".value"#);
    assert_eq!((file.direction, file.threshold), (Direction::Below, 3.0));
    assert_eq!((rule.warning.unwrap().clear, rule.hold.as_secs()), (20.0, 120));
    for (words, part) in [
        ("last of cpu.iowait > 40, while disk:*.util", "while disk:*.util "),
        ("last of cpu.iowait > 40, while disk:*.util 5", "while disk:*.util 5"),
        ("last of cpu.iowait > 40, while disk:*.util is 5", "while disk:*.util is 5"),
    ] {
        let error = Rule::parse(words).unwrap_err();
        assert!(matches!(&error, RuleError::Clause { text, .. } if text == part), "{error}");
    }
    let error = Rule::parse("last of cpu.iowait > 40, while disk > 5").unwrap_err();
    assert!(matches!(error, RuleError::Target(_)), "{error}");
}

#[test]
fn an_instance_may_hold_dots_colons_and_commas_and_in_quotes_anything() {
    for (target, instance) in [
        ("apache:localhost:8080.busy", "localhost:8080"),
        ("statsd_counter:hits,shop:eu.rate", "hits,shop:eu"),
        (r#"filesystem:"/a, b".used"#, "/a, b"),
        (r#"filesystem:"/a of \"b\" > 1".used"#, r#"/a of "b" > 1"#),
        (r#"textfile:"q{job=\"a b\"}".value"#, "q{job=a b}"),
        (r"unit:dev-a\x2db.swap.memory", r"dev-a\x2db.swap"),
    ] {
        let words = format!("last of {target} > 10, critical > 30, for 2m");
        let rule = Rule::parse(&words).unwrap_or_else(|error| panic!("{words}: {error}"));
        let TargetPattern::One(found) = rule.target else { panic!("{words}") };
        assert_eq!(found.group.instance(), instance);
        assert_eq!(rule.critical.unwrap().raise, 30.0);
        assert_eq!(rule.hold.as_secs(), 120);
    }
}

proptest! {
    #[test]
    fn a_value_that_is_printed_can_be_pasted_into_a_rule(
        kind in "[a-z0-9_]{1,8}",
        instance in any::<String>(),
        metric in "[a-zA-Z0-9_-]{1,19}",
    ) {
        let target = Target { group: GroupId::new(&kind, &instance).unwrap(), metric };
        let words = format!("average over 5m of {target} > 10, clear below 5, for 15s");
        prop_assert_eq!(Rule::parse(&words).unwrap().target, TargetPattern::One(target));
    }
}

#[test]
fn a_rule_that_is_none_says_which_part_is_wrong() {
    for (text, message) in [
        (
            "",
            "invalid rule ``: expected `average|min|max|last [over DURATION] of GROUP.METRIC > NUMBER`, \
             `rise over DURATION of ...` or `hours to BOUND over DURATION of ...`",
        ),
        (
            "average over 20x of cpu.steal > 1",
            "invalid duration \"20x\": expected 1s to 1000y, e.g. 2d",
        ),
        (
            "average of cpu > 1",
            "invalid value \"cpu\": expected GROUP.METRIC or GROUP:INSTANCE.METRIC, e.g. cpu.steal \
             or disk:vda.util",
        ),
        (
            "last of textfile:q{a=\"b c\"}.value > 1",
            "invalid instance \"q{a=\\\"b c\\\"}\": write it in double quotes: \"q{a=\\\"b c\\\"}\"",
        ),
        ("average of cpu.steal > much", "invalid number `much`: expected e.g. 10, 10% or 1e9"),
        ("average of cpu.steal > inf", "invalid number `inf`: expected e.g. 10, 10% or 1e9"),
        (
            "average of cpu.steal > 10, clear below 20",
            "invalid clearing threshold 20: expected at most 10",
        ),
        (
            "average of cpu.steal > 10, critical > 5",
            "invalid critical threshold 5: expected more than 10",
        ),
        (
            "min of vm.free < 10, critical < 20",
            "invalid critical threshold 20: expected less than 10",
        ),
        (
            "average of cpu.steal > 10, clear above 5",
            "invalid clause `clear above 5`: expected `critical > N`, `clear below N`, `critical \
             clear below N`, `for DURATION`, `clear for DURATION`, `while GROUP.METRIC > N` or `no \
             data ok|warning|critical|keep`",
        ),
        (
            "last of memory.available < 1e9, clear below 2e9",
            "invalid clause `clear below 2e9`: expected `critical < N`, `clear above N`, `critical \
             clear above N`, `for DURATION`, `clear for DURATION`, `while GROUP.METRIC > N` or `no \
             data ok|warning|critical|keep`",
        ),
    ] {
        assert_eq!(Rule::parse(text).unwrap_err().to_string(), message, "{text}");
    }
}
