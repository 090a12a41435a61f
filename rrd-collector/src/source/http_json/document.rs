//! Numbers in a JSON document by JSON Pointers. The document is read once, and nothing else of it
//! is kept.
//!
//! Sources: RFC 6901 (JSON Pointer), RFC 8259 (JSON).

use std::fmt;
use std::str::FromStr;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Error};
use thiserror::Error;

use crate::group::nearest;
use crate::source::counter::to_f64;

/// Longer names of members are not proposed.
const MAX_PROPOSED: usize = 100;

/// The place of a value: `/stats/requests`, `/pools/0/used`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    text: String,
    /// The names on the way, without escapes.
    names: Vec<String>,
}

/// A text is not a JSON Pointer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "invalid JSON Pointer {text:?}: expected a path such as {example}, with ~1 for / and ~0 for ~ in names"
)]
pub struct InvalidPointer {
    text: String,
    example: String,
}

/// Why there is no number at a place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ValueError {
    /// An object lacks the member, or an array the element.
    #[error("nothing at {pointer}: {}", missing(prefix, nearest.as_deref()))]
    Missing {
        /// The place.
        pointer: String,
        /// The part of it that exists.
        prefix: String,
        /// The place that it may have meant.
        nearest: Option<String>,
    },
    /// There is something else.
    #[error("{found} at {pointer}: expected a number, a text with a number, true or false")]
    NotNumber {
        /// The place.
        pointer: String,
        /// What is there.
        found: &'static str,
    },
}

fn missing(prefix: &str, nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None if prefix.is_empty() => "the document has no such member".to_owned(),
        None => format!("{prefix} has no such member"),
    }
}

impl FromStr for Pointer {
    type Err = InvalidPointer;

    /// ```
    /// use rrd_collector::source::http_json::Pointer;
    /// assert!("/a~1b/0".parse::<Pointer>().is_ok());
    /// let error = "stats.requests".parse::<Pointer>().unwrap_err();
    /// assert!(error.to_string().contains("such as /stats/requests"));
    /// ```
    fn from_str(text: &str) -> Result<Self, InvalidPointer> {
        let invalid = || {
            let path =
                text.trim_start_matches(['$', '.', '/']).replace('~', "~0").replace('.', "/");
            InvalidPointer { text: text.to_owned(), example: format!("/{path}") }
        };
        let names = match text.strip_prefix('/') {
            Some(rest) => rest.split('/').map(unescaped).collect::<Option<_>>(),
            None => text.is_empty().then(Vec::new),
        };
        Ok(Self { names: names.ok_or_else(invalid)?, text: text.to_owned() })
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.text.is_empty() { "the top" } else { &self.text })
    }
}

/// A name with `~1` and `~0` decoded; `None` for any other `~`.
fn unescaped(name: &str) -> Option<String> {
    let mut parts = name.split('~');
    let mut decoded = parts.next()?.to_owned();
    for part in parts {
        decoded.push(if part.starts_with('1') { '/' } else { '~' });
        decoded.push_str(part.strip_prefix(['0', '1'])?);
    }
    Some(decoded)
}

/// The numbers at these places, in their order. `null` is unknown, `true` is 1, `false` is 0, and a
/// text may hold a number. Of a member that is there twice, the last one counts.
///
/// ```
/// use rrd_collector::source::http_json::{Pointer, find};
/// let pointers: Vec<Pointer> = ["/a/1", "/b"].iter().map(|text| text.parse().unwrap()).collect();
/// let found = find(br#"{"a": [3, "4.5"], "b": true}"#, &pointers).unwrap();
/// assert_eq!(found, [Ok(Some(4.5)), Ok(Some(1.0))]);
/// ```
///
/// # Errors
///
/// The error of the parser: the document is not JSON.
pub fn find(
    document: &[u8],
    pointers: &[Pointer],
) -> Result<Vec<Result<Option<f64>, ValueError>>, Error> {
    let begin = |pointer| Search { pointer, found: Found::Missing { depth: 0, nearest: None } };
    let mut searches: Vec<Search<'_>> = pointers.iter().map(begin).collect();
    let mut reader = Deserializer::from_slice(document);
    let here = (0..searches.len()).collect();
    At { searches: &mut searches, here, depth: 0 }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(searches.into_iter().map(Search::result).collect())
}

/// A place, and what is known of it so far.
struct Search<'p> {
    pointer: &'p Pointer,
    found: Found,
}

enum Found {
    Number(f64),
    Null,
    Other(&'static str),
    /// There is nothing below this many names.
    Missing {
        depth: usize,
        nearest: Option<String>,
    },
}

impl Search<'_> {
    fn result(self) -> Result<Option<f64>, ValueError> {
        let pointer = self.pointer.to_string();
        match self.found {
            Found::Number(number) => Ok(Some(number)),
            Found::Null => Ok(None),
            Found::Other(found) => Err(ValueError::NotNumber { pointer, found }),
            Found::Missing { depth, nearest } => {
                let way = self.pointer.names.get(..depth).unwrap_or_default();
                let prefix = written(way.iter().map(|name| &**name));
                let nearest = nearest.map(|name| {
                    let after = self.pointer.names.get(depth + 1..).unwrap_or_default();
                    let names = way.iter().map(|name| &**name).chain([&*name]);
                    written(names.chain(after.iter().map(|name| &**name)))
                });
                Err(ValueError::Missing { pointer, prefix, nearest })
            }
        }
    }
}

/// These names as a pointer.
fn written<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.flat_map(|name| ["/".to_owned(), name.replace('~', "~0").replace('/', "~1")]).collect()
}

/// A value of the document, with the places that are in it.
struct At<'s, 'p> {
    searches: &'s mut [Search<'p>],
    /// The indexes of those.
    here: Vec<usize>,
    /// The number of names on the way to it.
    depth: usize,
}

impl<'p> At<'_, 'p> {
    /// Calls this for each place in the value, with the name that is next on the way to it.
    fn each(&mut self, mut each: impl FnMut(usize, &mut Search<'p>, Option<&'p str>)) {
        for &index in &self.here {
            let Some(search) = self.searches.get_mut(index) else { continue };
            let name = search.pointer.names.get(self.depth).map(|name| &**name);
            each(index, search, name);
        }
    }

    /// The value is this, and has no members.
    fn end(mut self, found: impl Fn() -> Found) {
        let depth = self.depth;
        self.each(|_, search, name| {
            let missing = Found::Missing { depth, nearest: None };
            search.found = if name.is_none() { found() } else { missing };
        });
    }

    /// The value has members, and nothing is known of them yet.
    fn begin(&mut self, what: &'static str) {
        let depth = self.depth;
        self.each(|_, search, name| {
            let missing = Found::Missing { depth, nearest: None };
            search.found = if name.is_none() { Found::Other(what) } else { missing };
        });
    }
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.end(|| Found::Number(f64::from(u8::from(value))));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.end(|| Found::Number(to_f64(value)));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        let size = to_f64(value.unsigned_abs());
        self.end(|| Found::Number(if value < 0 { -size } else { size }));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.end(|| Found::Number(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        let number = value.trim().parse().ok().filter(|number: &f64| number.is_finite());
        self.end(|| number.map_or(Found::Other("a text without a number"), Found::Number));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.end(|| Found::Null);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        self.begin("an array");
        let mut wanted: Vec<(usize, usize)> = Vec::new();
        self.each(|index, _, name| wanted.extend(name.and_then(position).map(|at| (at, index))));
        for position in 0_usize.. {
            let inside = wanted.iter().filter(|(at, _)| *at == position);
            let here: Vec<usize> = inside.map(|(_, index)| *index).collect();
            let element = if here.is_empty() {
                elements.next_element::<IgnoredAny>()?.map(|_| ())
            } else {
                let (searches, depth) = (&mut *self.searches, self.depth + 1);
                elements.next_element_seed(At { searches, here, depth })?
            };
            if element.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.begin("an object");
        let depth = self.depth;
        while let Some(member) = members.next_key::<String>()? {
            let mut here = Vec::new();
            self.each(|index, search, name| match name {
                Some(name) if name == member => here.push(index),
                Some(name) if member.len() <= MAX_PROPOSED => {
                    propose(search, depth, name, &member);
                }
                _ => {}
            });
            if here.is_empty() {
                members.next_value::<IgnoredAny>()?;
            } else {
                let (searches, depth) = (&mut *self.searches, depth + 1);
                members.next_value_seed(At { searches, here, depth })?;
            }
        }
        Ok(())
    }
}

/// The position that a name means: digits without a leading zero.
fn position(name: &str) -> Option<usize> {
    let is_plain = name == "0" || !name.starts_with(['0', '+']);
    name.parse().ok().filter(|_| is_plain)
}

/// Keeps the member whose name is most like the one that is missing at this depth.
fn propose(search: &mut Search<'_>, here: usize, name: &str, member: &str) {
    let Found::Missing { depth, nearest: known } = &mut search.found else { return };
    if *depth != here {
        return;
    }
    let candidates = [known.as_deref(), Some(member)].into_iter().flatten();
    *known = nearest(name, candidates).map(str::to_owned);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(document: &str, pointer: &str) -> Result<Option<f64>, ValueError> {
        find(document.as_bytes(), &[pointer.parse().unwrap()]).unwrap().remove(0)
    }

    #[test]
    fn the_examples_of_the_standard_are_found() {
        let document = r#"{"foo": ["bar", "7"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4,
            "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}"#;
        let pointers =
            ["/foo/1", "/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j", "/k\"l", "/ ", "/m~0n"];
        let found = pointers.map(|pointer| one(document, pointer).unwrap().unwrap());
        assert_eq!(found, [7.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    }

    #[test]
    fn numbers_texts_and_truths_are_numbers_and_null_is_unknown() {
        for (document, value) in [
            ("-3", -3.0),
            ("18446744073709551615", 18_446_744_073_709_551_615.0),
            ("1e3", 1e3),
            ("\" 12.5 \"", 12.5),
            ("true", 1.0),
            ("false", 0.0),
        ] {
            assert_eq!(one(document, ""), Ok(Some(value)), "{document}");
        }
        assert_eq!(one("null", ""), Ok(None));
        for (document, found) in [
            ("[]", "an array"),
            ("{}", "an object"),
            ("\"x\"", "a text without a number"),
            ("\"inf\"", "a text without a number"),
        ] {
            let pointer = "the top".to_owned();
            assert_eq!(one(document, ""), Err(ValueError::NotNumber { pointer, found }));
        }
    }

    #[test]
    fn what_is_missing_is_named_with_what_it_may_have_meant() {
        let document = r#"{"stats": {"requests": 5, "pools": [1, 2]}, "up": 1}"#;
        let message = |pointer| one(document, pointer).unwrap_err().to_string();
        assert_eq!(
            message("/stats/request"),
            "nothing at /stats/request: did you mean /stats/requests?"
        );
        assert_eq!(
            message("/stat/requests"),
            "nothing at /stat/requests: did you mean /stats/requests?"
        );
        assert_eq!(message("/stats/errors"), "nothing at /stats/errors: /stats has no such member");
        assert_eq!(
            message("/stats/pools/2"),
            "nothing at /stats/pools/2: /stats/pools has no such member"
        );
        assert_eq!(
            message("/stats/pools/01").split(':').next(),
            Some("nothing at /stats/pools/01")
        );
        assert_eq!(message("/up/now"), "nothing at /up/now: /up has no such member");
        assert_eq!(message("/x"), "nothing at /x: the document has no such member");
    }

    #[test]
    fn one_reading_finds_all_places_also_twice_and_of_doubles_the_last() {
        let pointers = ["/a/b", "/a/b", "/a", "/c/1/d"].map(|text| text.parse().unwrap());
        let document = br#"{"a": 3, "a": {"b": 1, "b": 2}, "c": [0, {"d": 4}, {"d": 5}]}"#;
        let found = find(document, &pointers).unwrap();
        let not_number = ValueError::NotNumber { pointer: "/a".to_owned(), found: "an object" };
        assert_eq!(found, [Ok(Some(2.0)), Ok(Some(2.0)), Err(not_number), Ok(Some(4.0))]);
    }

    #[test]
    fn what_is_no_json_is_refused_and_depth_has_a_limit() {
        for document in ["", "<html>", "{\"a\": 1", "{\"a\": 1} x", "{a: 1}", "\u{feff}{}"] {
            assert!(find(document.as_bytes(), &["/a".parse().unwrap()]).is_err(), "{document}");
        }
        let deep = "[".repeat(100_000);
        assert!(find(deep.as_bytes(), &["/0/0".parse().unwrap()]).is_err());
    }

    #[test]
    fn a_path_of_another_language_is_refused_with_the_pointer_that_it_means() {
        for (text, example) in
            [("a.b", "/a/b"), ("$.a.b", "/a/b"), ("a/b", "/a/b"), ("/a~b", "/a~0b")]
        {
            let error = text.parse::<Pointer>().unwrap_err();
            assert_eq!(error.example, example, "{text}");
        }
    }
}
