//! What a server does not let the user see, and the privileges that are missing.

use std::fmt;

/// The privileges for our questions as servers name them: `PROCESS`, that of `MariaDB` since
/// 10.5.9, that from 10.5.2, and that of `MySQL` and earlier versions.
const PRIVILEGES: [&str; 5] = [
    "PROCESS",
    "SLAVE MONITOR",
    "REPLICA MONITOR",
    "REPLICATION SLAVE ADMIN",
    "REPLICATION CLIENT",
];

/// One question that is refused for lack of a privilege.
#[derive(Debug)]
pub(super) struct Denial {
    question: &'static str,
    privilege: Option<&'static str>,
}

impl Denial {
    /// `message` is the server's.
    pub(super) fn new(question: &'static str, message: &str) -> Self {
        let privilege = PRIVILEGES.into_iter().find(|name| message.contains(name));
        Self { question, privilege }
    }
}

/// What is hidden from the user, and the statement that changes that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    questions: Vec<&'static str>,
    privileges: Vec<&'static str>,
    /// As a statement names it: `'watch'@'%'`.
    user: String,
}

impl Denied {
    /// `current` is the server's answer to the question who the user is; `user` is the one that
    /// logged in.
    pub(super) fn new(denials: &[Denial], current: Option<&str>, user: &str) -> Self {
        let quoted = |name: &str| format!("'{}'", name.replace('\'', "''"));
        let user = match current.and_then(|current| current.rsplit_once('@')) {
            Some((user, host)) => format!("{}@{}", quoted(user), quoted(host)),
            None => quoted(user),
        };
        Self {
            questions: denials.iter().map(|denial| denial.question).collect(),
            privileges: denials.iter().filter_map(|denial| denial.privilege).collect(),
            user,
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { questions, privileges, user } = self;
        write!(f, "no privilege for {}, whose values are unknown: ", questions.join(" and "))?;
        if privileges.is_empty() {
            write!(f, "grant it to {user}")
        } else {
            write!(f, "run GRANT {} ON *.* TO {user}", privileges.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_grants_what_the_server_asks_for() {
        let denials = [
            Denial::new(
                "SHOW ENGINE INNODB STATUS",
                "Access denied; you need (at least one of) the PROCESS privilege(s) for this operation",
            ),
            Denial::new(
                "SHOW ALL SLAVES STATUS",
                "Access denied; you need (at least one of) the SUPER, SLAVE MONITOR privilege(s) for this operation",
            ),
        ];
        assert_eq!(
            Denied::new(&denials, Some("o'neil@10.%"), "o'neil").to_string(),
            "no privilege for SHOW ENGINE INNODB STATUS and SHOW ALL SLAVES STATUS, whose values are unknown: \
             run GRANT PROCESS, SLAVE MONITOR ON *.* TO 'o''neil'@'10.%'"
        );
        let mysql = Denial::new(
            "SHOW REPLICA STATUS",
            "Access denied; you need (at least one of) the SUPER, REPLICATION CLIENT privilege(s) for this operation",
        );
        let text = Denied::new(&[mysql], None, "watch").to_string();
        assert!(text.ends_with("run GRANT REPLICATION CLIENT ON *.* TO 'watch'"), "{text}");
        let odd = Denied::new(&[Denial::new("SHOW SLAVE STATUS", "verweigert")], None, "watch");
        assert!(odd.to_string().ends_with("unknown: grant it to 'watch'"), "{odd}");
    }
}
