//! Statements parsed and formatted again; the texts of errors.

use std::error::Error;

use rrd_core::{Step, TimeRange, TimeZone, Timestamp};

use super::*;

const RANGE: TimeRange = TimeRange::from_seconds(1_600_041_600, 1_600_042_200);

fn read(arguments: &[&str]) -> Result<Vec<Statement>, String> {
    let now = Timestamp::from_seconds(RANGE.end.seconds());
    let context = StatementContext { range: RANGE, now, zone: &TimeZone::UTC };
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
fn refusals_have_the_words_that_scripts_know() {
    for (argument, text) in [
        ("", "'' is not a valid function name in "),
        (":", "'' is not a valid function name in :"),
        ("FOO:n", "'FOO' is not a valid function name in FOO:n"),
        ("cmd=", "'' is not a valid function name in cmd="),
        ("x=y", "no command set in argument x=y"),
        ("1:2:3:4:5:6:7:8:9:10:11", "too many positional arguments"),
        ("LINEx:n#f00", "Bad line width: x"),
        ("LINE-1:n#f00", "Bad line width: -1"),
        ("LINE1:zz#f00", "zz is not a vname nor a number"),
        ("LINE1:5x#f00", "5x is not a vname nor a number"),
        ("LINE1", "No positional VNAME"),
        ("LINE1:", " is not a vname nor a number"),
        ("LINE1:n#f00:a:b", "Unused Arguments \"b\" in command : LINE1:n#f00:a:b"),
        (
            "LINE1:n#f00:a:STACK:STACK",
            "Unused Arguments \"STACK\" in command : LINE1:n#f00:a:STACK:STACK",
        ),
        ("LINE1:n#f00::dashes=x", "Could not parse number: x"),
        ("LINE1:n#f00::dashes=1,", "Could not parse number: "),
        ("LINE1:n#f00::dashes=1,,2", "Could not parse number: ,2"),
        ("LINE1:n#f00::dashes=1x2", "expected a ',' at : x2"),
        ("LINE1:n#f00::dashes:dash-offset=1x", "Could not parse dash-offset: 1x"),
        ("LINE1:n#f00:abc:xaxis=5", "Bad xaxis value: 5"),
        ("LINE1:n#f00:abc:debug=x", "Bad debug value: x"),
        ("LINE1:n#f0", "malformed color '#f0' in LINE1:n#f0: give 3, 4, 6 or 8 hexadecimal digits"),
        ("AREA:n#f00::dashes", "Unused Arguments \"dashes\" in command : AREA:n#f00::dashes"),
        ("AREA:n#f00#00f::gradheight=x", "Bad gradheight: x"),
        ("STACK:n#f00", "No previous LINE or AREA found for STACK:n#f00"),
        ("HRULE:n#f00", "Using vname n of wrong type in line HRULE:n#f00\n"),
        ("VRULE:now#f00", "now is not a vname nor a number"),
        ("TICK:n#f00", "No positional FRACTION"),
        ("TICK:n#f00:x", "error parsing number n"),
        ("TICK:v#f00:vname:a", "variable 'v' not DEF nor CDEF when using dynamic fractions"),
        ("SHIFT", "No argument for definition of vdef/rrd in SHIFT"),
        ("SHIFT:n", "No shift given"),
        ("SHIFT:n:1.5", "error parsing number 1.5"),
        ("SHIFT:zz:60", "vname zz not found"),
        ("SHIFT:n:n", "Offset cannot be a (C)DEF: 'n' in line 'SHIFT:n:n'\n"),
        ("SHIFT:v:60", "Cannot shift a VDEF: 'v' in line 'SHIFT:v:60'\n"),
        ("TEXTALIGN", "No alignment given"),
        ("TEXTALIGN:Left", "Unknown alignment type 'Left'"),
        ("COMMENT", "No positional CF/FORMAT"),
        ("GPRINT:zz:x", "undefined vname zz"),
        ("PRINT:n:%lf", "bad CF for DEF/CDEF: %lf"),
        ("PRINT:n", "No positional CDEF"),
        ("PRINT:n:AVERAGE", "No positional CF/FORMAT"),
        ("PRINT:v:AVERAGE:%lf", "Unused Arguments \"%lf\" in command : PRINT:v:AVERAGE:%lf"),
        ("PRINT:v:vformatter=foo:%lf", "Unsupported vformatter: foo"),
        ("XPORT:zz", "zz is not a vname nor a number"),
        ("XPORT:v", "Cannot shift a VDEF: 'v' in line 'XPORT:v'\n"),
        ("DEF", "No argument for definition of vdef/rrd in DEF"),
        ("DEF:a", "No argument for definition of DS in DEF:a"),
        ("DEF:a=f.rrd:n", "No argument for definition of CF in DEF:a=f.rrd:n"),
        ("DEF:a=f.rrd:n:average", "bad CF: average"),
        ("DEF:a=f.rrd:n:AVERAGE:step=60s", "Bad step value: 60s"),
        ("DEF:a=f.rrd:n:AVERAGE:reduce=", "bad reduce CF: "),
        ("DEF:a=f.rrd:n:AVERAGE:start=x", "start time: unparsable time: x"),
        (
            "DEF:a=f.rrd:n:AVERAGE:start=end+1h",
            "start (1600045800) should be less than end (1600042200)",
        ),
        (
            "DEF:a=f.rrd:n:AVERAGE:start=19790101",
            "the first entry to fetch should be after 1980 (283996800)",
        ),
        (
            "DEF:a=f.rrd:n:AVERAGE:step=60:step=120",
            "Unused Arguments \"step=60\" in command : DEF:a=f.rrd:n:AVERAGE:step=60:step=120",
        ),
        ("CDEF:n=n,1,+", "trying to reuse vname n"),
        ("VDEF:x=n", "Comma expected in VDEF definition n"),
        ("VDEF:x=n,foo", "Unknown function string 'foo' in VDEF 'x'"),
        ("VDEF:x=n,", "Unknown function '' in VDEF 'x'\n"),
        ("VDEF:x=n,95", "Unknown function '' in VDEF 'x'\n"),
        ("VDEF:x=n,PERCENT", "Function 'PERCENT' needs parameter in VDEF 'x'\n"),
        ("VDEF:x=n,95,MAXIMUM", "Function 'MAXIMUM' needs no parameter in VDEF 'x'\n"),
        ("VDEF:x=n,101,PERCENT", "Parameter '101.000000' out of range in VDEF 'x'\n"),
        ("VDEF:x=n,,PERCENT", "Unknown function string ',PERCENT' in VDEF 'x'"),
        ("VDEF:x=v,MAXIMUM", "variable 'v' not DEF nor CDEF in VDEF 'v,MAXIMUM'"),
        ("VDEF:x=zz,MAXIMUM", "Not a valid vname: zz in line zz,MAXIMUM"),
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
        assert_eq!((&*definition.name, &*definition.file), ("a", "f.rrd"));
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
