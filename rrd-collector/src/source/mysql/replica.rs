//! The channels of a replica: one row each of `SHOW REPLICA STATUS` and its older names.
//!
//! Source: "SHOW REPLICA STATUS" in the documentation of `MySQL`, "SHOW ALL REPLICAS STATUS" in
//! that of `MariaDB`.

use super::client::Table;

/// Limit on the channels that have a group of their own, which is that of `MySQL` itself; all count
/// for the worst.
pub(super) const MAX_CHANNELS: usize = 256;
/// Channels of group replication. That program runs them itself, and the one for joining does not
/// run on a healthy server.
const OF_GROUP_REPLICATION: &str = "group_replication_";

/// One channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Channel {
    /// The name; empty for the channel without one.
    pub(super) name: String,
    /// Whether both threads run.
    pub(super) running: bool,
    /// Seconds behind its source; `None` while a thread does not run.
    pub(super) behind: Option<f64>,
    /// Bytes of relay logs.
    pub(super) relay_log: Option<f64>,
}

impl Channel {
    /// The values as the variables of a replica name them.
    pub(super) fn numbers(&self) -> [(&'static str, Option<f64>); 3] {
        [
            ("replica.running", Some(f64::from(u8::from(self.running)))),
            ("replica.behind", self.behind),
            ("replica.relay_log", self.relay_log),
        ]
    }
}

/// The channels in a table, with old or new names of its columns.
pub(super) fn channels(table: &Table) -> Vec<Channel> {
    let channel = |row: &Vec<Option<String>>| {
        let cell = |names: &[&str]| {
            let position = table.columns.iter().position(|column| names.contains(&&**column))?;
            row.get(position)?.as_deref()
        };
        let number = |names: &[&str]| cell(names)?.parse::<f64>().ok().filter(|n| n.is_finite());
        Channel {
            name: cell(&["Channel_Name", "Connection_name"]).unwrap_or_default().to_owned(),
            running: cell(&["Replica_IO_Running", "Slave_IO_Running"]) == Some("Yes")
                && cell(&["Replica_SQL_Running", "Slave_SQL_Running"]) == Some("Yes"),
            behind: number(&["Seconds_Behind_Source", "Seconds_Behind_Master"]),
            relay_log: number(&["Relay_Log_Space"]),
        }
    };
    let is_ours = |channel: &Channel| !channel.name.starts_with(OF_GROUP_REPLICATION);
    table.rows.iter().map(channel).filter(is_ours).collect()
}

/// All channels as one: it runs if each runs, is as late as the latest, and has all relay logs.
/// `None` without a channel.
pub(super) fn worst(channels: &[Channel]) -> Option<Channel> {
    let all = |value: fn(&Channel) -> Option<f64>| channels.iter().filter_map(value);
    (!channels.is_empty()).then(|| Channel {
        name: String::new(),
        running: channels.iter().all(|channel| channel.running),
        behind: all(|channel| channel.behind).reduce(f64::max),
        relay_log: all(|channel| channel.relay_log).reduce(|sum, more| sum + more),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[&str], rows: &[&[&str]]) -> Table {
        let cell = |text: &&str| (*text != "NULL").then(|| (*text).to_owned());
        Table {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        }
    }

    const MYSQL_8: [&str; 5] = [
        "Replica_IO_Running",
        "Replica_SQL_Running",
        "Seconds_Behind_Source",
        "Relay_Log_Space",
        "Channel_Name",
    ];
    const MYSQL_5: [&str; 5] = [
        "Slave_IO_Running",
        "Slave_SQL_Running",
        "Seconds_Behind_Master",
        "Relay_Log_Space",
        "Channel_Name",
    ];
    const MARIADB: [&str; 5] = [
        "Slave_IO_Running",
        "Slave_SQL_Running",
        "Seconds_Behind_Master",
        "Relay_Log_Space",
        "Connection_name",
    ];

    fn of(name: &str, running: bool, behind: Option<f64>, relay_log: f64) -> Channel {
        Channel { name: name.to_owned(), running, behind, relay_log: Some(relay_log) }
    }

    #[test]
    fn every_row_is_a_channel_under_old_and_new_names_of_the_columns() {
        for columns in [MYSQL_8, MYSQL_5, MARIADB] {
            let rows: [&[&str]; 3] = [
                &["Yes", "Yes", "0", "100", "eu"],
                &["Yes", "Yes", "900", "50", "us"],
                &["Connecting", "Yes", "NULL", "7", "asia"],
            ];
            let found = channels(&table(&columns, &rows));
            let expected = [
                of("eu", true, Some(0.0), 100.0),
                of("us", true, Some(900.0), 50.0),
                of("asia", false, None, 7.0),
            ];
            assert_eq!(found, expected);
            assert_eq!(worst(&found), Some(of("", false, Some(900.0), 157.0)));
            assert_eq!(worst(&found[..2]), Some(of("", true, Some(900.0), 150.0)));
            assert_eq!(worst(&found[2..]), Some(of("", false, None, 7.0)));
        }
    }

    #[test]
    fn a_server_that_is_no_replica_has_no_channel() {
        assert_eq!(worst(&channels(&table(&MARIADB, &[]))), None);
    }

    #[test]
    fn the_channels_of_group_replication_do_not_count() {
        let rows: [&[&str]; 2] = [
            &["No", "No", "NULL", "0", "group_replication_recovery"],
            &["Yes", "Yes", "3", "8", ""],
        ];
        assert_eq!(channels(&table(&MYSQL_8, &rows)), [of("", true, Some(3.0), 8.0)]);
    }
}
