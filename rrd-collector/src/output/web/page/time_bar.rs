//! The bar with what time is shown: spans, from and to with their zone, and ways to move and to
//! compare. It is links and a form; the script follows them in place.

use std::fmt::Write as _;

use rrd_core::{TimeRange, TimeZone};
use rrd_graph::xml::escape;

use super::super::address::read_query;
use super::super::local_time;
use super::super::span::{SPANS, Shown};
use super::pinned::write_pinned;

/// The bar; on the page of one group or chart it keeps to that: `&group=disk&instance=vda`.
pub(in super::super) fn time_bar(shown: &Shown, subject: &str, now: i64) -> String {
    let mut bar = Bar { html: String::new(), shown, subject };
    bar.write_spans();
    bar.html.push_str("<div class=\"time\">\n");
    bar.write_range();
    bar.write_moves(now);
    bar.html.push_str("</div>\n");
    if shown.span.is_none() {
        write_pinned(&mut bar.html, shown.range, &shown.zone());
    }
    bar.html
}

struct Bar<'a> {
    html: String,
    shown: &'a Shown,
    subject: &'a str,
}

impl Bar<'_> {
    /// The address of this page with other parameters.
    fn address(&self, time: &str, options: &str) -> String {
        let kiosk = if self.shown.is_kiosk { "&kiosk" } else { "" };
        escape(&format!("/?{time}{options}{kiosk}{}", self.subject))
    }

    fn write_spans(&mut self) {
        self.html.push_str("<nav aria-label=\"Span of time\">\n");
        for (span, key) in SPANS.iter().zip(1..) {
            let current = mark(Some(*span) == self.shown.span);
            let to = self.address(&format!("span={}", span.name), &self.shown.options());
            let _ = writeln!(
                self.html,
                "<a href=\"{to}\" data-key=\"{key}\" title=\"Key {key}\"{current}>{}</a>",
                span.title
            );
        }
        self.html.push_str("</nav>\n");
    }

    /// Earlier, later, closer, wider, and between live and pinned. A live range moves on while the
    /// page is open, so its links are relative to its end.
    fn write_moves(&mut self, now: i64) {
        let TimeRange { start, end } = self.shown.range;
        let length = end.seconds().saturating_sub(start.seconds());
        let half = length / 2;
        let live = format!("span={}", self.shown.live.name);
        let range = |start: i64, end: i64| format!("{live}&start={start}&end={end}");
        let place = SPANS.iter().position(|span| *span == self.shown.live);
        let longer = place.and_then(|place| SPANS.get(place + 1)).unwrap_or(&self.shown.live);
        let [earlier, later, closer, wider] = if self.shown.span.is_some() {
            let closer = range(-length + length / 4, -(length / 4).max(1));
            [range(-length - half, -half), live.clone(), closer, format!("span={}", longer.name)]
        } else {
            let (start, end) = (start.seconds(), end.seconds());
            let last = now.max(end);
            let later = end.saturating_add(half).min(last);
            [
                range(start.saturating_sub(half), end.saturating_sub(half)),
                if later == end { live.clone() } else { range(later - length, later) },
                range(start + length / 4, end - length / 4),
                range(start.saturating_sub(half), later),
            ]
        };
        let pause = format!("{live}&start=-{length}");
        let (sign, name, key) = match self.shown.span {
            Some(_) => ("❚❚", "Pause", ""),
            None => ("▶", "Live (Esc)", "Escape"),
        };
        for (time, sign, name, key) in [
            (earlier, "‹", "Earlier (←)", "ArrowLeft"),
            (later, "›", "Later (→)", "ArrowRight"),
            (closer, "+", "Zoom in (+)", "+"),
            (wider, "−", "Zoom out (−)", "-"),
            (if key.is_empty() { pause } else { live.clone() }, sign, name, key),
        ] {
            let to = self.address(&time, &self.shown.options());
            let _ = writeln!(
                self.html,
                "<a href=\"{to}\" data-key=\"{key}\" title=\"{name}\" aria-label=\"{name}\">{sign}</a>"
            );
        }
    }

    /// From and to, which open into a form.
    fn write_range(&mut self) {
        let shown = self.shown;
        let (zone, TimeRange { start, end }) = (shown.zone(), shown.range);
        let zone_name = escape(&local_time::zone_name(&zone, end.seconds()));
        let [from, to] = [start, end].map(|at| local_time::field(at.seconds(), &zone));
        let _ = write!(
            self.html,
            "<details id=\"when\">\n<summary><b>{}</b> <small>{zone_name}</small></summary>\n\
            <form>\n",
            local_time::range(shown.range, &zone),
        );
        for (name, label, value) in [("start", "From", from), ("end", "To", to)] {
            let _ = writeln!(
                self.html,
                "<label>{label} <input type=\"datetime-local\" name=\"{name}\" step=\"1\" \
                value=\"{value}\" required></label>"
            );
        }
        self.html.push_str("<button>Show</button>\n");
        self.write_hidden_fields();
        self.write_choices();
        self.html.push_str("</form>\n</details>\n");
    }

    /// What the form does not change.
    fn write_hidden_fields(&mut self) {
        let shown = self.shown;
        let zone = shown.zone.as_ref().and_then(TimeZone::iana_name).unwrap_or_default();
        let theme = shown.theme.map(|theme| theme.to_string()).unwrap_or_default();
        let before = shown.before.map(|before| before.to_string()).unwrap_or_default();
        let subject = read_query(self.subject.trim_start_matches('&'));
        let subject = subject.iter().map(|(name, value)| (&**name, &**value));
        for (name, value) in
            [("span", shown.live.name), ("zone", zone), ("theme", &theme), ("before", &before)]
                .into_iter()
                .chain(subject)
        {
            if !value.is_empty() {
                let value = escape(value);
                let _ = writeln!(
                    self.html,
                    "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"
                );
            }
        }
    }

    /// Zone, comparison and theme, as links.
    fn write_choices(&mut self) {
        let shown = self.shown;
        let system = local_time::zone_name(&TimeZone::system(), shown.range.end.seconds());
        let zone = shown.zone.as_ref().and_then(TimeZone::iana_name).unwrap_or_default();
        let theme = shown.theme.map(|theme| theme.to_string()).unwrap_or_default();
        let before = shown.before.map(|before| before.to_string()).unwrap_or_default();
        let host = format!("this host ({system})");
        let befores = [("", "nothing"), ("day", "a day before"), ("week", "a week before")];
        let themes = [("", "system"), ("light", "light"), ("dark", "dark")];
        for (name, label, chosen, choices) in [
            ("zone", "Times of", zone, &[("", &*host)][..]),
            ("before", "Compare with", &before, &befores),
            ("theme", "Colours", &theme, &themes),
        ] {
            let _ = write!(self.html, "<p>{label}");
            for (value, text) in choices {
                let to = self.address(&shown.time_query(), &shown.options_with(name, value));
                let current = mark(*value == chosen);
                let _ = write!(self.html, " <a href=\"{to}\"{current}>{}</a>", escape(text));
            }
            if name == "zone" {
                // The script knows the zone of the browser.
                let to = self.address(&shown.time_query(), &shown.options_with(name, "UTC"));
                let current = mark(!zone.is_empty());
                let _ = write!(self.html, " <a href=\"{to}\" hidden{current}>this browser</a>");
            }
            self.html.push_str("</p>\n");
        }
    }
}

/// What marks the link of what is shown.
const fn mark(is_current: bool) -> &'static str {
    if is_current { " aria-current=\"true\"" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_796_115_600;

    fn bar(query: &str, subject: &str) -> String {
        let shown = Shown::asked(&read_query(query), NOW, None).unwrap();
        time_bar(&shown, subject, NOW)
    }

    /// The address of the link with this key.
    fn linked(html: &str, key: &str) -> String {
        let place = html.find(&format!("\" data-key=\"{key}\"")).unwrap();
        let from = html[..place].rfind("href=\"").unwrap() + "href=\"".len();
        html[from..place].replace("&amp;", "&")
    }

    #[test]
    fn a_pinned_range_is_named_with_date_and_zone_and_can_be_moved_and_left() {
        let html = bar("start=2026-12-01T08:00&end=2026-12-01T09:00&zone=Europe/Zurich", "");
        assert!(html.contains("<b>2026-12-01 08:00 – 09:00</b> <small>Europe/Zurich</small>"));
        assert!(html.contains(" name=\"start\" step=\"1\" value=\"2026-12-01T08:00:00\""));
        assert!(html.contains("<input type=\"hidden\" name=\"zone\" value=\"Europe/Zurich\">"));
        let zone = "&zone=Europe%2FZurich";
        let to = |start: i64, end: i64| {
            format!("/?span=hour&start={}&end={}{zone}", NOW - start, NOW - end)
        };
        assert_eq!(linked(&html, "ArrowLeft"), to(9000, 5400));
        assert_eq!(linked(&html, "ArrowRight"), to(5400, 1800));
        assert_eq!(linked(&html, "+"), to(6300, 4500));
        assert_eq!(linked(&html, "-"), to(9000, 1800));
        assert_eq!(linked(&html, "Escape"), format!("/?span=hour{zone}"));
    }

    #[test]
    fn a_range_does_not_move_beyond_now() {
        let html = bar("span=day&start=-4000&end=-400", "");
        let later = format!("/?span=day&start={}&end={NOW}", NOW - 3600);
        assert_eq!(linked(&html, "ArrowRight"), later);
        assert_eq!(linked(&bar(&later[2..], ""), "ArrowRight"), "/?span=day");
    }

    #[test]
    fn the_moves_of_a_live_range_are_relative_to_its_end() {
        let html = bar("span=10min", "");
        assert_eq!(linked(&html, "ArrowLeft"), "/?span=10min&start=-900&end=-300");
        assert_eq!(linked(&html, "+"), "/?span=10min&start=-450&end=-150");
        assert_eq!(linked(&html, "-"), "/?span=hour");
        assert!(
            html.contains("<a href=\"/?span=10min&amp;start=-600\" data-key=\"\" title=\"Pause\"")
        );
        assert_eq!(linked(&bar("span=all", ""), "-"), "/?span=all");
    }

    #[test]
    fn links_keep_to_the_group_and_to_what_is_compared() {
        let html = bar("span=10min&before=week&kiosk", "&group=disk&instance=vda");
        let kept = "&before=week&kiosk&group=disk&instance=vda";
        assert_eq!(linked(&html, "5"), format!("/?span=day{kept}"));
        assert!(html.contains(
            "<a href=\"/?span=10min&amp;before=day&amp;kiosk&amp;group=disk&amp;instance=vda\">a day before</a>"
        ));
        assert!(html.contains("\" aria-current=\"true\">a week before</a>"));
    }
}
