//! The kubelet: arguments over its configuration file over drop-ins
//! (<https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>).

use super::api_server::STRONG;
use super::table::{self, Test};
use super::{Arguments, stand_in};
use crate::object::Object;
use crate::sink::{Hit, Judged, Rule};
use model::Severity;
use workload::{Node, Place};

/// What a kubelet runs with.
#[derive(Clone, Debug, Default)]
pub struct KubeletConfig {
    /// Its arguments.
    pub arguments: Arguments,
    /// Its configuration, then the drop-ins of `--config-dir` in the order of their names; also what
    /// `/api/v1/nodes/<node>/proxy/configz` answers under `kubeletconfig`, which is everything.
    pub files: Vec<Node>,
}

impl KubeletConfig {
    /// The value that holds: of the argument, else of the last file that has one.
    #[must_use]
    pub fn value(&self, flag: &str, path: &[&str]) -> Option<String> {
        self.arguments.value(flag).map(str::to_owned).or_else(|| self.node(path).map(text))
    }

    fn node(&self, path: &[&str]) -> Option<&Node> {
        self.files.iter().rev().find_map(|file| file.at(path).filter(|node| !node.is_null()))
    }

    fn place(&self, path: &[&str]) -> Option<Place> {
        let (last, parents) = path.split_last()?;
        self.files.iter().rev().find_map(|file| file.at(parents)?.entry(last)?.place())
    }
}

fn text(node: &Node) -> String {
    if node.is_list() {
        return node.items().iter().filter_map(Node::text).collect::<Vec<_>>().join(",");
    }
    // Feature gates are a mapping.
    if node.is_map() {
        let pairs = node
            .entries()
            .iter()
            .map(|entry| format!("{}={}", entry.key, entry.value.text().unwrap_or_default()));
        return pairs.collect::<Vec<_>>().join(",");
    }
    node.text().unwrap_or_default().to_owned()
}

struct KubeletRule {
    rule: Rule,
    flag: &'static str,
    path: &'static [&'static str],
    /// What it should be; defaults are those of a configuration file.
    test: Test,
    /// What holds when the kubelet has no file and the flag is absent, where that differs.
    default_without_file: Option<&'static str>,
}

const fn row(
    flag: &'static str,
    path: &'static [&'static str],
    test: Test,
    default_without_file: Option<&'static str>,
    rule: Rule,
) -> KubeletRule {
    KubeletRule { rule, flag, path, test, default_without_file }
}

const RULES: [KubeletRule; 13] = [
    row(
        "anonymous-auth",
        &["authentication", "anonymous", "enabled"],
        Test::Is("false", "false"),
        Some("true"),
        Rule::new(
            "kubernetes/kubelet-anonymous-requests",
            Severity::Critical,
            [
                "the kubelet answers requests without credentials",
                "Whoever reaches port 10250 runs commands in every pod of the node.",
                "authentication.anonymous.enabled: false.",
            ],
            &["C-0069", "C-0172", "CIS-Kubernetes-4.2.1", "KCV-0079"],
        ),
    ),
    row(
        "authorization-mode",
        &["authorization", "mode"],
        Test::HasNot("AlwaysAllow", "Webhook"),
        Some("AlwaysAllow"),
        Rule::new(
            "kubernetes/kubelet-allows-everything",
            Severity::Critical,
            [
                "the kubelet allows everything to everybody with a certificate",
                "Every component, and every pod that gets hold of one's certificate, runs commands in every pod of the node.",
                "authorization.mode: Webhook.",
            ],
            &["C-0173", "CIS-Kubernetes-4.2.2", "KCV-0080"],
        ),
    ),
    row(
        "client-ca-file",
        &["authentication", "x509", "clientCAFile"],
        Test::Present,
        None,
        Rule::new(
            "kubernetes/kubelet-without-client-authority",
            Severity::High,
            [
                "the kubelet verifies no client certificates",
                "It cannot tell the API server from anybody else.",
                "authentication.x509.clientCAFile.",
            ],
            &["C-0070", "C-0174", "CIS-Kubernetes-4.2.3", "KCV-0081"],
        ),
    ),
    row(
        "read-only-port",
        &["readOnlyPort"],
        Test::Is("0", "0"),
        Some("10255"),
        Rule::new(
            "kubernetes/kubelet-read-only-port",
            Severity::High,
            [
                "the kubelet tells everybody about its pods",
                "Port 10255 asks for no credentials and shows pods with their environment.",
                "readOnlyPort: 0.",
            ],
            &["C-0175", "CIS-Kubernetes-4.2.4", "KCV-0082"],
        ),
    ),
    row(
        "streaming-connection-idle-timeout",
        &["streamingConnectionIdleTimeout"],
        Test::HasNot("0", "4h"),
        None,
        Rule::new(
            "kubernetes/kubelet-connections-never-end",
            Severity::Low,
            [
                "connections of exec and port-forward never end",
                "Forgotten sessions stay open, and take ports.",
                "streamingConnectionIdleTimeout: 5m.",
            ],
            &["C-0176", "CIS-Kubernetes-4.2.5", "KCV-0085"],
        ),
    ),
    row(
        "make-iptables-util-chains",
        &["makeIPTablesUtilChains"],
        Test::Is("true", "true"),
        None,
        Rule::new(
            "kubernetes/kubelet-without-iptables-chains",
            Severity::Low,
            [
                "the kubelet does not keep its packet filter rules",
                "Rules of the cluster may be missing on this node.",
                "makeIPTablesUtilChains: true.",
            ],
            &["C-0178", "CIS-Kubernetes-4.2.6", "KCV-0084"],
        ),
    ),
    row(
        "hostname-override",
        &["hostnameOverride"],
        Test::Absent,
        None,
        Rule::new(
            "kubernetes/kubelet-name-overridden",
            Severity::Negligible,
            [
                "the kubelet has another name than its machine",
                "Certificates and logs then name different machines.",
                "Remove --hostname-override where the provider does not need it.",
            ],
            &["C-0179", "CIS-Kubernetes-4.2.7", "KCV-0086"],
        ),
    ),
    row(
        "event-qps",
        &["eventRecordQPS"],
        Test::HasNot("-1", "50"),
        None,
        Rule::new(
            "kubernetes/kubelet-event-rate",
            Severity::Negligible,
            [
                "the rate of events is set outside of reason",
                "Too low hides what happens, none lets a pod flood the API.",
                "eventRecordQPS: 50, or 0 for no bound when you accept that.",
            ],
            &["C-0180", "CIS-Kubernetes-4.2.8", "KCV-0087"],
        ),
    ),
    row(
        "tls-cert-file",
        &["tlsCertFile"],
        Test::PresentWith("tls-private-key-file"),
        None,
        Rule::new(
            "kubernetes/kubelet-without-certificate",
            Severity::Low,
            [
                "the kubelet makes its certificate itself",
                "The API server cannot verify it.",
                "tlsCertFile and tlsPrivateKeyFile, or serverTLSBootstrap: true.",
            ],
            &["C-0181", "CIS-Kubernetes-4.2.9", "KCV-0088", "KCV-0089"],
        ),
    ),
    row(
        "rotate-certificates",
        &["rotateCertificates"],
        Test::Is("true", "false"),
        None,
        Rule::new(
            "kubernetes/kubelet-certificates-not-renewed",
            Severity::Low,
            [
                "the kubelet does not renew its client certificate",
                "It runs out, or is made to last for years.",
                "rotateCertificates: true.",
            ],
            &["C-0182", "CIS-Kubernetes-4.2.10", "KCV-0090"],
        ),
    ),
    row(
        "feature-gates",
        &["featureGates"],
        Test::HasNot("RotateKubeletServerCertificate=false", ""),
        None,
        Rule::new(
            "kubernetes/kubelet-server-certificate-not-renewed",
            Severity::Low,
            [
                "the kubelet does not renew its server certificate",
                "It runs out, or is made to last for years.",
                "Remove RotateKubeletServerCertificate=false from featureGates.",
            ],
            &["C-0183", "CIS-Kubernetes-4.2.11", "KCV-0091"],
        ),
    ),
    row(
        "tls-cipher-suites",
        &["tlsCipherSuites"],
        Test::OnlyOf(STRONG),
        None,
        Rule::new(
            "kubernetes/kubelet-weak-ciphers",
            Severity::Low,
            [
                "the kubelet offers weak ciphers",
                "CBC and RSA key exchange have known attacks and no forward secrecy.",
                "tlsCipherSuites with ECDHE and GCM or ChaCha20 suites.",
            ],
            &["C-0184", "CIS-Kubernetes-4.2.12", "KCV-0092"],
        ),
    ),
    row(
        "protect-kernel-defaults",
        &["protectKernelDefaults"],
        Test::Is("true", "false"),
        None,
        Rule::new(
            "kubernetes/kubelet-changes-kernel-settings",
            Severity::Negligible,
            [
                "the kubelet changes kernel settings of the node",
                "Settings that hardening set are silently set back.",
                "protectKernelDefaults: true.",
            ],
            &["C-0177", "KCV-0083"],
        ),
    ),
];

/// Every rule about kubelets.
pub(super) fn rules() -> impl Iterator<Item = Rule> {
    RULES.iter().map(|row| row.rule)
}

/// Judges a kubelet; `object` is how findings name it (`kubelet node-1`).
#[must_use]
pub fn judge_kubelet(object: &str, config: &KubeletConfig) -> Judged {
    let mut out = Judged::default();
    judge_object(&stand_in(object), config, &mut out);
    out
}

pub(super) fn judge_object(object: &Object, config: &KubeletConfig, out: &mut Judged) {
    for KubeletRule { rule, flag, path, test, default_without_file } in &RULES {
        let value = |name: &str| {
            let own = match name {
                "tls-private-key-file" => config.value(name, &["tlsPrivateKeyFile"]),
                _ => config.value(name, path),
            };
            own.or_else(|| default_without_file.filter(|_| config.files.is_empty()).map(str::to_owned))
        };
        // A kubelet that asks the cluster for its certificate has no file for it.
        let bootstraps = *flag == "tls-cert-file"
            && config.value("rotate-server-certificates", &["serverTLSBootstrap"]).as_deref() == Some("true");
        // The file writes durations with units: 0s is 0.
        let idle = |text: String| {
            if matches!(text.as_str(), "0s" | "0m" | "0h" | "0") { "0".to_owned() } else { text }
        };
        let hits = match table::judge(test, flag, |name| value(name).map(idle)) {
            Err(seen) if !bootstraps => {
                vec![Hit::new(rule.info.title, config.place(path).or_else(|| object.start()), seen)]
            }
            _ => Vec::new(),
        };
        out.answer(rule, object, hits, "as it should be");
    }
}
