//! Patterns for names, as shells have them: `*` for anything, `?` for one character.

/// A pattern.
///
/// ```
/// use rrd_collector::config::Pattern;
/// assert!(Pattern::new("/mnt/*").matches("/mnt/a/b"));
/// assert!(Pattern::new("sd?").matches("sda"));
/// assert!(!Pattern::new("sd?").matches("sdaa"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    characters: Vec<char>,
}

impl Pattern {
    /// The pattern of this text.
    pub fn new(text: &str) -> Self {
        Self { characters: text.chars().collect() }
    }

    /// Whether a name fits as a whole. Takes time in the product of the lengths at most.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut here) = (0, 0);
        // The last star and where in the name it was tried.
        let mut star = None;
        while let Some(&character) = name.get(here) {
            match self.characters.get(at) {
                Some('*') => {
                    star = Some((at, here));
                    at += 1;
                }
                Some(&wanted) if wanted == '?' || wanted == character => {
                    at += 1;
                    here += 1;
                }
                _ => {
                    let Some((last, tried)) = star else { return false };
                    star = Some((last, tried + 1));
                    at = last + 1;
                    here = tried + 1;
                }
            }
        }
        self.characters.iter().skip(at).all(|rest| *rest == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_take_as_much_as_the_rest_allows() {
        assert!(Pattern::new("*a*b").matches("xaayab"));
        assert!(!Pattern::new("*a*b").matches("xaaya"));
        assert!(Pattern::new("*").matches(""));
        assert!(!Pattern::new("").matches("x"));
    }
}
