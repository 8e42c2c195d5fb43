//! The part of a policy that an API server can judge alone, for clusters or namespaces without a webhook
//! (API reference, `ValidatingAdmissionPolicy` v1).

mod conditions;
mod rules;

pub use rules::{StaticRule, static_rules};

use control::{GeneralRule, Mode};
use std::fmt::Write as _;

/// What holds the pod of every kind, the pod, its annotations, its containers that stay, those that have limits, and those of
/// all three lists.
const VARIABLES: [(&str, &str); 6] = [
    (
        "holder",
        "object.kind == 'Pod' ? object : object.kind == 'PodTemplate' ? object.template : object.kind == 'CronJob' ? \
         object.spec.jobTemplate.spec.template : object.spec.template",
    ),
    ("spec", "variables.holder.spec"),
    (
        "annotations",
        "has(variables.holder.metadata) && has(variables.holder.metadata.annotations) ? \
         variables.holder.metadata.annotations : {}",
    ),
    ("main", "variables.spec.containers"),
    ("lasting", "variables.main + (has(variables.spec.initContainers) ? variables.spec.initContainers : [])"),
    (
        "containers",
        "variables.lasting + (has(variables.spec.ephemeralContainers) ? variables.spec.ephemeralContainers : [])",
    ),
];

/// Rules that the webhook asks of pods, and that no condition says: what they go by is a list of the policy, an expression of
/// its own, the look of a credential, or what a registry knows.
const OF_THE_WEBHOOK: [&str; 9] = [
    "container/secret-in-environment",
    "guard/custom-seccomp-profile",
    "guard/exec-command",
    "guard/host-path-not-allowed",
    "guard/image-not-allowed",
    "guard/label-missing",
    "guard/limit-above-maximum",
    "guard/loader-environment",
    "guard/publishes-port-not-allowed",
];

/// A policy and its binding for each mode that some rule has, as one YAML text; and the rules that it could not express though
/// the webhook asks them of pods. `rewrite` is refused here: an API server alone changes nothing.
#[must_use]
pub fn static_policy(general: &[GeneralRule], exempt: &[String]) -> (String, Vec<String>) {
    let mut told: Vec<(Mode, StaticRule)> = Vec::new();
    let mut left_out = Vec::new();
    for rule in general.iter().filter(|rule| rule.mode != Mode::Off) {
        let known = static_rules(rule.severity_min).into_iter().find(|known| known.id == rule.rule);
        match known {
            Some(known) if !rule.has_exceptions => told.push((rule.mode, known)),
            Some(_) => left_out.push(format!("{} (not for every pod)", rule.rule)),
            None if OF_THE_WEBHOOK.contains(&rule.rule.as_str()) || rule.rule.starts_with("custom/") => {
                left_out.push(rule.rule.clone());
            }
            // Of calls of the engine, of settings that pods do not have, or of hits that are never so bad.
            None => {}
        }
    }
    told.sort_by_key(|(_, rule)| rule.id);
    let mut text = "# Written by 'seawall guard admission policy'.\n".to_owned();
    if !left_out.is_empty() {
        text.push_str(
            "# These rules are not in it, and nobody judges them where the webhook is not asked:\n",
        );
        left_out.iter().for_each(|id| {
            let _ = writeln!(text, "#   {id}");
        });
    }
    let actions: [(&[Mode], &str, &str); 3] = [
        (&[Mode::Deny, Mode::Rewrite], "deny", "Deny"),
        (&[Mode::Warn], "warn", "Warn, Audit"),
        (&[Mode::Audit], "audit", "Audit"),
    ];
    for (of, name, actions) in actions {
        let rules: Vec<&StaticRule> =
            told.iter().filter(|(mode, _)| of.contains(mode)).map(|(_, rule)| rule).collect();
        if !rules.is_empty() {
            policy(&mut text, name, actions, &rules, exempt);
        }
    }
    (text, left_out)
}

fn policy(text: &mut String, name: &str, actions: &str, rules: &[&StaticRule], exempt: &[String]) {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let _ = write!(
        text,
        "\
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: seawall-{name}
spec:
  failurePolicy: Fail
  matchConstraints:
    matchPolicy: Equivalent
    resourceRules:
{rules}  variables:
",
        rules = crate::webhooks::RULES,
    );
    for (name, expression) in VARIABLES {
        let _ = write!(text, "    - name: {name}\n      expression: {}\n", quoted(expression));
    }
    text.push_str("  validations:\n");
    for rule in rules {
        let message = quoted(&format!("{} ({})", rule.message, rule.id));
        let _ = write!(text, "    - expression: {}\n      message: {message}\n", quoted(&rule.expression()));
    }
    let _ = write!(
        text,
        "\
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: seawall-{name}
spec:
  policyName: seawall-{name}
  validationActions: [{actions}]
"
    );
    if !exempt.is_empty() {
        let listed: Vec<String> = exempt.iter().map(|name| quoted(name)).collect();
        // A line that ends with a backslash takes the spaces of the next one away.
        let _ = write!(
            text,
            "  matchResources:\n    namespaceSelector:\n      matchExpressions:\n        \
             - key: kubernetes.io/metadata.name\n          operator: NotIn\n          values: [{}]\n",
            listed.join(", ")
        );
    }
}

#[cfg(test)]
mod tests;
