//! What a daemon tells about a file, as a list.

use rrd_cli::{InfoKind, InfoLine};

use super::list::List;
use crate::error::Failure;

/// The values of these lines.
pub(crate) fn of_lines(lines: &[InfoLine]) -> Result<List, Failure> {
    let mut list = List::new();
    for InfoLine { key, kind, text } in lines {
        let wrong = || Failure::new(format!("answer of rrdcached not understood: {key} is {text}"));
        match kind {
            InfoKind::Number => list.number(key, text.parse().map_err(|_| wrong())?),
            InfoKind::Count => list.count(key, count(text).ok_or_else(wrong)?),
            InfoKind::Integer => list.integer(key, text.parse().map_err(|_| wrong())?),
            InfoKind::Text => list.text(key, text),
        }?;
    }
    Ok(list)
}

/// A count, or a time, which is negative before 1970.
fn count(text: &str) -> Option<u64> {
    let time = || text.parse().map(i64::cast_unsigned).ok();
    text.parse().ok().or_else(time)
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;
    use crate::info::node;

    fn line(key: &str, kind: InfoKind, text: &str) -> InfoLine {
        InfoLine { key: key.to_owned(), kind, text: text.to_owned() }
    }

    #[test]
    fn each_line_becomes_a_value_of_its_kind() {
        let lines = [
            line("ds[a].min", InfoKind::Number, "-1.5000000000e+00"),
            line("ds[a].max", InfoKind::Number, "-nan"),
            line("rra[0].rows", InfoKind::Count, "18446744073709551615"),
            line("last_update", InfoKind::Count, "-1"),
            line("return_value", InfoKind::Integer, "-1"),
            line("ds[a].last_ds", InfoKind::Text, "a \"b\""),
        ];
        let list = of_lines(&lines).unwrap().hand_out();
        let (mut told, mut next) = (Vec::new(), list);
        // SAFETY: the list was handed out, its values are of the kinds it tells, and it is freed
        // once.
        unsafe {
            while let Some(node) = next.as_ref() {
                told.push(match node.kind {
                    node::NUMBER => node.value.number.to_string(),
                    node::COUNT => node.value.count.to_string(),
                    node::INTEGER => node.value.integer.to_string(),
                    _ => CStr::from_ptr(node.value.text).to_str().unwrap().to_owned(),
                });
                next = node.next;
            }
            node::free(list);
        }
        let most = "18446744073709551615";
        assert_eq!(told, ["-1.5", "NaN", most, most, "-1", "a \"b\""]);
    }

    #[test]
    fn a_value_that_is_not_of_its_kind_is_an_error() {
        for (kind, text) in
            [(InfoKind::Number, "x"), (InfoKind::Count, "1.5"), (InfoKind::Integer, "1.5")]
        {
            assert!(of_lines(&[line("step", kind, text)]).is_err(), "{text}");
        }
    }
}
