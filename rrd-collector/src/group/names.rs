//! The names of a group: that of its file, and those of its metrics as data sources.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A name for a metric that others named: legal for a data source, and still its own where that takes shortening.
///
/// ```
/// use rrd_collector::group::names::metric_name;
/// assert_eq!(metric_name("_dev_vda1"), "_dev_vda1");
/// assert_eq!(metric_name("bytes per second"), "bytes_per_s_09abf61");
/// ```
pub fn metric_name(text: &str) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if (1..=19).contains(&text.len()) && text.chars().all(legal) {
        return text.to_owned();
    }
    // FNV-1a: the same on every host and in every version.
    let hash = text
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let begin: String = text.chars().map(|c| if legal(c) { c } else { '_' }).take(11).collect();
    format!("{begin}_{:07x}", hash & 0x0fff_ffff)
}

/// Where a group is stored, below the data folder: `cpu.rrd`, `disk/vda.rrd`.
///
/// Whatever is no letter, digit, `-`, `_` or inner dot is written as `%` and two hexadecimal digits, so that no name of a
/// disk or a web server leads anywhere else.
///
/// ```
/// use rrd_collector::group::names::file_name;
/// assert_eq!(file_name("cpu", "").to_str(), Some("cpu.rrd"));
/// assert_eq!(file_name("disk", "../a b").to_str(), Some("disk/%2E.%2Fa%20b.rrd"));
/// ```
pub fn file_name(kind: &str, instance: &str) -> PathBuf {
    let mut name = String::new();
    for (index, byte) in instance.bytes().enumerate() {
        if byte.is_ascii_alphanumeric()
            || byte == b'-'
            || byte == b'_'
            || (byte == b'.' && index > 0)
        {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.is_empty() {
        PathBuf::from(format!("{kind}.rrd"))
    } else {
        // File systems take 255 bytes.
        name.truncate(240);
        Path::new(kind).join(format!("{name}.rrd"))
    }
}

/// The instance that is stored under this name (without folder and `.rrd`).
pub fn instance_name(file: &str) -> Cow<'_, str> {
    let mut bytes = Vec::new();
    let mut rest = file.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let decoded = hex.and_then(|two| u8::from_str_radix(two, 16).ok());
        if let Some(decoded) = decoded.filter(|_| byte == b'%') {
            bytes.push(decoded);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(file), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_can_be_read_back() {
        for instance in ["vda", "eui.0025", "web/pool/http://127.0.0.1:80", "..", "größe", "%41"]
        {
            let file = file_name("kind", instance);
            assert_eq!(file.components().count(), 2, "{}", file.display());
            let stem = file.file_stem().unwrap().to_str().unwrap();
            assert_eq!(instance_name(stem), instance);
        }
    }
}
