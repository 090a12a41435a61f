//! Compiles the C file with the functions that have variable arguments, and names the library.

fn main() {
    println!("cargo::rerun-if-changed=src/c/variadic.c");
    cc::Build::new()
        .file("src/c/variadic.c")
        .flag("-fvisibility=hidden")
        .warnings(true)
        .extra_warnings(true)
        .compile("rrd_variadic");
    // The name that programs look for, and no unloading: threads keep their error texts to the end.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,librrd.so.8");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    // Its functions call each other, not those of the same name of a program or another library.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-Bsymbolic-functions");
}
