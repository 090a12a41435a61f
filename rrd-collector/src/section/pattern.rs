//! Patterns for names like those of shells: `*` for any text, `?` for one character.

/// A pattern.
///
/// ```
/// use rrd_collector::section::Pattern;
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

    /// Whether a whole name matches. Takes at most time proportional to the product of the lengths.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut here) = (0, 0);
        // The last star and the position in the name where it was tried.
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

/// Which instances are sampled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceFilter {
    /// The included instances; empty for all.
    pub include: Vec<Pattern>,
    /// The instances excluded from those.
    pub exclude: Vec<Pattern>,
}

impl InstanceFilter {
    /// The filter updated by a section; missing settings keep their value.
    pub fn read(&mut self, include: Option<Vec<String>>, exclude: Option<Vec<String>>) {
        let patterns = |texts: Vec<String>| texts.iter().map(|text| Pattern::new(text)).collect();
        if let Some(texts) = include {
            self.include = patterns(texts);
        }
        if let Some(texts) = exclude {
            self.exclude = patterns(texts);
        }
    }

    /// Whether an instance is included. Groups without an instance always are.
    pub fn takes(&self, instance: &str) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(instance));
        instance.is_empty()
            || ((self.include.is_empty() || any(&self.include)) && !any(&self.exclude))
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

    #[test]
    fn patterns_choose_instances() {
        let filter = InstanceFilter {
            include: vec![Pattern::new("sd*")],
            exclude: vec![Pattern::new("sdb")],
        };
        assert!(filter.takes("sda") && !filter.takes("sdb") && !filter.takes("vda"));
        assert!(filter.takes(""));
    }
}
