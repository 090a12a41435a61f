//! The answers of a server as numbers by name.

use super::client::Table;
use super::denied::Denied;
use super::replica::{Channel, channels, worst};
use crate::source::variable::{self, Numbers};

/// The numbers of an answer by name: the server's variables, and our own with a dot in their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub(super) numbers: Numbers,
    /// The channels of a replica.
    pub(super) channels: Vec<Channel>,
    /// What the user may not see.
    pub(super) denied: Option<Denied>,
}

impl Answer {
    /// Rows of a name and a value; texts are ignored, except for those of Galera.
    pub(super) fn take_status(&mut self, table: &Table) {
        let pairs = table.rows.iter().filter_map(|row| match row.as_slice() {
            [Some(name), Some(value)] => Some((name.to_ascii_lowercase(), value.as_str())),
            _ => None,
        });
        // Servers without Galera have its variables, too.
        let (galera, others): (Vec<_>, Vec<_>) =
            pairs.partition(|(name, _)| name.starts_with("wsrep_"));
        let number = |value: &str| value.parse().ok().filter(|value: &f64| value.is_finite());
        self.extend(others.into_iter().map(|(name, value)| (name, number(value))));
        let is_loaded =
            |(name, value): &(String, &str)| name == "wsrep_provider_name" && !value.is_empty();
        if galera.iter().any(is_loaded) {
            self.extend(galera.into_iter().map(|(name, value)| {
                let value = match (&*name, value) {
                    ("wsrep_cluster_status", status) => {
                        Some(f64::from(u8::from(status.eq_ignore_ascii_case("primary"))))
                    }
                    (_, "ON") => Some(1.0),
                    (_, "OFF") => Some(0.0),
                    (_, value) => number(value),
                };
                (name, value)
            }));
        }
    }

    /// The text of `SHOW ENGINE INNODB STATUS`, for values that are missing in the status of some
    /// versions.
    pub(super) fn take_engine(&mut self, table: &Table) {
        let Some(text) = table.rows.first().and_then(|row| row.last()?.as_deref()) else { return };
        let after = |start: &str| {
            let rest = text.lines().find_map(|line| line.strip_prefix(start))?;
            rest.split_whitespace().next()?.parse::<f64>().ok()
        };
        let transactions = || text.lines().filter(|line| line.starts_with("---TRANSACTION "));
        let count = |word: &str| {
            u32::try_from(transactions().filter(|line| line.contains(word)).count()).ok()
        };
        let age = after("Log sequence number")
            .zip(after("Last checkpoint at"))
            .map(|(written, checkpoint)| written - checkpoint);
        self.extend([
            ("innodb.history", after("History list length")),
            ("innodb.checkpoint_age", age),
            ("innodb.active", count(", ACTIVE").map(f64::from)),
            ("innodb.transactions", count("").map(f64::from)),
        ]);
    }

    /// The rows of `SHOW REPLICA STATUS`: none if the server is no replica.
    pub(super) fn take_channels(&mut self, table: &Table) {
        self.channels = channels(table);
        if let Some(worst) = worst(&self.channels) {
            self.extend(worst.numbers());
        }
    }

    /// Adds the numbers that are known.
    pub(super) fn extend<N: Into<String>>(
        &mut self,
        numbers: impl IntoIterator<Item = (N, Option<f64>)>,
    ) {
        let known = |(name, number): (N, Option<f64>)| Some((name.into(), number?));
        self.numbers.extend(numbers.into_iter().filter_map(known));
    }

    pub(super) fn number(&self, name: &str) -> f64 {
        variable::number(&self.numbers, name)
    }
}
