//! The commands of the protocol, one row each.

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words of the protocol; `HELP` explains them")]
pub enum Verb {
    Update,
    Flush,
    FlushAll,
    Pending,
    Forget,
    Queue,
    Help,
    Stats,
    Ping,
    Fetch,
    FetchBinary,
    Info,
    First,
    Last,
    Create,
    List,
    Suspend,
    Resume,
    SuspendAll,
    ResumeAll,
    Tune,
    Dump,
    Batch,
    Quit,
    /// `WROTE`, which only journals contain.
    Wrote,
    /// `.`, the end of a batch.
    Dot,
}

/// Where a command may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// On its own.
    Alone,
    /// On its own and in a batch.
    Anywhere,
    /// Only in a batch.
    Batch,
    /// Only in a journal.
    Journal,
}

/// What is known of a command.
struct Row {
    verb: Verb,
    /// Its word, in upper case.
    word: &'static str,
    place: Place,
    usage: &'static str,
}

const fn row(verb: Verb, word: &'static str, place: Place, usage: &'static str) -> Row {
    Row { verb, word, place, usage }
}

/// All commands, the most frequent one first, then in the order of `HELP`.
const ROWS: [Row; 26] = [
    row(Verb::Update, "UPDATE", Place::Anywhere, "UPDATE <filename> <values> [<values> ...]"),
    row(Verb::Flush, "FLUSH", Place::Anywhere, "FLUSH <filename>"),
    row(Verb::FlushAll, "FLUSHALL", Place::Alone, "FLUSHALL"),
    row(Verb::Pending, "PENDING", Place::Alone, "PENDING <filename>"),
    row(Verb::Forget, "FORGET", Place::Anywhere, "FORGET <filename>"),
    row(Verb::Queue, "QUEUE", Place::Alone, "QUEUE"),
    row(Verb::Stats, "STATS", Place::Alone, "STATS"),
    row(Verb::Help, "HELP", Place::Alone, "HELP [<command>]"),
    row(Verb::Ping, "PING", Place::Alone, "PING"),
    row(Verb::Fetch, "FETCH", Place::Alone, "FETCH <file> <CF> [<start> [<end>] [<column>...]]"),
    row(
        Verb::FetchBinary,
        "FETCHBIN",
        Place::Alone,
        "FETCHBIN <file> <CF> [<start> [<end>] [<column>...]]",
    ),
    row(Verb::Info, "INFO", Place::Alone, "INFO <filename>"),
    row(Verb::First, "FIRST", Place::Alone, "FIRST <filename> <rra index>"),
    row(Verb::Last, "LAST", Place::Alone, "LAST <filename>"),
    row(
        Verb::Create,
        "CREATE",
        Place::Anywhere,
        "CREATE <filename> [-b start] [-s step] [-O] <DS definitions> <RRA definitions>",
    ),
    row(Verb::List, "LIST", Place::Alone, "LIST [RECURSIVE] /[<path>]"),
    row(Verb::Suspend, "SUSPEND", Place::Anywhere, "SUSPEND <filename>"),
    row(Verb::Resume, "RESUME", Place::Anywhere, "RESUME <filename>"),
    row(Verb::SuspendAll, "SUSPENDALL", Place::Anywhere, "SUSPENDALL"),
    row(Verb::ResumeAll, "RESUMEALL", Place::Anywhere, "RESUMEALL"),
    row(Verb::Tune, "TUNE", Place::Alone, "TUNE <filename> [options]"),
    row(Verb::Dump, "DUMP", Place::Alone, "DUMP <filename> [-h none|xsd|dtd]"),
    row(Verb::Batch, "BATCH", Place::Alone, "BATCH"),
    row(Verb::Quit, "QUIT", Place::Anywhere, "QUIT"),
    row(Verb::Wrote, "WROTE", Place::Journal, "WROTE <filename>"),
    row(Verb::Dot, ".", Place::Batch, "."),
];

impl Verb {
    /// The command with this word, in any case.
    #[inline]
    pub fn parse(word: &[u8]) -> Option<Self> {
        let row = ROWS.iter().find(|row| row.word.as_bytes().eq_ignore_ascii_case(word))?;
        Some(row.verb)
    }

    /// The commands that clients use, in the order in which `HELP` lists them.
    pub fn for_clients() -> impl Iterator<Item = Self> {
        ROWS.iter()
            .filter(|row| matches!(row.place, Place::Alone | Place::Anywhere))
            .map(|row| row.verb)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// Its word with the arguments that it takes.
    pub fn usage(self) -> &'static str {
        self.row().usage
    }

    /// Whether clients may use it on its own.
    pub(crate) fn is_allowed_alone(self) -> bool {
        matches!(self.row().place, Place::Alone | Place::Anywhere)
    }

    /// Whether clients may use it in a batch.
    pub(crate) fn is_allowed_in_batch(self) -> bool {
        matches!(self.row().place, Place::Batch | Place::Anywhere)
    }

    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.verb == self).expect("a test finds the row of each command")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_row_and_is_found_by_its_word_in_any_case() {
        for row in &ROWS {
            assert_eq!(Verb::parse(row.word.as_bytes()), Some(row.verb));
            assert_eq!(Verb::parse(row.word.to_lowercase().as_bytes()), Some(row.verb));
            assert_eq!(row.verb.word(), row.word);
            assert!(row.usage.starts_with(row.word));
        }
        assert_eq!(Verb::parse(b"UPDATEV"), None);
        assert_eq!(Verb::parse(b""), None);
    }

    #[test]
    fn clients_have_24_commands() {
        assert_eq!(Verb::for_clients().count(), 24);
    }
}
