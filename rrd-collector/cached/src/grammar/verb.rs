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
