//! Trials of the store on disks that are killed, fail and lose power.

use std::time::Duration;

use super::LogSync;

mod crash;
mod names;
mod power_loss;
mod rewind;
mod shapes;

/// Synced where the trial says so.
const ON_REQUEST: LogSync = LogSync::Every(Duration::MAX);

/// Numbers below a limit that look random and are the same in each run.
fn chances(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 5;
    move |limit| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("small") % limit
    }
}
