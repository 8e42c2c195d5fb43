//! Every rule of every engine.

use model::RuleInfo;

/// Rules of the engines, but for those of credentials, which are compiled before they can be listed.
fn listed() -> impl Iterator<Item = &'static RuleInfo> {
    let lists: [&[RuleInfo]; 12] = [
        model::RULES,
        checks::RULES,
        checks::LICENCE_RULES,
        control::RULES,
        credentials::RULES,
        ::lint::RULES,
        ::lint::SHELL_RULES,
        kubernetes::rule_infos(),
        malware::RULES,
        signatures::RULES,
        webshells::RULES,
        workload::RULES,
    ];
    lists.into_iter().flatten().chain(audit::rules().iter().copied())
}

/// Every rule that a finding may be of, sorted by id; vulnerabilities and rules that users bring have none.
pub(crate) fn all() -> Vec<&'static RuleInfo> {
    let mut rules: Vec<&RuleInfo> = listed().chain(secrets::RULES.iter()).collect();
    rules.sort_by_key(|rule| rule.id);
    rules
}

/// The rule with this id.
pub(crate) fn known(id: &str) -> Option<&'static RuleInfo> {
    if id.starts_with("secrets/") {
        return secrets::RULES.iter().find(|rule| rule.id == id);
    }
    listed().find(|rule| rule.id == id)
}

/// The aspect of each rule that an audit answers.
pub(crate) fn aspects() -> Vec<(&'static str, &'static str)> {
    let rules = audit::rules().iter().map(|rule| rule.id).chain(workload::RULES.iter().map(|rule| rule.id));
    let of_clusters = kubernetes::rule_infos().iter().map(|rule| (rule.id, "cluster"));
    rules.map(|id| (id, audit::aspect_of(id).as_str())).chain(of_clusters).collect()
}

/// The rule with this id, or with a linter's code.
pub(crate) fn find(id: &str) -> Option<&'static RuleInfo> {
    known(id).or_else(|| ::lint::rule_called(id))
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_id_is_used_twice_and_each_names_its_engine() {
        let rules = super::all();
        for pair in rules.windows(2) {
            assert_ne!(pair[0].id, pair[1].id);
        }
        for rule in rules {
            let (engine, state) = rule.id.split_once('/').unwrap_or_default();
            assert!(!engine.is_empty() && !state.is_empty(), "{}", rule.id);
            assert!(!rule.why.is_empty() && !rule.remedy.is_empty(), "{}", rule.id);
        }
    }
}
