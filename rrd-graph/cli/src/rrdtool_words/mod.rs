//! RRDtool's words for what went wrong: the only file that knows them. Scripts compare these texts.
//! The libraries speak words of their own; where RRDtool has none either, those are printed, each
//! cause after its effect.

use std::error::Error;
use std::path::Path;

use rrd_core::rpn::CompactError;
use rrd_core::{
    BatchError, ConvertError, CreateError, DonorError, DumpError, FetchError, HeadError, OpenError,
    RateError, ResizeError, RestoreError, SalvageError, SampleError, SampleTextError, SchemaError,
    SchemaTextError, SourceFault, TemplateError, TuneArgumentError, TuneError, TuneFileError,
    UpdateError, XmlFault,
};
use rrd_graph::data::DataError;
use rrd_graph::description::DescriptionError;
use rrd_graph::evaluate::EvaluateError;
use rrd_graph::export::TableError;
use rrd_graph::texts::TextError;

use crate::system;

/// The text printed after `ERROR: `.
pub(crate) fn reason(error: &(dyn Error + 'static)) -> String {
    if let Some(words) = words(error) {
        return words;
    }
    match error.source() {
        Some(cause) => format!("{error}: {}", reason(cause)),
        None => error.to_string(),
    }
}

/// RRDtool's words for an error and its causes, if it has any.
fn words(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref() {
        return Some(system::reason(error));
    }
    if let Some(BatchError { source, .. }) = error.downcast_ref() {
        return Some(reason(source));
    }
    macro_rules! of {
        ($($words:path),* $(,)?) => {
            $(if let Some(error) = error.downcast_ref() {
                return $words(error);
            })*
        };
    }
    of!(
        open,
        create,
        fetch,
        update,
        sample,
        rate,
        sample_text,
        template,
        schema,
        schema_text,
        expression,
        tune,
        tune_file,
        tune_argument,
        resize,
        donor,
        dump,
        restore,
        convert,
        salvage,
        data,
        evaluate,
        text,
        table,
        description,
    );
    None
}

fn about(doing: &str, path: &Path, source: &std::io::Error) -> String {
    format!("{doing} '{}': {}", path.display(), system::reason(source))
}

fn open(error: &OpenError) -> Option<String> {
    Some(match error {
        OpenError::Open { path, source } => about("opening", path, source),
        OpenError::Empty { path } => format!("mmaping file '{}': Invalid argument", path.display()),
        OpenError::Folder { path } => format!("mmaping file '{}': No such device", path.display()),
        OpenError::Read { path, source } => about("reading", path, source),
        OpenError::Allocate { path, source } => about("allocating", path, source),
        OpenError::Locked { .. } => LOCKED.to_owned(),
        OpenError::Head { path, fault } => head(fault, &path.display().to_string()),
        OpenError::ForeignLayout { path, layout } => format!(
            "This RRD was created on another architecture ({layout}): make a native copy with `rrd convert '{}' OUT`",
            path.display()
        ),
        _ => return None,
    })
}

const LOCKED: &str = "could not lock RRD";

/// What is wrong with the head of the file called `name`.
fn head(fault: &HeadError, name: &str) -> String {
    match fault {
        HeadError::Truncated { part, .. } => {
            format!("reached EOF while loading header rrd->{part}")
        }
        HeadError::NotRrd => format!("'{name}' is not an RRD file"),
        HeadError::UnknownLayout { .. } => {
            "This RRD was created on another architecture".to_owned()
        }
        HeadError::Version { text, .. } => format!("can't handle RRD file version {text}"),
        HeadError::TooShort { needed, .. } => {
            format!("'{name}' is too small (should be {needed} bytes)")
        }
        HeadError::UnknownSourceKind { name, .. } => {
            format!("unknown data acquisition function '{name}'")
        }
        HeadError::UnknownFunction { name, .. } => {
            format!("unknown consolidation function '{name}'")
        }
        fault => format!("'{name}': {fault}"),
    }
}

fn create(error: &CreateError) -> Option<String> {
    Some(match error {
        CreateError::Exists { path } => format!("creating '{}': File exists", path.display()),
        CreateError::Temporary { .. } => "Cannot create temporary file".to_owned(),
        CreateError::Impossible { path, fault } => head(fault, &path.display().to_string()),
        CreateError::Write { path, source } => about("writing", path, source),
        CreateError::Rename { .. } => "Cannot rename temporary file to final file!".to_owned(),
        CreateError::Open(error) => reason(error),
        _ => return None,
    })
}

fn fetch(error: &FetchError) -> Option<String> {
    Some(match error {
        FetchError::NoArchive { .. } => {
            "the RRD does not contain an RRA matching the chosen CF".to_owned()
        }
        FetchError::Open(error) => reason(error),
        FetchError::Read { path, source } => about("reading", path, source),
        _ => return None,
    })
}

fn update(error: &UpdateError) -> Option<String> {
    Some(match error {
        UpdateError::Sample { path, source } => format!("{}: {}", path.display(), reason(source)),
        UpdateError::Locked { .. } => LOCKED.to_owned(),
        UpdateError::Open(error) => reason(error),
        UpdateError::Read { path, source } => about("reading", path, source),
        UpdateError::Journal { path, source } => about("writing the journal of", path, source),
        UpdateError::Write { path, source } => about("writing", path, source),
        _ => return None,
    })
}

fn sample(error: &SampleError) -> Option<String> {
    Some(match error {
        SampleError::Past { at, last_update } => format!(
            "illegal attempt to update using time {} when last update time is {} (minimum one second step)",
            at.seconds(),
            last_update.seconds()
        ),
        SampleError::Readings { expected, found, at } => readings(*expected, *found, at),
        SampleError::Reading(error) => reason(error),
        _ => return None,
    })
}

fn readings(expected: usize, found: usize, at: impl std::fmt::Display) -> String {
    format!("expected {expected} data source readings (got {found}) from {at}")
}

fn rate(error: &RateError) -> Option<String> {
    Some(match error {
        RateError::Number { kind, error } => {
            format!("Function update_pdp_prep, case DST_{} - {error}", kind.name())
        }
        RateError::NotUnsigned { text } => format!("not a simple unsigned integer: '{text}'"),
        RateError::NotSigned { text } => format!("not a simple signed integer: '{text}'"),
        _ => return None,
    })
}

fn sample_text(error: &SampleTextError) -> Option<String> {
    Some(match error {
        SampleTextError::NoTime { text } => {
            format!("expected timestamp not found in data source from {text}")
        }
        SampleTextError::ExtraValues { rest } => {
            format!("found extra data on update argument: {rest}")
        }
        SampleTextError::MissingValues { expected, found, time } => {
            readings(*expected, *found, time)
        }
        SampleTextError::Time(error) => {
            format!("error while parsing time in get_time_from_reading - {error}")
        }
        SampleTextError::TimeExpression { text, error } => format!("ds time: {text}: {error}"),
        SampleTextError::RelativeTime { text } => {
            format!("specifying time relative to the 'start' or 'end' makes no sense here: {text}")
        }
        SampleTextError::TimeOutOfRange { text, error } => format!("ds time: {text}: {error}"),
        _ => return None,
    })
}

fn template(error: &TemplateError) -> Option<String> {
    Some(match error {
        TemplateError::UnknownName { name } => format!("unknown DS name '{name}'"),
        TemplateError::TooManyNames => "tmplt contains more DS definitions than RRD".to_owned(),
        _ => return None,
    })
}

fn schema(error: &SchemaError) -> Option<String> {
    let text = match error {
        SchemaError::NoArchives => "you must define at least one Round Robin Archive",
        SchemaError::NoSources => "you must define at least one Data Source",
        SchemaError::DuplicateName { name } => return Some(format!("Duplicate DS name: {name}")),
        SchemaError::Expression { name, error } => {
            return Some(format!("data source {name}: {}", reason(error)));
        }
        SchemaError::Limits { .. } => LIMIT_ORDER,
        SchemaError::XFilesFactor { .. } => "Invalid xff: must be between 0 and 1",
        SchemaError::Alpha { .. } => "Invalid alpha: must be between 0 and 1",
        SchemaError::Beta { .. } => "Invalid beta: must be between 0 and 1",
        SchemaError::Gamma { .. } => "Invalid gamma: must be between 0 and 1",
        SchemaError::SmoothingWindow { value } => {
            return Some(format!("Invalid smoothing-window {value:.6}: must be between 0 and 1"));
        }
        SchemaError::SeasonTooLong { .. } => {
            "Length of seasonal cycle exceeds length of HW prediction array"
        }
        SchemaError::FailureThreshold { .. } => "Failure threshold is out of range 1, 28",
        SchemaError::FailureWindow { .. } => "Window length is out of range 1, 28",
        SchemaError::WindowBelowThreshold { .. } => {
            "Window length is shorter than the failure threshold"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

const LIMIT_ORDER: &str = "min must be less than max in DS definition";

fn schema_text(error: &SchemaTextError) -> Option<String> {
    Some(match error {
        SchemaTextError::Argument { text } => format!("can't parse argument '{text}'"),
        SchemaTextError::SourceFormat => "invalid DS format".to_owned(),
        SchemaTextError::SourceType { name } => format!("invalid DS type specified ({name})"),
        SchemaTextError::Source { text, fault } => {
            format!("failed to parse data source {text}: {}", source_fault(*fault))
        }
        SchemaTextError::Limit { limit, error } => format!("parsing {limit} val - {error}"),
        SchemaTextError::Expression(error) => reason(error),
        SchemaTextError::Function { name } => format!("Unrecognized consolidation function {name}"),
        SchemaTextError::MissingFields { expected, found } => {
            format!("Expected at least {expected} arguments for RRA but got {found}")
        }
        SchemaTextError::ExtraField { function } => {
            format!("Unexpected extra argument for consolidation function {function}")
        }
        SchemaTextError::UnknownField => "Unknown error".to_owned(),
        SchemaTextError::PointsPerRow { text, error } => format!("Invalid step {text}: {error}"),
        SchemaTextError::Rows { text, error } => format!("Invalid row count {text}: {error}"),
        SchemaTextError::Option { text } => format!("Invalid option {text}"),
        SchemaTextError::Schema(error) => reason(error),
        _ => return None,
    })
}

fn source_fault(fault: SourceFault) -> String {
    let text = match fault {
        SourceFault::NoSeparator => "missing separator",
        SourceFault::LongHeartbeat => "heartbeat too long",
        SourceFault::Limits => "failed to extract min:max",
        SourceFault::LimitOrder => LIMIT_ORDER,
        fault => return fault.to_string(),
    };
    text.to_owned()
}

fn expression(error: &CompactError) -> Option<String> {
    Some(match error {
        CompactError::Malformed(_) => "failed to parse computed data source".to_owned(),
        CompactError::NeedsRows => "operators TIME LTIME STEPWIDTH PREV NEW* COUNT TREND TRENDNAN PREDICT PREDICTSIGMA PREDICTPERC are not supported with DS COMPUTE".to_owned(),
        CompactError::TooLong { nodes } => {
            format!("Maximum 19 RPN nodes permitted. Got {nodes} RPN nodes at present.")
        }
        CompactError::Constant => {
            "constants must be integers in the interval (-32768, 32767)".to_owned()
        }
        _ => return None,
    })
}

fn tune(error: &TuneError) -> Option<String> {
    let text = match error {
        TuneError::UnknownSource { name } => {
            return Some(format!("unknown data source name '{name}'"));
        }
        TuneError::NoForecast => "Holt-Winters RRA does not exist in this RRD",
        TuneError::NoFailures => "Failures RRA does not exist in this RRD",
        TuneError::Adaption { .. } => "Holt-Winters parameter must be between 0 and 1",
        TuneError::Delta { .. } => "Parameter specified is too small",
        TuneError::Violations { .. } => "Parameter must be between 1 and 28",
        TuneError::Step { .. } => {
            "invalid 'newstep' parameter. The newsize must divide the old step parameter without a remainder."
        }
        TuneError::OldVersion => {
            "direct modification is only supported for version 3, 4 or 5 of RRD files. Consider to dump/restore before retrying a modification"
        }
        TuneError::Definition(error) => return Some(reason(error)),
        TuneError::Schema(error) => return Some(reason(error)),
        _ => return None,
    };
    Some(text.to_owned())
}

fn tune_file(error: &TuneFileError) -> Option<String> {
    Some(match error {
        TuneFileError::Tune(error) => reason(error),
        TuneFileError::Open(error) => reason(error),
        TuneFileError::Update(error) => reason(error),
        TuneFileError::Create(error) => reason(error),
        _ => return None,
    })
}

fn tune_argument(error: &TuneArgumentError) -> Option<String> {
    Some(match error {
        TuneArgumentError::Heartbeat => "invalid arguments for heartbeat".to_owned(),
        TuneArgumentError::Limit { limit } => format!("invalid arguments for {limit} ds value"),
        TuneArgumentError::Pair => "invalid arguments for data source type".to_owned(),
        TuneArgumentError::SourceType { name } => {
            format!("unknown data acquisition function '{name}'")
        }
        TuneArgumentError::Delta => "Unable to parse parameter in set_deltaarg".to_owned(),
        TuneArgumentError::Parameter => "Unable to parse Holt-Winters parameter".to_owned(),
        TuneArgumentError::Name { name } => format!("unknown data source name '{name}'"),
        TuneArgumentError::Shape { text } => format!("unparsable argument: {text}"),
        TuneArgumentError::NegativeArchive => {
            "DELRRA requires a non-negative, integer argument".to_owned()
        }
        TuneArgumentError::Rows => "Failed to parse RRA# command".to_owned(),
        TuneArgumentError::RowSign { sign } => {
            format!("Failed to parse RRA# command: invalid operation: {sign}")
        }
        _ => return None,
    })
}

fn resize(error: &ResizeError) -> Option<String> {
    Some(match error {
        ResizeError::NoArchive { .. } => "no such RRA in this RRD".to_owned(),
        ResizeError::TooFewRows { .. } => "This RRA is not that big".to_owned(),
        ResizeError::Version { version } => {
            format!("Do not know how to handle RRD version {}", version.digits())
        }
        ResizeError::Schema(error) => reason(error),
        ResizeError::Read(error) => reason(error),
        ResizeError::Create(error) => reason(error),
        _ => return None,
    })
}

fn donor(error: &DonorError) -> Option<String> {
    Some(match error {
        DonorError::Missing { path, source } => {
            format!("error checking for source RRD {}: {}", path.display(), system::reason(source))
        }
        DonorError::NotAFile { path } => format!("Not a regular file: {}", path.display()),
        DonorError::Open { path, .. } => format!("Cannot open source RRD {}", path.display()),
        DonorError::Read(error) => reason(error),
        _ => return None,
    })
}

fn dump(error: &DumpError) -> Option<String> {
    Some(match error {
        DumpError::Read(error) => reason(error),
        DumpError::Write(error) => {
            format!("error writing output file: {}", system::reason(error))
        }
        _ => return None,
    })
}

fn restore(error: &RestoreError) -> Option<String> {
    Some(match error {
        RestoreError::Xml { line, fault } => {
            let fault = match fault {
                XmlFault::NoElement => "Document is empty".to_owned(),
                XmlFault::Read(error) => system::reason(error),
                XmlFault::Syntax(error) => error.to_string(),
                fault => fault.to_string(),
            };
            format!("error reading/parsing XML: {fault} (line {line})")
        }
        RestoreError::TextForElement { line, text } => {
            format!("line {line}: expected element but found text '{text}'")
        }
        // The names are the wrong way round there, too.
        RestoreError::WrongElement { line, found, expected } => {
            format!("line {line}: expected <{found}> element but found <{expected}>")
        }
        RestoreError::ElementForValue { line, found } => {
            format!("line {line}: expected a value but found a <{found}> element")
        }
        RestoreError::UnknownElement { line, place, tag } => {
            // The line is there for elements of an archive only.
            let of_archive = place.starts_with("rra") && !place.ends_with("cdp_prep");
            let line = if of_archive { format!("line {line}: ") } else { String::new() };
            format!("{line}parse_tag_{place}: Unknown tag: {tag}")
        }
        RestoreError::SourceAfterArchive => {
            "parse_tag_ds: All data source definitions MUST precede the RRA definitions!".to_owned()
        }
        RestoreError::Whole { line, reader, text } => {
            format!("ling {line}: {reader} from '{text}' Numerical result out of range")
        }
        RestoreError::NotANumber { line, text } => {
            format!("ling {line}: get_xml_double from '{text}' Numerical result out of range")
        }
        RestoreError::TrailingText { line, text } => {
            format!("ling {line}: get_xml_double from '{text}' Success")
        }
        RestoreError::SourceType { name } => {
            format!("parse_tag_ds_type: Unknown data source type: {name}")
        }
        RestoreError::Function { name } => {
            format!("parse_tag_rra_cf: Unknown consolidation function: {name}")
        }
        RestoreError::Expression(error) => reason(error),
        RestoreError::Version { version } => format!("can't handle RRD file version {version}"),
        RestoreError::Impossible { fault } => head(fault, "the dump"),
        RestoreError::Create { path, source } => about("creating", path, source),
        RestoreError::File(error) => reason(error),
        RestoreError::Schema(error) => reason(error),
        _ => return None,
    })
}

fn convert(error: &ConvertError) -> Option<String> {
    Some(match error {
        ConvertError::Open(error) => reason(error),
        ConvertError::Read(error) => reason(error),
        ConvertError::Create(error) => reason(error),
        _ => return None,
    })
}

fn salvage(error: &SalvageError) -> Option<String> {
    Some(match error {
        SalvageError::Open(error) => reason(error),
        SalvageError::Create(error) => reason(error),
        SalvageError::Read(error) => reason(error),
        _ => return None,
    })
}

fn data(error: &DataError) -> Option<String> {
    Some(match error {
        DataError::Open(error) => reason(error),
        DataError::Fetch(error) => reason(error),
        DataError::Store(error) => reason(error),
        DataError::Other(error) => reason(&**error),
        _ => return None,
    })
}

fn evaluate(error: &EvaluateError) -> Option<String> {
    match error {
        EvaluateError::Data(error) => Some(reason(error)),
        _ => None,
    }
}

fn text(error: &TextError) -> Option<String> {
    match error {
        TextError::Evaluate(error) => Some(reason(error)),
        _ => None,
    }
}

fn table(error: &TableError) -> Option<String> {
    match error {
        TableError::Evaluate(error) => Some(reason(error)),
        _ => None,
    }
}

fn description(error: &DescriptionError) -> Option<String> {
    match error {
        DescriptionError::Evaluate(error) => Some(reason(error)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Heartbeat, Restore, Schema, SchemaText, Step, Template, TimeZone, Timestamp};

    use super::*;

    const DUMP: &str = "<rrd><version>0003</version><step>10</step><lastupdate>1000000035</lastupdate>
<ds><name>a</name><type>GAUGE</type><minimal_heartbeat>20</minimal_heartbeat><min>0</min><max>100</max>
<last_ds>7</last_ds><value>35</value><unknown_sec>0</unknown_sec></ds>
<rra><cf>AVERAGE</cf><pdp_per_row>1</pdp_per_row><params><xff>0.5</xff></params>
<cdp_prep><ds><primary_value>7</primary_value><value>NaN</value></ds></cdp_prep>
<database><row><v>1</v></row><row><v>4.8</v></row><row><v>101</v></row></database></rra></rrd>";

    fn step() -> Step {
        Step::from_seconds(10).unwrap()
    }

    #[test]
    fn definitions_are_refused_in_the_words_of_rrdtool() {
        for (argument, words) in [
            ("ds:a:GAUGE:1:U:U", "can't parse argument 'ds:a:GAUGE:1:U:U'"),
            ("DS:a b:GAUGE:1:U:U", "invalid DS format"),
            ("DS:a:FOO:1:U:U", "invalid DS type specified (FOO)"),
            ("DS:a:GAUGE:1", "failed to parse data source 1: missing separator"),
            (
                "DS:a:GAUGE:1:0:0",
                "failed to parse data source 1:0:0: min must be less than max in DS definition",
            ),
            ("DS:a:GAUGE:1:x:0", "parsing min val - Cannot convert 'x' to float"),
            ("DS:a:COMPUTE:b,1,+", "failed to parse computed data source"),
            ("RRA:FOO:1", "Unrecognized consolidation function FOO"),
            ("RRA:AVERAGE:1:1:1", "Invalid xff: must be between 0 and 1"),
            ("RRA:AVERAGE:0:7s:1", "Invalid step 7s: value would truncate when scaled"),
            ("RRA:AVERAGE:0:1:0", "Invalid row count 0: value must be positive"),
            ("RRA:AVERAGE:0:1", "Expected at least 4 arguments for RRA but got 3"),
            ("RRA:AVERAGE:0:1:1:1", "Unexpected extra argument for consolidation function AVERAGE"),
            (
                "RRA:HWPREDICT:5:0.1:0.1:6",
                "Length of seasonal cycle exceeds length of HW prediction array",
            ),
            (
                "RRA:HWPREDICT:5:0.1:0.1:x",
                "the seasonal cycle of archive 0 must have 1 to 65535 rows",
            ),
            ("RRA:SEASONAL:5:0.1:1:foo", "Invalid option foo"),
            ("RRA:FAILURES:5:3:2:1", "Window length is shorter than the failure threshold"),
        ] {
            let error = SchemaText::new(step(), "x.rrd").argument(argument).unwrap_err();
            assert_eq!(reason(&error), words);
        }
    }

    #[test]
    fn samples_are_refused_in_the_words_of_rrdtool() {
        let heartbeat = Heartbeat::from_seconds(20);
        let schema = Schema::builder(step())
            .gauge("a", heartbeat)
            .counter("b", heartbeat)
            .average(0.5, 1, 4)
            .build()
            .unwrap();
        let template = Template::in_file_order(&schema);
        for (text, words) in [
            ("5", "expected timestamp not found in data source from 5"),
            ("5:1:2:3:4", "found extra data on update argument: 3:4"),
            ("5:1:2:", "found extra data on update argument: "),
            ("5:1", "expected 2 data source readings (got 1) from 5"),
            (
                "5x:1:2",
                "error while parsing time in get_time_from_reading - Converted '5x' to 5.000000, but cannot convert 'x'",
            ),
            (
                "end-1h@1:2",
                "specifying time relative to the 'start' or 'end' makes no sense here: end-1h",
            ),
        ] {
            let now = Timestamp::from_seconds(1_000_000_000);
            let error = template.sample(text, now, &TimeZone::UTC).unwrap_err();
            assert_eq!(reason(&error), words);
        }
    }

    #[test]
    fn dumps_are_refused_in_the_words_of_rrdtool() {
        let folder = tempfile::tempdir().unwrap();
        for (old, new, message) in [
            ("<rrd>", "<foo>", "line 1: expected <foo> element but found <rrd>"),
            ("0003", "00012345", "'00012345' is longer than 5"),
            ("0003", "0009", "can't handle RRD file version 0009"),
            ("0003", "0001", "line 4: parse_tag_rra: Unknown tag: params"),
            ("<step>10</step>", "", "the dump has no <step> above 0"),
            (
                "<step>10<",
                "<step>99999999999999999999<",
                "ling 1: get_xml_ulong from '99999999999999999999' Numerical result out of range",
            ),
            ("<step>", "<steps>1</steps><step>", "parse_tag_rrd: Unknown tag: steps"),
            ("<ds><name>", "here<ds><name>", "line 2: expected element but found text '\nhere'"),
            (
                "<name>a<",
                "<name>a_very_long_name_of_ds<",
                "'a_very_long_name_of_ds' is longer than 20",
            ),
            (
                "<name>a<",
                "<name>a.b<",
                "the data source name 'a.b' must be 1 to 19 of the characters A-Z a-z 0-9 _ -",
            ),
            ("GAUGE", "gauge", "parse_tag_ds_type: Unknown data source type: gauge"),
            ("<type>", "<kind/><type>", "parse_tag_ds: Unknown tag: kind"),
            (
                "<type>GAUGE",
                "<type>COMPUTE",
                "data source 'a' is of type COMPUTE but has no <cdef>",
            ),
            ("<min>0", "<min>1,5", "ling 2: get_xml_double from '1,5' Success"),
            ("<min>0", "<min>U", "ling 2: get_xml_double from 'U' Numerical result out of range"),
            (
                "<last_ds>7",
                "<last_ds>012345678901234567890123456789",
                "'012345678901234567890123456789' is longer than 30",
            ),
            ("AVERAGE", "MEAN", "parse_tag_rra_cf: Unknown consolidation function: MEAN"),
            ("row>1<", "row>0<", "a row of archive 0 must have at least one primary data point"),
            ("<xff>0.5</xff>", "<foo>0.5</foo>", "line 4: expected element but found text '0.5'"),
            ("<value>N", "<sum>1</sum><value>N", "parse_tag_rra_cdp_prep: Unknown tag: sum"),
            (
                "</ds></cdp",
                "</ds><ds></ds></cdp",
                "line 5: expected <ds> element but found </cdp_prep>",
            ),
            ("<v>4.8</v>", "", "line 6: expected </row> element but found <v>"),
            ("<v>4.8<", "<v>4.8</v><v>5<", "line 6: expected <v> element but found </row>"),
            ("4.8", "<b>4.8</b>", "line 6: expected a value but found a <b> element"),
            ("4.8", "4.8&other;", "error reading/parsing XML: unknown entity &other; (line 6)"),
            (
                "<row><v>1</v></row><row><v>4.8</v></row><row><v>101</v></row>",
                "",
                "archive 0 must have at least one row",
            ),
            (
                "</rra></rrd>",
                "</rra><ds></ds></rrd>",
                "parse_tag_ds: All data source definitions MUST precede the RRA definitions!",
            ),
            (
                "</rra></rrd>",
                "</rra>",
                "error reading/parsing XML: the document ends before </rrd> (line 6)",
            ),
            ("<rrd>", "words", "error reading/parsing XML: Document is empty (line 1)"),
        ] {
            let dump = DUMP.replacen(old, new, 1);
            let path = folder.path().join("restored.rrd");
            let error = Restore::new().read(dump.as_bytes(), &path).unwrap_err();
            assert_eq!(reason(&error), message);
        }
    }
}
