//! `check` of the configuration: what it names and this host does not have.

use crate::config::Config;
use crate::output::remote::read::tree_faults;
use crate::process::child::check_program;
use crate::source::rights;

/// A line for each program, user, folder and file that cannot be used, and for each right that is
/// missing.
pub fn host_faults(config: &Config) -> Vec<String> {
    let command = config.alerts.command.first();
    let command = command.and_then(|program| check_program(program).err());
    let command = command.map(|error| format!("alerts.command: {error}"));
    let inputs = config.inputs.iter();
    let of_inputs = inputs.flat_map(|input| input.task().host_faults());
    let lacking = rights().filter_map(|right| right.fault(&config.host.files));
    let of_trees = tree_faults(&config.trees);
    command.into_iter().chain(of_inputs).chain(of_trees).chain(lacking).collect()
}
