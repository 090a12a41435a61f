//! The text of `INFO` as numbers by name: those of the server, and our own with a dot in their
//! names.
//!
//! Source: the page of `INFO` in the documentation of `Redis` and `Valkey`.

use std::collections::HashMap;

use crate::source::variable::{Numbers, number};

/// The state of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    pub(super) numbers: Numbers,
    /// Changes with each start.
    pub(super) run_id: String,
}

impl Info {
    /// Parses the text of `INFO`; `None` if it is another text. Sections that are missing, as those
    /// of a sentinel, leave their values unknown.
    ///
    /// ```
    /// use rrd_collector::source::redis::Info;
    /// assert!(Info::parse("# Server\r\nredis_version:7.2.4\r\n").is_some());
    /// assert_eq!(Info::parse("well"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().filter_map(|line| line.trim_end().split_once(':'));
        let texts: HashMap<&str, &str> = lines.collect();
        texts.get("redis_version")?;
        let known = |(name, value): (&&str, &&str)| Some(((*name).to_owned(), finite(value)?));
        let mut info = Self {
            numbers: texts.iter().filter_map(known).collect(),
            run_id: texts.get("run_id").copied().unwrap_or_default().to_owned(),
        };
        let is = |name: &str, word: &str| texts.get(name).map(|text| share(*text == word));
        info.add("saved.ok", is("rdb_last_bgsave_status", "ok"));
        if texts.get("aof_enabled") == Some(&"1") {
            let (written, rewritten) =
                (is("aof_last_write_status", "ok"), is("aof_last_bgrewrite_status", "ok"));
            info.add("aof.ok", written.zip(rewritten).map(|(one, other)| one.min(other)));
        }
        let now = info.number("server_time_usec") / 1e6;
        info.add("saved.age", Some(beyond(now, info.number("rdb_last_save_time"))));
        info.add("cpu", Some(info.number("used_cpu_sys") + info.number("used_cpu_user")));
        info.add_memory(texts.get("maxmemory_policy") == Some(&"noeviction"));
        info.add_keys(&texts);
        info.add_replication(&texts);
        Some(info)
    }

    fn add_memory(&mut self, is_never_evicted: bool) {
        let limit = self.number("maxmemory");
        // Without a limit it is written as 0.
        if limit > 0.0 {
            self.add("memory.limit", Some(limit));
            if is_never_evicted {
                let apart = self.numbers.get("mem_not_counted_for_evict").copied().unwrap_or(0.0);
                let used = self.number("used_memory") - apart;
                self.add("memory.full", Some(beyond(used, 0.0) / limit));
            }
        }
    }

    /// The keys of all databases: `db0:keys=3,expires=1,avg_ttl=0`. Empty ones are not listed.
    fn add_keys(&mut self, texts: &HashMap<&str, &str>) {
        if !texts.contains_key("used_memory") {
            return;
        }
        let (mut keys, mut expiring) = (0.0, 0.0);
        for (name, fields) in texts {
            let number = name.strip_prefix("db").unwrap_or_default();
            if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
                keys += field(fields, "keys").unwrap_or(0.0);
                expiring += field(fields, "expires").unwrap_or(0.0);
            }
        }
        self.add("keys.all", Some(keys));
        self.add("keys.expiring", Some(expiring));
    }

    /// What is known of replication: of a replica its link, of a primary the replica that is
    /// furthest behind, of one in the middle of a chain the worse of both.
    fn add_replication(&mut self, texts: &HashMap<&str, &str>) {
        let (mut bytes, mut seconds) = (f64::NAN, f64::NAN);
        if let Some(status) = texts.get("master_link_status") {
            self.add("replica.link", Some(share(*status == "up")));
            let (read, applied) = ("slave_read_repl_offset", "slave_repl_offset");
            bytes = bytes.max(beyond(self.number(read), self.number(applied)));
            // Without a link it is written as -1.
            let silent = self.number("master_last_io_seconds_ago");
            seconds = seconds.max(if silent >= 0.0 { silent } else { f64::NAN });
        }
        for (name, fields) in texts {
            let number = name.strip_prefix("slave").unwrap_or_default();
            let is_replica = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            if is_replica && fields.split(',').any(|field| field == "state=online") {
                let sent = field(fields, "offset").unwrap_or(f64::NAN);
                bytes = bytes.max(beyond(self.number("master_repl_offset"), sent));
                seconds = seconds.max(field(fields, "lag").unwrap_or(f64::NAN));
            }
        }
        self.add("replica.bytes", Some(bytes));
        self.add("replica.seconds", Some(seconds));
    }

    /// Whether it is a replica, or has one.
    pub(super) fn is_replicated(&self) -> bool {
        self.numbers.contains_key("replica.link") || self.number("connected_slaves") > 0.0
    }

    /// Adds a number if it is known.
    pub(super) fn add(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.numbers.insert(name.to_owned(), value);
        }
    }

    pub(super) fn number(&self, name: &str) -> f64 {
        number(&self.numbers, name)
    }
}

/// One field of `name=value,name=value`.
fn field(fields: &str, name: &str) -> Option<f64> {
    let mut pairs = fields.split(',').filter_map(|field| field.split_once('='));
    finite(pairs.find(|(known, _)| *known == name)?.1)
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// By how much one number is beyond another one, if it is; NaN if one is unknown.
fn beyond(one: f64, other: f64) -> f64 {
    let difference = one - other;
    if difference < 0.0 { 0.0 } else { difference }
}

fn share(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(lines: &[&str]) -> Info {
        Info::parse(&format!("redis_version:7.0.15\r\n{}\r\n", lines.join("\r\n"))).unwrap()
    }

    #[test]
    fn keys_of_all_databases_are_added_up() {
        let info = info(&["used_memory:5", "db0:keys=3,expires=1,avg_ttl=0", "db15:keys=4"]);
        assert_eq!((info.number("keys.all"), info.number("keys.expiring")), (7.0, 1.0));
        let sentinel = Info::parse("redis_version:7.0.15\nredis_mode:sentinel\n").unwrap();
        assert!(sentinel.number("keys.all").is_nan());
    }

    #[test]
    fn memory_that_is_never_evicted_has_a_share_of_its_limit() {
        let lines = ["used_memory:90", "mem_not_counted_for_evict:10", "maxmemory:100"];
        let never = info(&[&lines[..], &["maxmemory_policy:noeviction"]].concat());
        assert_eq!(never.number("memory.full"), 0.8);
        let cache = info(&[&lines[..], &["maxmemory_policy:allkeys-lru"]].concat());
        assert_eq!(cache.number("memory.limit"), 100.0);
        assert!(cache.number("memory.full").is_nan());
        let endless = info(&["used_memory:90", "maxmemory:0", "maxmemory_policy:noeviction"]);
        assert!(endless.number("memory.limit").is_nan());
    }

    #[test]
    fn a_replica_has_a_link_and_a_primary_its_slowest_replica() {
        let replica = info(&[
            "role:slave",
            "master_link_status:up",
            "master_last_io_seconds_ago:3",
            "slave_read_repl_offset:120",
            "slave_repl_offset:100",
        ]);
        let value = |name| replica.number(name);
        assert!(replica.is_replicated());
        assert_eq!((value("replica.link"), value("replica.bytes")), (1.0, 20.0));
        assert_eq!(value("replica.seconds"), 3.0);
        let down = info(&["master_link_status:down", "master_last_io_seconds_ago:-1"]);
        assert_eq!(down.number("replica.link"), 0.0);
        assert!(down.number("replica.seconds").is_nan());
        let primary = info(&[
            "role:master",
            "connected_slaves:3",
            "slave0:ip=10.0.0.2,port=6379,state=online,offset=900,lag=0",
            "slave1:ip=10.0.0.3,port=6379,state=online,offset=400,lag=2",
            "slave2:ip=10.0.0.4,port=6379,state=wait_bgsave,offset=0,lag=70",
            "master_repl_offset:1000",
        ]);
        assert_eq!(primary.number("replica.bytes"), 600.0);
        assert_eq!(primary.number("replica.seconds"), 2.0);
        assert!(!info(&["role:master", "connected_slaves:0"]).is_replicated());
    }

    #[test]
    fn words_about_files_become_shares_and_ages() {
        let info = info(&[
            "server_time_usec:1000000500000",
            "rdb_last_save_time:999940",
            "rdb_last_bgsave_status:err",
            "aof_enabled:1",
            "aof_last_write_status:ok",
            "aof_last_bgrewrite_status:ok",
        ]);
        assert_eq!((info.number("saved.ok"), info.number("aof.ok")), (0.0, 1.0));
        assert_eq!(info.number("saved.age"), 60.5);
        let without = super::Info::parse("redis_version:2.8\naof_enabled:0\n").unwrap();
        assert!(without.number("aof.ok").is_nan() && without.number("saved.age").is_nan());
    }

    #[test]
    fn numbers_without_sense_are_unknown() {
        let info = info(&["used_memory:1e999", "maxmemory:NaN", "db0:keys=inf", "dbx:keys=7", ":"]);
        assert!(info.number("used_memory").is_nan() && info.number("memory.limit").is_nan());
    }
}
