//! Accepts the connections of one listener.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::bind::Listener;
use super::connection::Connection;
use super::site::Site;
use crate::net::connections::{AtEnd, Connections};

/// The pause after a connection that could not be accepted.
const PAUSE: Duration = Duration::from_secs(1);

/// The subject of faults.
const ACCEPTING: &str = "accepting connections to the page";

/// Answers requests until it is dropped, with TLS if that is asked for and there is a certificate.
pub(super) async fn serve(listener: Listener, site: Arc<Site>, tls: bool) -> Infallible {
    let is_local = listener.is_local();
    let faults = site.shared.all_faults().of_task();
    let mut connections = Connections::new(AtEnd::Continue);
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => {
                if !faults.is_empty() {
                    faults.note(ACCEPTING, &Ok::<(), io::Error>(()));
                }
                accepted
            }
            Err(error) => {
                // Usually out of file descriptors: others must end first.
                faults.note(ACCEPTING, &Err::<(), _>(error));
                connections.close_one().await;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // The access rules of now: later ones are for other addresses.
        let (access, site, origin) = (site.access(), site.clone(), peer.origin);
        let traffic = site.clone();
        let closed = connections.serve(origin, |activity| {
            Connection { site, access, tls, is_local, peer, activity }.serve(stream)
        });
        traffic.traffic.closed.fetch_add(closed.await, Ordering::Relaxed);
    }
}
