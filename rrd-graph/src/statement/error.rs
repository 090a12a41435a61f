//! Why a statement is refused. The texts are RRDtool's where it has one.

/// Why a statement is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Only `key=value` pieces and no `cmd=`.
    #[error("no command set in argument {argument}")]
    NoCommand {
        /// The statement as typed.
        argument: String,
    },
    /// The word in front is no kind of statement.
    #[error("'{word}' is not a valid function name in {argument}")]
    UnknownCommand {
        /// The word.
        word: String,
        /// The statement as typed.
        argument: String,
    },
    /// More than ten pieces without a key.
    #[error("too many positional arguments")]
    TooManyPositional,
    /// Pieces that this kind of statement has no use for.
    #[error("Unused Arguments \"{pieces}\" in command : {argument}")]
    Unused {
        /// The pieces, with colons between.
        pieces: String,
        /// The statement as typed.
        argument: String,
    },
    /// `debug=` with something that is no whole number.
    #[error("Bad debug value: {value}")]
    BadDebug {
        /// What was given.
        value: String,
    },
    /// `xaxis=` or `yaxis=` outside of 1 to 4.
    #[error("Bad {key} value: {value}")]
    BadAxis {
        /// Which of the two.
        key: &'static str,
        /// What was given.
        value: String,
    },
    /// A definition that ends too early.
    #[error("No argument for definition of {what} in {argument}")]
    IncompleteDefinition {
        /// What is missing: `vdef/rrd`, `DS` or `CF`.
        what: &'static str,
        /// The statement as typed.
        argument: String,
    },
    /// No consolidation function of this name.
    #[error("bad CF: {name}")]
    BadFunction {
        /// What was given.
        name: String,
    },
    /// No consolidation function of this name after `reduce=`.
    #[error("bad reduce CF: {name}")]
    BadReduceFunction {
        /// What was given.
        name: String,
    },
    /// No consolidation function of this name in a PRINT of a series.
    #[error("bad CF for DEF/CDEF: {name}")]
    BadPrintFunction {
        /// What was given.
        name: String,
    },
    /// `step=` with something that is no whole number from 1 on.
    #[error("Bad step value: {value}")]
    BadStep {
        /// What was given.
        value: String,
    },
    /// `start=` and `end=` of a definition that make no window.
    #[error(transparent)]
    Window(#[from] crate::window::WindowError),
    /// A CDEF or VDEF with a name that is taken.
    #[error("trying to reuse vname {name}")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A formula that cannot be read.
    #[error(transparent)]
    Formula(#[from] rrd_core::rpn::ParseError),
    /// The name is of no DEF, CDEF or VDEF, and the text no number either.
    #[error("{text} is not a vname nor a number")]
    NeitherNameNorNumber {
        /// What was given.
        text: String,
    },
    /// An element without the name of what it shows.
    #[error("No positional VNAME")]
    MissingName,
    /// A PRINT of a series without its consolidation function.
    #[error("No positional CDEF")]
    MissingPrintFunction,
    /// A text that is missing.
    #[error("No positional CF/FORMAT")]
    MissingText,
    /// A TICK without its length.
    #[error("No positional FRACTION")]
    MissingFraction,
    /// A TICK whose length is no number.
    #[error("error parsing number {name}")]
    BadFraction {
        /// The name of what it shows, as RRDtool reports it.
        name: String,
    },
    /// A TICK of dynamic length that shows a VDEF.
    #[error("variable '{name}' not DEF nor CDEF when using dynamic fractions")]
    DynamicFractionOfNumber {
        /// The name of the VDEF.
        name: String,
    },
    /// A rule that names a series.
    #[error("Using vname {name} of wrong type in line {argument}\n")]
    RuleOfSeries {
        /// The name of the series.
        name: String,
        /// The statement as typed.
        argument: String,
    },
    /// A PRINT, GPRINT or export of something that is not defined.
    #[error("undefined vname {name}")]
    UndefinedName {
        /// The name.
        name: String,
    },
    /// A formatter that does not exist.
    #[error("Unsupported vformatter: {name}")]
    UnknownFormatter {
        /// What was given.
        name: String,
    },
    /// A SHIFT or XPORT of a VDEF.
    #[error("Cannot shift a VDEF: '{name}' in line '{argument}'\n")]
    NotASeries {
        /// The name of the VDEF.
        name: String,
        /// The statement as typed.
        argument: String,
    },
    /// A SHIFT without its offset.
    #[error("No shift given")]
    MissingOffset,
    /// A SHIFT of something that is not defined.
    #[error("vname {name} not found")]
    ShiftOfUnknown {
        /// The name.
        name: String,
    },
    /// A SHIFT by something that is neither a whole number nor a VDEF.
    #[error("error parsing number {text}")]
    BadOffset {
        /// What was given.
        text: String,
    },
    /// A SHIFT by a series.
    #[error("Offset cannot be a (C)DEF: '{name}' in line '{argument}'\n")]
    OffsetOfSeries {
        /// The name of the series.
        name: String,
        /// The statement as typed.
        argument: String,
    },
    /// A colour that has not 3, 4, 6 or 8 hexadecimal digits.
    #[error("malformed color '#{digits}' in {argument}: give 3, 4, 6 or 8 hexadecimal digits")]
    BadColor {
        /// What was given.
        digits: String,
        /// The statement as typed.
        argument: String,
    },
    /// A line width that is no number from 0 on.
    #[error("Bad line width: {text}")]
    BadWidth {
        /// What was given.
        text: String,
    },
    /// A list of dashes that does not continue with a number.
    #[error("Could not parse number: {rest}")]
    BadDash {
        /// The list from there on.
        rest: String,
    },
    /// A list of dashes with something else than commas between.
    #[error("expected a ',' at : {rest}")]
    DashSeparator {
        /// The list from there on.
        rest: String,
    },
    /// A dash offset that is no number.
    #[error("Could not parse dash-offset: {text}")]
    BadDashOffset {
        /// What was given.
        text: String,
    },
    /// A height of a gradient that is no number.
    #[error("Bad gradheight: {text}")]
    BadGradientHeight {
        /// What was given.
        text: String,
    },
    /// An old `STACK` with nothing before it.
    #[error("No previous LINE or AREA found for {argument}")]
    NothingToStackOn {
        /// The statement as typed.
        argument: String,
    },
    /// A TEXTALIGN without its word.
    #[error("No alignment given")]
    MissingAlignment,
    /// A word that is no alignment.
    #[error("Unknown alignment type '{word}'")]
    UnknownAlignment {
        /// What was given.
        word: String,
    },
    /// A VDEF without a comma.
    #[error("Comma expected in VDEF definition {expression}")]
    MissingComma {
        /// What was given.
        expression: String,
    },
    /// A VDEF of something that is not defined.
    #[error("Not a valid vname: {name} in line {expression}")]
    StatisticOfUnknown {
        /// The name.
        name: String,
        /// The whole expression.
        expression: String,
    },
    /// A VDEF of a VDEF.
    #[error("variable '{name}' not DEF nor CDEF in VDEF '{expression}'")]
    StatisticOfNumber {
        /// The name.
        name: String,
        /// The whole expression.
        expression: String,
    },
    /// A VDEF whose function is no word of capitals.
    #[error("Unknown function string '{text}' in VDEF '{name}'")]
    MalformedFunction {
        /// What stands after the first comma.
        text: String,
        /// The name of the VDEF.
        name: String,
    },
    /// A VDEF whose function does not exist.
    #[error("Unknown function '{function}' in VDEF '{name}'\n")]
    UnknownFunction {
        /// What was given.
        function: String,
        /// The name of the VDEF.
        name: String,
    },
    /// PERCENT or PERCENTNAN without a number.
    #[error("Function '{function}' needs parameter in VDEF '{name}'\n")]
    MissingParameter {
        /// The function.
        function: &'static str,
        /// The name of the VDEF.
        name: String,
    },
    /// A number for a function that takes none.
    #[error("Function '{function}' needs no parameter in VDEF '{name}'\n")]
    NeedlessParameter {
        /// The function.
        function: &'static str,
        /// The name of the VDEF.
        name: String,
    },
    /// A percentage outside of 0 to 100.
    #[error("Parameter '{parameter:.6}' out of range in VDEF '{name}'\n")]
    ParameterOutOfRange {
        /// What was given.
        parameter: f64,
        /// The name of the VDEF.
        name: String,
    },
}
