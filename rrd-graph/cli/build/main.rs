//! What the build of `rrd` finds out: the commit, and where the unwinder is.

mod commit;
mod unwinder;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build");
    commit::tell();
    unwinder::link()
}
