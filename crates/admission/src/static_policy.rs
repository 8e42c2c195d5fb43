//! The part of a policy that an API server can judge alone, for clusters or namespaces without a webhook
//! (API reference, `ValidatingAdmissionPolicy` v1).

use control::Mode;
use std::fmt::Write as _;

/// A rule as a condition that must hold.
#[derive(Clone, Copy, Debug)]
pub struct StaticRule {
    /// The rule.
    pub id: &'static str,
    /// The condition in CEL: of `c`, each container in turn, or of `variables.spec`, the pod.
    pub condition: &'static str,
    /// The variable whose containers are each asked; without one the pod is.
    pub list: Option<&'static str>,
    /// What is wrong when it does not hold.
    pub message: &'static str,
}

const fn pod(id: &'static str, condition: &'static str, message: &'static str) -> StaticRule {
    StaticRule { id, condition, list: None, message }
}

const fn each(id: &'static str, condition: &'static str, message: &'static str) -> StaticRule {
    StaticRule { id, condition, list: Some("containers"), message }
}

/// The API server takes no limits of ephemeral containers (API reference, `EphemeralContainer` v1).
const fn lasting(id: &'static str, condition: &'static str, message: &'static str) -> StaticRule {
    StaticRule { id, condition, list: Some("lasting"), message }
}

/// Sorted by id.
static RULES: &[StaticRule] = &[
    each(
        "container/capabilities-not-dropped",
        "has(c.securityContext) && has(c.securityContext.capabilities) && has(c.securityContext.capabilities.drop) && \
         c.securityContext.capabilities.drop.exists(d, d in ['ALL', 'all', 'All']) && \
         (!has(c.securityContext.privileged) || !c.securityContext.privileged)",
        "a container keeps capabilities that it does not name: drop ALL",
    ),
    pod(
        "container/host-ipc-namespace",
        "!has(variables.spec.hostIPC) || !variables.spec.hostIPC",
        "the pod shares the host's IPC namespace",
    ),
    pod(
        "container/host-network",
        "!has(variables.spec.hostNetwork) || !variables.spec.hostNetwork",
        "the pod shares the host's network",
    ),
    pod(
        "container/host-pid-namespace",
        "!has(variables.spec.hostPID) || !variables.spec.hostPID",
        "the pod sees the host's processes",
    ),
    each(
        "container/host-port",
        "!has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0)",
        "a container takes a port of the node",
    ),
    each(
        "container/image-without-digest",
        "!has(c.image) || c.image.contains('@')",
        "an image is named without its digest",
    ),
    each(
        "container/new-privileges-allowed",
        "has(c.securityContext) && has(c.securityContext.allowPrivilegeEscalation) && \
         !c.securityContext.allowPrivilegeEscalation",
        "programs in a container may gain privileges: set allowPrivilegeEscalation to false",
    ),
    lasting(
        "container/no-cpu-limit",
        "has(c.resources) && has(c.resources.limits) && 'cpu' in c.resources.limits",
        "a container may take all CPU time of the node",
    ),
    lasting(
        "container/no-memory-limit",
        "has(c.resources) && has(c.resources.limits) && 'memory' in c.resources.limits",
        "a container may take all memory of the node",
    ),
    each(
        "container/privileged",
        "!has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged",
        "a container is privileged: nothing confines it",
    ),
    each(
        "container/unmasked-system-paths",
        "!has(c.securityContext) || (!has(c.securityContext.procMount) || c.securityContext.procMount == 'Default') && \
         (!has(c.securityContext.privileged) || !c.securityContext.privileged)",
        "a container sees /proc unmasked",
    ),
    each(
        "container/writable-root",
        "has(c.securityContext) && has(c.securityContext.readOnlyRootFilesystem) && \
         c.securityContext.readOnlyRootFilesystem",
        "a container may write to its root file system",
    ),
];

/// The pod of every kind, its containers of all three lists, and those that have limits.
const VARIABLES: [(&str, &str); 3] = [
    (
        "spec",
        "object.kind == 'Pod' ? object.spec : object.kind == 'PodTemplate' ? object.template.spec : object.kind == \
         'CronJob' ? object.spec.jobTemplate.spec.template.spec : object.spec.template.spec",
    ),
    (
        "lasting",
        "variables.spec.containers + (has(variables.spec.initContainers) ? variables.spec.initContainers : [])",
    ),
    (
        "containers",
        "variables.lasting + (has(variables.spec.ephemeralContainers) ? variables.spec.ephemeralContainers : [])",
    ),
];

/// The rules that an API server is given to judge alone, sorted by id. Of the others some depend on the image, on its scan or
/// signature; some could be spelled out, and are not yet: host paths, capabilities, profiles, users, sysctls.
#[must_use]
pub fn static_rules() -> &'static [StaticRule] {
    RULES
}

impl StaticRule {
    /// The whole expression.
    #[must_use]
    pub fn expression(&self) -> String {
        match self.list {
            Some(list) => format!("variables.{list}.all(c, {})", self.condition),
            None => self.condition.to_owned(),
        }
    }
}

/// A policy and its binding for each mode that some rule has, as one YAML text; and the ids that it could not express.
/// `rewrite` is refused here: an API server alone changes nothing.
#[must_use]
pub fn static_policy(modes: &[(String, Mode)], exempt: &[String]) -> (String, Vec<String>) {
    let is_known = |id: &str| RULES.iter().any(|rule| rule.id == id);
    let left_out: Vec<String> = modes
        .iter()
        .filter(|(id, mode)| *mode != Mode::Off && !is_known(id))
        .map(|(id, _)| id.clone())
        .collect();
    let mut text = "# Written by 'seawall guard admission policy'.\n".to_owned();
    if !left_out.is_empty() {
        let _ = writeln!(
            text,
            "# {} rules are not in it, and nobody judges them where the webhook is not asked:",
            left_out.len()
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
        let rules: Vec<&StaticRule> = RULES
            .iter()
            .filter(|rule| modes.iter().any(|(id, mode)| id == rule.id && of.contains(mode)))
            .collect();
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
