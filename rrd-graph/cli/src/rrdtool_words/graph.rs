//! Errors of charts.

use rrd_graph::LegendError;
use rrd_graph::cdef::CalculationError;
use rrd_graph::data::DataError;
use rrd_graph::description::DescriptionError;
use rrd_graph::evaluate::EvaluateError;
use rrd_graph::export::TableError;
use rrd_graph::texts::TextError;
use rrd_graph::window::WindowError;

use super::parts::Reason;

pub(super) fn data(error: &DataError, reason: Reason) -> Option<String> {
    Some(match error {
        DataError::Open(error) => reason(error),
        DataError::Fetch(error) => reason(error),
        DataError::Store(error) => reason(error),
        DataError::NoSource { name, file } => {
            format!("No DS called '{name}' in '{}'", file.display())
        }
        DataError::Other(error) => reason(&**error),
        _ => return None,
    })
}

pub(super) fn evaluate(error: &EvaluateError, reason: Reason) -> Option<String> {
    Some(match error {
        EvaluateError::Data(error) => reason(error),
        EvaluateError::Calculation(error) => reason(error),
        EvaluateError::Undefined { name } => format!("undefined vname {name}"),
        _ => return None,
    })
}

pub(super) fn text(error: &TextError, reason: Reason) -> Option<String> {
    Some(match error {
        TextError::Number(error) => reason(error),
        TextError::Duration(error) => reason(error),
        TextError::Evaluate(error) => reason(error),
        _ => return None,
    })
}

pub(super) fn table(error: &TableError, reason: Reason) -> Option<String> {
    Some(match error {
        TableError::NoColumns => "no XPORT found, nothing to do".to_owned(),
        TableError::Evaluate(error) => reason(error),
        _ => return None,
    })
}

pub(super) fn description(error: &DescriptionError, reason: Reason) -> Option<String> {
    Some(match error {
        DescriptionError::Window(error) => reason(error),
        DescriptionError::Evaluate(error) => reason(error),
        _ => return None,
    })
}

pub(super) fn calculation(error: &CalculationError, reason: Reason) -> Option<String> {
    Some(match error {
        CalculationError::NoSeries => {
            "rpn expressions without DEF or CDEF variables are not supported".to_owned()
        }
        CalculationError::Evaluation(error) => reason(error),
        _ => return None,
    })
}

pub(super) fn window(error: &WindowError, reason: Reason) -> Option<String> {
    Some(match error {
        WindowError::Start(error) => format!("start time: {}", reason(error)),
        WindowError::End(error) => format!("end time: {}", reason(error)),
        WindowError::Resolve(error) => reason(error),
        WindowError::TooEarly { start } => {
            format!("the first entry to fetch should be after 1980 ({start})")
        }
        WindowError::Reversed { start, end } => {
            format!("start ({start}) should be less than end ({end})")
        }
        _ => return None,
    })
}

pub(super) fn legend(error: &LegendError) -> Option<String> {
    Some(match error {
        LegendError::UnknownControl { text } => {
            format!("Unknown control code at the end of '{text}'")
        }
        _ => return None,
    })
}
