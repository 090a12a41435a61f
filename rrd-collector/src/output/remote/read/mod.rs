//! Remote read: what Prometheus asks for is answered from the archives.
//!
//! `request` reads what is asked for, with `matchers` on labels, whose expressions are `re2`, and
//! the `plan` for what it is for. `search` finds the series in each `collection`, and `bound` how
//! much is asked for; `sampling` makes samples of rows. `answer` writes them as a `whole` message
//! or as a `stream` of frames; `remote_read` lets one request after the other have its turn.

mod answer;
mod bound;
mod collection;
mod foreign;
mod matchers;
mod own;
mod plan;
mod re2;
mod remote_read;
mod request;
mod sampling;
mod search;
mod settings;
mod stream;
mod tree_settings;
mod whole;

pub use answer::{ReadAnswer, ReadError};
pub use collection::{Collection, ListedFile};
pub(crate) use foreign::{ForeignFiles, tree_faults};
pub use matchers::{MatcherError, Matchers};
pub(crate) use own::OwnFiles;
pub use plan::{Plan, Purpose};
pub use re2::ExpressionError;
pub use remote_read::RemoteRead;
pub use request::{Form, ReadQueries, ReadQuery, RequestError};
pub use sampling::Repeats;
pub use settings::ReadSettings;
pub use stream::Cut;
pub use tree_settings::{TreeError, TreeSettings, read_tree};
pub use whole::TooLong;
