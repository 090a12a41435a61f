//! What is sent to the web server: the head of an answer, and the page.

use std::io::{self, Write};
use std::num::NonZeroI64;

use rrd_core::{TimeZone, Timestamp};
use rrd_graph::TimeLocale;
use rrd_graph::number_format::strftime;

/// Times in the head of an answer, always in English.
const DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// Writes the head of an answer with a page of this length.
pub(super) fn head(
    length: usize,
    good_for: Option<NonZeroI64>,
    now: Timestamp,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "Content-Type: text/html\nContent-Length: {length}\n")?;
    if let Some(seconds) = good_for {
        let (now, span) = (now.seconds(), seconds.get().saturating_abs());
        let date = |moment| strftime(DATE, moment, &TimeZone::UTC, TimeLocale::default());
        writeln!(out, "Last-Modified: {}", date(now))?;
        writeln!(out, "Expires: {}", date(now.saturating_add(span)))?;
        if seconds.get() < 0 {
            writeln!(out, "Refresh: {span}")?;
        }
    }
    writeln!(out)
}

/// Writes the answer to a form that is too long.
pub(super) fn too_long(limit: usize, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "Status: 413 Content Too Large\nContent-Type: text/plain\n\nThe values of the form are longer than {limit} bytes.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head_of(good_for: i64) -> String {
        let mut bytes = Vec::new();
        let now = Timestamp::from_seconds(1_600_000_000);
        head(7, NonZeroI64::new(good_for), now, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_head_says_how_long_a_page_is_good_and_when_it_is_loaded_again() {
        let plain = "Content-Type: text/html\nContent-Length: 7\n";
        assert_eq!(head_of(0), format!("{plain}\n"));
        let dated = format!(
            "{plain}Last-Modified: Sun, 13 Sep 2020 12:26:40 GMT\nExpires: Sun, 13 Sep 2020 12:27:40 GMT\n"
        );
        assert_eq!(head_of(60), format!("{dated}\n"));
        assert_eq!(head_of(-60), format!("{dated}Refresh: 60\n\n"));
        assert!(head_of(i64::MIN).contains("\nRefresh: 9223372036854775807\n"));
    }
}
