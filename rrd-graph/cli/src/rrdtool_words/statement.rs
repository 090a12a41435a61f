//! Errors of the statements of a chart.

use rrd_graph::statement::StatementError;

use super::parts::Reason;

pub(super) fn statement(error: &StatementError, reason: Reason) -> Option<String> {
    Some(match error {
        StatementError::NoCommand { argument } => format!("no command set in argument {argument}"),
        StatementError::UnknownCommand { word, argument } => {
            format!("'{word}' is not a valid function name in {argument}")
        }
        StatementError::TooManyPositional => "too many positional arguments".to_owned(),
        StatementError::Unused { pieces, argument } => {
            format!("Unused Arguments \"{pieces}\" in command : {argument}")
        }
        StatementError::BadDebug { value } => format!("Bad debug value: {value}"),
        StatementError::BadAxis { key, value } => format!("Bad {key} value: {value}"),
        StatementError::IncompleteDefinition { what, argument } => {
            format!("No argument for definition of {what} in {argument}")
        }
        StatementError::BadFunction { name } => format!("bad CF: {name}"),
        StatementError::BadReduceFunction { name } => format!("bad reduce CF: {name}"),
        StatementError::BadPrintFunction { name } => format!("bad CF for DEF/CDEF: {name}"),
        StatementError::BadStep { value } => format!("Bad step value: {value}"),
        StatementError::Window(error) => reason(error),
        StatementError::NameTaken { name } => format!("trying to reuse vname {name}"),
        StatementError::Formula(error) => reason(error),
        StatementError::NeitherNameNorNumber { text } => {
            format!("{text} is not a vname nor a number")
        }
        StatementError::MissingName => "No positional VNAME".to_owned(),
        StatementError::MissingPrintFunction => "No positional CDEF".to_owned(),
        StatementError::MissingText => "No positional CF/FORMAT".to_owned(),
        StatementError::MissingFraction => "No positional FRACTION".to_owned(),
        StatementError::BadFraction { name } => format!("error parsing number {name}"),
        StatementError::DynamicFractionOfNumber { name } => {
            format!("variable '{name}' not DEF nor CDEF when using dynamic fractions")
        }
        StatementError::RuleOfSeries { name, argument } => {
            format!("Using vname {name} of wrong type in line {argument}\n")
        }
        StatementError::UndefinedName { name } => format!("undefined vname {name}"),
        StatementError::UnknownFormatter { name } => format!("Unsupported vformatter: {name}"),
        StatementError::NotASeries { name, argument } => {
            format!("Cannot shift a VDEF: '{name}' in line '{argument}'\n")
        }
        StatementError::MissingOffset => "No shift given".to_owned(),
        StatementError::ShiftOfUnknown { name } => format!("vname {name} not found"),
        StatementError::BadOffset { text } => format!("error parsing number {text}"),
        StatementError::OffsetOfSeries { name, argument } => {
            format!("Offset cannot be a (C)DEF: '{name}' in line '{argument}'\n")
        }
        StatementError::BadColor { digits, argument } => format!(
            "malformed color '#{digits}' in {argument}: give 3, 4, 6 or 8 hexadecimal digits"
        ),
        StatementError::BadWidth { text } => format!("Bad line width: {text}"),
        StatementError::BadDash { rest } => format!("Could not parse number: {rest}"),
        StatementError::DashSeparator { rest } => format!("expected a ',' at : {rest}"),
        StatementError::BadDashOffset { text } => format!("Could not parse dash-offset: {text}"),
        StatementError::BadGradientHeight { text } => format!("Bad gradheight: {text}"),
        StatementError::NothingToStackOn { argument } => {
            format!("No previous LINE or AREA found for {argument}")
        }
        StatementError::MissingAlignment => "No alignment given".to_owned(),
        StatementError::UnknownAlignment { word } => format!("Unknown alignment type '{word}'"),
        StatementError::MissingComma { expression } => {
            format!("Comma expected in VDEF definition {expression}")
        }
        StatementError::StatisticOfUnknown { name, expression } => {
            format!("Not a valid vname: {name} in line {expression}")
        }
        StatementError::StatisticOfNumber { name, expression } => {
            format!("variable '{name}' not DEF nor CDEF in VDEF '{expression}'")
        }
        StatementError::MalformedFunction { text, name } => {
            format!("Unknown function string '{text}' in VDEF '{name}'")
        }
        StatementError::UnknownFunction { function, name } => {
            format!("Unknown function '{function}' in VDEF '{name}'\n")
        }
        StatementError::MissingParameter { function, name } => {
            format!("Function '{function}' needs parameter in VDEF '{name}'\n")
        }
        StatementError::NeedlessParameter { function, name } => {
            format!("Function '{function}' needs no parameter in VDEF '{name}'\n")
        }
        StatementError::ParameterOutOfRange { parameter, name } => {
            format!("Parameter '{parameter:.6}' out of range in VDEF '{name}'\n")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rrd_core::{TimeRange, TimeZone};
    use rrd_graph::statement::{self, StatementContext};

    use super::super::reason;

    const RANGE: TimeRange = TimeRange::from_seconds(1_600_041_600, 1_600_042_200);

    /// Why a statement is refused after a series `n` and a number `v` were defined.
    fn refusal(argument: &str) -> String {
        let all = ["DEF:n=f.rrd:n:AVERAGE", "VDEF:v=n,MAXIMUM", argument];
        let context = StatementContext {
            range: RANGE,
            now: RANGE.end,
            zone: &TimeZone::UTC,
            codeset: rrd_graph::Codeset::Utf8,
        };
        reason(&statement::parse(&all, context).expect_err(argument))
    }

    #[test]
    fn statements_are_refused_in_the_words_of_rrdtool() {
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
            (
                "LINE1:n#f0",
                "malformed color '#f0' in LINE1:n#f0: give 3, 4, 6 or 8 hexadecimal digits",
            ),
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
}
