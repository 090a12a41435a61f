//! Golden vectors: unpacks them, runs their scripts with our program, and compares the resulting
//! files.
//!
//! Where we deviate from a vector on purpose, a file next to the archive contains the exact
//! difference and the reason. A difference that is not recorded fails the test, and so does a
//! recorded one that no longer occurs. With `RRD_BLESS` set, the differences found are written
//! there instead, below the reasons.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use tempfile::TempDir;

use crate::program::RRD;

/// A set of vectors, unpacked, and our program under the names that scripts call.
#[derive(Debug)]
pub(crate) struct Vectors {
    root: TempDir,
    departures: PathBuf,
}

impl Vectors {
    /// Unpacks `tests/vectors/NAME.tar.gz`; deviations are in `tests/vectors/NAME_departures`.
    pub(crate) fn unpack(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
        let vectors =
            Self { departures: folder.join(format!("{name}_departures")), ..Self::programs() };
        let archive = fs::File::open(folder.join(format!("{name}.tar.gz"))).unwrap();
        tar::Archive::new(GzDecoder::new(archive)).unpack(vectors.folder()).unwrap();
        vectors
    }

    /// Our program alone.
    pub(crate) fn programs() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("bin")).unwrap();
        for program in ["rrdtool", "rrdcreate", "rrdupdate", "rrdinfo"] {
            let link = root.path().join("bin").join(program);
            std::os::unix::fs::symlink(RRD, link).unwrap();
        }
        Self { root, departures: PathBuf::new() }
    }

    /// Where the vectors were unpacked.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("vectors")
    }

    /// A new folder next to the vectors.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        let folder = self.root.path().join("scratch").join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Our program, called `rrdtool`.
    pub(crate) fn program(&self) -> PathBuf {
        self.root.path().join("bin/rrdtool")
    }

    /// All cases below `area` ("" for all), as `area/case`: the folders with a `cmd.sh`.
    pub(crate) fn cases(&self, area: &str) -> Vec<String> {
        let root = self.folder();
        let mut cases = Vec::new();
        let mut folders = vec![root.join(area)];
        while let Some(folder) = folders.pop() {
            if folder.join("cmd.sh").exists() {
                cases.push(folder.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
            let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            folders.extend(entries.filter(|path| path.is_dir()));
        }
        cases.sort();
        cases
    }

    /// Compares the difference found in a case with the recorded one; `Some` describes what is
    /// wrong.
    pub(crate) fn judge(&self, case: &str, found: &str) -> Option<String> {
        let path = self.departures.join(format!("{}.txt", case.replace('/', ".")));
        let recorded = fs::read_to_string(&path).unwrap_or_default();
        let (reasons, accepted): (Vec<_>, Vec<_>) =
            recorded.split_inclusive('\n').partition(|line| line.starts_with('#'));
        if std::env::var_os("RRD_BLESS").is_some() {
            if found.is_empty() {
                drop(fs::remove_file(&path));
            } else {
                fs::create_dir_all(&self.departures).unwrap();
                fs::write(&path, reasons.concat() + found).unwrap();
            }
            return None;
        }
        let accepted = accepted.concat();
        if found != accepted {
            let beyond = differing_lines(&accepted, found);
            return Some(format!("{case}: against the departures on record:\n{beyond}"));
        }
        if !found.is_empty() && reasons.is_empty() {
            return Some(format!("{case}: a departure without a reason in {}", path.display()));
        }
        None
    }
}

/// A search path on which `python3` is the interpreter itself: scripts start it often, and version
/// managers use slow wrappers.
pub(crate) fn fast_python_path() -> String {
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let interpreter = String::from_utf8(asked.unwrap().stdout).unwrap();
    let folder = Path::new(interpreter.trim()).parent().unwrap().display();
    format!("{folder}:{}", std::env::var("PATH").unwrap())
}

/// The difference between two folders of result files, as text; empty if they are equal.
///
/// Databases are compared word by word, anything else line by line after `normal`.
pub(crate) fn differing_files(
    expected: &Path,
    found: &Path,
    skip: &[&str],
    normal: impl Fn(&str) -> String,
) -> String {
    let (expected, found) = (files(expected), files(found));
    let mut names: Vec<_> = expected.keys().chain(found.keys()).collect();
    names.sort();
    names.dedup();
    let mut report = String::new();
    for name in names {
        if skip.contains(&name.as_str()) {
            continue;
        }
        let difference = match (expected.get(name), found.get(name)) {
            (Some(_), None) => "missing\n".to_owned(),
            (None, _) => "not expected\n".to_owned(),
            (Some(expected), Some(found)) if is_database(name) => differing_words(expected, found),
            (Some(expected), Some(found)) => {
                let [expected, found] =
                    [expected, found].map(|bytes| normal(&String::from_utf8_lossy(bytes)));
                differing_lines(&expected, &found)
            }
        };
        if !difference.is_empty() {
            write!(report, "== {name}\n{difference}").unwrap();
        }
    }
    report
}

fn is_database(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "rrd" || end == "bin")
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

/// The eight-byte words in which two databases differ. All NaN count as equal.
fn differing_words(expected: &[u8], found: &[u8]) -> String {
    let mut report = String::new();
    if expected.len() != found.len() {
        writeln!(report, "{} bytes, not {}", found.len(), expected.len()).unwrap();
    }
    let mut words = Vec::new();
    for (index, (a, b)) in expected.chunks(8).zip(found.chunks(8)).enumerate() {
        let unknown =
            |word: &[u8]| word.try_into().is_ok_and(|word| f64::from_le_bytes(word).is_nan());
        if a != b && !(unknown(a) && unknown(b)) {
            words.push(format!("byte {}: {} not {}", index * 8, hex(b), hex(a)));
        }
    }
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    tell('~', &words, &mut report);
    report
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// The lines in which two texts differ: `-` expected but missing, `+` found but not expected, `@`
/// the line before them.
pub(crate) fn differing_lines(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let start = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
    let end = expected[start..]
        .iter()
        .rev()
        .zip(found[start..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let a = &expected[start..expected.len() - end];
    let b = &found[start..found.len() - end];
    // common[i][j]: the longest common subsequence of a[i..] and b[j..].
    let mut common = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut report = String::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        writeln!(report, "@ {}", start + i + 1).unwrap();
        let (from_i, from_j) = (i, j);
        while (i < a.len() || j < b.len()) && !(i < a.len() && j < b.len() && a[i] == b[j]) {
            if j == b.len() || i < a.len() && common[i + 1][j] >= common[i][j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
        tell('-', &a[from_i..i], &mut report);
        tell('+', &b[from_j..j], &mut report);
    }
    report
}

/// Lists lines; of many lines only the first ones and the number of the others.
fn tell(mark: char, lines: &[&str], report: &mut String) {
    const SHOWN: usize = 8;
    for line in lines.iter().take(SHOWN) {
        writeln!(report, "{mark}{line}").unwrap();
    }
    if lines.len() > SHOWN {
        writeln!(report, "{mark}... {} more", lines.len() - SHOWN).unwrap();
    }
}

#[test]
fn lines_that_differ_are_reported_with_their_place() {
    assert_eq!(differing_lines("a\nb\nc\nd\n", "a\nx\nc\nd\ne\n"), "@ 2\n-b\n+x\n@ 5\n+e\n");
    assert_eq!(differing_lines("a\n", "a\n"), "");
}

#[test]
fn unknown_numbers_of_either_sign_are_equal_words() {
    let [plus, minus] = [f64::NAN, -f64::NAN].map(f64::to_le_bytes);
    assert_eq!(differing_words(&plus, &minus), "");
    assert_eq!(differing_words(&[1], &[2]), "~byte 0: 02 not 01\n");
}
