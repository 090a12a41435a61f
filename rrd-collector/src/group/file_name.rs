//! The file of a group below the data folder, and the group of a file. The only percent codec for
//! file names; addresses have their own in `output/web`.

use std::borrow::Cow;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::digest::{SHA256, digest};

use super::id::GroupId;

/// Characters kept in a file name; all others become `%` and two hexadecimal digits.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
/// Limit on an instance in a file name, in bytes. File systems allow 255, of which `.rrd` and the
/// names of temporary files need some.
const MAX_LENGTH: usize = 240;
/// Separates the rest of a long name from its hash; does not occur in complete names.
const SHORTENED: char = '~';
/// What the names of kept files have before their date; does not occur in those of groups.
pub(crate) const KEPT: &str = ".ahead-of-";
/// Number of hexadecimal digits of the hash: 128 bits of SHA-256, so that collisions cannot be
/// constructed.
const HASH_DIGITS: usize = 32;

impl GroupId {
    /// The file of the group below the data folder: `cpu.rrd`, `disk/vda.rrd`.
    ///
    /// All characters other than letters, digits, `-`, `_` and inner dots become `%` and two
    /// hexadecimal digits, so that no name of a disk or a web server leads outside the folder. A
    /// name of more than 240 bytes is shortened and ends in a hash of the full name, which is in
    /// `names.json`.
    ///
    /// ```
    /// use rrd_collector::group::GroupId;
    /// let file = |kind, instance| GroupId::new(kind, instance).unwrap().file_name();
    /// assert_eq!(file("cpu", ""), "cpu.rrd");
    /// assert_eq!(file("disk", "../a b"), "disk/%2E.%2Fa%20b.rrd");
    /// ```
    pub fn file_name(&self) -> String {
        let (kind, instance) = (self.kind(), self.instance());
        if instance.is_empty() {
            return format!("{kind}.rrd");
        }
        let mut stem = encoded(instance);
        if stem.len() > MAX_LENGTH {
            stem = shortened(instance, MAX_LENGTH);
        }
        format!("{kind}/{stem}.rrd")
    }

    /// Whether the name of the file does not identify the group.
    pub fn is_shortened(&self) -> bool {
        encoded(self.instance()).len() > MAX_LENGTH
    }
}

/// The instance whose file has this name (without folder and `.rrd`). `None` for a shortened or
/// foreign name.
pub(crate) fn instance_of(stem: &str) -> Option<String> {
    let instance = percent_decode_str(stem).decode_utf8().ok()?;
    (encoded(&instance) == stem).then(|| instance.into_owned())
}

/// Whether a name of a file is that of an instance that does not fit into it.
pub(crate) fn is_shortened(file: &str) -> bool {
    file.contains(SHORTENED)
}

/// The file name that earlier versions used for an instance with a long name: cut after 240 bytes
/// at any position.
pub(super) fn cut(instance: &str) -> String {
    let mut stem = encoded(instance);
    stem.truncate(MAX_LENGTH);
    stem
}

fn encoded(instance: &str) -> String {
    // A file name that begins with a dot is hidden, and one or two dots are a folder.
    let name = match instance.strip_prefix('.') {
        Some(rest) => format!("%2E{}", utf8_percent_encode(rest, ESCAPED)),
        None => utf8_percent_encode(instance, ESCAPED).to_string(),
    };
    if name.contains(KEPT) { name.replace(KEPT, "%2Eahead-of-") } else { name }
}

/// A name in as many bytes, which ends in a hash of all of it.
pub(crate) fn shortened(instance: &str, length: usize) -> String {
    let mut stem = String::new();
    let mut rest = instance;
    // Complete characters only: a cut is never inside an escape.
    while let Some(character) = rest.chars().next() {
        let (first, after) = rest.split_at(character.len_utf8());
        let part = if stem.is_empty() {
            Cow::Owned(encoded(first))
        } else {
            Cow::from(utf8_percent_encode(first, ESCAPED))
        };
        if stem.len() + part.len() + 1 + HASH_DIGITS > length {
            break;
        }
        stem.push_str(&part);
        rest = after;
    }
    stem.push(SHORTENED);
    for byte in digest(&SHA256, instance.as_bytes()).as_ref().iter().take(HASH_DIGITS / 2) {
        // Writing to a string cannot fail.
        let _ = write!(stem, "{byte:02x}");
    }
    stem
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stem(instance: &str) -> String {
        let file = GroupId::new("unit", instance).unwrap().file_name();
        file.strip_prefix("unit/").unwrap().strip_suffix(".rrd").unwrap().to_owned()
    }

    #[test]
    fn names_of_files_read_back_as_their_instances() {
        for instance in ["vda", "eui.0025", "web/pool/http://127.0.0.1:80", "..", "größe", "%41"]
        {
            assert_eq!(instance_of(&stem(instance)).as_deref(), Some(instance));
        }
    }

    #[test]
    fn a_file_that_has_no_name_of_ours_is_of_no_instance() {
        for odd in ["a b", "%2e.", "%41", "%", "%zz", "%ff", ".hidden", "long~0123"] {
            assert_eq!(instance_of(odd), None, "{odd}");
        }
    }

    #[test]
    fn two_long_names_with_one_beginning_have_two_files() {
        let names = ["a", "b"].map(|end| stem(&format!("{}{end}", "x".repeat(240))));
        assert_ne!(names[0], names[1]);
        assert_eq!(names.each_ref().map(String::len), [240, 240]);
        assert_eq!(names[0][..208], names[1][..208]);
        assert_eq!(stem(&"x".repeat(240)), "x".repeat(240));
    }

    #[test]
    fn a_cut_falls_beside_an_escape_and_not_inside_it() {
        for length in 0..9 {
            let stem = stem(&format!("{}{}", "x".repeat(length), "ö/".repeat(60)));
            let (begin, hash) = stem.split_once('~').unwrap();
            assert_eq!(hash.len(), 32);
            let begin = instance_of(begin).unwrap();
            assert!(begin.len() > 40 && begin.trim_start_matches('x').starts_with("ö/"), "{begin}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_one_file_of_its_kind(instance in any::<String>()) {
            let id = GroupId::new("unit", &format!("a{instance}")).unwrap();
            let stem = stem(id.instance());
            prop_assert!(stem.len() <= MAX_LENGTH && !stem.contains('/') && !stem.starts_with('.'));
            let instance = instance_of(&stem);
            prop_assert_eq!(instance.as_deref(), (!id.is_shortened()).then_some(id.instance()));
        }
    }
}
