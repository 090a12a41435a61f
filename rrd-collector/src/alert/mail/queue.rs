//! `mails.json` in the data folder: mails that are not delivered yet, across restarts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::letter::Letter;
use crate::replace_file::replace_private_file;

/// The file in the data folder.
const FILE: &str = "mails.json";
/// Limit on the mails of the queue.
const MAX: usize = 100;
/// The pause before the first retry; it doubles with each further one, up to an hour.
const FIRST_PAUSE: i64 = 60;
const LONGEST_PAUSE: i64 = 3600;
/// How long a mail is retried, in seconds.
const RETRIED_FOR: i64 = 86_400;

/// A mail to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedMail {
    /// The address of the recipient.
    pub to: String,
    /// Host and port of the server.
    pub server: String,
    /// What it says.
    pub letter: Letter,
    /// Number of failed attempts.
    tries: u32,
    /// When it is tried next, seconds since 1970.
    due: i64,
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try this mail.
    Send(QueuedMail),
    /// Wait this long, or until there is another mail.
    Wait(Duration),
    /// Wait until there is another mail.
    Rest,
}

/// Why the mails of an earlier run are not available.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file has other content.
    #[error("invalid {}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// The mails that are not delivered yet, oldest first.
#[derive(Debug, Default)]
pub struct MailQueue {
    path: PathBuf,
    mails: Vec<QueuedMail>,
}

impl QueuedMail {
    /// A mail that was never tried.
    pub fn new(to: String, server: String, letter: Letter) -> Self {
        let due = letter.written;
        Self { to, server, letter, tries: 0, due }
    }

    /// The mail in a line of the log.
    pub fn title(&self) -> String {
        format!("the mail to {}: {}", self.to, self.letter.subject)
    }

    fn is(&self, other: &Self) -> bool {
        (&self.to, &self.server, &self.letter) == (&other.to, &other.server, &other.letter)
    }

    /// Sets the time of the next attempt. Returns whether there is one.
    fn postpone(&mut self, now: i64) -> bool {
        let doubled = FIRST_PAUSE.checked_shl(self.tries).unwrap_or(LONGEST_PAUSE);
        self.tries = self.tries.saturating_add(1);
        self.due = now.saturating_add(doubled.clamp(FIRST_PAUSE, LONGEST_PAUSE));
        now.saturating_sub(self.letter.written) < RETRIED_FOR
    }
}

impl MailQueue {
    /// The mails in a data folder; none if there is no file.
    ///
    /// # Errors
    ///
    /// [`QueueError`]
    pub fn read(data: &Path) -> Result<Self, QueueError> {
        let path = data.join(FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path, mails: Vec::new() });
            }
            Err(source) => return Err(QueueError::Read { path, source }),
        };
        match serde_json::from_slice::<Vec<QueuedMail>>(&text) {
            Ok(mut mails) => {
                mails.truncate(MAX);
                Ok(Self { path, mails })
            }
            Err(source) => Err(QueueError::Invalid { path, source }),
        }
    }

    /// An empty queue of a data folder, in place of one that cannot be read.
    pub fn empty(data: &Path) -> Self {
        Self { path: data.join(FILE), mails: Vec::new() }
    }

    /// Adds a mail; returns the oldest one if there was no place for both.
    pub fn add(&mut self, mail: QueuedMail) -> Option<QueuedMail> {
        let dropped = (self.mails.len() >= MAX).then(|| self.mails.remove(0));
        self.mails.push(mail);
        dropped
    }

    /// What is to be done at `now`, in seconds since 1970.
    pub fn next(&self, now: i64) -> Next {
        // No pause is that long: the clock was set back.
        let wait = |mail: &QueuedMail| match mail.due.saturating_sub(now) {
            wait @ 1..=LONGEST_PAUSE => wait,
            _ => 0,
        };
        let Some(first) = self.mails.iter().min_by_key(|mail| wait(mail)) else {
            return Next::Rest;
        };
        match u64::try_from(wait(first)) {
            Ok(wait @ 1..) => Next::Wait(Duration::from_secs(wait)),
            _ => Next::Send(first.clone()),
        }
    }

    /// Removes a mail.
    pub fn remove(&mut self, mail: &QueuedMail) {
        self.mails.retain(|queued| !queued.is(mail));
    }

    /// Postpones a mail; removes and returns it if it was retried for a day.
    pub fn postpone(&mut self, mail: &QueuedMail, now: i64) -> Vec<QueuedMail> {
        self.postpone_all(now, |queued| queued.is(mail))
    }

    /// Postpones all mails of a server that are due; removes and returns those that were retried
    /// for a day.
    pub fn postpone_server(&mut self, server: &str, now: i64) -> Vec<QueuedMail> {
        self.postpone_all(now, |queued| {
            queued.server == server
                && !(1..=LONGEST_PAUSE).contains(&queued.due.saturating_sub(now))
        })
    }

    /// Lets every mail be tried at once: another configuration may help.
    pub fn retry(&mut self) {
        self.mails.iter_mut().for_each(|mail| mail.due = mail.letter.written);
    }

    /// Writes the file, which only its owner can read.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub fn save(&self) -> io::Result<()> {
        let text = serde_json::to_vec(&self.mails).map_err(io::Error::other)?;
        replace_private_file(&self.path, &text)
    }

    fn postpone_all(
        &mut self,
        now: i64,
        is_meant: impl Fn(&QueuedMail) -> bool,
    ) -> Vec<QueuedMail> {
        let given_up = self.mails.extract_if(.., |mail| is_meant(mail) && !mail.postpone(now));
        given_up.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mail(number: i64, server: &str) -> QueuedMail {
        let letter = Letter {
            subject: format!("subject {number}"),
            text: "text".to_owned(),
            written: 1000 + number,
            id: number.to_string(),
        };
        QueuedMail::new("ops@example.org".to_owned(), server.to_owned(), letter)
    }

    #[test]
    fn mails_survive_a_restart_in_a_file_that_nobody_else_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = MailQueue::read(folder.path()).unwrap();
        assert_eq!(queue.next(1000), Next::Rest);
        queue.add(mail(0, "a:25"));
        queue.save().unwrap();
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let later = MailQueue::read(folder.path()).unwrap();
        assert_eq!(later.next(1000), Next::Send(mail(0, "a:25")));
        fs::write(folder.path().join(FILE), "7").unwrap();
        assert!(matches!(MailQueue::read(folder.path()), Err(QueueError::Invalid { .. })));
    }

    #[test]
    fn a_hundred_mails_wait_and_the_oldest_gives_way() {
        let mut queue = MailQueue::default();
        for number in 0..100 {
            assert_eq!(queue.add(mail(number, "a:25")), None);
        }
        assert_eq!(queue.add(mail(100, "a:25")), Some(mail(0, "a:25")));
        assert_eq!(queue.mails.len(), 100);
    }

    #[test]
    fn a_mail_is_retried_with_growing_pauses_for_a_day() {
        let mut queue = MailQueue::default();
        queue.add(mail(0, "a:25"));
        let (mut now, mut pauses) = (1000, Vec::new());
        loop {
            let Next::Send(tried) = queue.next(now) else { panic!() };
            let given_up = queue.postpone(&tried, now);
            if !given_up.is_empty() {
                assert_eq!(given_up[0].letter, tried.letter);
                break;
            }
            let Next::Wait(pause) = queue.next(now) else { panic!() };
            pauses.push(pause.as_secs() / 60);
            now += i64::try_from(pause.as_secs()).unwrap();
        }
        assert_eq!(pauses[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!((86_400..86_400 + 3600).contains(&(now - 1000)), "{now}");
        assert_eq!(queue.next(now), Next::Rest);
    }

    #[test]
    fn a_server_that_is_down_postpones_its_mails_together_and_no_others() {
        let mut queue = MailQueue::default();
        for (number, server) in [(0, "a:25"), (1, "a:25"), (2, "b:25")] {
            queue.add(mail(number, server));
        }
        assert!(queue.postpone_server("a:25", 1010).is_empty());
        let Next::Send(other) = queue.next(1010) else { panic!() };
        assert_eq!(other, mail(2, "b:25"));
        queue.remove(&other);
        assert_eq!(queue.next(1010), Next::Wait(Duration::from_secs(60)));
        // Another configuration, or a clock that was set back by more than any pause.
        assert!(matches!(queue.next(1010 - 4000), Next::Send(_)));
        queue.retry();
        assert!(matches!(queue.next(1010), Next::Send(_)));
    }
}
