//! The clock: whether it follows a time server, and whether it is behind the newest samples.

use super::complaint::{Complaint, about};
use super::files::{Files, ahead, rewind_all};
use crate::config::Config;
use crate::source::clock::TimeServices;

/// What a sample may be ahead of the clock: it is stored a moment before the clock is asked.
const GRACE: i64 = 60;

/// The fault of the clock, and that of single files that are ahead of it. If all files are ahead
/// and no time server has confirmed the clock, it is wrong and not they.
pub(super) fn complaints(
    config: &Config,
    files: &Files,
    now: i64,
) -> (Option<Complaint>, Option<Complaint>) {
    let later: Vec<_> =
        files.newest.iter().filter(|(_, newest)| newest.saturating_sub(now) > GRACE).collect();
    let set = "run `timedatectl set-ntp true`";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok();
    let services = config.settings::<TimeServices>().next().cloned().unwrap_or_default();
    let is_synchronized =
        runtime.and_then(|runtime| runtime.block_on(services.is_synchronized(&config.host.files)));
    let newest = later.iter().max_by_key(|(_, newest)| newest);
    let are_all = later.len() > 1 && later.len() == files.newest.len();
    if let Some((name, newest)) = newest.filter(|_| are_all && is_synchronized != Some(true)) {
        let behind = about(newest.saturating_sub(now));
        let file = config.data.join(name);
        let what = format!("it is {behind} behind the newest sample, of {}", file.display());
        let remedy = format!("{set}, or if it is right, {}", rewind_all(&config.data));
        return (Some(Complaint::new("clock", what, remedy)), None);
    }
    let of_clock = (is_synchronized == Some(false))
        .then(|| Complaint::new("clock", "it does not follow any time server", set));
    (of_clock, ahead(&config.data, &later, now))
}
