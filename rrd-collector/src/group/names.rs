//! The names of metrics as those of data sources.

/// A name for a metric that others named: legal for a data source, and still its own where that
/// takes shortening.
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
