//! Lines of a name and numbers, as XFS and the servers of NFS write them: `rw 20 161`.

/// The numbers in these columns of the line with this name; the first number is column 0.
pub(super) fn columns<const N: usize>(
    text: &str,
    name: &str,
    wanted: [usize; N],
) -> [Option<u64>; N] {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let words: Vec<&str> = line.unwrap_or_default().split_ascii_whitespace().collect();
    wanted.map(|column| words.get(column)?.parse().ok())
}

/// A sum; `None` if all parts are missing.
pub(super) fn sum<const N: usize>(parts: [Option<u64>; N]) -> Option<u64> {
    parts.into_iter().flatten().reduce(u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_name_and_column() {
        let text = "rw 20 161\nrwx 1 2\nodd 5 x 18446744073709551616 6\n";
        assert_eq!(columns(text, "rw", [1, 0, 2]), [Some(161), Some(20), None]);
        assert_eq!(columns(text, "odd", [0, 1, 2, 3]), [Some(5), None, None, Some(6)]);
        assert_eq!(columns(text, "r", [0]), [None]);
        assert_eq!(sum([None, Some(2), Some(3)]), Some(5));
        assert_eq!(sum::<2>([None, None]), None);
    }
}
