//! What is applied to a cluster so that its API server asks Seawall.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

/// Seawall in a cluster.
#[derive(Clone, Debug)]
pub struct Deployment<'a> {
    /// The namespace it lives in, which it does not judge: else nobody could start it.
    pub namespace: &'a str,
    /// The image of Seawall, by digest.
    pub image: &'a str,
    /// How many of it run.
    pub replicas: u32,
    /// The policy, as text.
    pub policy: &'a str,
    /// Certificate chain of the server, PEM: for `seawall-admission.NAMESPACE.svc`.
    pub certificate: &'a str,
    /// Its key, PEM.
    pub key: &'a str,
    /// The certificate that the API server trusts it by, PEM.
    pub authority: &'a str,
    /// Namespaces besides its own that are not judged (`kube-system`).
    pub exempt: &'a [String],
}

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

/// Everything, as one YAML text for `kubectl apply`.
///
/// The webhooks refuse when Seawall does not answer (`failurePolicy: Fail`); what is asked is asked of objects in every
/// version they have (`matchPolicy: Equivalent`); the one that changes objects is asked again when another webhook
/// changed them after it (API reference, `ValidatingWebhookConfiguration` v1).
#[must_use]
pub fn manifests(deployment: &Deployment<'_>) -> String {
    let Deployment { namespace, image, replicas, policy, certificate, key, authority, exempt } = deployment;
    let encode = |text: &str| STANDARD.encode(text);
    let mut text = format!(
        "\
# Written by 'seawall guard admission manifests'. Apply with 'kubectl apply -f'; 'kubectl delete -f' takes all of it away.
apiVersion: v1
kind: Namespace
metadata:
  name: {namespace}
  labels:
    kubernetes.io/metadata.name: {namespace}
    pod-security.kubernetes.io/enforce: restricted
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: seawall-admission
  namespace: {namespace}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Secret
metadata:
  name: seawall-admission-tls
  namespace: {namespace}
type: kubernetes.io/tls
data:
  tls.crt: {certificate}
  tls.key: {key}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: seawall-admission-policy
  namespace: {namespace}
data:
  policy.yaml: |
{policy}---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: seawall-admission
  namespace: {namespace}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app.kubernetes.io/name: seawall-admission
  template:
    metadata:
      labels:
        app.kubernetes.io/name: seawall-admission
    spec:
      serviceAccountName: seawall-admission
      automountServiceAccountToken: false
      priorityClassName: system-cluster-critical
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532
        seccompProfile:
          type: RuntimeDefault
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: seawall-admission
      containers:
        - name: seawall
          image: {image}
          args:
            - guard
            - admission
            - serve
            - --listen=0.0.0.0:8443
            - --policy=/policy/policy.yaml
            - --tls-certificate=/tls/tls.crt
            - --tls-key=/tls/tls.key
          ports:
            - name: https
              containerPort: 8443
          readinessProbe:
            httpGet: {{path: /healthz, port: https, scheme: HTTPS}}
          livenessProbe:
            httpGet: {{path: /healthz, port: https, scheme: HTTPS}}
          resources:
            requests: {{cpu: 50m, memory: 32Mi}}
            limits: {{cpu: \"1\", memory: 128Mi}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - {{name: policy, mountPath: /policy, readOnly: true}}
            - {{name: tls, mountPath: /tls, readOnly: true}}
      volumes:
        - name: policy
          configMap: {{name: seawall-admission-policy}}
        - name: tls
          secret: {{secretName: seawall-admission-tls, defaultMode: 288}}
---
apiVersion: v1
kind: Service
metadata:
  name: seawall-admission
  namespace: {namespace}
spec:
  selector:
    app.kubernetes.io/name: seawall-admission
  ports:
    - {{name: https, port: 443, targetPort: https}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: seawall-admission
  namespace: {namespace}
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: seawall-admission
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: seawall-admission
  namespace: {namespace}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: seawall-admission
  policyTypes: [Ingress, Egress]
  ingress:
    - ports:
        - port: https
",
        certificate = encode(certificate),
        key = encode(key),
        policy = indented(policy),
    );
    for (kind, name, path, again) in [
        ("Mutating", "mutate", "mutate", "    reinvocationPolicy: IfNeeded\n"),
        ("Validating", "validate", "validate", ""),
    ] {
        let rules = if kind == "Validating" { [RULES, CONNECTIONS].concat() } else { RULES.to_owned() };
        let listed: Vec<String> = std::iter::once((*namespace).to_owned())
            .chain(exempt.iter().cloned())
            .map(|name| quoted(&name))
            .collect();
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
        path: /{path}
        port: 443
    namespaceSelector:
      matchExpressions:
        - key: kubernetes.io/metadata.name
          operator: NotIn
          values: [{listed}]
    rules:
{rules}",
            bundle = encode(authority),
            listed = listed.join(", "),
        );
    }
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}

/// A text in YAML's double quotes, which are JSON's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use workload::{DocumentLimits, Node};

    fn deployment(exempt: &[String]) -> String {
        manifests(&Deployment {
            namespace: "seawall",
            image: "registry.example.com/seawall@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            replicas: 2,
            policy: "version: 1\n\nmode: warn\n",
            certificate: "CERTIFICATE",
            key: "KEY",
            authority: "AUTHORITY",
            exempt,
        })
    }

    #[test]
    fn what_is_applied_can_be_read_and_holds_its_own_rules() {
        let text = deployment(&["kube-system".to_owned()]);
        let read = kubernetes::read_objects(&text, None, &DocumentLimits::default());
        assert!(read.gaps.is_empty(), "{:?}", read.gaps);
        assert_eq!(read.objects.len(), 10);
        let judged = kubernetes::judge(&read.objects, &kubernetes::Options::default());
        let bad: Vec<_> = judged
            .findings
            .iter()
            .filter(|finding| finding.severity >= model::Severity::Medium)
            .map(|finding| (&finding.rule, &finding.title))
            .collect();
        assert!(bad.is_empty(), "{bad:?}");
        let policy = read.objects.iter().find(|object| object.kind == "ConfigMap").unwrap();
        assert_eq!(
            policy.node.at(&["data", "policy.yaml"]).and_then(Node::text),
            Some("version: 1\n\nmode: warn\n")
        );
    }

    #[test]
    fn the_webhooks_refuse_when_nobody_answers_and_leave_out_their_own_namespace() {
        let text = deployment(&["kube-system".to_owned()]);
        let read = kubernetes::read_objects(&text, None, &DocumentLimits::default());
        let hooks: Vec<&Node> = read
            .objects
            .iter()
            .filter(|object| object.kind.ends_with("WebhookConfiguration"))
            .map(|object| &object.node.at(&["webhooks"]).unwrap().items()[0])
            .collect();
        assert_eq!(hooks.len(), 2);
        for hook in hooks {
            let is = |key: &str| hook.get(key).and_then(Node::text);
            assert_eq!((is("failurePolicy"), is("matchPolicy")), (Some("Fail"), Some("Equivalent")));
            let expressions = hook.at(&["namespaceSelector", "matchExpressions"]).unwrap().items();
            let values: Vec<_> =
                expressions[0].get("values").unwrap().items().iter().filter_map(Node::text).collect();
            assert_eq!(values, ["seawall", "kube-system"]);
            let resources: Vec<&str> = hook
                .get("rules")
                .unwrap()
                .items()
                .iter()
                .flat_map(|rule| rule.get("resources").unwrap().items())
                .filter_map(Node::text)
                .collect();
            for resource in ["pods", "pods/ephemeralcontainers", "cronjobs", "replicationcontrollers"] {
                assert!(resources.contains(&resource), "{resource}");
            }
        }
    }
}
