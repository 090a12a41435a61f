//! Finds the known name closest to a misspelled one.

/// The known name with the smallest edit distance to `word`; `None` if all differ in more than a
/// third of their letters.
///
/// ```
/// use rrd_graph::nearest;
/// assert_eq!(nearest("stael", ["user", "steal"].into_iter()), Some("steal"));
/// assert_eq!(nearest("disk", ["user", "steal"].into_iter()), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = |name: &&str| distance(word, name) <= (name.chars().count() / 3).max(1);
    known.filter(near).min_by_key(|name| distance(word, name))
}

/// The number of insertions, deletions, replacements and swaps of adjacent letters that turn one
/// word into the other (optimal string alignment distance).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let (mut before, mut above) = (Vec::new(), (0..=other.len()).collect::<Vec<_>>());
    let mut last = None;
    for (row, letter) in one.chars().enumerate() {
        let mut here = vec![row + 1];
        for (column, &wanted) in other.iter().enumerate() {
            let replaced = above[column] + usize::from(letter != wanted);
            let mut least = replaced.min(above[column + 1] + 1).min(here[column] + 1);
            if column > 0 && last == Some(wanted) && other[column - 1] == letter {
                let exchanged: usize = before[column - 1] + 1;
                least = least.min(exchanged);
            }
            here.push(least);
        }
        last = Some(letter);
        before = std::mem::replace(&mut above, here);
    }
    above[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_put_in_left_out_replaced_and_exchanged_count_one_each() {
        for (word, count) in
            [("steal", 0), ("stael", 1), ("stel", 1), ("steaal", 1), ("steel", 1), ("", 5)]
        {
            assert_eq!(distance(word, "steal"), count, "{word}");
            assert_eq!(distance("steal", word), count, "{word}");
        }
    }

    #[test]
    fn the_nearest_name_is_found_and_nothing_that_is_far() {
        let known = ["user", "steal", "used"];
        assert_eq!(nearest("stele", known.into_iter()), None);
        assert_eq!(nearest("usr", known.into_iter()), Some("user"));
        assert_eq!(nearest("temperature", known.into_iter()), None);
    }
}
