//! What `install` installs.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::c_program::{library, run, text};

/// The script, as if for a package.
fn install(destination: &Path) {
    let output = run(Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/install"))
        .arg("/opt/rrd")
        .arg(library())
        .env("DESTDIR", destination)
        .env_remove("LIBDIR"));
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// The names below a folder, with where links lead to.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let entry = entry.expect("an entry");
            let kind = entry.file_type().expect("a type");
            if kind.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let path = entry.path();
            let name = path.strip_prefix(folder).expect("below").display();
            names.push(match fs::read_link(&path) {
                Ok(target) => format!("{name} -> {}", target.display()),
                Err(_) => name.to_string(),
            });
        }
    }
    names.sort();
    names
}

#[test]
fn the_library_its_links_the_headers_and_the_description_are_laid_below_the_prefix() {
    let folder = tempfile::tempdir().expect("a folder");
    // Twice: an installation is replaced.
    install(folder.path());
    install(folder.path());
    assert_eq!(
        names(folder.path()),
        [
            "opt/rrd/include/rrd.h",
            "opt/rrd/include/rrd_client.h",
            "opt/rrd/lib/librrd.so -> librrd.so.8",
            "opt/rrd/lib/librrd.so.8 -> librrd.so.8.3.0",
            "opt/rrd/lib/librrd.so.8.3.0",
            "opt/rrd/lib/pkgconfig/librrd.pc",
        ]
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("opt/rrd/lib/pkgconfig/librrd.pc")).expect("a file"),
        "prefix=/opt/rrd\n\
         exec_prefix=${prefix}\n\
         libdir=/opt/rrd/lib\n\
         includedir=${prefix}/include\n\
         \n\
         Name: librrd\n\
         Description: databases of fixed size for time series, and their charts\n\
         Version: 1.9.0\n\
         Libs: -L${libdir} -lrrd\n\
         Cflags: -I${includedir}\n"
    );
}

#[test]
fn a_program_is_built_with_what_is_installed() {
    let folder = tempfile::tempdir().expect("a folder");
    install(folder.path());
    let lib = folder.path().join("opt/rrd/lib");
    let output = run(Command::new("sh")
        .arg("-ec")
        // Without pkg-config, the words of the file.
        .arg(
            "if command -v pkg-config >/dev/null; then\n\
                 flags=$(pkg-config --define-prefix --cflags --libs librrd)\n\
             else\n\
                 flags=\"-Iopt/rrd/include -Lopt/rrd/lib -lrrd\"\n\
             fi\n\
             printf '%s\\n' '#include <rrd_client.h>' \
                 'int main(void) { puts(rrd_strversion()); return 0; }' >a.c\n\
             cc a.c -o a $flags\n\
             LD_LIBRARY_PATH=opt/rrd/lib ./a",
        )
        .current_dir(folder.path())
        .env("PKG_CONFIG_PATH", lib.join("pkgconfig")));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "1.9.0\n");
}
