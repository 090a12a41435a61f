//! What is made for collectd under this daemon: programs of its `exec` plugin, and scripts that talk to its `unixsock`.

mod exec;
mod lines;
pub mod protocol;
mod record;
mod socket;
mod types;

pub use exec::ExecError;
pub(crate) use exec::exec;
pub(crate) use record::Record;
pub use record::{COLLECTD, Refusal};
pub(crate) use socket::serve;
pub use types::{Source, Types};

/// Logs what a script wants known.
fn tell(concern: &str, severity: &str, message: &str) {
    let level = match severity {
        "failure" => log::Level::Error,
        "warning" => log::Level::Warn,
        _ => log::Level::Info,
    };
    log::log!(level, "{concern}: {message}");
}
