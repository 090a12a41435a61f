//! Prometheus' text format as programs write it to `*.prom` files and show it on pages: version
//! 0.0.4, with the quoted names of Prometheus 3, and what `OpenMetrics` adds. The parent module
//! finds the files, `prometheus` fetches the pages.
//!
//! Source: "Exposition formats" of the Prometheus documentation, and the specification of
//! `OpenMetrics`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter::Enumerate;
use std::str::Lines;

use thiserror::Error;

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposition<'a> {
    /// The samples in the order of the file.
    pub samples: Vec<Sample<'a>>,
    families: Families<'a>,
}

/// What a text says about the families of its samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Families<'a>(BTreeMap<Cow<'a, str>, Description>);

/// Where a text comes from, which decides on its end and on the times in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A file: its last line must end, and it has no times.
    File,
    /// A page in Prometheus' format: its times are milliseconds.
    Text,
    /// A page of `OpenMetrics`: it ends in `# EOF`, and its times are seconds.
    OpenMetrics,
}

/// Reads the samples of a text, one after the other.
#[derive(Clone, Debug)]
pub struct Samples<'a> {
    form: Form,
    lines: Enumerate<Lines<'a>>,
    families: Families<'a>,
    /// The number of the last line, and why the text is not complete, if it is not.
    last: usize,
    is_complete: bool,
    is_over: bool,
}

/// One sample line.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample<'a> {
    /// The name of the metric.
    pub name: Cow<'a, str>,
    /// The labels in the order of the line, with escapes decoded.
    pub labels: Vec<(Cow<'a, str>, String)>,
    /// The value; may be NaN or infinite.
    pub value: f64,
    /// The time of the value in seconds since 1970, if it has one of its own.
    pub at: Option<f64>,
}

/// What the lines `TYPE` and `HELP` say about a family.
#[derive(Clone, Debug, Default, PartialEq)]
struct Description {
    kind: FamilyType,
    help: Option<String>,
}

/// The family of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub kind: FamilyType,
    /// The help text, if there is one.
    pub help: Option<&'a str>,
}

/// The type of a family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FamilyType {
    /// Goes up and down.
    Gauge,
    /// Only grows.
    Counter,
    /// Counts by upper bounds, with their sum.
    Histogram,
    /// Quantiles, with the count and the sum of what they are of.
    Summary,
    /// Not known.
    #[default]
    Untyped,
}

/// Why a line cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct SyntaxError {
    /// The line number, from 1.
    pub line: usize,
    /// The error.
    pub problem: SyntaxProblem,
}

/// The errors of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SyntaxProblem {
    /// The name is empty, or has characters other than `A-Z a-z 0-9 _ :` and is not quoted.
    #[error(
        "invalid metric name: expected letters, digits, _ and :, or {{\"any name\"}} in quotation marks"
    )]
    Name,
    /// The labels are not of the form `{name="value",...}`.
    #[error("invalid labels: expected {{name=\"value\",...}}, each name once")]
    Labels,
    /// The value is not a number.
    #[error("the value is not a number")]
    Value,
    /// A time is given that is not a number.
    #[error("the time stamp is not a number")]
    Time,
    /// A time stamp is given, which is not allowed in a file: values are current when they are
    /// read.
    #[error("time stamps are not supported in files: remove them")]
    Timestamp,
    /// What follows the value is not an exemplar.
    #[error("invalid exemplar: expected # {{name=\"value\",...}} VALUE [TIME]")]
    Exemplar,
    /// A text of `OpenMetrics` has no `# EOF` at its end, or something after it.
    #[error("the text does not end in # EOF: it is cut off")]
    NoEnd,
    /// The last line has no end: the file is not complete.
    #[error("the line does not end: the file is cut off, or its last line end is missing")]
    Unfinished,
    /// There is a zero byte or another control character.
    #[error("control character: expected text")]
    Control,
    /// The bytes are not UTF-8.
    #[error("not valid UTF-8")]
    NotUtf8,
}

/// The text of a file.
///
/// # Errors
///
/// [`SyntaxProblem::NotUtf8`] with its line.
pub fn text(bytes: &[u8]) -> Result<&str, SyntaxError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        SyntaxError { line, problem: SyntaxProblem::NotUtf8 }
    })
}

/// Parses a whole file.
///
/// ```
/// use rrd_collector::source::textfile::exposition::parse;
/// let file = parse("# TYPE backup_age gauge\nbackup_age{job=\"db\"} 3600\n").unwrap();
/// let sample = &file.samples[0];
/// assert_eq!((&*sample.name, sample.value), ("backup_age", 3600.0));
/// assert_eq!(sample.labels, [("job".into(), "db".to_owned())]);
/// ```
///
/// # Errors
///
/// [`SyntaxError`] for the first malformed line: a half-written file must not be used in part.
pub fn parse(text: &str) -> Result<Exposition<'_>, SyntaxError> {
    let mut lines = Samples::of(text, Form::File);
    let samples = lines.by_ref().collect::<Result<_, _>>()?;
    Ok(Exposition { samples, families: lines.families })
}

impl<'a> Samples<'a> {
    /// The samples of this text. The first malformed line is the last one that is read.
    pub fn of(text: &'a str, form: Form) -> Self {
        let is_complete = match form {
            // OpenMetrics marks the end in its own way.
            Form::File => text.is_empty() || text.ends_with('\n') || text.ends_with("\n# EOF"),
            // How long a page is is known from elsewhere.
            Form::Text => true,
            Form::OpenMetrics => text.trim_end() == "# EOF" || text.trim_end().ends_with("\n# EOF"),
        };
        let (lines, families) = (text.lines().enumerate(), Families::default());
        Self { form, lines, families, last: 0, is_complete, is_over: false }
    }

    /// What the text has said about families so far.
    pub fn families(&self) -> &Families<'a> {
        &self.families
    }

    fn line(&mut self, line: &'a str) -> Result<Option<Sample<'a>>, SyntaxProblem> {
        // Most lines are ASCII, of which few bytes have to be looked at more closely.
        let is_odd = |byte: u8| !(b' '..=b'~').contains(&byte);
        let is_control = |c: char| c.is_control() && c != '\t';
        if line.bytes().any(is_odd) && line.contains(is_control) {
            return Err(SyntaxProblem::Control);
        }
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            self.families.describe(comment);
            return Ok(None);
        }
        if line.is_empty() {
            return Ok(None);
        }
        sample(line, self.form).map(Some)
    }
}

impl<'a> Iterator for Samples<'a> {
    type Item = Result<Sample<'a>, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        while let Some((index, line)) = self.lines.next() {
            self.last = index + 1;
            match self.line(line) {
                Ok(None) => {}
                Ok(Some(sample)) => return Some(Ok(sample)),
                Err(problem) => {
                    self.is_over = true;
                    return Some(Err(SyntaxError { line: self.last, problem }));
                }
            }
        }
        self.is_over = true;
        let problem = match self.form {
            Form::OpenMetrics => SyntaxProblem::NoEnd,
            _ => SyntaxProblem::Unfinished,
        };
        (!self.is_complete).then_some(Err(SyntaxError { line: self.last, problem }))
    }
}

impl Exposition<'_> {
    /// The family of a sample.
    ///
    /// ```
    /// use rrd_collector::source::textfile::exposition::{FamilyType, parse};
    /// let file = parse("# TYPE t summary\nt_sum 3\nother 1\n").unwrap();
    /// let family = file.family(&file.samples[0].name);
    /// assert_eq!((family.name, family.kind), ("t", FamilyType::Summary));
    /// assert_eq!(file.family("other").kind, FamilyType::Untyped);
    /// ```
    pub fn family<'s>(&'s self, sample: &'s str) -> Family<'s> {
        self.families.family(sample)
    }

    /// Whether a sample is a counter: also the counts of histograms and summaries.
    pub fn is_counter(&self, sample: &str) -> bool {
        self.families.is_counter(sample)
    }
}

impl<'a> Families<'a> {
    /// Reads a comment; those other than `TYPE` and `HELP` are skipped.
    fn describe(&mut self, comment: &'a str) {
        let words = |text: &'a str| text.trim_start().split_once(char::is_whitespace);
        let Some((keyword, rest)) = words(comment) else { return };
        let rest = rest.trim_start();
        let (name, rest) = match rest.strip_prefix('"').and_then(quoted) {
            Some((name, rest)) => (Cow::Owned(name), rest),
            None => match words(rest) {
                Some((name, rest)) => (Cow::Borrowed(name), rest),
                None => return,
            },
        };
        let family = || self.0.entry(name).or_default();
        match keyword {
            "HELP" => family().help = Some(unescaped(rest.trim())),
            "TYPE" => family().kind = FamilyType::named(rest.trim()),
            _ => {}
        }
    }

    /// The family of a sample. In `OpenMetrics` the samples of a counter have `_total` after its
    /// name; for Prometheus that is the name of the family.
    pub fn family<'s>(&'s self, sample: &'s str) -> Family<'s> {
        let known = |name: &'s str, is_it: fn(FamilyType) -> bool| {
            let description = self.0.get(name).filter(|known| is_it(known.kind))?;
            let help = description.help.as_deref();
            Some(Family { name, kind: description.kind, help })
        };
        let part = |ending: &str, is_it| known(sample.strip_suffix(ending)?, is_it);
        known(sample, |_| true)
            .or_else(|| {
                let counter = part("_total", |kind| kind == FamilyType::Counter)?;
                Some(Family { name: sample, ..counter })
            })
            .or_else(|| part("_bucket", |kind| kind == FamilyType::Histogram))
            .or_else(|| part("_count", FamilyType::has_parts))
            .or_else(|| part("_sum", FamilyType::has_parts))
            .unwrap_or(Family { name: sample, kind: FamilyType::Untyped, help: None })
    }

    /// Whether a sample is a counter: also the counts of histograms and summaries.
    pub fn is_counter(&self, sample: &str) -> bool {
        let family = self.family(sample);
        family.kind == FamilyType::Counter || family.kind.has_parts() && family.name != sample
    }
}

impl FamilyType {
    fn named(name: &str) -> Self {
        match name {
            "gauge" => Self::Gauge,
            "counter" => Self::Counter,
            "histogram" => Self::Histogram,
            "summary" => Self::Summary,
            _ => Self::Untyped,
        }
    }

    fn has_parts(self) -> bool {
        matches!(self, Self::Histogram | Self::Summary)
    }
}

fn sample(line: &str, form: Form) -> Result<Sample<'_>, SyntaxProblem> {
    let end = line.find(|c: char| c == '{' || c.is_whitespace()).unwrap_or(line.len());
    let (plain, rest) = line.split_at(end);
    let (quoted, labels, rest) = match rest.trim_start().strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (None, Vec::new(), rest),
    };
    let name = match quoted {
        Some(name) if plain.is_empty() => Cow::Owned(name),
        None if is_legal_name(plain) => Cow::Borrowed(plain),
        _ => return Err(SyntaxProblem::Name),
    };
    let rest = rest.trim_start();
    let (value, rest) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    let value = number(value).ok_or(SyntaxProblem::Value)?;
    let (time, rest) = match rest.trim_start() {
        rest if rest.is_empty() || rest.starts_with('#') => (None, rest),
        _ if form == Form::File => return Err(SyntaxProblem::Timestamp),
        rest => {
            let (time, rest) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
            let time = number(time).filter(|time| time.is_finite()).ok_or(SyntaxProblem::Time)?;
            let seconds = if form == Form::Text { time / 1000.0 } else { time };
            (Some(seconds), rest.trim_start())
        }
    };
    match rest.strip_prefix('#') {
        Some(rest) => exemplar(rest)?,
        None if rest.is_empty() => {}
        None => return Err(SyntaxProblem::Time),
    }
    Ok(Sample { name, labels, value, at: time })
}

/// Checks what `OpenMetrics` has after a value: an example of what was counted.
fn exemplar(text: &str) -> Result<(), SyntaxProblem> {
    let rest = text.trim_start().strip_prefix('{').ok_or(SyntaxProblem::Exemplar)?;
    let Ok((None, _, rest)) = labels(rest) else { return Err(SyntaxProblem::Exemplar) };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let are_numbers = words.iter().all(|word| number(word).is_some());
    if are_numbers && matches!(words.len(), 1 | 2) { Ok(()) } else { Err(SyntaxProblem::Exemplar) }
}

/// A quoted name, the labels, and the text after the `}`.
type Braces<'a> = (Option<String>, Vec<(Cow<'a, str>, String)>, &'a str);

/// What is between `{` and `}`.
fn labels(mut rest: &str) -> Result<Braces<'_>, SyntaxProblem> {
    let mut name = None;
    let mut labels: Vec<(Cow<'_, str>, String)> = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((name, labels, after));
        }
        let (label, after) = if let Some(after) = rest.strip_prefix('"') {
            let (label, after) = quoted(after).ok_or(SyntaxProblem::Labels)?;
            (Cow::Owned(label), after.trim_start())
        } else {
            let end = rest.find('=').ok_or(SyntaxProblem::Labels)?;
            let (label, after) = rest.split_at(end);
            (Cow::Borrowed(label.trim_end()), after)
        };
        let is_quoted = matches!(label, Cow::Owned(_));
        rest = if let Some(after) = after.strip_prefix('=') {
            let is_legal = if is_quoted { !label.is_empty() } else { is_legal_label(&label) };
            let is_new = labels.iter().all(|(known, _)| *known != label) && label != "__name__";
            let value = after.trim_start().strip_prefix('"').filter(|_| is_legal && is_new);
            let (value, after) = value.and_then(quoted).ok_or(SyntaxProblem::Labels)?;
            labels.push((label, value));
            after.trim_start()
        } else if is_quoted && !label.is_empty() && name.is_none() {
            name = Some(label.into_owned());
            after
        } else {
            return Err(SyntaxProblem::Labels);
        };
        rest = match rest.strip_prefix(',') {
            Some(after) => after,
            None if rest.starts_with('}') => rest,
            None => return Err(SyntaxProblem::Labels),
        };
    }
}

fn is_legal_name(name: &str) -> bool {
    is_legal_label(&name.replace(':', "_"))
}

fn is_legal_label(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| !c.is_ascii_digit()) && name.chars().all(legal)
}

/// The text up to the closing quotation mark with `\\`, `\"` and `\n` decoded, and the rest.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let at = rest.bytes().position(|byte| byte == b'"' || byte == b'\\')?;
        let end = from + at;
        if rest.as_bytes().get(at) == Some(&b'"') {
            return Some((unescaped(text.get(..end)?), text.get(end + 1..)?));
        }
        // A backslash, and the character after it.
        from = end + 1 + text.get(end + 1..)?.chars().next()?.len_utf8();
    }
}

/// Decodes `\n`, and a backslash before any other character.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut value = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                other => value.extend(other),
            },
            other => value.push(other),
        }
    }
    value
}

/// A number as it is written in these formats.
pub(crate) fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        digits => digits.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_may_hold_commas_quotes_and_line_feeds() {
        let text = "m{a=\"x,y\" , b = \"\\\"q\\\"\\n\\\\\",} +Inf\n";
        let sample = &parse(text).unwrap().samples[0];
        let expected = [("a", "x,y"), ("b", "\"q\"\n\\")];
        assert_eq!(sample.labels, expected.map(|(name, value)| (name.into(), value.to_owned())));
        assert_eq!(sample.value, f64::INFINITY);
    }

    #[test]
    fn names_in_quotation_marks_may_be_any_text() {
        for (text, name, label) in [
            ("{\"http.requests\", method=\"GET\"} 1\n", "http.requests", "method"),
            ("{\"größe\",\"http.method\"=\"GET\"} 1\n", "größe", "http.method"),
            ("{ method=\"GET\" , \"a b\" } 1\n", "a b", "method"),
            ("m{\"a\\\"b\"=\"GET\"} 1\n", "m", "a\"b"),
        ] {
            let file = parse(text).unwrap();
            assert_eq!(file.samples[0].name, name, "{text}");
            assert_eq!(file.samples[0].labels, [(label.into(), "GET".to_owned())], "{text}");
        }
        let text = "# TYPE \"http.requests\" counter\n# HELP \"http.requests\" a\\nb \\\\\n\
            {\"http.requests\"} 1\n";
        let file = parse(text).unwrap();
        let (kind, help) = (FamilyType::Counter, Some("a\nb \\"));
        assert_eq!(file.family("http.requests"), Family { name: "http.requests", kind, help });
    }

    #[test]
    fn what_openmetrics_adds_is_read() {
        let text = "# TYPE runs counter\n# UNIT runs seconds\nruns_total 7 # {trace_id=\"x\"} 0.5\n\
            runs_created 1700000000.5\n# TYPE h histogram\n\
            h_bucket{le=\"0.1\"} 3 # {} 0.05 1700000000.123\nh_count 3\nh_sum 0.2\n# EOF";
        for text in [text.to_owned(), format!("{text}\n"), text.replace('\n', "\r\n")] {
            let file = parse(&text).unwrap();
            let found: Vec<(&str, f64, bool)> = file
                .samples
                .iter()
                .map(|sample| (&*sample.name, sample.value, file.is_counter(&sample.name)))
                .collect();
            let expected = [
                ("runs_total", 7.0, true),
                ("runs_created", 1_700_000_000.5, false),
                ("h_bucket", 3.0, true),
                ("h_count", 3.0, true),
                ("h_sum", 0.2, true),
            ];
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn pages_may_have_times_and_end_as_their_form_says() {
        let read = |text, form| Samples::of(text, form).collect::<Result<Vec<_>, _>>();
        let at = |text, form| read(text, form).unwrap()[0].at;
        assert_eq!(at("a 1 1700000000500", Form::Text), Some(1_700_000_000.5));
        assert_eq!(
            at("a 1 1700000000.5 # {x=\"1\"} 1\n# EOF\n", Form::OpenMetrics),
            Some(1_700_000_000.5)
        );
        assert_eq!(at("a 1\n", Form::Text), None);
        for (text, form, line, problem) in [
            ("a 1\n", Form::OpenMetrics, 1, SyntaxProblem::NoEnd),
            ("", Form::OpenMetrics, 0, SyntaxProblem::NoEnd),
            ("# EOF\na 1\n", Form::OpenMetrics, 2, SyntaxProblem::NoEnd),
            ("a 1 x\n", Form::Text, 1, SyntaxProblem::Time),
            ("a 1 NaN\n", Form::Text, 1, SyntaxProblem::Time),
            ("a 1 2 3\n", Form::Text, 1, SyntaxProblem::Time),
        ] {
            assert_eq!(read(text, form), Err(SyntaxError { line, problem }), "{text}");
        }
        // Nothing is read after an error.
        assert_eq!(Samples::of("a\nb 1\n", Form::Text).count(), 1);
    }

    #[test]
    fn counters_are_found_by_their_family() {
        let text = "# TYPE runs_total counter\n# TYPE age gauge\n# TYPE t summary\n";
        let file = parse(text).unwrap();
        let is_counter =
            ["runs_total", "age", "t", "t_sum", "t_count", "t_bucket", "other_sum", "age_total"]
                .map(|name| file.is_counter(name));
        assert_eq!(is_counter, [true, false, false, true, true, false, false, false]);
    }

    #[test]
    fn a_file_with_a_broken_line_is_refused_with_its_number() {
        use SyntaxProblem as P;
        for (text, line, problem) in [
            ("a 1\nb\n", 2, P::Value),
            ("a x\n", 1, P::Value),
            ("a{b=\"c\" 1\n", 1, P::Labels),
            ("a{b=c} 1\n", 1, P::Labels),
            ("a{b=\"c\"d=\"e\"} 1\n", 1, P::Labels),
            ("a{b=\"c\",b=\"d\"} 1\n", 1, P::Labels),
            ("a{1=\"c\"} 1\n", 1, P::Labels),
            ("a{__name__=\"c\"} 1\n", 1, P::Labels),
            ("{\"a\",\"b\"} 1\n", 1, P::Labels),
            ("{\"\"} 1\n", 1, P::Labels),
            ("{\"a} 1\n", 1, P::Labels),
            ("{b=\"c\"} 1\n", 1, P::Name),
            ("a{\"b\"} 1\n", 1, P::Name),
            ("1a 1\n", 1, P::Name),
            ("a-b 1\n", 1, P::Name),
            ("a 1 1700000000000\n", 1, P::Timestamp),
            ("a 1 # x\n", 1, P::Exemplar),
            ("a 1 # {} x\n", 1, P::Exemplar),
            ("a 1 # {} 1 2 3\n", 1, P::Exemplar),
            ("a 1\nb 12", 2, P::Unfinished),
            ("a 1\n# HELP b cut", 2, P::Unfinished),
            ("a 1\n ", 2, P::Unfinished),
            ("a 1\n\0\0\0\n", 2, P::Control),
            ("a{b=\"\u{1b}\"} 1\n", 1, P::Control),
            ("# HELP a \u{85}\n", 1, P::Control),
            ("a 1\rb 2\n", 1, P::Control),
        ] {
            assert_eq!(parse(text), Err(SyntaxError { line, problem }), "{text}");
        }
        let problem = P::NotUtf8;
        assert_eq!(super::text(b"a 1\nb{c=\"\xff\"} 1\n"), Err(SyntaxError { line: 2, problem }));
    }
}
