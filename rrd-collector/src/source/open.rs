//! Opening the port or socket of a source: tried again until it succeeds.

use std::io;
use std::time::Duration;

use crate::fault::Faults;
use crate::net::holder::Protocol;
use crate::net::listen::ListenAddress;
use crate::net::listen_error::ListenError;
use crate::source::input::Context;

/// The pause before another attempt; a reload ends it.
const PAUSE: Duration = Duration::from_secs(5);

/// Calls `open` for an address until it succeeds. A failure at a reload is logged even if it is
/// known: who reloads waits for the answer.
pub(super) async fn open<T>(
    (address, protocol): (ListenAddress, Protocol),
    concern: &str,
    faults: &Faults,
    context: &Context,
    open: impl Fn() -> io::Result<T>,
) -> T {
    let mut known: Option<ListenError> = None;
    loop {
        let source = match open() {
            Ok(opened) => {
                faults.note(concern, &Ok::<(), ListenError>(()));
                return opened;
            }
            Err(source) => source,
        };
        // Asking who has the address reads many files.
        let error = known
            .take()
            .filter(|known| known.source.kind() == source.kind())
            .unwrap_or_else(|| ListenError::new(address.clone(), protocol, source));
        let outcome = Err(error);
        faults.note(concern, &outcome);
        let is_reloaded = tokio::time::timeout(PAUSE, context.reloaded.notified()).await.is_ok();
        if is_reloaded {
            faults.log_again(concern);
        } else {
            known = outcome.err();
        }
    }
}
