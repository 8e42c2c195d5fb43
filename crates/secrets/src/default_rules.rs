//! Seawall's own rules.

use crate::gitleaks::own_rules;
use crate::rule::RuleSet;
use model::RuleInfo;
use std::sync::LazyLock;

/// The rules as data: gitleaks' format with keys of our own.
const TEXT: &str = include_str!("../../../rules/secrets/default.toml");

/// Every own rule, sorted by id.
pub static RULES: LazyLock<Vec<RuleInfo>> = LazyLock::new(|| {
    let mut rules: Vec<RuleInfo> = RuleSet::default_rules().rules.into_iter().map(info).collect();
    rules.sort_by_key(|rule| rule.id);
    rules
});

impl RuleSet {
    /// Seawall's own rules: tokens of providers with the checks their structure allows, passwords in addresses,
    /// command lines and settings.
    #[must_use]
    pub fn default_rules() -> Self {
        own_rules(TEXT).expect("the own rules are TOML, as a test proves").0
    }
}

/// The texts of a rule live as long as the program: there is one list of them.
fn info(rule: crate::rule::Rule) -> RuleInfo {
    let keep = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    RuleInfo {
        id: keep(format!("secrets/{}", rule.id)),
        title: keep(rule.title),
        severity: rule.severity,
        why: keep(if rule.why.is_empty() { WHY.to_owned() } else { rule.why }),
        remedy: keep(if rule.remedy.is_empty() { REMEDY.to_owned() } else { rule.remedy }),
        references: Box::leak(rule.references.into_iter().map(keep).collect()),
    }
}

/// Why a credential in an image matters, for rules that have nothing to add.
pub(crate) const WHY: &str = "Everybody who can pull the image, or read a copy of one of its layers, has this \
    credential, also when a later layer deletes the file.";

/// How a leaked credential is repaired, for rules that have nothing to add.
pub(crate) const REMEDY: &str = "Revoke the credential where it was issued and make a new one; hand it over at run \
    time (docker secret, an environment file outside the image) or with RUN --mount=type=secret, and rebuild the image.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_understood_and_compiles() {
        let (set, problems) = own_rules(TEXT).unwrap();
        assert_eq!(problems, []);
        let mut wrong = Vec::new();
        for rule in set.rules {
            let is_far = rule.window.is_none();
            let words = &rule.keywords;
            let is_short = words.iter().map(String::len).min().unwrap_or_default() < 3;
            let is_untitled = rule.title.is_empty() || rule.title.ends_with('.');
            let error = rule.regex.expect("an expression").compile().err();
            if is_far || is_short || is_untitled || error.is_some() {
                wrong.push((rule.id, is_far, is_short, is_untitled, error));
            }
        }
        assert!(
            wrong.is_empty(),
            "far from its keyword, short keyword, untitled, does not compile: {wrong:#?}"
        );
    }

    #[test]
    fn ids_are_sorted_and_singular() {
        assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(RULES.len() >= 100, "{}", RULES.len());
    }
}
