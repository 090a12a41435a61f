//! Which faults are the same: those whose messages differ in numbers and times only.

/// The kind of a fault, from its message. A word with a digit is a number, a time, an address or a
/// process, which may differ each time; an exit status is not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FaultKind(String);

impl FaultKind {
    pub(super) fn of(message: &str) -> Self {
        let mut words = Vec::new();
        let mut before = "";
        for word in message.split_whitespace() {
            let varies = word.contains(|letter: char| letter.is_ascii_digit());
            words.push(if varies && before != "status:" { "#" } else { word });
            before = word;
        }
        Self(words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_same(one: &str, other: &str) -> bool {
        FaultKind::of(one) == FaultKind::of(other)
    }

    #[test]
    fn ages_times_and_processes_do_not_make_another_fault() {
        assert!(are_same("stale: written 901 s ago", "stale: written 1042 s ago"));
        assert!(are_same(
            "2026-11-30T22:05:01Z pid[71]: refused",
            "2026-11-30T22:10:01Z pid[9]: refused"
        ));
        assert!(are_same("22:05:01  refused", "22:10:01 refused"));
    }

    #[test]
    fn other_words_and_another_exit_status_make_another_fault() {
        assert!(!are_same("404 Not Found: no status page", "401 Unauthorized: access denied"));
        assert!(!are_same("fetch: exit status: 1", "fetch: exit status: 127"));
    }
}
