//! What the configuration names and this host does not have.

use super::Config;
use crate::output::remote::read::tree_faults;
use crate::process::child::check_program;
use crate::source::right::Right;
use crate::source::rights;

/// What is sent to the socket of a running daemon to ask for its faults, which are those of its
/// user and rights. No rule has such a name.
pub const HOST_FAULTS: &str = "\0host faults";

/// A line for each program, user, folder and file that cannot be used, and for each right that is
/// missing.
pub fn host_faults(config: &Config) -> Vec<String> {
    let command = config.alerts.command.first();
    let command = command.and_then(|program| check_program(program).err());
    let command = command.map(|error| format!("alerts.command: {error}"));
    let inputs = config.inputs.iter();
    let of_inputs = inputs.flat_map(|input| input.task().host_faults());
    let is_needed = |right: &&Right| right.probe.is_none_or(|name| config.host.probe(name).enabled);
    let lacking = rights().filter(is_needed).filter_map(|right| right.fault(&config.host.files));
    let of_trees = tree_faults(&config.trees);
    command.into_iter().chain(of_inputs).chain(of_trees).chain(lacking).collect()
}
