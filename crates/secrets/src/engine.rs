//! All rules of all sets, prepared for one pass.

use crate::rule::{Places, Rule, RuleSet};
use prefilter::Search;

/// What kind of text is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Text.
    Text,
    /// Text in which settings stand: configuration, environment, scripts.
    Config,
    /// Bytes that are no text.
    Bytes,
}

/// All rules of all sets, prepared for one pass.
pub(crate) struct Engine {
    pub(crate) sets: Vec<RuleSet>,
    /// Set and place in it of each rule.
    pub(crate) rules: Vec<(usize, usize)>,
    pub(crate) without_keywords: Vec<usize>,
    pub(crate) path_only: Vec<usize>,
    /// Whether answers are to be gitleaks' own, to the letter.
    pub(crate) is_exact: bool,
    text: Keywords,
    bytes: Keywords,
}

/// One search for the keywords of some rules.
struct Keywords {
    search: Search,
    /// The rules of each keyword.
    rules: Vec<Vec<usize>>,
}

impl Engine {
    pub(crate) fn new(sets: Vec<RuleSet>, is_exact: bool, with_weak: bool) -> Self {
        let disabled: Vec<String> = sets.iter().flat_map(|set| set.disabled.iter().cloned()).collect();
        let mut rules = Vec::new();
        for (set_number, set) in sets.iter().enumerate() {
            for (number, rule) in set.rules.iter().enumerate() {
                let is_off = disabled.contains(&rule.id) || (rule.is_weak && !with_weak);
                if !is_off {
                    rules.push((set_number, number));
                }
            }
        }
        let rule = |number: usize| -> &Rule { &sets[rules[number].0].rules[rules[number].1] };
        let numbers = 0..rules.len();
        let sought = |number: &usize| rule(*number).regex.is_some() && !rule(*number).is_auxiliary;
        let without_keywords =
            numbers.clone().filter(|n| sought(n) && rule(*n).keywords.iter().all(String::is_empty)).collect();
        let path_only =
            numbers.clone().filter(|n| rule(*n).regex.is_none() && !rule(*n).is_auxiliary).collect();
        let text = Keywords::of(numbers.clone().filter(|n| sought(n)).map(|n| (n, rule(n))));
        let in_bytes = |number: &usize| sought(number) && rule(*number).places == Places::AllBytes;
        let bytes = Keywords::of(numbers.filter(|n| in_bytes(n)).map(|n| (n, rule(n))));
        Self { without_keywords, path_only, is_exact, text, bytes, rules, sets }
    }

    pub(crate) fn rule(&self, number: usize) -> &Rule {
        let (set, rule) = self.rules[number];
        &self.sets[set].rules[rule]
    }

    pub(crate) fn set(&self, number: usize) -> &RuleSet {
        &self.sets[self.rules[number].0]
    }

    /// The rule of an id in the set of another rule.
    pub(crate) fn number_of(&self, same_set_as: usize, id: &str) -> Option<usize> {
        let set = self.rules[same_set_as].0;
        (0..self.rules.len()).find(|number| self.rules[*number].0 == set && self.rule(*number).id == id)
    }

    /// The rule of an id among Seawall's own, when those are in use.
    pub(crate) fn own_rule(&self, id: &str) -> Option<&Rule> {
        let number = (0..self.rules.len())
            .find(|number| self.set(*number).namespace.is_none() && self.rule(*number).id == id)?;
        Some(self.rule(number))
    }

    pub(crate) fn search(&self, mode: Mode) -> &Search {
        &self.keywords(mode).search
    }

    pub(crate) fn rules_of(&self, mode: Mode, keyword: usize) -> &[usize] {
        &self.keywords(mode).rules[keyword]
    }

    fn keywords(&self, mode: Mode) -> &Keywords {
        if mode == Mode::Bytes { &self.bytes } else { &self.text }
    }
}

impl Keywords {
    fn of<'a>(rules: impl Iterator<Item = (usize, &'a Rule)>) -> Self {
        let mut words = std::collections::BTreeMap::<&str, Vec<usize>>::new();
        for (number, rule) in rules {
            for keyword in rule.keywords.iter().filter(|word| !word.is_empty()) {
                words.entry(keyword).or_default().push(number);
            }
        }
        Self { search: Search::new(words.keys()), rules: words.into_values().collect() }
    }
}
