//! Links the compiler's unwinder into `rrd`, so that it only needs the C library as a shared
//! library.
//!
//! Scripts start `rrd` once per file. Without finding, mapping and relocating `libgcc_s.so`, a
//! process takes 150 to 200 microseconds less.
//!
//! The standard library of Rust requests the shared `libgcc_s` from the linker. A linker script
//! with that name in a folder that is searched first provides the static `libgcc_eh`, which is the
//! same code. If the C compiler does not have it, and on other systems, `rrd` is linked as usual.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Gives the linker the static unwinder, where there is one.
pub(super) fn link() -> Result<(), Box<dyn Error>> {
    let setting = |name| env::var(name).unwrap_or_default();
    let gnu = setting("CARGO_CFG_TARGET_OS") == "linux" && setting("CARGO_CFG_TARGET_ENV") == "gnu";
    let crosses = setting("HOST") != setting("TARGET");
    let is_static = setting("CARGO_CFG_TARGET_FEATURE").split(',').any(|name| name == "crt-static");
    if !gnu || crosses || is_static {
        return Ok(());
    }
    if let (Some(unwinder), Some(arithmetic)) = (library("libgcc_eh.a"), library("libgcc.a")) {
        let folder = PathBuf::from(env::var("OUT_DIR")?);
        let script = format!("GROUP ( {} {} )\n", unwinder.display(), arithmetic.display());
        fs::write(folder.join("libgcc_s.so"), script)?;
        println!("cargo::rustc-link-arg-bins=-L{}", folder.display());
    }
    Ok(())
}

/// The path of this library of the C compiler.
fn library(name: &str) -> Option<PathBuf> {
    let answer = Command::new("cc").arg(format!("-print-file-name={name}")).output().ok()?;
    let path = String::from_utf8(answer.stdout).ok()?;
    // The compiler returns the bare name if it does not have the library.
    let path = Path::new(path.trim());
    (path.is_absolute() && path.exists()).then(|| path.to_owned())
}
