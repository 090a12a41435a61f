//! Programs in C that are compiled against the library's headers and run with the library.
//!
//! The same files run with RRDtool's library: `cc NAME.c -lrrd -lm -pthread && ./a.out`.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Where programs find the headers.
pub(crate) const HEADERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/include");

/// A compiled program and a folder to run it in, which is empty at first.
#[derive(Debug)]
pub(crate) struct CProgram {
    folder: TempDir,
}

impl CProgram {
    /// Compiles `tests/it/NAME`, which must give no warning.
    pub(crate) fn of(name: &str) -> Self {
        Self::with(name, &[])
    }

    /// Compiles `tests/it/NAME` with further options of the compiler.
    pub(crate) fn with(name: &str, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("run")).expect("a folder");
        let output = run(compiler(name)
            .args(["-Wall", "-Wextra", "-Werror"])
            .args(options)
            .arg(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it")).join(name))
            .arg("-o")
            .arg(folder.path().join("program"))
            .arg("-L")
            .arg(libraries())
            .args(["-lrrd", "-lm", "-pthread"]));
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        Self { folder }
    }

    /// The folder in which the program runs.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// The file of the program.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    /// The program, in its folder.
    pub(crate) fn command(&self) -> Command {
        with_library(self.path(), &self.folder())
    }

    /// Runs the program, which must end with 0 and print nothing to its standard error; gives what
    /// it prints.
    pub(crate) fn run(&self) -> String {
        let output = run(&mut self.command());
        let (printed, errors) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && errors.is_empty(), "{output:?}");
        printed
    }
}

/// The compiler of a file.
pub(crate) fn compiler(name: &str) -> Command {
    let is_cpp = Path::new(name).extension() == Some(OsStr::new("cc"));
    let mut command = Command::new(if is_cpp { "c++" } else { "cc" });
    command.arg("-g").arg("-I").arg(HEADERS);
    command
}

/// A program that finds the library, in a folder: in UTC, with nothing to read, and without the
/// settings of whoever runs the tests.
pub(crate) fn with_library(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("TZ", "UTC").env("LC_ALL", "C").stdin(Stdio::null());
    command.env("LD_LIBRARY_PATH", libraries());
    // What Cargo tells a test is not for the programs.
    command.env_remove("RUST_BACKTRACE");
    for name in ["RRDCACHED_ADDRESS", "RRDCACHED_STRIPPATH", "RRD_LOCKING", "RRD_DEFAULT_FONT"] {
        command.env_remove(name);
    }
    command
}

/// Runs a program, which must start.
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// What a program has written, which must be UTF-8.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The library of this build.
pub(crate) fn library() -> PathBuf {
    libraries().join("librrd.so.8")
}

/// The folder of the library under the names that programs look for, built if it is not there:
/// Cargo builds no library of this kind for tests.
pub(crate) fn libraries() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        // This program is in TARGET/PROFILE/deps.
        let this = std::env::current_exe().expect("a path");
        let profile = this.ancestors().nth(2).expect("a folder");
        let target = profile.parent().expect("a folder");
        let name = match profile.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(name) => name,
        };
        let built = run(Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--package", "librrd", "--lib"])
            // Nothing of that kind is there, but dependencies then have the features that they have
            // in tests and are not built once more.
            .arg("--examples")
            .args(["--profile", name, "--target-dir"])
            .arg(target)
            .current_dir(env!("CARGO_MANIFEST_DIR")));
        assert!(built.status.success(), "{}", text(&built.stderr));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("librrd").join(name);
        fs::create_dir_all(&folder).expect("a folder");
        for link in ["librrd.so.8", "librrd.so"] {
            let (link, library) = (folder.join(link), profile.join("librrd.so"));
            let is_right = || fs::read_link(&link).is_ok_and(|there| there == library);
            // One that a moved folder has left leads nowhere, and programs then find RRDtool's.
            if !is_right() {
                drop(fs::remove_file(&link));
                // Another run of the tests may make the same link.
                drop(symlink(&library, &link));
                assert!(is_right(), "{}", link.display());
            }
        }
        folder
    })
}
