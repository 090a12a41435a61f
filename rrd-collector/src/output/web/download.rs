//! The titles and file names of what is downloaded: host, chart, unit, and the time that it shows.

use hyper::header::{CONTENT_DISPOSITION, HeaderValue};
use rrd_core::TimeRange;
use rrd_core::TimeZone;

use super::local_time;
use super::response::Answer;

/// Characters of one part of a file name.
const LONGEST: usize = 60;
/// The units of a length of time and their seconds, largest first.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// A picture or a table of a group that is kept apart from the page.
pub(super) struct Download<'a> {
    /// The host.
    pub(super) host: &'a str,
    /// The name of the chart, or of the group of a table.
    pub(super) name: &'a str,
    /// The instance; may be empty.
    pub(super) instance: &'a str,
    /// The time that it shows.
    pub(super) range: TimeRange,
    /// The zone in which that is written.
    pub(super) zone: &'a TimeZone,
}

impl Download<'_> {
    /// `web-1: Disk traffic vda in B/s, 2026-12-01 10:00 – 11:00 Europe/Zurich (1h)`.
    pub(super) fn title(&self, chart: &str, unit: &str) -> String {
        let Self { host, instance, range, zone, .. } = self;
        let gap = if instance.is_empty() { "" } else { " " };
        let unit = if unit.is_empty() { String::new() } else { format!(" in {unit}") };
        let time = local_time::range(*range, zone);
        let zone = local_time::zone_name(zone, range.end.seconds());
        format!("{host}: {chart}{gap}{instance}{unit}, {time} {zone} ({})", length(*range))
    }

    /// `web-1_disk-traffic_vda_2026-12-01T1000_1h`, in letters that every system takes.
    fn file_name(&self) -> String {
        let Self { host, name, instance, range, zone } = self;
        let start = local_time::in_file_name(range.start.seconds(), zone);
        let parts = [host, name, instance, start.as_str(), &length(*range)].map(plain);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
    }

    /// Gives the file that an answer becomes its name.
    pub(super) fn attach(&self, answer: &mut Answer, extension: &str) {
        let named = format!("attachment; filename=\"{}.{extension}\"", self.file_name());
        if let Ok(named) = HeaderValue::from_str(&named) {
            answer.headers_mut().insert(CONTENT_DISPOSITION, named);
        }
    }
}

/// A part of a file name: what is not a letter, a digit, `.` or `-` becomes `-`.
fn plain(part: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let name: String = part.chars().map(safe).take(LONGEST).collect();
    name.trim_matches(['-', '.']).to_owned()
}

/// `1h`, `1h30m`: the two largest units.
fn length(range: TimeRange) -> String {
    let mut rest = range.end.seconds().saturating_sub(range.start.seconds());
    let mut parts = Vec::new();
    for (unit, seconds) in UNITS {
        if rest >= seconds {
            parts.push(format!("{}{unit}", rest / seconds));
            rest %= seconds;
        }
    }
    parts.truncate(2);
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_says_host_chart_unit_and_time_in_title_and_name() {
        let zone = TimeZone::get("Europe/Zurich").unwrap();
        let ten = 1_796_115_600;
        let of = |instance, end| Download {
            host: "web-1",
            name: "disk-traffic",
            instance,
            range: TimeRange::from_seconds(ten, end),
            zone: &zone,
        };
        let hour = of("vda", ten + 3600);
        assert_eq!(
            hour.title("Disk traffic", "B/s"),
            "web-1: Disk traffic vda in B/s, 2026-12-01 10:00 – 11:00 Europe/Zurich (1h)"
        );
        assert_eq!(hour.file_name(), "web-1_disk-traffic_vda_2026-12-01T1000_1h");
        let longer = of("", ten + 86_400 + 5430);
        assert_eq!(longer.file_name(), "web-1_disk-traffic_2026-12-01T1000_1d1h");
        assert!(longer.title("Load", "").starts_with("web-1: Load, 2026-12-01 10:00:00 – "));
    }

    #[test]
    fn a_file_name_has_no_characters_of_folders_shells_or_headers() {
        assert_eq!(plain("/mnt/my \"disk\"\r\n"), "mnt-my--disk");
        assert_eq!(plain(".."), "");
        assert_eq!(plain(&"a".repeat(300)).len(), LONGEST);
    }
}
