//! The answers of a server as numbers by name.

use super::client::Table;
use crate::source::variable::{Numbers, number};

/// The transactions that a server may be ahead of its oldest one: half of what 32 bits number.
const TRANSACTIONS: f64 = 2_147_483_648.0;
/// Limit on the rows with names, which is more than any question asks for.
const MAX_ROWS: usize = 1000;
/// The values that users without `pg_monitor` see of their own sessions only.
const HIDDEN: [&str; 5] = ["active", "idle", "idle_in_transaction", "waiting", "oldest"];

/// The numbers of an answer: those of the server, and of each database and replica by its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub(super) server: Numbers,
    pub(super) databases: Vec<(String, Numbers)>,
    pub(super) replicas: Vec<(String, Numbers)>,
}

impl Answer {
    /// What the tables say; sizes of databases are kept from another time.
    pub(super) fn new(
        server: &Table,
        databases: &Table,
        replicas: &Table,
        sizes: &[(String, Numbers)],
    ) -> Self {
        let mut databases = named(databases);
        for (name, numbers) in &mut databases {
            let size = sizes.iter().find(|(known, _)| known == name);
            numbers.extend(size.into_iter().flat_map(|(_, size)| size.clone()));
        }
        let mut answer = Self { server: row(server, 0), databases, replicas: Vec::new() };
        answer.add_sums();
        let share = |one: &str, all: f64| number(&answer.server, one) / all;
        let limit = number(&answer.server, "max_connections");
        let (connections, xids) = (share("connections", limit), share("xid_age", TRANSACTIONS));
        answer.server.insert("connections.share".to_owned(), connections);
        answer.server.insert("xid.share".to_owned(), xids);
        if answer.sees_all() {
            answer.replicas = named(replicas);
        } else {
            answer.server.retain(|name, _| !HIDDEN.contains(&&**name));
        }
        answer
    }

    /// Whether the user sees the sessions of others.
    pub(super) fn sees_all(&self) -> bool {
        number(&self.server, "sees_all") == 1.0
    }

    /// Whether the server is a standby.
    pub(super) fn is_standby(&self) -> bool {
        self.server.contains_key("receiving")
    }

    /// What is counted for each database alone, for the server as a whole.
    fn add_sums(&mut self) {
        for name in
            ["xact_commit", "xact_rollback", "blks_read", "blks_hit", "temp_bytes", "deadlocks"]
        {
            let sum = self.databases.iter().map(|(_, numbers)| number(numbers, name)).sum();
            self.server.insert(name.to_owned(), sum);
        }
    }
}

/// The numbers of a row by its columns; what is NULL or no number is left out.
fn row(table: &Table, index: usize) -> Numbers {
    let cells = table.rows.get(index).map(Vec::as_slice).unwrap_or_default();
    let known = |(name, cell): (&String, &Option<String>)| {
        let value = cell.as_deref()?.parse().ok().filter(|value: &f64| value.is_finite())?;
        Some((name.clone(), value))
    };
    table.columns.iter().zip(cells).filter_map(known).collect()
}

/// The numbers of each row, by the name in its first column. A name that comes again is left out.
pub(super) fn named(table: &Table) -> Vec<(String, Numbers)> {
    let mut found: Vec<(String, Numbers)> = Vec::new();
    for (index, cells) in table.rows.iter().take(MAX_ROWS).enumerate() {
        let Some(Some(name)) = cells.first() else { continue };
        if found.iter().all(|(known, _)| known != name) {
            found.push((name.clone(), row(table, index)));
        }
    }
    found
}
