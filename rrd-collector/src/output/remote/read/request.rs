//! A request of remote read: its bytes as queries that can be answered.

use prost::Message;
use thiserror::Error;

use super::super::wire::v1::ReadRequest;
use super::super::wire::{BlockError, decompress};
use super::matchers::{MatcherError, Matchers};
use super::plan::Plan;

/// Limit on the bytes of a request when unpacked. Most have a hundred.
const MAX_REQUEST: usize = 64 << 10;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One message with all samples.
    Samples,
    /// Frames with compressed samples, sent while the rows are read.
    Chunks,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ReadQueries {
    /// The form of the answer.
    pub form: Form,
    /// The queries, each with a result of its own.
    pub queries: Vec<ReadQuery>,
}

/// One query.
#[derive(Clone, Debug)]
pub struct ReadQuery {
    /// The first millisecond since 1970.
    pub first: i64,
    /// The last one.
    pub last: i64,
    /// Which series are meant.
    pub matchers: Matchers,
    /// Which rows suit what the samples are for.
    pub plan: Plan,
}

/// Why a request cannot be answered.
#[derive(Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// It cannot be unpacked.
    #[error("invalid body")]
    Body(#[from] BlockError),
    /// It is not a message.
    #[error("invalid request: expected a ReadRequest of remote read")]
    Message(#[from] prost::DecodeError),
    /// The client takes no form that we know.
    #[error("response types {asked:?}: expected 0 (samples) or 1 (chunks)")]
    Form {
        /// The forms that it takes.
        asked: Vec<i32>,
    },
    /// The conditions on labels cannot be used.
    #[error(transparent)]
    Matcher(#[from] MatcherError),
}

impl ReadQueries {
    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// [`RequestError`]
    pub fn read(body: &[u8]) -> Result<Self, RequestError> {
        let request = ReadRequest::decode(&*decompress(body, MAX_REQUEST)?)?;
        let asked = request.accepted_response_types;
        let form = |number: &i32| match number {
            0 => Some(Form::Samples),
            1 => Some(Form::Chunks),
            _ => None,
        };
        let form = match &*asked {
            [] => Form::Samples,
            known => known.iter().find_map(form).ok_or(RequestError::Form { asked })?,
        };
        let conditions = request.queries.iter().map(|query| query.matchers.len()).sum();
        let queries = request.queries.into_iter().map(|query| {
            let mut matchers = Matchers::new(query.matchers, conditions)?;
            let function = matchers.take_equal("cf", |name| name.parse().ok());
            let plan = Plan::new(&query.hints.unwrap_or_default(), function);
            let (first, last) = (query.start_timestamp_ms, query.end_timestamp_ms);
            Ok(ReadQuery { first, last, matchers, plan })
        });
        Ok(Self { form, queries: queries.collect::<Result<_, MatcherError>>()? })
    }
}

impl ReadQuery {
    /// Whether a series with these labels is meant, for fuzzing.
    #[doc(hidden)]
    pub fn takes(&self, labels: &[(&str, &str)]) -> bool {
        self.matchers.take(|label| value_of(labels, label))
    }

    /// Whether a series with these labels and more, and a name that begins so, may be meant, for
    /// fuzzing.
    #[doc(hidden)]
    pub fn may_take(&self, beginning: &str, labels: &[(&str, &str)]) -> bool {
        self.matchers.may_take(beginning, |label| value_of(labels, label))
    }
}

fn value_of<'a>(labels: &[(&str, &'a str)], label: &str) -> Option<&'a str> {
    labels.iter().find_map(|(name, value)| (*name == label).then_some(*value))
}

#[cfg(test)]
mod tests {
    use super::super::super::wire::compress;
    use super::super::super::wire::v1::{LabelMatcher, Query};
    use super::*;

    fn read(request: &ReadRequest) -> Result<ReadQueries, RequestError> {
        ReadQueries::read(&compress(&request.encode_to_vec()))
    }

    #[test]
    fn the_requests_of_prometheus_are_read() {
        let text = include_str!("../../../../tests/remote/read-requests.txt");
        let bodies = text.lines().filter_map(|line| line.split_once("body (decompressed): "));
        let mut ranges = Vec::new();
        for (_, hex) in bodies {
            let digits: Vec<char> = hex.chars().collect();
            let byte =
                |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
            let message: Vec<u8> = digits.chunks(2).map(byte).collect();
            let queries = ReadQueries::read(&compress(&message)).unwrap();
            assert_eq!(queries.form, Form::Samples);
            let [query] = &*queries.queries else { panic!("one query") };
            ranges.push((query.first, query.last));
        }
        let expected = [
            (1_796_035_055_305, 1_796_035_355_305),
            (1_795_948_955_369, 1_796_035_355_369),
            (1_793_443_355_516, 1_796_035_355_516),
            (1_786_790_556_022, 1_787_395_356_022),
            (1_796_035_056_129, 1_796_035_356_129),
        ];
        assert_eq!(ranges, expected);
    }

    #[test]
    fn the_first_form_that_we_know_is_taken() {
        let form = |asked: &[i32]| {
            let accepted_response_types = asked.to_vec();
            let request = ReadRequest { accepted_response_types, ..Default::default() };
            read(&request).map(|all| all.form)
        };
        assert_eq!(form(&[]), Ok(Form::Samples));
        assert_eq!(form(&[7, 1, 0]), Ok(Form::Chunks));
        assert_eq!(form(&[0, 1]), Ok(Form::Samples));
        let error = form(&[7]).unwrap_err().to_string();
        assert_eq!(error, "response types [7]: expected 0 (samples) or 1 (chunks)");
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let error = |body: &[u8]| ReadQueries::read(body).unwrap_err().to_string();
        let bomb = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x61];
        assert_eq!(error(&bomb), "invalid body");
        assert_eq!(error(b""), "invalid body");
        let message = "invalid request: expected a ReadRequest of remote read";
        assert_eq!(error(&compress(&[0x0a, 0x7f, 0x00])), message);
        // Groups within groups, which no reader may follow without a limit.
        assert_eq!(error(&compress(&[0x1b; 1000])), message);
    }

    #[test]
    fn the_conditions_of_all_queries_are_counted_together() {
        let matcher = LabelMatcher { r#type: 0, name: "job".to_owned(), value: "rrd".to_owned() };
        let query = Query { matchers: vec![matcher; 10], ..Default::default() };
        let queries =
            |count| ReadRequest { queries: vec![query.clone(); count], ..Default::default() };
        assert_eq!(read(&queries(10)).unwrap().queries.len(), 10);
        assert_eq!(
            read(&queries(11)).unwrap_err().to_string(),
            "110 matchers: expected at most 100"
        );
    }
}
