//! `check --connect`: whether the endpoints of remote write can be reached and take samples.

use std::io;

use crate::config::Config;
use crate::output::remote::write::{Protocol, RemoteWrite, TrialError};

/// A line for each endpoint, in their order: what it takes, or what is wrong and what to do.
///
/// # Errors
///
/// The system provides no event queue.
pub fn connect(config: &Config) -> io::Result<Vec<Result<String, String>>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let line = |endpoint: &RemoteWrite| line(endpoint, runtime.block_on(endpoint.try_out()));
    Ok(config.remote_write.iter().map(line).collect())
}

fn line(endpoint: &RemoteWrite, outcome: Result<Protocol, TrialError>) -> Result<String, String> {
    let (name, address) = (&endpoint.name, endpoint.page.address());
    // Without a name of its own it is called by its address.
    let called = if *name == address { address } else { format!("{name} ({address})") };
    match outcome {
        Ok(protocol) => {
            let version = match protocol {
                Protocol::V1 => "1.0",
                Protocol::V2 => "2.0",
            };
            Ok(format!("remote_write {called}: takes samples, in version {version}"))
        }
        Err(error) => Err(format!("remote_write {called}: {error}")),
    }
}
