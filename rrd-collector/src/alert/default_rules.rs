//! The default rules, which are those of the sources.

use super::rule::{NamedRule, Rule};
use crate::source::SOURCES;

/// The default rules, name and text, in the order of the sources.
pub fn default_rule_texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    SOURCES.iter().flat_map(|source| source.rules).copied()
}

/// The default rules, parsed.
pub(super) fn default_rules() -> Vec<NamedRule> {
    let parsed = |(name, words): (&str, &str)| {
        let rule = Rule::parse(words).expect("a test reads every default rule");
        NamedRule { name: name.to_owned(), rule }
    };
    default_rule_texts().map(parsed).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Evaluator;
    use super::*;
    use crate::group::catalog::Catalog;
    use crate::source::kinds;
    use crate::store::archives::Archives;

    #[test]
    fn every_default_rule_is_one_and_looks_at_something_that_is_measured() {
        let rules = default_rules();
        let names: BTreeSet<&str> = rules.iter().map(|rule| &*rule.name).collect();
        assert_eq!(names.len(), rules.len());
        for NamedRule { name, rule } in rules {
            let conditions = rule.conditions.into_iter().map(|condition| condition.target);
            for target in conditions.chain([rule.target]) {
                assert_eq!(target.check(kinds(), &[]), Ok(()), "{name}");
            }
        }
    }

    #[test]
    fn a_host_that_lacks_something_has_no_problem_with_its_default_rules() {
        let folder = tempfile::tempdir().unwrap();
        let archives = Archives::Folder(folder.path().to_owned());
        let mut evaluator = Evaluator::new(folder.path().to_owned(), archives, default_rules());
        assert_eq!(evaluator.evaluate(&Catalog::default(), 1000), []);
        let problems = evaluator.alerts().into_iter().filter_map(|alert| alert.problem);
        assert_eq!(problems.collect::<Vec<_>>(), []);
    }
}
