//! The top of the page: whether this host is healthy, what is not, and the newest numbers with a
//! small chart each.

mod history;
mod spark;
mod state;
mod tiles;
mod verdict;

pub(super) use spark::spark;

use crate::alert::{AlertStatus, History};
use crate::fault::Fault;
use crate::group::catalog::Catalog;
use crate::store::archives::Archives;

/// The current state of the host.
pub(in super::super) struct Overview<'a> {
    /// The newest values.
    pub(in super::super) catalog: &'a Catalog,
    /// The state of every rule.
    pub(in super::super) alerts: &'a [AlertStatus],
    /// What fails at present.
    pub(in super::super) faults: &'a [Fault],
    /// Seconds since 1970.
    pub(in super::super) now: i64,
    /// The rows of the small charts; `None` for numbers only.
    pub(in super::super) archives: Option<&'a Archives>,
    /// What happened before; `None` to leave it out.
    pub(in super::super) history: Option<&'a History>,
}

/// The parts of an overview that are not needed each time.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Parts {
    /// The small charts.
    pub(in super::super) sparks: bool,
    /// The history.
    pub(in super::super) history: bool,
}

impl Parts {
    /// All parts.
    pub(in super::super) const ALL: Self = Self { sparks: true, history: true };
}

impl Overview<'_> {
    /// Appends the title and the icon of the page of this host.
    pub(in super::super) fn write_head(&self, html: &mut String, host: &str) {
        self.state().write_head(html, host);
    }

    /// Appends the HTML fragment. The script puts its parts in the place of those of the same name.
    pub(in super::super) fn write(&self, html: &mut String) {
        self.write_verdict(html);
        self.write_tiles(html);
        if let Some(history) = self.history {
            history::write_history(html, history, self.now);
        }
    }

    /// The newest value of a metric; NaN if there is none.
    fn value(&self, group: &str, instance: &str, metric: &str) -> f64 {
        let value = self.catalog.find(group, instance).and_then(|group| {
            group.kind.position(metric).and_then(|position| group.values.get(position))
        });
        value.copied().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::alert::{NamedRule, Rule, RuleProblem, Status, moment};
    use crate::group::catalog::trial::catalog;
    use crate::source::host::{CPU_TOTAL, DISK};

    fn alert(name: &str, target: &str, status: Status) -> AlertStatus {
        let words = format!("average over 5m of {target} > 10, critical > 30");
        let rule = NamedRule { name: name.to_owned(), rule: Rule::parse(&words).unwrap() };
        let target = rule.rule.target.clone();
        AlertStatus { rule, target, status, since: 0, value: 31.25, problem: None }
    }

    fn html(catalog: &Catalog, alerts: &[AlertStatus], faults: &[Fault]) -> String {
        let mut html = String::new();
        Overview { catalog, alerts, faults, now: 10, archives: None, history: None }
            .write(&mut html);
        html
    }

    #[test]
    fn a_host_without_trouble_is_well_and_shows_its_numbers() {
        let html = html(
            &catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda")]),
            &[alert("steal", "cpu.steal", Status::Ok)],
            &[],
        );
        assert!(
            html.starts_with(
                "<section class=\"verdict well\" data-part=\"verdict\" data-state=\"ok\""
            ),
            "{html}"
        );
        assert!(html.contains("<p>This host is well, with I/O wait 50 %, steal 50 %.</p>"));
        assert!(html.contains(
            "<a class=\"tile\" data-part=\"cpu.iowait\" data-parts=\"\" href=\"/?group=cpu\">\
             <span class=\"number\" data-part=\"cpu.iowait number\"><i>I/O wait</i><b>50 %</b><small></small></span></a>"
        ), "{html}");
        assert!(html.contains("style=\"--all:6;--half:3\""));
        assert!(html.contains("<i>Memory in use</i><b>–</b>"));
    }

    #[test]
    fn what_is_wrong_is_reported_first_and_its_number_is_marked() {
        let catalog = catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda")]);
        let alerts = [
            alert("steal", "cpu.steal", Status::Warning),
            alert("disk-queue", "disk:vda.queue", Status::Critical),
            alert("cpu", "cpu.busy", Status::Ok),
        ];
        let html = html(&catalog, &alerts, &[]);
        assert!(html.contains("<p>2 things are wrong.</p>"), "{html}");
        assert!(html.contains("<li class=\"critical\"><b>disk-queue</b> <a href=\"/?group=disk&amp;instance=vda\">disk:vda.queue</a> averages 31.2 over 5 min (critical above 30)</li>"));
        assert!(html.contains("<a class=\"tile critical\" data-part=\"disk.util\""));
        assert!(html.contains("<a class=\"tile warning\" data-part=\"cpu.steal\""));
        assert!(html.contains("<a class=\"tile\" data-part=\"cpu.iowait\""));
    }

    #[test]
    fn a_rule_without_a_value_is_listed_and_one_that_cannot_be_read_needs_a_look() {
        let problem = |target: &str, problem| {
            let alert = alert("df", target, Status::Ok);
            vec![AlertStatus { problem: Some(problem), ..alert }]
        };
        let catalog = catalog(&[(&CPU_TOTAL, "")]);
        let waiting = html(&catalog, &problem("munin:*.root", RuleProblem::NoValue), &[]);
        assert!(
            waiting.contains("<p>This host is well, with I/O wait 50 %, steal 50 %.</p>"),
            "{waiting}"
        );
        assert!(waiting.contains("<li><b>df</b> munin:*.root: no such value yet</li>"));
        let unreadable = RuleProblem::Unreadable("bad file".to_owned());
        let html = html(&catalog, &problem("munin:df.root", unreadable), &[]);
        assert!(html.contains("<p>One thing needs a look.</p>"), "{html}");
        assert!(html.contains("munin:df.root</a>: bad file</li>"));
    }

    #[test]
    fn the_number_of_an_instance_with_a_space_is_marked_by_its_own_rule_only() {
        let catalog = catalog(&[(&DISK, "a b")]);
        let marked = |target: &str| {
            let html = html(&catalog, &[alert("queue", target, Status::Critical)], &[]);
            html.contains("<a class=\"tile critical\" data-part=\"disk.util\"")
        };
        assert!(marked("disk:\"a b\".queue") && !marked("disk:a_b.queue"));
    }

    #[test]
    fn what_cannot_be_sampled_needs_a_look_and_cannot_become_markup() {
        let faults = [Fault {
            concern: "apache".to_owned(),
            message: "<script>".to_owned(),
            since: 0,
            times: 7,
            stops_storing: false,
        }];
        let html = html(&catalog(&[(&DISK, "<b>\"x\"")]), &[], &faults);
        assert!(html.contains("verdict warning") && html.contains("One thing needs a look."));
        let since = moment(0, 10, &TimeZone::system());
        let fault = format!("<li><b>apache</b> &lt;script&gt; (since {since}, 7 times)</li>");
        assert!(html.contains(&fault), "{html}");
        assert!(!html.contains("<b>\"x\""));
    }
}
