//! The menu: a link to each section with the worst state of its rules, and the search.

use std::fmt::Write as _;

use rrd_graph::xml::escape;

use super::super::span::Shown;
use super::overview::Overview;
use super::sections::{PartSection, sections};
use crate::alert::{AlertStatus, Status};
use crate::group::GroupId;
use crate::source::input::PageSection;

/// Appends the menu of these sections. On the page of one group it also leads back.
pub(super) fn write_menu(
    html: &mut String,
    sections: &[PartSection],
    only: Option<&GroupId>,
    shown: &Shown,
    alerts: &[AlertStatus],
) {
    // The search needs the script, which shows it.
    html.push_str(
        "<nav id=\"menu\" aria-label=\"Sections\">\n<input id=\"find\" type=\"search\" placeholder=\"Find ( / )\" \
        aria-label=\"Find sections, charts and rows\" autocomplete=\"off\" hidden>\n",
    );
    if only.is_some() {
        let _ = writeln!(html, "<a href=\"/?{}\">All of this host</a>", escape(&shown.query()));
    }
    let mut last = "";
    for (part, section) in sections {
        if *part != last {
            let _ = writeln!(html, "<b>{part}</b>");
            last = part;
        }
        write_link(html, section, alerts);
    }
    html.push_str("</nav>\n");
}

impl Overview<'_> {
    /// Appends the links of the menu: their states change while the page is open.
    pub(in super::super) fn write_menu_states(&self, html: &mut String) {
        for (_, section) in sections(self.catalog, None) {
            write_link(html, section, self.alerts);
        }
    }
}

fn write_link(html: &mut String, section: &PageSection, alerts: &[AlertStatus]) {
    let concerns = |alert: &&AlertStatus| section.kinds.contains(&alert.target.kind());
    let worst = alerts.iter().filter(concerns).map(|alert| alert.status).max().unwrap_or_default();
    let (class, mark) = match worst {
        Status::Ok => ("", ""),
        Status::Warning => ("warning", " <i title=\"A rule warns\">▲</i>"),
        Status::Critical => ("critical", " <i title=\"A rule is critical\">■</i>"),
    };
    let (id, heading) = (section.id(), section.heading);
    let _ = writeln!(
        html,
        "<a href=\"#{id}\" data-part=\"menu-{id}\" class=\"{class}\">{heading}{mark}</a>"
    );
}

#[cfg(test)]
mod tests {
    use super::super::super::span::SPANS;
    use super::*;
    use crate::alert::{NamedRule, Rule};
    use crate::group::catalog::trial::catalog;
    use crate::source::apache::APACHE;
    use crate::source::host::{CPU_TOTAL, DISK};

    #[test]
    fn the_menu_names_the_sections_of_the_host_first_and_marks_what_a_rule_reports() {
        let catalog = catalog(&[(&APACHE, "www"), (&DISK, "vda"), (&CPU_TOTAL, "")]);
        let rule = Rule::parse("last of disk:vda.util > 50").unwrap();
        let alert = AlertStatus {
            target: rule.target.clone(),
            rule: NamedRule { name: "busy".to_owned(), rule },
            status: Status::Critical,
            since: 0,
            value: 60.0,
            problem: None,
        };
        let mut html = String::new();
        let shown = Shown::ending(SPANS[1], 9000, None);
        write_menu(&mut html, &sections(&catalog, None), None, &shown, &[alert]);
        let (_, links) = html.split_once("hidden>\n").unwrap();
        assert_eq!(
            links,
            "<b>Host</b>\n\
             <a href=\"#cpu-and-steal\" data-part=\"menu-cpu-and-steal\" class=\"\">CPU and steal</a>\n\
             <a href=\"#disks\" data-part=\"menu-disks\" class=\"critical\">Disks <i title=\"A rule is critical\">■</i></a>\n\
             <b>Servers</b>\n\
             <a href=\"#apache\" data-part=\"menu-apache\" class=\"\">Apache</a>\n</nav>\n"
        );
    }
}
