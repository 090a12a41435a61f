//! Links the compiler's unwinder into `rrd`, which then needs no shared library but those of the C
//! library.
//!
//! Scripts start `rrd` once for each file. Without `libgcc_s.so` to find, map and relocate, a
//! process is 150 to 200 microseconds shorter.
//!
//! The standard library of Rust asks the linker for the shared `libgcc_s`. A linker script of that
//! name in a folder that is searched first gives the static `libgcc_eh`, which is the same code,
//! instead. Where the C compiler has none, and for other systems, `rrd` is linked as usual.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
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

/// Where the C compiler keeps this library of its own.
fn library(name: &str) -> Option<PathBuf> {
    let answer = Command::new("cc").arg(format!("-print-file-name={name}")).output().ok()?;
    let path = String::from_utf8(answer.stdout).ok()?;
    // The compiler answers with the bare name where it has no such library.
    let path = Path::new(path.trim());
    (path.is_absolute() && path.exists()).then(|| path.to_owned())
}
