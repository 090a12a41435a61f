//! Links the compiler's unwinder into the program, as the build script of `rrd-graph` found it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(folder) = std::env::var("DEP_RRD_GRAPH_UNWINDER") {
        println!("cargo::rustc-link-arg-bins=-L{folder}");
    }
}
