//! How the tool deals with another writer of a file: `try`, `block` or `none`.

use std::ffi::OsStr;

use rrd_core::Locking;

use crate::context::Context;

/// The mode of this name; `None` for an unknown one.
pub(crate) fn named(name: &OsStr) -> Option<Locking> {
    match name.to_str()? {
        "try" => Some(Locking::Try),
        "block" => Some(Locking::Block),
        "none" => Some(Locking::None),
        _ => None,
    }
}

/// The mode that the environment asks for, else patience.
///
/// RRDtool gives up at once; waiting a little keeps the readings of two scripts that meet.
pub(crate) fn usual(context: &mut Context<'_>) -> Locking {
    match context.world.settings.locking.as_deref() {
        Some(name) if !name.is_empty() => named(name).unwrap_or_else(|| {
            let name = name.to_string_lossy();
            let told = "unsupported locking mode";
            drop(writeln!(context.errors, "{told} '{name}' in $RRD_LOCKING; assuming 'try'"));
            Locking::Try
        }),
        _ => Locking::default(),
    }
}
