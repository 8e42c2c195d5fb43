//! The configuration by which an API server asks Seawall, and the secret that Seawall answers with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

/// What the API server asks about: every kind that holds a pod, what is put into a pod that runs, and ways into it.
pub(crate) const RULES: &str = "      - apiGroups: [\"\"]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [pods, pods/ephemeralcontainers, pods/resize, podtemplates, replicationcontrollers]
      - apiGroups: [apps]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [deployments, statefulsets, daemonsets, replicasets]
      - apiGroups: [batch]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [jobs, cronjobs]
";
const CONNECTIONS: &str = "      - apiGroups: [\"\"]
        apiVersions: [v1]
        operations: [CONNECT]
        resources: [pods/exec, pods/attach, pods/portforward, pods/proxy]
";

/// Both webhooks. They refuse when Seawall does not answer (`failurePolicy: Fail`); what is asked is asked of objects in
/// every version they have (`matchPolicy: Equivalent`); the one that changes objects is asked again when another webhook
/// changed them after it (API reference, `ValidatingWebhookConfiguration` v1).
pub(crate) fn webhooks(namespace: &str, authorities: &str, exempt: &[String]) -> String {
    let mut text = String::new();
    for (kind, name, again) in
        [("Mutating", "mutate", "    reinvocationPolicy: IfNeeded\n"), ("Validating", "validate", "")]
    {
        let rules = if kind == "Validating" { [RULES, CONNECTIONS].concat() } else { RULES.to_owned() };
        let listed: Vec<String> =
            std::iter::once(namespace).chain(exempt.iter().map(String::as_str)).map(quoted).collect();
        let _ = write!(
            text,
            "\
---
apiVersion: admissionregistration.k8s.io/v1
kind: {kind}WebhookConfiguration
metadata:
  name: seawall-admission
webhooks:
  - name: {name}.seawall.dev
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    matchPolicy: Equivalent
    timeoutSeconds: 10
{again}    clientConfig:
      caBundle: {bundle}
      service:
        name: seawall-admission
        namespace: {namespace}
        path: /{name}
        port: 443
    namespaceSelector:
      matchExpressions:
        - key: kubernetes.io/metadata.name
          operator: NotIn
          values: [{listed}]
    rules:
{rules}",
            bundle = STANDARD.encode(authorities),
            listed = listed.join(", "),
        );
    }
    text
}

/// The secret with certificate and key.
pub(crate) fn secret(namespace: &str, certificate: &str, key: &str) -> String {
    format!(
        "\
---
apiVersion: v1
kind: Secret
metadata:
  name: seawall-admission-tls
  namespace: {namespace}
type: kubernetes.io/tls
data:
  tls.crt: {}
  tls.key: {}
",
        STANDARD.encode(certificate),
        STANDARD.encode(key),
    )
}

/// A text in YAML's double quotes, which are JSON's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
