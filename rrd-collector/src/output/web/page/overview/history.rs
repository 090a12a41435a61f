//! The list of what happened last: changes of rules, starts of the collector and of the host.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use rrd_graph::xml::escape;

use crate::alert::{Event, Happening, History, moment};

/// Limit on the events of the list.
const SHOWN: usize = 50;

/// Appends the list, newest first, as it is at `now`, seconds since 1970. It is folded at first.
pub(super) fn write_history(html: &mut String, history: &History, now: i64) {
    html.push_str(
        "<details id=\"history\">\n<summary>History</summary>\n<div data-part=\"history\">\n<ul>\n",
    );
    for event in history.events().rev().take(SHOWN) {
        write_event(html, event, now);
    }
    html.push_str(
        "</ul>\n<p><a href=\"/api/v1/alerts/history\">All that is kept, as JSON</a></p>\n</div>\n</details>\n",
    );
}

fn write_event(html: &mut String, event: &Event, now: i64) {
    let at = moment(event.at, now, &TimeZone::system());
    let _ = match &event.what {
        Happening::Change { rule, from, to, summary, .. } => {
            let (rule, summary) = (escape(rule), escape(summary));
            writeln!(
                html,
                "<li class=\"{to}\"><time>{at}</time> <b>{rule}</b> {to}, was {from}: {summary}</li>"
            )
        }
        _ => writeln!(html, "<li><time>{at}</time> {}</li>", event.run().unwrap_or_default()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Status;

    #[test]
    fn the_last_fifty_events_are_listed_newest_first_and_cannot_become_markup() {
        let mut history = History::default();
        for at in 0..60 {
            history.add(Event { at, what: Happening::Started });
        }
        let (from, to) = (Status::Ok, Status::Critical);
        let (rule, target) = ("<b>".to_owned(), "cpu.steal".to_owned());
        let summary = "cpu.steal is 31 %".to_owned();
        history.add(Event { at: 59, what: Happening::Change { rule, target, from, to, summary } });
        let mut html = String::new();
        write_history(&mut html, &history, 60);
        let at = moment(59, 60, &TimeZone::system());
        let first = format!(
            "<ul>\n<li class=\"critical\"><time>{at}</time> <b>&lt;b&gt;</b> critical, was ok: cpu.steal is 31 %</li>\n\
             <li><time>{at}</time> collector started</li>"
        );
        assert!(html.contains(&first), "{html}");
        assert_eq!(html.matches("<li").count(), 50);
    }
}
