//! Statements parsed and formatted again; the texts of errors.

use std::error::Error;

use rrd_core::{Step, TimeRange, TimeZone, Timestamp};

use super::*;
use crate::codeset::Codeset;

const RANGE: TimeRange = TimeRange::from_seconds(1_600_041_600, 1_600_042_200);

fn read(arguments: &[&str]) -> Result<Vec<Statement>, String> {
    let now = Timestamp::from_seconds(RANGE.end.seconds());
    let context =
        StatementContext { range: RANGE, now, zone: &TimeZone::UTC, codeset: Codeset::Utf8 };
    parse(arguments, context).map_err(|error| match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })
}

/// Parses statements after a series `n` and a number `v` were defined.
fn after_names(arguments: &[&str]) -> Result<Vec<Statement>, String> {
    let mut all = vec!["DEF:n=f.rrd:n:AVERAGE", "VDEF:v=n,MAXIMUM"];
    all.extend(arguments);
    read(&all).map(|mut statements| statements.split_off(2))
}

fn refusal(argument: &str) -> String {
    after_names(&[argument]).expect_err(argument)
}

fn line(argument: &str) -> Line {
    match after_names(&[argument]).unwrap().remove(0) {
        Statement::Line(line) => line,
        other => panic!("{other}"),
    }
}

#[test]
fn refusals_say_what_is_wrong_and_what_is_expected() {
    for (argument, text) in [
        (
            "FOO:n",
            "unknown statement \"FOO\" in \"FOO:n\": expected DEF, CDEF, VDEF, LINE, AREA, ...",
        ),
        ("LINEx:n#f00", "invalid line width \"x\": expected a number of 0 or more"),
        ("LINE1:zz#f00", "\"zz\" is neither a defined name nor a number"),
        (
            "LINE1:n#f00:a:b",
            "unused fields \"b\" in \"LINE1:n#f00:a:b\": remove them, or write a colon in a text as \\:",
        ),
        (
            "DEF:a=f.rrd:n:AVERAGE:start=x",
            "invalid start: unexpected \"x\": expected a time, e.g. now-1h, 10:30 yesterday or 20260131",
        ),
        ("SHIFT:n", "missing offset: expected seconds or a VDEF, e.g. SHIFT:x:86400"),
        (
            "VDEF:x=n,PERCENT",
            "PERCENT of the VDEF \"x\" needs a percentage: expected e.g. x,95,PERCENT",
        ),
        ("VDEF:x=n,101,PERCENT", "invalid percentage 101 of the VDEF \"x\": expected 0 to 100"),
    ] {
        assert_eq!(refusal(argument), text, "{argument}");
    }
}

#[test]
fn the_next_unused_piece_stands_for_what_has_no_key() {
    assert_eq!(line("LINE1:value=v").value, Operand::Variable("v".to_owned()));
    assert_eq!(line("LINE1:n#f00:foo=1").legend, "foo=1");
    assert_eq!(line("LINE1:n#f00:label=abc").legend, "abc");
    assert_eq!(line("LINE:n:color=ff0000:legend=abc:linewidth=2").width, 2.0);
    assert_eq!(line("LINE2:n:linewidth=3").legend, "linewidth=3");
    assert_eq!(line("LINE1:n#f00:12\\:30").legend, "12:30");
    assert_eq!(line(r"LINE1:n#f00:a\\\:b").legend, r"a\\:b");
    assert!(line("LINE1:n#f00:stack=0").stack);
    let Statement::Comment(comment) = &after_names(&["COMMENT:STACK"]).unwrap()[0] else {
        panic!("a comment")
    };
    assert_eq!(comment.text, "STACK");
}

#[test]
fn a_definition_takes_its_pieces_in_any_order_and_may_have_the_name_of_a_key() {
    for argument in [
        "DEF:a=f.rrd:n:AVERAGE:step=60",
        "DEF:step=60:a=f.rrd:n:AVERAGE",
        "DEF:vname=a:rrd=f.rrd:ds=n:cf=AVERAGE:step=60",
        "cmd=DEF:a=f.rrd:cf=AVERAGE:n:step=60",
    ] {
        let read = after_names(&[argument]).unwrap();
        let Statement::Definition(definition) = &read[0] else { panic!("{argument}") };
        assert_eq!((&*definition.name, definition.file.to_str()), ("a", Some("f.rrd")));
        assert_eq!((&*definition.source, definition.step), ("n", Step::from_seconds(60)));
    }
    assert!(after_names(&["DEF:ds=f.rrd:n:AVERAGE", "LINE1:ds#f00"]).is_ok());
    let read = after_names(&["DEF:step=f.rrd:n:AVERAGE:step=60", "LINE1:step#f00"]).unwrap();
    let Statement::Definition(definition) = &read[0] else { panic!("a definition") };
    assert_eq!((&*definition.name, definition.step), ("step", Step::from_seconds(60)));
}

#[test]
fn times_of_a_definition_refer_to_its_own_window() {
    let own = |argument| match after_names(&[argument]).unwrap().remove(0) {
        Statement::Definition(definition) => {
            (definition.start.map(Timestamp::seconds), definition.end.map(Timestamp::seconds))
        }
        other => panic!("{other}"),
    };
    assert_eq!(own("DEF:a=f:n:MAX"), (None, None));
    assert_eq!(
        own("DEF:a=f:n:MAX:start=end-1h"),
        (Some(RANGE.end.seconds() - 3600), Some(RANGE.end.seconds()))
    );
    assert_eq!(
        own("DEF:a=f:n:MAX:end=start+1h"),
        (Some(RANGE.start.seconds()), Some(RANGE.start.seconds() + 3600))
    );
}

#[test]
fn an_old_stack_is_like_the_line_or_area_before_it() {
    let read = after_names(&["LINE3:n#f00:a", "COMMENT:x", "STACK:v#0f0:b"]).unwrap();
    assert_eq!(read[2].to_string(), "LINE3:v#00ff00:STACK:legend=b");
}

#[test]
fn the_first_of_two_definitions_keeps_the_name() {
    let read = read(&["DEF:a=f:n:MAX", "DEF:a=g:n:MAX", "LINE1:a#f00"]).unwrap();
    assert_eq!(read.len(), 3);
}

#[test]
fn what_is_written_reads_as_the_same() {
    let all = [
        "DEF:a=a\\:b.rrd:n:AVERAGE:step=300:start=end-1h:reduce=MAX:daemon=unix\\:/x",
        "CDEF:c=a,2,*",
        "VDEF:w=c,95,PERCENTNAN",
        "SHIFT:c:-3600",
        "SHIFT:a:w",
        "LINE1.5:a#f00a:user\\: x\\l:STACK:skipscale:dashes=1,2:dash-offset=3",
        "AREA:5e-7#112233#445566:load:gradheight=-20",
        "TICK:c#00ff0080:-0.25:ticks",
        "TICK:c:vname:color=f00",
        "HRULE:w#f00:ninety-five:dashes",
        "VRULE:1600041660#00f",
        "PRINT:w:%6.2lf %s",
        "GPRINT:c:MAX:%H\\:%M:strftime",
        "GPRINT:w::valstrfduration",
        "COMMENT:STACK",
        "TEXTALIGN:center",
        "XPORT:c:a\\:b",
    ];
    let statements = after_names(&all).unwrap();
    let written: Vec<String> = statements.iter().map(ToString::to_string).collect();
    let written: Vec<&str> = written.iter().map(String::as_str).collect();
    assert_eq!(after_names(&written).unwrap(), statements);
}
