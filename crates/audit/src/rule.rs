//! Rules with what an audit needs to know of them.

use crate::{Aspect, checks};
use facts::HostFacts;
use model::{RuleInfo, Severity};
use std::sync::LazyLock;

use crate::{Settings, answers::Answers};

/// What a check looks at.
pub(crate) struct Subject<'f> {
    pub(crate) facts: &'f HostFacts,
    pub(crate) settings: &'f Settings,
}

/// A rule and the function that answers it.
pub(crate) struct Check {
    pub(crate) info: RuleInfo,
    pub(crate) aspect: Aspect,
    /// What benchmarks call it, for every outcome; those that differ by object are added there.
    pub(crate) aliases: &'static [&'static str],
    pub(crate) run: fn(&Subject<'_>, &mut Answers<'_>),
}

/// The texts of a rule.
pub(crate) const fn info(
    id: &'static str,
    title: &'static str,
    severity: Severity,
    why: &'static str,
    remedy: &'static str,
) -> RuleInfo {
    RuleInfo { id, title, severity, why, remedy, references: &[] }
}

/// Every rule of this crate, sorted by id.
#[must_use]
pub fn rules() -> &'static [&'static RuleInfo] {
    static RULES: LazyLock<Vec<&'static RuleInfo>> = LazyLock::new(|| {
        let mut rules: Vec<&RuleInfo> = checks::all().map(|check| &check.info).collect();
        rules.extend(crate::containers::RULES);
        rules.extend(crate::versions::RULES);
        rules.sort_by_key(|rule| rule.id);
        rules
    });
    &RULES
}

/// The aspect of a rule of this crate or of a rule about containers.
#[must_use]
pub fn aspect_of(rule: &str) -> Aspect {
    static ASPECTS: LazyLock<std::collections::HashMap<&'static str, Aspect>> =
        LazyLock::new(|| checks::all().map(|check| (check.info.id, check.aspect)).collect());
    if let Some(aspect) = ASPECTS.get(rule) {
        return *aspect;
    }
    crate::containers::aspect_of(rule)
}
