//! The answer to STATS: one line for each number.

use super::connection::Connection;
use super::error::DaemonError;

/// One number of STATS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistic {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: StatisticValue,
}

/// A number of STATS, by how it changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StatisticValue {
    /// Up and down.
    Gauge(f64),
    /// Up, until the daemon starts again.
    Counter(u64),
}

const GAUGES: [&str; 3] = ["QueueLength", "TreeNodesNumber", "TreeDepth"];

const COUNTERS: [&str; 6] = [
    "UpdatesReceived",
    "FlushesReceived",
    "UpdatesWritten",
    "DataSetsWritten",
    "JournalBytes",
    "JournalRotate",
];

/// Reads the lines after the status. Numbers that other daemons have besides are left out.
pub(super) fn read(
    connection: &mut Connection,
    lines: usize,
) -> Result<Vec<Statistic>, DaemonError> {
    let mut statistics = Vec::new();
    for _ in 0..lines {
        let line = connection.line()?;
        let (name, number) = line.split_once(": ").ok_or_else(|| connection.puzzled(&line))?;
        if let Some(name) = known(name) {
            let value = value(name, number).ok_or_else(|| connection.puzzled(&line))?;
            statistics.push(Statistic { name, value });
        }
    }
    Ok(statistics)
}

fn known(name: &str) -> Option<&'static str> {
    GAUGES.into_iter().chain(COUNTERS).find(|known| *known == name)
}

fn value(name: &str, number: &str) -> Option<StatisticValue> {
    if GAUGES.contains(&name) {
        number.parse().ok().map(StatisticValue::Gauge)
    } else {
        number.parse().ok().map(StatisticValue::Counter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_gauges_the_rest_is_counted_and_new_names_are_unknown() {
        assert_eq!(value("QueueLength", "7"), Some(StatisticValue::Gauge(7.0)));
        let most = StatisticValue::Counter(u64::MAX);
        assert_eq!(value("JournalBytes", "18446744073709551615"), Some(most));
        assert_eq!(value("UpdatesReceived", "-1"), None);
        assert_eq!((known("TreeDepth"), known("Moves")), (Some("TreeDepth"), None));
    }
}
