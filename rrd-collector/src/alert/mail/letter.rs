//! What a mail says.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, UNIX_EPOCH};

use jiff::tz::TimeZone;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::super::finding::full_moment;
use super::super::notice::Notice;
use super::super::state::{Status, Transition};
use super::super::unit::lasted;

/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// Subject and text of a mail, and when it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// When it was written, seconds since 1970.
    pub written: i64,
    /// The part of its message id before the `@`.
    pub id: String,
}

impl Letter {
    /// A letter about a change.
    pub fn about(notice: &Notice, host: &str, zone: &TimeZone) -> Self {
        let Notice { rule, target, transition, .. } = notice;
        let Transition { from, from_since, to, at, .. } = *transition;
        let says = notice.finding().says();
        let change = match (from, to) {
            (_, Status::Ok) => "is ok again".to_owned(),
            (Status::Critical, Status::Warning) => "is warning, no longer critical".to_owned(),
            (_, to) => format!("is {to}"),
        };
        let subject = format!("{host}: {} {change}: {target} {says}", rule.name);
        let limit =
            notice.finding().limit().map_or_else(String::new, |limit| format!(" ({limit})"));
        let since = full_moment(at, zone);
        let before = format!(
            "Before, it was {from} for {}, since {}.",
            lasted(at.saturating_sub(from_since)),
            full_moment(from_since, zone)
        );
        let text = format!(
            "On {host}, {target} {says}{limit}.\n\n\
             The rule \"{}\" {change}, since {since}.\n{before}\n\n\
             -- \n\
             rrd-collector on {host} sends this mail because its configuration names your address \
             under [[alerts.mail]].\n",
            rule.name
        );
        let mut hasher = DefaultHasher::new();
        (host, &rule.name, target.to_string(), to).hash(&mut hasher);
        let id = format!("{at}.{:016x}", hasher.finish());
        let visible = |c: char| if c.is_control() { ' ' } else { c };
        Self { subject: subject.chars().map(visible).collect(), text, written: at, id }
    }

    /// The same letter for a trial, so that nobody takes it for a change.
    #[must_use]
    pub fn of_trial(mut self) -> Self {
        self.subject.insert_str(0, "[test] ");
        self.text
            .insert_str(0, "This is a test by `rrd-collector alert test`; nothing happened.\n\n");
        self
    }

    /// The whole message with head and body, as it is sent.
    #[expect(clippy::missing_panics_doc, reason = "a message with one sender is always complete")]
    pub fn message(&self, from: &Mailbox, to: &Mailbox) -> Vec<u8> {
        // A head has no later date.
        let written = u64::try_from(self.written).unwrap_or(0).min(LAST_SECOND);
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = Message::builder()
            .from(from.clone())
            .to(to.clone())
            .date(UNIX_EPOCH + Duration::from_secs(written))
            .message_id(Some(format!("<{}@{}>", self.id, from.email.domain())))
            .subject(self.subject.clone())
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(self.text.clone());
        message.expect("it has one sender and one recipient").formatted()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::rule::{NamedRule, Rule};
    use super::*;

    fn letter(target: &str, from: Status, to: Status, value: f64) -> Letter {
        let words = format!("average over 20m of {target} > 10, critical > 30, clear below 5");
        let rule = NamedRule { name: "full".to_owned(), rule: Rule::parse(&words).unwrap() };
        let (at, from_since) = (1_800_000_000, 1_799_998_480);
        let transition = Transition { from, from_since, to, at, value: value / 100.0 };
        let notice = Notice { target: rule.rule.target.clone(), rule, value, transition };
        Letter::about(&notice, "web-1", &TimeZone::UTC)
    }

    #[test]
    fn a_mail_says_what_happened_where_since_when_and_what_is_expected() {
        let letter = letter("cpu.steal", Status::Ok, Status::Warning, 12.345);
        assert_eq!(letter.subject, "web-1: full is warning: cpu.steal averages 12.3 % over 20 min");
        assert_eq!(
            letter.text,
            "On web-1, cpu.steal averages 12.3 % over 20 min (warning above 10 %).\n\n\
             The rule \"full\" is warning, since 2027-01-15 08:00 (UTC).\n\
             Before, it was ok for 25 min, since 2027-01-15 07:34 (UTC).\n\n\
             -- \n\
             rrd-collector on web-1 sends this mail because its configuration names your address \
             under [[alerts.mail]].\n"
        );
    }

    #[test]
    fn a_mail_about_the_end_says_how_long_it_was() {
        let end = letter("cpu.steal", Status::Critical, Status::Ok, 4.0);
        assert_eq!(end.subject, "web-1: full is ok again: cpu.steal averages 4 % over 20 min");
        assert!(end.text.contains("Before, it was critical for 25 min, since 2027-01-15 07:34"));
        let better = letter("cpu.steal", Status::Critical, Status::Warning, 20.0);
        assert!(better.subject.contains(": full is warning, no longer critical: "), "{better:?}");
    }

    #[test]
    fn a_message_is_plain_text_in_which_no_name_of_a_value_adds_a_line_to_its_head() {
        let target = "textfile:\"q\r\nBcc: all@example.org\".value";
        let letter = letter(target, Status::Ok, Status::Critical, 45.0);
        let from: Mailbox = "Büro <rrd@example.org>".parse().unwrap();
        let message = letter.message(&from, &"ops@example.com".parse().unwrap());
        let message = String::from_utf8(message).unwrap();
        let (head, body) = message.split_once("\r\n\r\n").unwrap();
        let names =
            |name: &str| head.lines().filter(|line| line.to_lowercase().starts_with(name)).count();
        let late = Letter { written: i64::MAX, ..letter };
        let late = late.message(&from, &"ops@example.com".parse().unwrap());
        assert!(String::from_utf8(late).unwrap().contains("Date: Fri, 31 Dec 9999 23:59:59 +0000"));
        assert!(message.is_ascii());
        assert_eq!([names("bcc:"), names("subject:"), names("date:"), names("to:")], [0, 1, 1, 1]);
        assert!(head.contains("Date: Fri, 15 Jan 2027 08:00:00 +0000"), "{head}");
        assert!(head.contains("Message-ID: <1800000000."), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(body.contains("(critical above 30)"), "{body}");
        assert_eq!(body.matches('\n').count(), body.matches("\r\n").count());
    }
}
