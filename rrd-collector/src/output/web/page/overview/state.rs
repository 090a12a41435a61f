//! The state of the host as the page's title and icon show it, each with a form of its own.

use std::fmt::Write as _;

use rrd_graph::xml::escape;

/// What a tab shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No rule warns.
    Ok,
    /// A rule warns, or something cannot be measured.
    Warning,
    /// A rule is critical, or there are no samples.
    Critical,
    /// The script finds this out.
    NoAnswer,
}

const ALL: [State; 4] = [State::Ok, State::Warning, State::Critical, State::NoAnswer];

impl State {
    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::NoAnswer => "no answer",
        }
    }

    /// Its icon as an address that needs no server: a circle, a triangle, a square or a cross.
    fn icon(self) -> String {
        let (color, form) = match self {
            Self::Ok => ("15803d", "M8 0a8 8 0 1 0 .1 0z"),
            Self::Warning => ("d97706", "M8 0 16 15H0z"),
            Self::Critical => ("dc2626", "M0 0h16v16H0z"),
            Self::NoAnswer => ("6b7280", "M3 0 0 3l5 5-5 5 3 3 5-5 5 5 3-3-5-5 5-5-3-3-5 5z"),
        };
        format!(
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
             %3Cpath fill='%23{color}' d='{form}'/%3E%3C/svg%3E"
        )
    }

    /// Appends title and icon, and the icons of the other states for the script.
    pub(super) fn write_head(self, html: &mut String, host: &str) {
        let (name, icon) = (self.name(), escape(&self.icon()));
        let _ =
            writeln!(html, "<title>{name} – {host}</title>\n<link rel=\"icon\" href=\"{icon}\">");
        for state in ALL {
            let (name, icon) = (state.name(), escape(&state.icon()));
            let _ = writeln!(html, "<meta name=\"{name}\" content=\"{icon}\">");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_title_and_the_icon_of_its_state_and_the_icons_of_all() {
        let mut html = String::new();
        State::Warning.write_head(&mut html, "web1");
        let mut lines = html.lines();
        assert_eq!(lines.next(), Some("<title>warning – web1</title>"));
        let icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
            %3Cpath fill='%23d97706' d='M8 0 16 15H0z'/%3E%3C/svg%3E";
        assert_eq!(lines.next(), Some(&*format!("<link rel=\"icon\" href=\"{icon}\">")));
        let names: Vec<&str> = lines.map(|line| line.split('"').nth(1).unwrap()).collect();
        assert_eq!(names, ["ok", "warning", "critical", "no answer"]);
    }
}
