//! Prometheus' text format, version 0.0.4, as written by programs to `*.prom` files. The parent
//! module finds the files.
//!
//! Source: "Exposition formats" of the Prometheus documentation.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use thiserror::Error;

/// One sample line.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample<'a> {
    /// The name of the metric.
    pub name: &'a str,
    /// The labels in the order of the line, with escapes decoded.
    pub labels: Vec<(&'a str, String)>,
    /// The value; may be NaN or infinite.
    pub value: f64,
}

/// Why a line is not a sample.
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
    /// The name is empty or has characters other than `A-Z a-z 0-9 _ :`.
    #[error("invalid metric name: expected letters, digits, _ and :")]
    Name,
    /// The labels are not of the form `{name="value",...}`.
    #[error("invalid labels: expected {{name=\"value\",...}}")]
    Labels,
    /// The value is not a number.
    #[error("the value is not a number")]
    Value,
    /// A time stamp is given, which is not allowed in a file: values are current when they are
    /// read.
    #[error("time stamps are not supported in files: remove them")]
    Timestamp,
}

/// Parses a whole file; comments, `HELP` and `TYPE` are skipped.
///
/// ```
/// use rrd_collector::source::textfile::exposition::parse;
/// let samples = parse("# TYPE backup_age gauge\nbackup_age{job=\"db\"} 3600\n").unwrap();
/// assert_eq!(samples[0].name, "backup_age");
/// assert_eq!(samples[0].labels, [("job", "db".to_owned())]);
/// assert_eq!(samples[0].value, 3600.0);
/// ```
///
/// # Errors
///
/// [`SyntaxError`] for the first malformed line: a half-written file must not be used in part.
pub fn parse(text: &str) -> Result<Vec<Sample<'_>>, SyntaxError> {
    let mut samples = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        samples.push(sample(line).map_err(|problem| SyntaxError { line: index + 1, problem })?);
    }
    Ok(samples)
}

/// The names of samples that are counters, by the `TYPE` lines of a file: counters, and the counts
/// of histograms and summaries.
///
/// ```
/// use rrd_collector::source::textfile::exposition::counters;
/// let found = counters("# TYPE runs_total counter\n# TYPE age gauge\n# TYPE t summary\n");
/// assert_eq!(found.into_iter().collect::<Vec<_>>(), ["runs_total", "t_count", "t_sum"]);
/// ```
pub fn counters(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let Some(rest) = line.trim().strip_prefix('#') else { continue };
        let words: Vec<&str> = rest.split_whitespace().collect();
        let ["TYPE", name, kind] = words.as_slice() else { continue };
        let endings: &[&str] = match *kind {
            "counter" => &[""],
            "histogram" => &["_bucket", "_count", "_sum"],
            "summary" => &["_count", "_sum"],
            _ => &[],
        };
        names.extend(endings.iter().map(|ending| format!("{name}{ending}")));
    }
    names
}

fn sample(line: &str) -> Result<Sample<'_>, SyntaxProblem> {
    let end = line.find(|c: char| c == '{' || c.is_whitespace()).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(legal)
    {
        return Err(SyntaxProblem::Name);
    }
    let (labels, rest) = match rest.trim_start().strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let mut words = rest.split_whitespace();
    let value = words.next().and_then(number).ok_or(SyntaxProblem::Value)?;
    if words.next().is_some() {
        return Err(SyntaxProblem::Timestamp);
    }
    Ok(Sample { name, labels, value })
}

/// The labels after `{`, and the text after the `}`.
#[expect(clippy::type_complexity, reason = "a pair that lives for two lines")]
fn labels(mut rest: &str) -> Result<(Vec<(&str, String)>, &str), SyntaxProblem> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((labels, after));
        }
        let (name, after) = rest.split_once('=').ok_or(SyntaxProblem::Labels)?;
        let name = name.trim();
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(legal) {
            return Err(SyntaxProblem::Labels);
        }
        let after = after.trim_start().strip_prefix('"').ok_or(SyntaxProblem::Labels)?;
        let (value, after) = quoted(after).ok_or(SyntaxProblem::Labels)?;
        labels.push((name, value));
        rest = after.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(after) => after,
            None if rest.starts_with('}') => rest,
            None => return Err(SyntaxProblem::Labels),
        };
    }
}

/// The text up to the closing quotation mark with `\\`, `\"` and `
/// ` decoded, and the rest.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        digits => digits.parse().ok(),
    }
}

/// A label's value, escaped as the format requires.
///
/// ```
/// use rrd_collector::source::textfile::exposition::escape_label;
/// assert_eq!(escape_label("a\"b\\c\n"), r#"a\"b\\c\n"#);
/// ```
pub fn escape_label(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A value in the form of the format.
///
/// ```
/// use rrd_collector::source::textfile::exposition::format_value;
/// assert_eq!(format_value(0.25), "0.25");
/// assert_eq!(format_value(f64::INFINITY), "+Inf");
/// ```
pub fn format_value(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write!(text, "{value}");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_may_hold_commas_quotes_and_line_feeds() {
        let samples = parse("m{a=\"x,y\" , b = \"\\\"q\\\"\\n\\\\\",} +Inf\n").unwrap();
        assert_eq!(samples[0].labels, [("a", "x,y".to_owned()), ("b", "\"q\"\n\\".to_owned())]);
        assert_eq!(samples[0].value, f64::INFINITY);
    }

    #[test]
    fn a_file_with_a_broken_line_is_refused_with_its_number() {
        use SyntaxProblem as P;
        for (text, line, problem) in [
            ("a 1\nb", 2, P::Value),
            ("a x", 1, P::Value),
            ("a{b=\"c\" 1", 1, P::Labels),
            ("a{b=c} 1", 1, P::Labels),
            ("a{b=\"c\"d=\"e\"} 1", 1, P::Labels),
            ("1a 1", 1, P::Name),
            ("a-b 1", 1, P::Name),
            ("a 1 1700000000000", 1, P::Timestamp),
        ] {
            assert_eq!(parse(text), Err(SyntaxError { line, problem }), "{text}");
        }
    }
}
