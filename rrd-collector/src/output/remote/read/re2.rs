//! Regular expressions of RE2, as Prometheus writes them, for the crate `regex`.
//!
//! Both have nearly the same syntax. What differs is rewritten: the classes `\d`, `\s` and `\w` and
//! word boundaries are ASCII in RE2, `\Q...\E` is literal text, and in a bracket `[`, `&&`, `--`
//! and `~~` mean themselves.

use regex::bytes::{Regex, RegexBuilder};
use thiserror::Error;

/// Limit on the bytes of an expression. One that lists a thousand names is shorter.
const MAX_LENGTH: usize = 16 << 10;

/// Why an expression cannot be used.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// It is too long.
    #[error("regular expression of {length} bytes: expected at most {MAX_LENGTH}")]
    Long {
        /// Its bytes.
        length: usize,
    },
    /// It is not an expression, or it would take too much memory.
    #[error("invalid regular expression {expression:?}")]
    Invalid {
        /// The expression.
        expression: String,
        /// What is wrong with it.
        source: regex::Error,
    },
}

/// The expression that matches whole texts, in at most `memory` bytes.
///
/// # Errors
///
/// [`ExpressionError`]
pub(super) fn whole(expression: &str, memory: usize) -> Result<Regex, ExpressionError> {
    if expression.len() > MAX_LENGTH {
        return Err(ExpressionError::Long { length: expression.len() });
    }
    let anchored = format!("^(?s:{})$", rewritten(expression));
    let built = RegexBuilder::new(&anchored).octal(true).size_limit(memory).build();
    built.map_err(|source| ExpressionError::Invalid { expression: expression.to_owned(), source })
}

/// The same expression in the syntax of `regex`.
fn rewritten(expression: &str) -> String {
    let mut out = String::with_capacity(expression.len());
    let mut rest = expression;
    // Whether the text is in a bracket, and whether it has a member yet.
    let mut bracket = None;
    while let Some(character) = rest.chars().next() {
        let (_, after) = rest.split_at(character.len_utf8());
        rest = after;
        let is_first = bracket == Some(false);
        match (character, bracket) {
            ('\\', _) => rest = escaped(rest, bracket.is_some(), &mut out),
            ('[', None) => {
                out.push('[');
                if let Some(after) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = after;
                }
                bracket = Some(false);
                continue;
            }
            ('[', Some(_)) if rest.starts_with(':') => match rest.find(":]") {
                Some(end) => {
                    let (class, after) = rest.split_at(end + 2);
                    out.push('[');
                    out.push_str(class);
                    rest = after;
                }
                None => out.push_str("\\["),
            },
            (']', Some(_)) if !is_first => {
                out.push(']');
                bracket = None;
                continue;
            }
            ('[' | ']' | '&' | '~', Some(_)) => out.extend(['\\', character]),
            // Two of them would take the difference of two sets.
            ('-', Some(_)) if out.ends_with('-') => out.push_str("\\-"),
            _ => out.push(character),
        }
        bracket = bracket.map(|_| true);
    }
    out
}

/// Writes what follows a backslash, and returns the text after it.
fn escaped<'a>(rest: &'a str, in_bracket: bool, out: &mut String) -> &'a str {
    let Some(character) = rest.chars().next() else {
        out.push('\\');
        return rest;
    };
    let (_, after) = rest.split_at(character.len_utf8());
    let class = match character {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => r"[\t\n\x0c\r ]",
        'S' => r"[^\t\n\x0c\r ]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        'b' if !in_bracket => r"(?-u:\b)",
        'B' if !in_bracket => r"(?-u:\B)",
        'Q' if !in_bracket => {
            let (literal, after) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(literal));
            return after;
        }
        '<' | '>' => {
            out.push(character);
            return after;
        }
        _ => {
            out.extend(['\\', character]);
            return after;
        }
    };
    out.push_str(class);
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(expression: &str, text: &str) -> bool {
        whole(expression, 1 << 20).unwrap().is_match(text.as_bytes())
    }

    #[test]
    fn expressions_mean_what_they_mean_in_re2() {
        for (expression, yes, no) in [
            ("host.*", "host1:7300", "ahost"),
            ("a|b", "b", "ab"),
            (r"sd\d", "sda1".get(..0).map_or("", |_| "sd1"), "sd٣"),
            (r"\D\S\W", "٣٣é", "1٣é"),
            (r"[\d.]+", "10.0", "1a"),
            (r"\w+\s\w+", "a_1 b", "é b"),
            (r"\pL+\p{Greek}", "éα", "1α"),
            (r"(?i)STRASSE|É", "é", "e"),
            (r"\bvda\b.*", "vda 1", "vda1"),
            (r".\B.", "ab", "a "),
            (r"\Qa.b[\E.", "a.b[c", "axb[c"),
            (r"\Qa.b", "a.b", "axb"),
            ("[[]x", "[x", "xx"),
            ("[]a]", "]", "b"),
            ("[^]a]", "b", "]"),
            ("[a&&b]", "&", "c"),
            ("[a~~b]", "~", "c"),
            ("[+--]", ",", "."),
            ("[[:alpha:][:digit:]]+", "a1", "-"),
            (r"[\]\[]", "[", "a"),
            (r"\<a\>", "<a>", "a"),
            (r"\141\x62\x{63}", "abc", "141"),
            ("a.b", "a\nb", "ab"),
            ("(?:)", "", "a"),
            ("a{2,3}?", "aa", "a"),
        ] {
            assert!(matches(expression, yes), "{expression} {yes}");
            assert!(!matches(expression, no), "{expression} {no}");
        }
    }

    #[test]
    fn what_is_no_expression_or_too_large_is_refused() {
        let error = |expression: &str| whole(expression, 1 << 20).unwrap_err().to_string();
        assert_eq!(error("("), "invalid regular expression \"(\"");
        for wrong in ["[", "a\\", "*", r"\p{Nothing}", "[b-a]", r"\C", "(?=a)", "a{2000000}"] {
            assert!(error(wrong).starts_with("invalid regular expression"), "{wrong}");
        }
        assert_eq!(
            error(&"a|".repeat(500_000)),
            "regular expression of 1000000 bytes: expected at most 16384"
        );
        let nested = format!("{}{}", "(".repeat(8000), ")".repeat(8000));
        assert!(matches!(whole(&nested, 1 << 20), Err(ExpressionError::Invalid { .. })));
    }
}
