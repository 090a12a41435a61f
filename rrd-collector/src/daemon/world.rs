//! The environment of the daemon besides its configuration.

use std::rc::Rc;

use crate::config::Config;
use crate::process::child::Guard;
use crate::process::notify::Notify;
use crate::section::ConfigError;

/// The environment of the daemon besides its configuration.
pub struct World<'a> {
    /// Reads the configuration again.
    pub reload: &'a dyn Fn() -> Result<Config, Vec<ConfigError>>,
    /// The service manager.
    pub notify: Notify,
    /// Called with each address of the page at the start.
    pub ready: &'a dyn Fn(&str),
    /// Ends the children if the daemon cannot.
    pub guard: Rc<Guard>,
}
