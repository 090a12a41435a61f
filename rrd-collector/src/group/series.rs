//! The names of series with labels: `q{job=a b,host=web}`. Their source reads the files.

use std::fmt::Write as _;

/// The kind of group whose instances are series.
pub(crate) const KIND: &str = "textfile";

/// The name of a series: its name, and its labels sorted by name.
///
/// A part is quoted only if it contains `,` `=` `"` `{` `}` or an outer space, so that no two
/// series have the same name.
///
/// ```
/// use rrd_collector::group::series_name;
/// let label = |value: &str| [("a", value.to_owned())];
/// assert_eq!(series_name("q", &label("1 2")), "q{a=1 2}");
/// assert_eq!(series_name("q", &label("1,b=2")), "q{a=\"1,b=2\"}");
/// assert_eq!(series_name("http.{x}", &label("1")), "{\"http.{x}\",a=1}");
/// ```
pub fn series_name(name: &str, labels: &[(impl AsRef<str>, String)]) -> String {
    let plain_or_quoted = |text: &str, is_plain: bool| {
        if is_plain {
            text.to_owned()
        } else {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        }
    };
    let named = |name: &str| plain_or_quoted(name, !name.is_empty() && is_plain(name));
    let mut parts: Vec<String> = labels
        .iter()
        .map(|(label, value)| {
            format!("{}={}", named(label.as_ref()), plain_or_quoted(value, is_plain(value)))
        })
        .collect();
    parts.sort();
    let name = named(name);
    if name.starts_with('"') {
        parts.insert(0, name);
        format!("{{{}}}", parts.join(","))
    } else if parts.is_empty() {
        name
    } else {
        format!("{name}{{{}}}", parts.join(","))
    }
}

fn is_plain(text: &str) -> bool {
    let is_special = |byte: u8| matches!(byte, b',' | b'=' | b'"' | b'{' | b'}');
    !text.bytes().any(is_special) && text.trim() == text
}

/// The canonical name of a series that may have more of its parts quoted, as in Prometheus. `None`
/// if it is not a series.
pub(super) fn canonical(text: &str) -> Option<String> {
    let (name, labels) = parse(text)?;
    Some(series_name(&name, &labels))
}

/// The name that earlier versions used for this series: values were never quoted.
pub(super) fn without_quotes(text: &str) -> Option<String> {
    let (mut old, labels) = parse(text)?;
    for (index, (label, value)) in labels.iter().enumerate() {
        let begin = if index == 0 { '{' } else { ',' };
        // Writing to a string cannot fail.
        let _ = write!(old, "{begin}{label}={value}");
    }
    if !labels.is_empty() {
        old.push('}');
    }
    Some(old)
}

/// The name of a series and its labels.
fn parse(text: &str) -> Option<(String, Vec<(String, String)>)> {
    let Some((name, rest)) = text.split_once('{') else {
        let is_name = !text.is_empty() && is_plain(text);
        return is_name.then(|| (text.to_owned(), Vec::new()));
    };
    let mut labels = Vec::new();
    let (name, mut rest) = if name.is_empty() {
        let (name, after) = quoted(rest)?;
        match after.strip_prefix(',') {
            Some(rest) => (name, rest),
            None => return (after == "}").then_some((name, labels)),
        }
    } else {
        (name.to_owned(), rest)
    };
    loop {
        let (label, after) = part(rest, &['='])?;
        let (value, after) = part(after.strip_prefix('=')?, &[',', '}'])?;
        labels.push((label, value));
        match after.strip_prefix(',') {
            Some(after) => rest = after,
            None => return (after == "}").then_some((name, labels)),
        }
    }
}

/// A label or a value, quoted or up to one of these characters, and the text after it.
fn part<'a>(text: &'a str, ends: &[char]) -> Option<(String, &'a str)> {
    if text.starts_with('"') {
        return quoted(text);
    }
    let (part, after) = text.split_at(text.find(ends)?);
    Some((part.to_owned(), after))
}

/// The text in the quotation marks that begin here, and the text after them.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.strip_prefix('"')?.chars();
    loop {
        match rest.next()? {
            '"' => return Some((value, rest.as_str())),
            '\\' => match rest.next()? {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(labels: &[(&'static str, &str)]) -> String {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        series_name("q", &labels)
    }

    #[test]
    fn series_that_differ_in_their_labels_have_names_that_differ() {
        assert_eq!(name(&[("a", "1,b=2")]), "q{a=\"1,b=2\"}");
        assert_eq!(name(&[("a", "1"), ("b", "2")]), "q{a=1,b=2}");
        assert_eq!(name(&[("job", "a b")]), "q{job=a b}");
        assert_eq!(name(&[("job", "a_b")]), "q{job=a_b}");
        assert_eq!(name(&[("a", " x")]), "q{a=\" x\"}");
    }

    #[test]
    fn a_series_has_one_spelling() {
        assert_eq!(canonical("q{job=\"a b\",x=\"\"}").unwrap(), "q{job=a b,x=}");
        assert_eq!(canonical("q{a=\"1,b=2\"}").unwrap(), "q{a=\"1,b=2\"}");
        assert_eq!(canonical("q").unwrap(), "q");
        assert_eq!(canonical("{\"q\",\"a\"=1}").unwrap(), "q{a=1}");
        assert_eq!(canonical("{\"q=\"}").unwrap(), "{\"q=\"}");
        for odd in [
            "q{", "q{a}", "q{a=1", "q{a=\"1}", "q{a=1}x", "q{}", "", "a \"b\"", "{\"q\"",
            "{\"q\",}",
        ] {
            assert_eq!(canonical(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_old_name_has_no_quotes() {
        assert_eq!(without_quotes("q{a=\"1,b=2\",c=3}").unwrap(), "q{a=1,b=2,c=3}");
        assert_eq!(without_quotes("q").unwrap(), "q");
    }

    proptest! {
        #[test]
        fn what_has_been_made_canonical_stays_as_it_is(text in "[a,={}\" \\\\]{0,12}") {
            if let Some(text) = canonical(&text) {
                prop_assert_eq!(canonical(&text), Some(text));
            }
        }

        #[test]
        fn a_name_reads_back_as_its_labels(
            name in "[a-c,={}\" \\\\.ö]{0,5}",
            labels in proptest::collection::btree_map("[a-c,={}\" \\\\]{0,3}", "[a-c,={}\" \\\\\n]{0,6}", 0..4),
        ) {
            let labels: Vec<(String, String)> = labels.into_iter().collect();
            let text = series_name(&name, &labels);
            let (found, mut read) = parse(&text).unwrap();
            read.sort();
            prop_assert_eq!((found, read), (name, labels));
            prop_assert_eq!(canonical(&text), Some(text));
        }
    }
}
