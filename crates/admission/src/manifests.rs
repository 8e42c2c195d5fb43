//! What is applied to a cluster so that its API server asks Seawall.

use crate::webhooks::{secret, webhooks};

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

/// Everything, as one YAML text for `kubectl apply`.
///
/// The audit log lies in a volume of the pod and ends with it: to keep it, put another volume in its place or copy it
/// away; its checkpoints tell whether it is whole.
#[must_use]
pub fn manifests(deployment: &Deployment<'_>) -> String {
    let Deployment { namespace, image, replicas, policy, certificate, key, authority, exempt } = deployment;
    let deployed = format!(
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
{secret}---
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
            - --tls-cert=/tls/tls.crt
            - --tls-key=/tls/tls.key
            - --ledger=/ledger/admission.jsonl
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
            - {{name: ledger, mountPath: /ledger}}
      volumes:
        - name: policy
          configMap: {{name: seawall-admission-policy}}
        - name: tls
          secret: {{secretName: seawall-admission-tls, defaultMode: 288}}
        - name: ledger
          emptyDir: {{sizeLimit: 4Gi}}
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
        secret = secret(namespace, certificate, key),
        policy = indented(policy),
    );
    deployed + &webhooks(namespace, authority, exempt)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
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
