//! Why a statement is refused.

/// Why a statement is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Only `key=value` fields and no `cmd=`.
    #[error(r#"no statement in "{argument}": expected e.g. LINE1:x#ff0000"#)]
    NoCommand {
        /// The statement as given.
        argument: String,
    },
    /// The first word is not a statement.
    #[error(
        r#"unknown statement "{word}" in "{argument}": expected DEF, CDEF, VDEF, LINE, AREA, ..."#
    )]
    UnknownCommand {
        /// The word.
        word: String,
        /// The statement as given.
        argument: String,
    },
    /// More than ten fields without a key.
    #[error("too many fields without a key: expected at most 10")]
    TooManyPositional,
    /// Fields that this statement does not use.
    #[error(r#"unused fields "{pieces}" in "{argument}": remove them, or write a colon in a text as \:"#)]
    Unused {
        /// The fields, separated by colons.
        pieces: String,
        /// The statement as given.
        argument: String,
    },
    /// `debug=` is not an integer.
    #[error(r#"invalid debug "{value}": expected a whole number"#)]
    BadDebug {
        /// The value given.
        value: String,
    },
    /// `xaxis=` or `yaxis=` is outside 1 to 4.
    #[error(r#"invalid {key} "{value}": expected 1 to 4"#)]
    BadAxis {
        /// Which of the two.
        key: &'static str,
        /// The value given.
        value: String,
    },
    /// A definition is incomplete.
    #[error(r#"missing {what} in the definition "{argument}""#)]
    IncompleteDefinition {
        /// What is missing: `vdef/rrd`, `DS` or `CF`.
        what: &'static str,
        /// The statement as given.
        argument: String,
    },
    /// There is no consolidation function with this name.
    #[error(r#"unknown consolidation function "{name}": expected e.g. AVERAGE, MIN, MAX or LAST"#)]
    BadFunction {
        /// The name given.
        name: String,
    },
    /// There is no consolidation function with this name after `reduce=`.
    #[error(r#"unknown consolidation function "{name}" after reduce=: expected e.g. AVERAGE, MIN, MAX or LAST"#)]
    BadReduceFunction {
        /// The name given.
        name: String,
    },
    /// There is no consolidation function with this name in a PRINT of a series.
    #[error(r#"unknown consolidation function "{name}" for a series: expected e.g. AVERAGE, MIN, MAX or LAST"#)]
    BadPrintFunction {
        /// The name given.
        name: String,
    },
    /// `step=` is not a positive integer.
    #[error(r#"invalid step "{value}": expected a whole number of seconds above 0"#)]
    BadStep {
        /// The value given.
        value: String,
    },
    /// `start=` and `end=` of a definition are not a valid range.
    #[error(transparent)]
    Window(#[from] crate::window::WindowError),
    /// The name of a CDEF or VDEF is already defined.
    #[error(r#"the name "{name}" is already defined: choose another"#)]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A formula is malformed.
    #[error(transparent)]
    Formula(#[from] rrd_core::rpn::ParseError),
    /// The text is neither a name defined by DEF, CDEF or VDEF nor a number.
    #[error(r#""{text}" is neither a defined name nor a number"#)]
    NeitherNameNorNumber {
        /// The text given.
        text: String,
    },
    /// An element lacks the name of its value.
    #[error("missing value: expected the name of a DEF, CDEF or VDEF")]
    MissingName,
    /// A PRINT of a series lacks its consolidation function.
    #[error("missing consolidation function: expected e.g. PRINT:x:MAX:%6.2lf")]
    MissingPrintFunction,
    /// A text is missing.
    #[error("missing text or format")]
    MissingText,
    /// A TICK lacks its length.
    #[error("missing length: expected a share of the height, e.g. TICK:x#ff0000:0.1")]
    MissingFraction,
    /// The length of a TICK is not a number.
    #[error(r#"invalid length of the ticks of "{name}": expected a share of the height, e.g. 0.1"#)]
    BadFraction {
        /// The name of its value, as RRDtool reports it.
        name: String,
    },
    /// A TICK with dynamic length refers to a VDEF.
    #[error(r#""{name}" is no series: a TICK of length vname needs a DEF or CDEF"#)]
    DynamicFractionOfNumber {
        /// The name of the VDEF.
        name: String,
    },
    /// A rule refers to a series.
    #[error(r#""{name}" is a series in "{argument}": expected a number or a VDEF"#)]
    RuleOfSeries {
        /// The name of the series.
        name: String,
        /// The statement as given.
        argument: String,
    },
    /// A PRINT, GPRINT or export refers to an undefined name.
    #[error(r#"undefined name "{name}""#)]
    UndefinedName {
        /// The name.
        name: String,
    },
    /// There is no formatter with this name.
    #[error(r#"unknown vformatter "{name}": expected timestamp or duration"#)]
    UnknownFormatter {
        /// The name given.
        name: String,
    },
    /// A SHIFT or XPORT refers to a VDEF.
    #[error(r#""{name}" is no series in "{argument}": expected a DEF or CDEF"#)]
    NotASeries {
        /// The name of the VDEF.
        name: String,
        /// The statement as given.
        argument: String,
    },
    /// A SHIFT lacks its offset.
    #[error("missing offset: expected seconds or a VDEF, e.g. SHIFT:x:86400")]
    MissingOffset,
    /// A SHIFT refers to an undefined name.
    #[error(r#"undefined name "{name}""#)]
    ShiftOfUnknown {
        /// The name.
        name: String,
    },
    /// The offset of a SHIFT is neither an integer nor a VDEF.
    #[error(r#"invalid offset "{text}": expected a whole number of seconds or a VDEF"#)]
    BadOffset {
        /// The text given.
        text: String,
    },
    /// The offset of a SHIFT is a series.
    #[error(r#"the offset "{name}" is a series in "{argument}": expected seconds or a VDEF"#)]
    OffsetOfSeries {
        /// The name of the series.
        name: String,
        /// The statement as given.
        argument: String,
    },
    /// A colour does not have 3, 4, 6 or 8 hexadecimal digits.
    #[error(
        "invalid colour \"#{digits}\" in \"{argument}\": expected 3, 4, 6 or 8 hexadecimal digits"
    )]
    BadColor {
        /// The digits given.
        digits: String,
        /// The statement as given.
        argument: String,
    },
    /// A line width is not a number or negative.
    #[error(r#"invalid line width "{text}": expected a number of 0 or more"#)]
    BadWidth {
        /// The text given.
        text: String,
    },
    /// A number is missing in a list of dashes.
    #[error(r#"invalid dashes at "{rest}": expected a number"#)]
    BadDash {
        /// The rest of the list.
        rest: String,
    },
    /// Something other than a comma separates dashes.
    #[error(r#"invalid dashes at "{rest}": expected a comma"#)]
    DashSeparator {
        /// The rest of the list.
        rest: String,
    },
    /// A dash offset is not a number.
    #[error(r#"invalid dash-offset "{text}": expected a number"#)]
    BadDashOffset {
        /// The text given.
        text: String,
    },
    /// The height of a gradient is not a number.
    #[error(r#"invalid gradheight "{text}": expected a number"#)]
    BadGradientHeight {
        /// The text given.
        text: String,
    },
    /// An old `STACK` has no preceding line or area.
    #[error(r#"no LINE or AREA before "{argument}" to stack on"#)]
    NothingToStackOn {
        /// The statement as given.
        argument: String,
    },
    /// A TEXTALIGN lacks its alignment.
    #[error("missing alignment: expected left, right, justified or center")]
    MissingAlignment,
    /// There is no alignment with this name.
    #[error(r#"unknown alignment "{word}": expected left, right, justified or center"#)]
    UnknownAlignment {
        /// The word given.
        word: String,
    },
    /// A VDEF has no comma.
    #[error(r#"invalid VDEF "{expression}": expected NAME,FUNCTION, e.g. x,MAXIMUM"#)]
    MissingComma {
        /// The expression given.
        expression: String,
    },
    /// A VDEF refers to an undefined name.
    #[error(r#"undefined name "{name}" in the VDEF "{expression}""#)]
    StatisticOfUnknown {
        /// The name.
        name: String,
        /// The whole expression.
        expression: String,
    },
    /// A VDEF refers to a VDEF.
    #[error(r#""{name}" is no series in the VDEF "{expression}": expected a DEF or CDEF"#)]
    StatisticOfNumber {
        /// The name.
        name: String,
        /// The whole expression.
        expression: String,
    },
    /// The function of a VDEF is not a word of capitals.
    #[error(
        r#"invalid function "{text}" of the VDEF "{name}": expected e.g. MAXIMUM or 95,PERCENT"#
    )]
    MalformedFunction {
        /// The text after the first comma.
        text: String,
        /// The name of the VDEF.
        name: String,
    },
    /// There is no VDEF function with this name.
    #[error(r#"unknown function "{function}" of the VDEF "{name}": expected e.g. MAXIMUM or 95,PERCENT"#)]
    UnknownFunction {
        /// The name given.
        function: String,
        /// The name of the VDEF.
        name: String,
    },
    /// PERCENT or PERCENTNAN lacks its number.
    #[error(r#"{function} of the VDEF "{name}" needs a percentage: expected e.g. x,95,{function}"#)]
    MissingParameter {
        /// The function.
        function: &'static str,
        /// The name of the VDEF.
        name: String,
    },
    /// A function that takes no number has one.
    #[error(r#"{function} of the VDEF "{name}" takes no number: expected e.g. x,{function}"#)]
    NeedlessParameter {
        /// The function.
        function: &'static str,
        /// The name of the VDEF.
        name: String,
    },
    /// A percentage is outside 0 to 100.
    #[error(r#"invalid percentage {parameter} of the VDEF "{name}": expected 0 to 100"#)]
    ParameterOutOfRange {
        /// The percentage given.
        parameter: f64,
        /// The name of the VDEF.
        name: String,
    },
}
