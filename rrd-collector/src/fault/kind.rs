//! Which faults are the same: those whose messages differ in numbers, times and quotations only.

/// The kind of a fault, from its message. A word with a digit is a number, a time, an address or a
/// process, which may differ each time; an exit status is not. What is quoted is what others sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FaultKind(String);

impl FaultKind {
    pub(super) fn of(message: &str) -> Self {
        let message = without_quotations(message);
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

/// The text with only the first mark of what is in quotation marks or backticks.
fn without_quotations(text: &str) -> String {
    let mut mark = None;
    text.chars()
        .filter(|character| {
            let is_inside = mark.is_some();
            if mark == Some(*character) {
                mark = None;
            } else if !is_inside && matches!(character, '"' | '`') {
                mark = Some(*character);
            }
            !is_inside
        })
        .collect()
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
    fn what_others_sent_does_not_make_another_fault() {
        assert!(are_same("the last is \"a b:x|c\": `x` is odd", "the last is \"c\": `y z` is odd"));
        assert!(!are_same("the last is \"a\": `x` is odd", "the last is \"a\": `x` is even"));
    }

    #[test]
    fn other_words_and_another_exit_status_make_another_fault() {
        assert!(!are_same("404 Not Found: no status page", "401 Unauthorized: access denied"));
        assert!(!are_same("fetch: exit status: 1", "fetch: exit status: 127"));
    }
}
