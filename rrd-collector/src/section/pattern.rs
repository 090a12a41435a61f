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
    text: String,
}

impl Pattern {
    /// The pattern of this text.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a whole name matches. Takes at most time proportional to the product of the lengths,
    /// and no memory: this is asked for every instance at every sample.
    pub fn matches(&self, name: &str) -> bool {
        let (mut pattern, mut name) = (self.text.chars(), name.chars());
        // What follows the last star, and the part of the name that was tried against it.
        let mut star = None;
        loop {
            let rest = name.clone();
            match (pattern.next(), name.next()) {
                (Some('*'), _) => {
                    name = rest;
                    star = Some((pattern.clone(), name.clone()));
                }
                (None, None) => return true,
                (Some(wanted), Some(character)) if wanted == '?' || wanted == character => {}
                (_, None) => return false,
                (_, Some(_)) => {
                    let Some((after, tried)) = &mut star else { return false };
                    tried.next();
                    (pattern, name) = (after.clone(), tried.clone());
                }
            }
        }
    }
}

/// Which instances are sampled. This is the one place that decides it: sources name what they find,
/// and whether they would take it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceFilter {
    /// If there are any, only instances that match one of them are sampled.
    pub include: Vec<Pattern>,
    /// Instances that are sampled in addition to those that the source takes by default.
    pub also: Vec<Pattern>,
    /// Instances that are not sampled, whatever else matches them.
    pub exclude: Vec<Pattern>,
}

impl InstanceFilter {
    /// Reads these settings from a section; missing settings keep their value.
    pub fn read(
        &mut self,
        include: Option<Vec<String>>,
        also: Option<Vec<String>>,
        exclude: Option<Vec<String>>,
    ) {
        let settings =
            [(&mut self.include, include), (&mut self.also, also), (&mut self.exclude, exclude)];
        for (setting, texts) in settings {
            if let Some(texts) = texts {
                *setting = texts.iter().map(|text| Pattern::new(text)).collect();
            }
        }
    }

    /// Whether an instance with these names is sampled, which its source takes `by_default` or not.
    ///
    /// ```
    /// use rrd_collector::section::{InstanceFilter, Pattern};
    /// let filter = InstanceFilter { also: vec![Pattern::new("veth*")], ..Default::default() };
    /// assert!(filter.takes(&["eth0"], true) && filter.takes(&["veth3f"], false));
    /// ```
    pub fn takes(&self, names: &[&str], by_default: bool) -> bool {
        let any = |patterns: &[Pattern]| {
            patterns.iter().any(|pattern| names.iter().any(|name| pattern.matches(name)))
        };
        let is_usual = by_default && self.include.is_empty();
        !any(&self.exclude) && (is_usual || any(&self.include) || any(&self.also))
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
    fn a_name_is_compared_by_characters() {
        assert!(Pattern::new("?*é").matches("ééé") && !Pattern::new("??").matches("é"));
        assert!(!Pattern::new("a?").matches("a") && !Pattern::new("a").matches("ab"));
        assert!(Pattern::new("**").matches("x") && !Pattern::new("x*y").matches("x"));
    }

    #[test]
    fn patterns_and_the_default_of_the_source_decide_on_an_instance() {
        let patterns = |texts: &str| texts.split_whitespace().map(Pattern::new).collect();
        // Include, also, exclude, and the names taken of `sda` and `sdb`, which are taken by
        // default, and `loop0` and `zram0`, which are not.
        let cases = [
            ("", "", "", "sda sdb"),
            ("sd*", "", "", "sda sdb"),
            ("loop*", "", "", "loop0"),
            ("*", "", "", "sda sdb loop0 zram0"),
            ("", "loop0", "", "sda sdb loop0"),
            ("sdb", "loop0", "", "sdb loop0"),
            ("", "", "sdb", "sda"),
            ("*", "loop0", "*0 sdb", "sda"),
        ];
        for (include, also, exclude, wanted) in cases {
            let filter = InstanceFilter {
                include: patterns(include),
                also: patterns(also),
                exclude: patterns(exclude),
            };
            let found = [("sda", true), ("sdb", true), ("loop0", false), ("zram0", false)];
            let taken = found.into_iter().filter(|(name, usual)| filter.takes(&[name], *usual));
            assert_eq!(taken.map(|(name, _)| name).collect::<Vec<_>>().join(" "), wanted);
        }
    }

    #[test]
    fn an_instance_with_two_names_is_meant_by_either() {
        let filter =
            InstanceFilter { exclude: vec![Pattern::new("sd?")], ..InstanceFilter::default() };
        assert!(!filter.takes(&["naa.5002538e4092a0c4", "sda"], true));
        assert!(filter.takes(&["naa.5002538e4092a0c4", "nvme0n1"], true));
    }
}
