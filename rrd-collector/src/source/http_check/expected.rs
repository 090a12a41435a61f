//! What the answer of a page must be: its status, and a text in it.

use std::str::FromStr;

use hyper::StatusCode;
use thiserror::Error;

/// What an answer must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The status is one of these.
    pub status: Vec<StatusPattern>,
    /// The content contains this text.
    pub contains: Option<String>,
}

/// One status, or a hundred of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusPattern {
    /// `204`.
    One(u16),
    /// `2xx`.
    Class(u16),
}

/// A text is not a status.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid status {text:?}: expected 100 to 599, or a class such as \"2xx\"")]
pub struct InvalidStatus {
    text: String,
}

impl Default for Expected {
    fn default() -> Self {
        Self { status: vec![StatusPattern::One(200)], contains: None }
    }
}

impl Expected {
    /// Whether this status is expected.
    pub fn accepts(&self, status: StatusCode) -> bool {
        self.status.iter().any(|pattern| match pattern {
            StatusPattern::One(one) => *one == status.as_u16(),
            StatusPattern::Class(class) => *class == status.as_u16() / 100,
        })
    }

    /// The expected statuses in words.
    pub(super) fn statuses(&self) -> String {
        let word = |pattern: &StatusPattern| match pattern {
            StatusPattern::One(one) => one.to_string(),
            StatusPattern::Class(class) => format!("{class}xx"),
        };
        self.status.iter().map(word).collect::<Vec<_>>().join(" or ")
    }
}

impl FromStr for StatusPattern {
    type Err = InvalidStatus;

    /// ```
    /// use rrd_collector::source::http_check::StatusPattern;
    /// assert_eq!("2xx".parse(), Ok(StatusPattern::Class(2)));
    /// assert_eq!("404".parse(), Ok(StatusPattern::One(404)));
    /// assert!("999".parse::<StatusPattern>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, InvalidStatus> {
        let number = |text: &str| text.parse::<u16>().ok();
        let found = match text.strip_suffix("xx") {
            Some(class) => number(class).filter(|class| (1..=5).contains(class)).map(Self::Class),
            None => number(text).filter(|status| (100..600).contains(status)).map(Self::One),
        };
        found.ok_or_else(|| InvalidStatus { text: text.to_owned() })
    }
}

/// Looks for a text in content that comes in parts, of which it keeps as much as the text is long.
#[derive(Debug)]
pub(super) struct Search {
    text: Vec<u8>,
    end: Vec<u8>,
    is_found: bool,
}

impl Search {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.into(), end: Vec::new(), is_found: text.is_empty() }
    }

    pub(super) fn take(&mut self, part: &[u8]) {
        if self.is_found {
            return;
        }
        // What spans two parts is in the end of the one and the begin of the other.
        let across = part.get(..self.text.len()).unwrap_or(part);
        self.end.extend_from_slice(across);
        self.is_found = self.has(&self.end) || self.has(part);
        let whole = if part.len() > across.len() { part } else { &self.end };
        let kept = whole.len().saturating_sub(self.text.len());
        self.end = whole.get(kept..).unwrap_or_default().to_vec();
    }

    fn has(&self, content: &[u8]) -> bool {
        content.windows(self.text.len()).any(|window| window == self.text)
    }

    pub(super) fn is_found(&self) -> bool {
        self.is_found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_however_the_content_is_cut_into_parts() {
        let content = "so ready: all is ready: yes, and more";
        for size in 1..=content.len() {
            for (text, is_there) in [("ready: yes", true), ("ready: no", false), ("so", true)] {
                let mut search = Search::new(text);
                for part in content.as_bytes().chunks(size) {
                    search.take(part);
                }
                assert_eq!(search.is_found(), is_there, "{text} in parts of {size}");
            }
        }
        assert!(Search::new("").is_found());
    }

    #[test]
    fn a_status_is_one_number_or_one_of_a_class() {
        let status = ["200", "3xx"].map(|text| text.parse().unwrap()).to_vec();
        let expected = Expected { status, contains: None };
        let accepted = [200, 204, 301, 399, 404]
            .map(|status| expected.accepts(StatusCode::from_u16(status).unwrap()));
        assert_eq!(accepted, [true, false, true, true, false]);
        assert_eq!(expected.statuses(), "200 or 3xx");
        for text in ["", "xx", "6xx", "20x", "99", "600", "-200", "2XX"] {
            assert!(text.parse::<StatusPattern>().is_err(), "{text}");
        }
    }
}
