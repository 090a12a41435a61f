//! Letters that the embedded fonts lack: from the file that is named, from the fonts of the
//! machine, or from nowhere.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{rrd, run};

/// A word in letters that the embedded fonts lack, and the files of Debian that have them.
const WORDS: [(&str, &str); 5] = [
    ("网络流量", "wqy/wqy-microhei.ttc"),
    ("メモリ使用量", "wqy/wqy-microhei.ttc"),
    ("디스크 사용량", "wqy/wqy-microhei.ttc"),
    ("หน่วยความจำ", "tlwg/Loma.ttf"),
    ("मेमोरी उपयोग", "lohit-devanagari/Lohit-Devanagari.ttf"),
];

/// The file of a font, if it is installed. In CI a missing one fails the test.
fn installed(file: &str) -> Option<PathBuf> {
    let path = Path::new("/usr/share/fonts/truetype").join(file);
    if !path.exists() {
        assert!(std::env::var_os("CI").is_none(), "{file} is not installed");
        println!("not run: {file} is not installed");
        return None;
    }
    Some(path)
}

/// A machine whose fonts are those in a folder.
fn on_machine(folder: &Path) -> Command {
    let config = folder.join("fonts.conf");
    let dir = folder.join("fonts");
    fs::create_dir_all(&dir).unwrap();
    let text = format!("<fontconfig><dir>{}</dir></fontconfig>", dir.display());
    fs::write(&config, text).unwrap();
    let mut command = rrd(folder);
    command.env("FONTCONFIG_FILE", config).args([
        "graph",
        "-",
        "-s",
        "1600000000",
        "-e",
        "1600003600",
    ]);
    command
}

/// A picture with a title, and what is said about it.
fn drawn(command: &mut Command, title: &str, words: &[&str]) -> (Vec<u8>, String) {
    let output = run(command.args(["--title", title, "HRULE:1#f00"]).args(words));
    assert!(output.status.success());
    (output.stdout, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_letter_comes_from_the_named_file_or_from_the_fonts_of_the_machine() {
    for (word, file) in WORDS {
        let Some(path) = installed(file) else { return };
        for format in ["PNG", "PDF"] {
            let folder = tempfile::tempdir().unwrap();
            let of = |words: &[&str]| {
                drawn(&mut on_machine(folder.path()), word, &[&["-a", format], words].concat())
            };
            let (boxes, warning) = of(&[]);
            assert!(warning.starts_with("WARNING: no font has \""), "{warning}");
            assert_eq!(warning.lines().count(), 1);
            let named = of(&["--font", &format!("TITLE:0:{}", path.display())]);
            assert_eq!(named.1, "", "{word}");
            assert_ne!(named.0, boxes, "{word}");
            fs::copy(&path, folder.path().join("fonts").join(path.file_name().unwrap())).unwrap();
            let found = of(&[]);
            assert_eq!(found.1, "", "{word}");
            assert_ne!(found.0, boxes, "{word}");
            // The same fonts, the same bytes.
            assert_eq!(of(&[]), found, "{word}");
        }
    }
}

#[test]
fn nothing_is_said_where_no_letter_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (_, said) = drawn(&mut on_machine(folder.path()), "Größe привет ελ \u{1}\t€", &[]);
    assert_eq!(said, "");
}

#[test]
fn the_first_letter_that_no_font_has_is_named_once_with_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let (_, said) =
        drawn(&mut on_machine(folder.path()), "网络", &["COMMENT:网 流量", "COMMENT:ก"]);
    assert_eq!(
        said,
        "WARNING: no font has \"网\" (U+7F51): install one that does, such as the package \
         fonts-noto-cjk, or name its file\n"
    );
}

#[test]
fn a_broken_font_file_is_reported_and_does_not_prevent_the_picture() {
    let Some(path) = installed("tlwg/Loma.ttf") else { return };
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(path).unwrap();
    let font = folder.path().join("broken.ttf");
    let of = |font: &Path| {
        let option = OsString::from(format!("TITLE:0:{}", font.display()));
        let mut command = on_machine(folder.path());
        let (picture, said) = drawn(command.arg("--font").arg(option), "หน่วย", &[]);
        assert!(picture.starts_with(b"\x89PNG"));
        said
    };
    let said = of(&folder.path().join("none.ttf"));
    assert!(said.contains("none.ttf\": No such file or directory"), "{said}");
    assert!(of(folder.path()).contains("it is no regular file"));
    fs::write(&font, "no font").unwrap();
    assert!(of(&font).contains("broken.ttf\": it is no font"));
    // Cut and changed anywhere, whatever that does to its letters.
    let mut state: usize = 1;
    for part in 1..40 {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) % (1 << 31);
        let mut bytes = whole.clone();
        if part % 2 == 0 {
            bytes.truncate(whole.len() * part / 40);
        } else {
            for step in 0..64 {
                let at = (state + step * 7919) % if step < 32 { 4096 } else { bytes.len() };
                bytes[at] ^= 0xff;
            }
        }
        fs::write(&font, bytes).unwrap();
        of(&font);
    }
}
