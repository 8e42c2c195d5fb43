//! Every rule of every engine.

use model::RuleInfo;

/// Every rule that a finding may be of, sorted by id; vulnerabilities and rules that users bring have none.
pub(crate) fn all() -> Vec<&'static RuleInfo> {
    let mut rules: Vec<&RuleInfo> = Vec::new();
    rules.extend(model::RULES);
    rules.extend(audit::rules());
    rules.extend(checks::RULES);
    rules.extend(checks::LICENCE_RULES);
    rules.extend(credentials::RULES);
    rules.extend(::lint::RULES);
    rules.extend(::lint::SHELL_RULES);
    rules.extend(kubernetes::rule_infos());
    rules.extend(malware::RULES);
    rules.extend(secrets::RULES.iter());
    rules.extend(signatures::RULES);
    rules.extend(webshells::RULES);
    rules.extend(workload::RULES);
    rules.sort_by_key(|rule| rule.id);
    rules
}

/// The aspect of each rule that an audit answers.
pub(crate) fn aspects() -> Vec<(&'static str, &'static str)> {
    let rules = audit::rules().iter().map(|rule| rule.id).chain(workload::RULES.iter().map(|rule| rule.id));
    let of_clusters = kubernetes::rule_infos().iter().map(|rule| (rule.id, "cluster"));
    rules.map(|id| (id, audit::aspect_of(id).as_str())).chain(of_clusters).collect()
}

/// The rule with this id, or with a linter's code.
pub(crate) fn find(id: &str) -> Option<&'static RuleInfo> {
    all().into_iter().find(|rule| rule.id == id).or_else(|| ::lint::rule_called(id))
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
