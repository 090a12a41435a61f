//! `munin PLUGIN`: calls a plugin as the daemon does.

use std::io;
use std::rc::Rc;

use thiserror::Error;

use crate::config::Config;
use crate::process::child::Guard;
use crate::source::munin::{self, MuninError, MuninSettings};

/// Why a plugin printed nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallError {
    /// The system gives no event queue.
    #[error("cannot start")]
    Start(#[from] io::Error),
    /// The plugin cannot be called, or failed.
    #[error(transparent)]
    Munin(#[from] MuninError),
}

/// What a plugin prints, with `config` or for its values.
///
/// # Errors
///
/// [`CallError`]
pub fn call_plugin(config: &Config, name: &str, wants_config: bool) -> Result<String, CallError> {
    let settings = config.settings::<MuninSettings>().next().cloned().unwrap_or_default();
    let settings = settings.with_state(&config.data);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let guard = Rc::new(Guard::none());
    Ok(runtime.block_on(munin::ask(&settings, name, wants_config, &guard))?)
}
