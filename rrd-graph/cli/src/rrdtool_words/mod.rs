//! RRDtool's texts for errors; no other module knows them. Scripts compare these texts. Errors that
//! RRDtool does not have are printed in the libraries' own words, each cause after its effect.

mod database;
mod dump;
mod graph;
mod parts;
mod restructure;
mod sample;
mod schema;
mod statement;
mod value;

use std::error::Error;

use rrd_core::{BatchError, StoreBatchError};
use rrd_graph::number_format::{DurationFormatError, NumberFormatError};

use crate::system;

/// The text printed after `ERROR: `: RRDtool's words for this error and its causes, else their own.
///
/// ```
/// let error = rrd_core::RrdReader::open("/no/such.rrd").unwrap_err();
/// let words = "opening '/no/such.rrd': No such file or directory";
/// assert_eq!(rrd_cli::rrdtool_words(&error), words);
/// ```
pub fn reason(error: &(dyn Error + 'static)) -> String {
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
    if let Some(StoreBatchError { source, .. }) = error.downcast_ref() {
        return Some(reason(&**source));
    }
    if let Some(NumberFormatError { format, pattern }) = error.downcast_ref() {
        return Some(format!("invalid format string '{format}' (should match '{pattern}')"));
    }
    if error.is::<DurationFormatError>() {
        return Some("Wrong duration format".to_owned());
    }
    if let Some(error) = error.downcast_ref() {
        return Some(value::duration(*error));
    }
    macro_rules! of {
        ($($words:path),* $(,)? ; $($joining:path),* $(,)?) => {
            $(if let Some(error) = error.downcast_ref() {
                return $words(error);
            })*
            $(if let Some(error) = error.downcast_ref() {
                return $joining(error, reason);
            })*
        };
    }
    of!(
        database::open,
        sample::template,
        schema::expression,
        restructure::tune_argument,
        graph::legend,
        value::number,
        value::time,
        value::resolve,
        value::parse,
        value::evaluation;
        database::create,
        database::fetch,
        database::update,
        database::store,
        sample::sample,
        sample::rate,
        sample::sample_text,
        schema::schema,
        schema::schema_text,
        restructure::tune,
        restructure::tune_file,
        restructure::resize,
        restructure::donor,
        dump::dump,
        dump::restore,
        database::convert,
        database::salvage,
        graph::data,
        graph::evaluate,
        graph::text,
        graph::table,
        graph::description,
        graph::calculation,
        graph::window,
        statement::statement,
    );
    None
}
