//! The conditions that a query sets on the labels of series.

use regex::bytes::Regex;
use thiserror::Error;

use super::super::wire::v1::LabelMatcher;
use super::re2::{ExpressionError, whole};

/// Limit on the conditions of a request.
const MAX_CONDITIONS: usize = 100;
/// Limit on the memory of all expressions of a request.
const MEMORY: usize = 16 << 20;

/// Conditions on labels, all of which a series must meet.
#[derive(Clone, Debug)]
pub struct Matchers(Vec<Matcher>);

#[derive(Clone, Debug)]
struct Matcher {
    label: String,
    condition: Condition,
}

#[derive(Clone, Debug)]
enum Condition {
    Equal(String),
    NotEqual(String),
    Matches(Regex),
    DoesNotMatch(Regex),
}

/// Why conditions cannot be used.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MatcherError {
    /// There are too many.
    #[error("{count} matchers: expected at most {MAX_CONDITIONS}")]
    Many {
        /// Their number.
        count: usize,
    },
    /// A condition is of an unknown type.
    #[error("matcher of type {number} on {label:?}: expected 0 (=), 1 (!=), 2 (=~) or 3 (!~)")]
    Type {
        /// The label.
        label: String,
        /// The type.
        number: i32,
    },
    /// An expression cannot be used.
    #[error("matcher on {label:?}")]
    Expression {
        /// The label.
        label: String,
        /// What is wrong with it.
        source: ExpressionError,
    },
}

impl Matchers {
    /// The conditions of one query, of `all` that the request has.
    ///
    /// # Errors
    ///
    /// [`MatcherError`]
    pub(super) fn new(matchers: Vec<LabelMatcher>, all: usize) -> Result<Self, MatcherError> {
        if all > MAX_CONDITIONS {
            return Err(MatcherError::Many { count: all });
        }
        let memory = MEMORY / all.max(1);
        matchers
            .into_iter()
            .map(|matcher| Matcher::new(matcher, memory))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Takes the first condition out that a label has one of some values; returns what `read`
    /// makes of that value.
    pub(super) fn take_equal<T>(
        &mut self,
        label: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let wanted = |matcher: &Matcher| match &matcher.condition {
            Condition::Equal(value) if matcher.label == label => read(value),
            _ => None,
        };
        let (index, value) = self
            .0
            .iter()
            .enumerate()
            .find_map(|(index, matcher)| Some((index, wanted(matcher)?)))?;
        self.0.remove(index);
        Some(value)
    }

    /// Whether a series with these labels meets them. A label that it does not have is empty.
    pub(super) fn take<'a>(&self, value_of: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|matcher| matcher.condition.takes(value_of(&matcher.label).unwrap_or("")))
    }

    /// Whether a series that has these labels, and perhaps more, can meet them: a name that begins
    /// with `beginning`.
    pub(super) fn may_take<'a>(
        &self,
        beginning: &str,
        value_of: impl Fn(&str) -> Option<&'a str>,
    ) -> bool {
        self.0.iter().all(|Matcher { label, condition }| match condition {
            Condition::Equal(name) if label == "__name__" => name.starts_with(beginning),
            condition => value_of(label).is_none_or(|value| condition.takes(value)),
        })
    }
}

impl Matcher {
    fn new(matcher: LabelMatcher, memory: usize) -> Result<Self, MatcherError> {
        let LabelMatcher { r#type, name: label, value } = matcher;
        let expression = || {
            let built = whole(&value, memory);
            built.map_err(|source| MatcherError::Expression { label: label.clone(), source })
        };
        let condition = match r#type {
            0 => Condition::Equal(value),
            1 => Condition::NotEqual(value),
            2 => Condition::Matches(expression()?),
            3 => Condition::DoesNotMatch(expression()?),
            number => return Err(MatcherError::Type { label, number }),
        };
        Ok(Self { label, condition })
    }
}

impl Condition {
    fn takes(&self, text: &str) -> bool {
        match self {
            Self::Equal(value) => text == value,
            Self::NotEqual(value) => text != value,
            Self::Matches(expression) => expression.is_match(text.as_bytes()),
            Self::DoesNotMatch(expression) => !expression.is_match(text.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matchers(conditions: &[(&str, &str, &str)]) -> Result<Matchers, MatcherError> {
        let types = ["=", "!=", "=~", "!~", "?"];
        let matcher = |(name, sign, value): &(&str, &str, &str)| LabelMatcher {
            r#type: types.iter().zip(0..).find(|(known, _)| *known == sign).unwrap().1,
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        };
        Matchers::new(conditions.iter().map(matcher).collect(), conditions.len())
    }

    fn value_of(label: &str) -> Option<&'static str> {
        [("__name__", "rrd_disk_read"), ("name", "vda"), ("instance", "web1")]
            .into_iter()
            .find_map(|(name, value)| (name == label).then_some(value))
    }

    #[test]
    fn a_series_meets_all_conditions_and_a_missing_label_is_empty() {
        for (label, sign, value, meets) in [
            ("name", "=", "vda", true),
            ("name", "=", "vd", false),
            ("name", "!=", "vda", false),
            ("name", "=~", "vd.|sda", true),
            ("name", "=~", "vd", false),
            ("name", "!~", "sd.", true),
            ("device", "=", "", true),
            ("device", "!=", "", false),
            ("device", "=~", ".*", true),
            ("device", "=~", ".+", false),
            ("device", "!~", ".+", true),
            ("device", "!=", "root", true),
            ("__name__", "=~", "rrd_(disk|cpu)_.*", true),
        ] {
            let matchers = matchers(&[("instance", "=", "web1"), (label, sign, value)]).unwrap();
            assert_eq!(matchers.take(value_of), meets, "{label}{sign}{value}");
        }
        assert!(matchers(&[]).unwrap().take(value_of));
    }

    #[test]
    fn a_file_is_left_out_only_if_no_series_of_it_can_meet_them() {
        for (label, sign, value, may) in [
            ("__name__", "=", "rrd_disk_write", true),
            ("__name__", "=", "rrd_cpu_steal", false),
            ("__name__", "=~", "rrd_cpu_.*", true),
            ("name", "=", "sda", false),
            ("name", "=~", "vd.", true),
            ("metric", "=", "a-b", true),
        ] {
            let matchers = matchers(&[(label, sign, value)]).unwrap();
            let known = |label: &str| value_of(label).filter(|_| label != "__name__");
            assert_eq!(matchers.may_take("rrd_disk", known), may, "{label}{sign}{value}");
        }
    }

    #[test]
    fn what_cannot_be_a_condition_is_refused_with_its_label() {
        let error = |label, sign, value| matchers(&[(label, sign, value)]).unwrap_err().to_string();
        assert_eq!(error("job", "=~", "("), "matcher on \"job\"");
        assert_eq!(
            error("job", "?", "x"),
            "matcher of type 4 on \"job\": expected 0 (=), 1 (!=), 2 (=~) or 3 (!~)"
        );
        let many = matchers(&vec![("job", "=", "rrd"); 1000]).unwrap_err();
        assert_eq!(many.to_string(), "1000 matchers: expected at most 100");
    }

    #[test]
    fn a_hundred_large_expressions_share_the_memory_of_one() {
        let large = r"\pL{100}";
        assert!(matchers(&[("name", "=~", large)]).is_ok());
        assert!(matches!(
            matchers(&[("name", "=~", large); 100]),
            Err(MatcherError::Expression { .. })
        ));
    }
}
