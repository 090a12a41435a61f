//! Why a statement is refused. The messages are RRDtool's where it has one.

/// Why a statement is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Only `key=value` fields and no `cmd=`.
    #[error("no command set in argument {argument}")]
    NoCommand {
        /// The statement as given.
        argument: String,
    },
    /// The first word is not a statement.
    #[error("'{word}' is not a valid function name in {argument}")]
    UnknownCommand {
        /// The word.
        word: String,
        /// The statement as given.
        argument: String,
    },
    /// More than ten fields without a key.
    #[error("too many positional arguments")]
    TooManyPositional,
    /// Fields that this statement does not use.
    #[error("Unused Arguments \"{pieces}\" in command : {argument}")]
    Unused {
        /// The fields, separated by colons.
        pieces: String,
        /// The statement as given.
        argument: String,
    },
    /// `debug=` is not an integer.
    #[error("Bad debug value: {value}")]
    BadDebug {
        /// The value given.
        value: String,
    },
    /// `xaxis=` or `yaxis=` is outside 1 to 4.
    #[error("Bad {key} value: {value}")]
    BadAxis {
        /// Which of the two.
        key: &'static str,
        /// The value given.
        value: String,
    },
    /// A definition is incomplete.
    #[error("No argument for definition of {what} in {argument}")]
    IncompleteDefinition {
        /// What is missing: `vdef/rrd`, `DS` or `CF`.
        what: &'static str,
        /// The statement as given.
        argument: String,
    },
    /// There is no consolidation function with this name.
    #[error("bad CF: {name}")]
    BadFunction {
        /// The name given.
        name: String,
    },
    /// There is no consolidation function with this name after `reduce=`.
    #[error("bad reduce CF: {name}")]
    BadReduceFunction {
        /// The name given.
        name: String,
    },
    /// There is no consolidation function with this name in a PRINT of a series.
    #[error("bad CF for DEF/CDEF: {name}")]
    BadPrintFunction {
        /// The name given.
        name: String,
    },
    /// `step=` is not a positive integer.
    #[error("Bad step value: {value}")]
    BadStep {
        /// The value given.
        value: String,
    },
    /// `start=` and `end=` of a definition are not a valid range.
    #[error(transparent)]
    Window(#[from] crate::window::WindowError),
    /// The name of a CDEF or VDEF is already defined.
    #[error("trying to reuse vname {name}")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A formula is malformed.
    #[error(transparent)]
    Formula(#[from] rrd_core::rpn::ParseError),
    /// The text is neither a name defined by DEF, CDEF or VDEF nor a number.
    #[error("{text} is not a vname nor a number")]
    NeitherNameNorNumber {
        /// The text given.
        text: String,
    },
    /// An element lacks the name of its value.
    #[error("No positional VNAME")]
    MissingName,
    /// A PRINT of a series lacks its consolidation function.
    #[error("No positional CDEF")]
    MissingPrintFunction,
    /// A text is missing.
    #[error("No positional CF/FORMAT")]
    MissingText,
    /// A TICK lacks its length.
    #[error("No positional FRACTION")]
    MissingFraction,
    /// The length of a TICK is not a number.
    #[error("error parsing number {name}")]
    BadFraction {
        /// The name of its value, as RRDtool reports it.
        name: String,
    },
    /// A TICK with dynamic length refers to a VDEF.
    #[error("variable '{name}' not DEF nor CDEF when using dynamic fractions")]
    DynamicFractionOfNumber {
        /// The name of the VDEF.
        name: String,
    },
    /// A rule refers to a series.
    #[error("Using vname {name} of wrong type in line {argument}\n")]
    RuleOfSeries {
        /// The name of the series.
        name: String,
        /// The statement as given.
        argument: String,
    },
    /// A PRINT, GPRINT or export refers to an undefined name.
    #[error("undefined vname {name}")]
    UndefinedName {
        /// The name.
        name: String,
    },
    /// There is no formatter with this name.
    #[error("Unsupported vformatter: {name}")]
    UnknownFormatter {
        /// The name given.
        name: String,
    },
    /// A SHIFT or XPORT refers to a VDEF.
    #[error("Cannot shift a VDEF: '{name}' in line '{argument}'\n")]
    NotASeries {
        /// The name of the VDEF.
        name: String,
        /// The statement as given.
        argument: String,
    },
    /// A SHIFT lacks its offset.
    #[error("No shift given")]
    MissingOffset,
    /// A SHIFT refers to an undefined name.
    #[error("vname {name} not found")]
    ShiftOfUnknown {
        /// The name.
        name: String,
    },
    /// The offset of a SHIFT is neither an integer nor a VDEF.
    #[error("error parsing number {text}")]
    BadOffset {
        /// The text given.
        text: String,
    },
    /// The offset of a SHIFT is a series.
    #[error("Offset cannot be a (C)DEF: '{name}' in line '{argument}'\n")]
    OffsetOfSeries {
        /// The name of the series.
        name: String,
        /// The statement as given.
        argument: String,
    },
    /// A colour does not have 3, 4, 6 or 8 hexadecimal digits.
    #[error("malformed color '#{digits}' in {argument}: give 3, 4, 6 or 8 hexadecimal digits")]
    BadColor {
        /// The digits given.
        digits: String,
        /// The statement as given.
        argument: String,
    },
    /// A line width is not a number or negative.
    #[error("Bad line width: {text}")]
    BadWidth {
        /// The text given.
        text: String,
    },
    /// A number is missing in a list of dashes.
    #[error("Could not parse number: {rest}")]
    BadDash {
        /// The rest of the list.
        rest: String,
    },
    /// Something other than a comma separates dashes.
    #[error("expected a ',' at : {rest}")]
    DashSeparator {
        /// The rest of the list.
        rest: String,
    },
    /// A dash offset is not a number.
    #[error("Could not parse dash-offset: {text}")]
    BadDashOffset {
        /// The text given.
        text: String,
    },
    /// The height of a gradient is not a number.
    #[error("Bad gradheight: {text}")]
    BadGradientHeight {
        /// The text given.
        text: String,
    },
    /// An old `STACK` has no preceding line or area.
    #[error("No previous LINE or AREA found for {argument}")]
    NothingToStackOn {
        /// The statement as given.
        argument: String,
    },
    /// A TEXTALIGN lacks its alignment.
    #[error("No alignment given")]
    MissingAlignment,
    /// There is no alignment with this name.
    #[error("Unknown alignment type '{word}'")]
    UnknownAlignment {
        /// The word given.
        word: String,
    },
    /// A VDEF has no comma.
    #[error("Comma expected in VDEF definition {expression}")]
    MissingComma {
        /// The expression given.
        expression: String,
    },
    /// A VDEF refers to an undefined name.
    #[error("Not a valid vname: {name} in line {expression}")]
    StatisticOfUnknown {
        /// The name.
        name: String,
        /// The whole expression.
        expression: String,
    },
    /// A VDEF refers to a VDEF.
    #[error("variable '{name}' not DEF nor CDEF in VDEF '{expression}'")]
    StatisticOfNumber {
        /// The name.
        name: String,
        /// The whole expression.
        expression: String,
    },
    /// The function of a VDEF is not a word of capitals.
    #[error("Unknown function string '{text}' in VDEF '{name}'")]
    MalformedFunction {
        /// The text after the first comma.
        text: String,
        /// The name of the VDEF.
        name: String,
    },
    /// There is no VDEF function with this name.
    #[error("Unknown function '{function}' in VDEF '{name}'\n")]
    UnknownFunction {
        /// The name given.
        function: String,
        /// The name of the VDEF.
        name: String,
    },
    /// PERCENT or PERCENTNAN lacks its number.
    #[error("Function '{function}' needs parameter in VDEF '{name}'\n")]
    MissingParameter {
        /// The function.
        function: &'static str,
        /// The name of the VDEF.
        name: String,
    },
    /// A function that takes no number has one.
    #[error("Function '{function}' needs no parameter in VDEF '{name}'\n")]
    NeedlessParameter {
        /// The function.
        function: &'static str,
        /// The name of the VDEF.
        name: String,
    },
    /// A percentage is outside 0 to 100.
    #[error("Parameter '{parameter:.6}' out of range in VDEF '{name}'\n")]
    ParameterOutOfRange {
        /// The percentage given.
        parameter: f64,
        /// The name of the VDEF.
        name: String,
    },
}
