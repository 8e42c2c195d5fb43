//! Everything that checks ask for, as facts.

use crate::{
    Bounds, ClusterError, Options,
    api::{Api, Budget, Failure, Patience},
    discovery::Served,
    error::sanitised,
    find,
    kinds::{KINDS, Kind, Need},
    list::{Source, list},
};
use facts::{ClusterFacts, Fact};
use model::{Gap, GapReason};
use serde::Deserialize;
use std::{io, time::Duration};
use workload::{Entry, Node, Value};

/// A node that does not answer its API server.
const KUBELET_TIMEOUT: Duration = Duration::from_secs(10);
/// So many nodes in a row are out of reach before the others are left alone.
const KUBELETS_BROKEN_MAX: usize = 5;
const KUBELETS: &str = "nodes/proxy";
const KUBELETS_RIGHT: &str = "get on nodes/proxy";

/// A cluster that was found. Nothing was asked yet.
pub struct Cluster {
    api: Api,
    name: String,
    namespace: Option<String>,
    is_unverified: bool,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("name", &self.name).field("server", &self.api.server()).finish()
    }
}

impl Cluster {
    /// Finds the cluster that is meant, and what to show it.
    ///
    /// # Errors
    /// When none is named, or what names it makes no sense.
    pub fn find(options: &Options) -> Result<Self, ClusterError> {
        let place = find::find(options)?;
        let api = Api::new(&place, options)?;
        Ok(Self {
            api,
            name: place.name,
            namespace: place.namespace,
            is_unverified: place.cluster.is_unverified,
        })
    }

    /// Where the API server is.
    #[must_use]
    pub fn server(&self) -> &str {
        self.api.server()
    }

    /// Asks for everything. What is not told is a gap and a missing fact.
    ///
    /// # Errors
    /// When no API server answers, or it tells nothing at all.
    pub fn collect(&self, bounds: &Bounds) -> Result<ClusterFacts, ClusterError> {
        let mut budget = Budget::new(bounds);
        let mut facts = ClusterFacts::new(sanitised(&self.name, 200), self.api.server());
        facts.collected = Fact::Known(bounds.now.clone());
        facts.version = self.version(&mut budget)?;
        if self.is_unverified {
            let detail = "insecure-skip-tls-verify: anybody on the way may have answered";
            facts.gaps.push(Gap::new("identity of the API server", GapReason::Unsupported, detail));
        }
        let served = Served::ask(&self.api, &mut budget).unwrap_or_else(|failure| {
            facts.gaps.push(failure.gap("extensions of the API", "get on /apis"));
            Served::unknown()
        });
        let mut refusal = None;
        for kind in &KINDS {
            if let Err(failure) = self.list(kind, &served, bounds, &mut budget, &mut facts) {
                refusal.get_or_insert(failure);
            }
        }
        // An answer without a single kind is none.
        if !facts.kinds.values().any(|fact| fact.known().is_some()) && facts.objects().is_empty() {
            return Err(self.error(refusal.unwrap_or(Failure::OutOfTime)));
        }
        self.kubelets(bounds, &mut budget, &mut facts);
        Ok(facts)
    }

    fn version(&self, budget: &mut Budget) -> Result<Fact<String>, ClusterError> {
        #[derive(Deserialize)]
        struct Version {
            #[serde(rename = "gitVersion")]
            git_version: String,
        }
        match self.api.get("/version", "application/json", Patience::Again, budget) {
            Ok(bytes) => match serde_json::from_slice::<Version>(&bytes) {
                Ok(version) => Ok(Fact::Known(sanitised(&version.git_version, 80))),
                Err(error) => Err(ClusterError::NoApi {
                    server: self.api.server().to_owned(),
                    reason: format!("/version: {error}"),
                }),
            },
            Err(Failure::Status { status: 403, message, .. }) => Ok(Fact::missing(
                GapReason::Unreadable,
                format!("not allowed: get on /version is needed: {message}"),
            )),
            Err(failure) => Err(self.error(failure)),
        }
    }

    fn list(
        &self,
        kind: &Kind,
        served: &Served,
        bounds: &Bounds,
        budget: &mut Budget,
        facts: &mut ClusterFacts,
    ) -> Result<(), Failure> {
        let mut outcome = Err(Failure::Status { status: 404, message: String::new(), resume: None });
        for version in served.versions(kind) {
            let source = Source { kind, version, namespace: None };
            outcome = list(&self.api, &source, bounds, budget, facts);
            if !matches!(outcome, Err(Failure::Status { status: 404, .. })) {
                // Somebody who may not see the cluster may see his namespace.
                if let (Err(Failure::Status { status: 403, .. }), Some(namespace), true) =
                    (&outcome, &self.namespace, kind.is_namespaced)
                {
                    let source = Source { namespace: Some(namespace), ..source };
                    let _ = list(&self.api, &source, bounds, budget, facts);
                }
                break;
            }
        }
        let full_name = kind.full_name();
        match outcome {
            Ok(count) => {
                facts.kinds.insert(full_name, Fact::Known(count));
                Ok(())
            }
            Err(Failure::Status { status: 404, .. }) if kind.need == Need::WhenServed => Ok(()),
            Err(failure) => {
                let gap = failure.gap(&full_name, &format!("list on {full_name}"));
                facts.kinds.insert(full_name, Fact::missing(gap.reason, gap.detail.clone()));
                facts.gaps.push(gap);
                Err(failure)
            }
        }
    }

    /// The configuration that each kubelet runs with, as it tells itself (kubernetes.io, "Set Kubelet Parameters Via A
    /// Configuration File", viewing the configuration).
    fn kubelets(&self, bounds: &Bounds, budget: &mut Budget, facts: &mut ClusterFacts) {
        #[derive(Deserialize)]
        struct Answer {
            kubeletconfig: Node,
        }
        let name = |object: &Node| {
            let is_node = object.get("kind").and_then(Node::text) == Some("Node");
            let name = object.at(&["metadata", "name"]).and_then(Node::text)?;
            (is_node && is_name(name)).then(|| name.to_owned())
        };
        let nodes: Vec<String> = facts.objects().iter().filter_map(name).collect();
        let (mut asked, mut told, mut broken) = (0, 0, 0);
        for node in nodes.iter().take(bounds.kubelets_max) {
            let path = format!("/api/v1/nodes/{node}/proxy/configz");
            let answer = self.api.get(&path, "application/json", Patience::Once(KUBELET_TIMEOUT), budget);
            let config = answer.and_then(|bytes| {
                serde_json::from_slice::<Answer>(&bytes)
                    .map_err(|error| Failure::Malformed(error.to_string()))
            });
            asked += 1;
            match config {
                Ok(answer) if answer.kubeletconfig.is_map() => {
                    facts.add(kubelet_object(node, answer.kubeletconfig));
                    (told, broken) = (told + 1, 0);
                    continue;
                }
                Ok(_) => facts.gaps.push(Gap::new(
                    format!("configuration of the kubelet of {node}"),
                    GapReason::Malformed,
                    "it is no mapping",
                )),
                // Who may not ask one node may not ask any.
                Err(failure @ Failure::Status { status: 401 | 403, .. }) => {
                    facts.gaps.push(failure.gap("configuration of the kubelets", KUBELETS_RIGHT));
                    break;
                }
                Err(failure) => facts
                    .gaps
                    .push(failure.gap(&format!("configuration of the kubelet of {node}"), KUBELETS_RIGHT)),
            }
            broken += 1;
            if broken >= KUBELETS_BROKEN_MAX {
                break;
            }
        }
        if told == nodes.len() {
            facts.kinds.insert(KUBELETS.to_owned(), Fact::Known(told as u64));
            return;
        }
        let detail = format!("{told} of {} nodes told it, {asked} were asked", nodes.len());
        facts.kinds.insert(KUBELETS.to_owned(), Fact::missing(GapReason::Unreadable, detail.clone()));
        if asked < nodes.len() {
            facts.gaps.push(Gap::new("configuration of the kubelets", GapReason::LimitReached, detail));
        }
    }

    fn error(&self, failure: Failure) -> ClusterError {
        let server = self.api.server().to_owned();
        match failure {
            Failure::Status { status: 401 | 403, message, .. } => ClusterError::Refused { server, message },
            Failure::Broken(error) => {
                ClusterError::Unreachable { server, hint: hint(&error), source: Box::new(error) }
            }
            other => {
                let reason = other.gap("", "").detail;
                ClusterError::NoApi { server, reason }
            }
        }
    }
}

fn hint(error: &ureq::Error) -> &'static str {
    // The words of the TLS library change; the names of its cases do not.
    let text = format!("{error:?}");
    if text.contains("UnknownIssuer") || text.contains("BadSignature") {
        return "\nhint: certificate-authority of the kubeconfig is not the one that vouches for this server";
    }
    if text.contains("NotValidForName") {
        return "\nhint: the server's certificate has another name (tls-server-name of the kubeconfig)";
    }
    if text.contains("CertificateRequired") || text.contains("HandshakeFailure") {
        return "\nhint: the server wants a client certificate";
    }
    match error {
        ureq::Error::Timeout(_) => "\nhint: is the address reachable from here?",
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            "\nhint: nothing listens there; is the cluster running, and the context the right one?"
        }
        _ => "",
    }
}

/// Names of nodes are names of domains (kubernetes.io, "Object Names and IDs"); what is not would be another path.
fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    !text.is_empty() && text.len() <= 253 && text.chars().all(is_letter) && !text.starts_with('.')
}

fn kubelet_object(node: &str, mut config: Node) -> Node {
    let entry = |key: &str, value: Node| Entry { key: key.to_owned(), key_place: None, value };
    if let Value::Map(entries) = &mut config.value {
        entries.retain(|entry| !matches!(entry.key.as_str(), "kind" | "apiVersion" | "metadata"));
        let metadata = Node::of(Value::Map(vec![entry("name", Node::text_of(node))]));
        entries.insert(0, entry("metadata", metadata));
        entries.insert(0, entry("kind", Node::text_of("KubeletConfiguration")));
        entries.insert(0, entry("apiVersion", Node::text_of("kubelet.config.k8s.io/v1beta1")));
    }
    config
}
