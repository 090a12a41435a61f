//! `check` of the configuration: what it names and this host does not have.

use crate::config::Config;
use crate::process::child::check_program;

/// A line for each program, user, folder and file that cannot be used.
pub fn host_faults(config: &Config) -> Vec<String> {
    let command = config.alerts.command.first();
    let command = command.and_then(|program| check_program(program).err());
    let command = command.map(|error| format!("alerts.command: {error}"));
    let inputs = config.inputs.iter();
    command.into_iter().chain(inputs.flat_map(|input| input.task().host_faults())).collect()
}
