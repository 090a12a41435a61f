//! The task that delivers mails about changes, and retries those that were not accepted.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use lettre::message::Mailbox;
use tokio::sync::Notify;

use crate::alert::Notice;
use crate::alert::mail::{Letter, MailAccount, MailQueue, Next, QueuedMail};
use crate::fault::{Faults, chain};
use crate::net::smtp::{Failure, SmtpError};
use crate::output::live::Shared;
use crate::schedule::clock;

/// The longest sleep: the clock may be set at any time.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// The mails that are not delivered yet, and who gets them.
pub(super) struct Mailer {
    queue: RefCell<MailQueue>,
    accounts: RefCell<Vec<MailAccount>>,
    /// There is something to do.
    wake: Notify,
    host: String,
    shared: Arc<Shared>,
    faults: RefCell<Faults>,
}

impl Mailer {
    /// With the mails that an earlier run has left in the data folder.
    pub(super) fn new(
        data: &Path,
        accounts: Vec<MailAccount>,
        host: String,
        shared: Arc<Shared>,
    ) -> Self {
        let mut queue = MailQueue::read(data).unwrap_or_else(|error| {
            log::error!("{}; mails of an earlier run are lost", chain(&error));
            MailQueue::empty(data)
        });
        queue.retry();
        let faults = RefCell::new(shared.all_faults().of_task());
        let (queue, accounts) = (RefCell::new(queue), RefCell::new(accounts));
        Self { queue, accounts, wake: Notify::new(), host, shared, faults }
    }

    /// Applies another configuration, with which every mail is tried at once.
    pub(super) fn reload(&self, accounts: Vec<MailAccount>) {
        *self.accounts.borrow_mut() = accounts;
        *self.faults.borrow_mut() = self.shared.all_faults().of_task();
        self.queue.borrow_mut().retry();
        self.wake.notify_one();
    }

    /// Adds a mail to each recipient.
    pub(super) fn add(&self, notice: &Notice) {
        let accounts = self.accounts.borrow();
        if accounts.is_empty() {
            return;
        }
        let letter = Letter::about(notice, &self.host, &TimeZone::system());
        for account in accounts.iter() {
            for to in &account.to {
                let (to, server) = (to.email.to_string(), account.server.address());
                let mail = QueuedMail::new(to, server, letter.clone());
                if let Some(dropped) = self.queue.borrow_mut().add(mail) {
                    log::error!("too many mails wait: dropped the oldest, {}", dropped.title());
                }
            }
        }
        self.save();
        self.wake.notify_one();
    }

    /// Delivers mails one after the other.
    pub(super) async fn run(self: Rc<Self>) {
        loop {
            let next = self.queue.borrow().next(clock::unix_now());
            match next {
                Next::Send(mail) => self.try_mail(&mail).await,
                Next::Wait(wait) => {
                    let _ = tokio::time::timeout(wait.min(MAX_WAIT), self.wake.notified()).await;
                }
                Next::Rest => self.wake.notified().await,
            }
        }
    }

    async fn try_mail(&self, mail: &QueuedMail) {
        let Some((account, to)) = self.account_of(mail) else {
            log::error!(
                "no [[alerts.mail]] names the recipient any more: dropped {}",
                mail.title()
            );
            self.queue.borrow_mut().remove(mail);
            return self.save();
        };
        let outcome = account.deliver(&to, &mail.letter, &self.host).await.map(drop);
        let now = clock::unix_now();
        let given_up = match outcome.as_ref().err().map(SmtpError::failure) {
            None => {
                self.queue.borrow_mut().remove(mail);
                Vec::new()
            }
            Some(Failure::Permanent) => {
                self.queue.borrow_mut().remove(mail);
                vec![mail.clone()]
            }
            Some(Failure::Temporary) => self.queue.borrow_mut().postpone(mail, now),
            Some(Failure::Server) => self.queue.borrow_mut().postpone_server(&mail.server, now),
        };
        let (server, recipient) =
            (format!("mails through {}", mail.server), format!("mails to {}", mail.to));
        let is_server =
            matches!(outcome.as_ref().map_err(SmtpError::failure), Err(Failure::Server));
        let faults = self.faults.borrow();
        if is_server {
            faults.note(&server, &outcome);
        } else {
            faults.note(&server, &Ok::<(), SmtpError>(()));
            faults.note(&recipient, &outcome);
        }
        drop(faults);
        for mail in given_up {
            log::error!("dropped {}", mail.title());
        }
        self.save();
    }

    /// The recipient, and the account for it: with the same server, or else any.
    fn account_of(&self, mail: &QueuedMail) -> Option<(MailAccount, Mailbox)> {
        let accounts = self.accounts.borrow();
        let mut named = accounts
            .iter()
            .filter_map(|account| Some((account.clone(), account.recipient(&mail.to)?.clone())));
        let is_same = |account: &MailAccount| account.server.address() == mail.server;
        named.clone().find(|(account, _)| is_same(account)).or_else(|| named.next())
    }

    fn save(&self) {
        let saved = self.queue.borrow().save();
        self.faults.borrow().note("keeping the mails of alerts", &saved);
    }
}
