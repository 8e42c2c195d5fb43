//! What a rule is, and the list of all.

use crate::{file::File, hits::Hits};
use model::{RuleInfo, Severity};

/// A rule about Dockerfiles.
pub(crate) struct Rule {
    /// Id, texts, severity.
    pub(crate) info: RuleInfo,
    /// What other tools call it, sorted.
    pub(crate) aliases: &'static [&'static str],
    /// Whether it runs only when somebody asks for it.
    pub(crate) is_optional: bool,
    /// Looks for it.
    pub(crate) check: fn(&File<'_>, &mut Hits),
}

impl Rule {
    /// The rule, run only when it is asked for.
    pub(crate) const fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// The rule with addresses to read on.
    pub(crate) const fn references(mut self, references: &'static [&'static str]) -> Self {
        self.info.references = references;
        self
    }
}

/// What a rule says: title, why, remedy.
pub(crate) struct Words(pub(crate) &'static str, pub(crate) &'static str, pub(crate) &'static str);

pub(crate) const fn rule(
    id: &'static str,
    severity: Severity,
    aliases: &'static [&'static str],
    words: &Words,
    check: fn(&File<'_>, &mut Hits),
) -> Rule {
    let Words(title, why, remedy) = *words;
    Rule {
        info: RuleInfo { id, title, severity, why, remedy, references: &[] },
        aliases,
        is_optional: false,
        check,
    }
}

/// Every rule about Dockerfiles, sorted by id.
pub static RULES: &[RuleInfo] = &INFOS;

const INFOS: [RuleInfo; crate::rules::ALL.len()] = {
    let mut infos = [crate::rules::ALL[0].info; crate::rules::ALL.len()];
    let mut at = 0;
    while at < infos.len() {
        infos[at] = crate::rules::ALL[at].info;
        at += 1;
    }
    infos
};

/// What other tools call a rule of ours (`DL3008`, `CKV_DOCKER_4`), sorted; empty for an unknown id.
#[must_use]
pub fn aliases_of(id: &str) -> &'static [&'static str] {
    crate::rules::ALL.iter().find(|rule| rule.info.id == id).map_or(&[], |rule| rule.aliases)
}

/// The rule that another tool's code names (`DL3008`, `SC2086`, `CKV2_DOCKER_1`); the first when several do.
#[must_use]
pub fn rule_called(code: &str) -> Option<&'static RuleInfo> {
    let ours = crate::rules::ALL.iter().find(|rule| is_called(rule.info.id, rule.aliases, code));
    let ours = ours.and_then(|rule| RULES.iter().find(|info| info.id == rule.info.id));
    ours.or_else(|| shell::RULES.iter().find(|info| is_called(info.id, shell::aliases(info.id), code)))
}

/// Whether somebody who writes `name` means the rule: its id, with or without `dockerfile/`, or an alias, in any case.
pub(crate) fn is_called(id: &str, aliases: &[impl AsRef<str>], name: &str) -> bool {
    id.eq_ignore_ascii_case(name)
        || id.split_once('/').is_some_and(|(_, short)| short.eq_ignore_ascii_case(name))
        || aliases.iter().any(|alias| alias.as_ref().eq_ignore_ascii_case(name))
}
