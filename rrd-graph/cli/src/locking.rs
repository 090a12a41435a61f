//! The locking modes of the tool: `try`, `block` or `none`.

use std::ffi::OsStr;

use rrd_core::Locking;

use crate::context::Context;

/// The mode with this name.
pub(crate) fn named(name: &OsStr) -> Option<Locking> {
    match name.to_str()? {
        "try" => Some(Locking::Try),
        "block" => Some(Locking::Block),
        "none" => Some(Locking::None),
        _ => None,
    }
}

/// The mode set in the environment, else waiting for a limited time.
///
/// RRDtool gives up immediately; a short wait keeps the readings of two concurrent scripts.
pub(crate) fn usual(context: &mut Context<'_>) -> Locking {
    match context.environment.settings.locking.as_deref() {
        Some(name) if !name.is_empty() => named(name).unwrap_or_else(|| {
            let name = name.to_string_lossy();
            let told = "unsupported locking mode";
            drop(writeln!(context.errors, "{told} '{name}' in $RRD_LOCKING; assuming 'try'"));
            Locking::Try
        }),
        _ => Locking::default(),
    }
}
