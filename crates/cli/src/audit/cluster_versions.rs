//! Versions of what a cluster runs on: its API server, the kubelet and container runtime of each node, and components that
//! run as pods.

use audit::{Audit, Tables};
use facts::{ClusterFacts, Component, ComponentKind};
use model::{Gap, GapReason};
use std::collections::BTreeMap;
use workload::Node;

/// Names that are shown of many nodes with the same version.
const NAMES_MAX: usize = 5;

/// Judges the versions by the table of known vulnerabilities.
pub(super) fn judge(facts: &ClusterFacts) -> Audit {
    let (components, gaps) = components(facts);
    let mut audit = audit::judge_components(&components, &Tables::built_in());
    audit.gaps.extend(gaps);
    audit
}

fn components(facts: &ClusterFacts) -> (Vec<Component>, Vec<Gap>) {
    // Nodes with the same version are one answer.
    let mut seen: BTreeMap<(ComponentKind, String), Vec<String>> = BTreeMap::new();
    let mut note =
        |kind, version: &str, place: String| seen.entry((kind, version.to_owned())).or_default().push(place);
    if let Some(version) = facts.version.known() {
        note(ComponentKind::Kubernetes, version, "the API server".to_owned());
    }
    for object in facts.objects() {
        let text = |path: &[&str]| object.at(path).and_then(Node::text).unwrap_or_default();
        if text(&["kind"]) == "Node" {
            let node = format!("node {}", text(&["metadata", "name"]));
            let kubelet = text(&["status", "nodeInfo", "kubeletVersion"]);
            if !kubelet.is_empty() {
                note(ComponentKind::Kubernetes, kubelet, node.clone());
            }
            let runtime = text(&["status", "nodeInfo", "containerRuntimeVersion"]);
            if let Some((kind, version)) = runtime_of(runtime) {
                note(kind, version, node);
            }
        } else if let Some((kind, version, place)) = of_pod(object) {
            note(kind, version, place);
        }
    }
    let (mut components, mut gaps) = (Vec::new(), Vec::new());
    for ((kind, version), places) in seen {
        let shown = places.iter().take(NAMES_MAX).cloned().collect::<Vec<_>>().join(", ");
        let more = places.len().saturating_sub(NAMES_MAX);
        let object = if more == 0 { shown } else { format!("{shown} and {more} more") };
        match upstream(&version) {
            Some(version) => components.push(Component {
                kind,
                version: version.to_owned(),
                path: None,
                package: None,
                object: Some(object),
            }),
            None => gaps.push(Gap::new(
                format!("audit/known-vulnerable {} {version} in {object}", kind.name()),
                GapReason::NoAdvisories,
                "a vendor's build: its number does not tell which fixes it has",
            )),
        }
    }
    (components, gaps)
}

/// `containerd://1.7.27` (API reference, `NodeSystemInfo`).
fn runtime_of(text: &str) -> Option<(ComponentKind, &str)> {
    let (name, version) = text.split_once("://")?;
    let kind = match name {
        "containerd" => ComponentKind::Containerd,
        "cri-o" => ComponentKind::CriO,
        "docker" => ComponentKind::Engine,
        _ => return None,
    };
    (!version.is_empty()).then_some((kind, version))
}

/// Components that are known by the image of their pod.
fn of_pod(object: &Node) -> Option<(ComponentKind, &str, String)> {
    let spec = [&["spec"][..], &["spec", "template", "spec"][..]]
        .into_iter()
        .find_map(|path| object.at(path).filter(|spec| spec.get("containers").is_some_and(Node::is_list)))?;
    let text = |path: &[&str]| object.at(path).and_then(Node::text).unwrap_or_default();
    for container in spec.get("containers").map_or(&[][..], Node::items) {
        let image = container.get("image").and_then(Node::text).unwrap_or_default();
        let image = image.split('@').next().unwrap_or_default();
        let Some((name, tag)) = image.rsplit_once(':') else { continue };
        let kind = if name.ends_with("ingress-nginx/controller") {
            ComponentKind::IngressNginx
        } else if name.ends_with("/etcd") && text(&["metadata", "namespace"]) == "kube-system" {
            ComponentKind::Etcd
        } else {
            continue;
        };
        // The image of etcd counts its own builds: `3.5.21-0`.
        let version = if kind == ComponentKind::Etcd { tag.split('-').next().unwrap_or(tag) } else { tag };
        let place = format!(
            "{} {}/{}",
            text(&["kind"]),
            text(&["metadata", "namespace"]),
            text(&["metadata", "name"])
        );
        return Some((kind, version, place));
    }
    None
}

/// The version of upstream that a build is: of k3s and rke2 (`v1.33.3+k3s1`), which follow it, and of upstream itself. Others
/// (`-eks-…`, `-gke.…`, `~ds1`) carry fixes of their own.
fn upstream(version: &str) -> Option<&str> {
    let plain = match version.split_once('+') {
        Some((plain, build)) if build.starts_with("k3s") || build.starts_with("rke2") => plain,
        Some(_) => return None,
        None => version,
    };
    let digits = plain.strip_prefix('v').unwrap_or(plain);
    digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.').then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(kubelet: &str, runtime: &str) -> ClusterFacts {
        let mut facts = ClusterFacts::new("a", "b");
        for name in ["n1", "n2"] {
            let node = format!(
                r#"{{"kind":"Node","metadata":{{"name":"{name}"}},"status":{{"nodeInfo":{{"kubeletVersion":"{kubelet}","containerRuntimeVersion":"{runtime}"}}}}}}"#
            );
            facts.add(workload::parse_json(node.as_bytes()).unwrap());
        }
        facts
    }

    #[test]
    fn nodes_of_one_version_are_one_answer_and_old_ones_are_found() {
        let audit = judge(&facts("v1.28.3+k3s1", "containerd://1.6.8"));
        let found =
            |id: &str| audit.findings.iter().find(|finding| finding.aliases.iter().any(|alias| alias == id));
        let object = found("CVE-2023-5528").unwrap().location.object.clone().unwrap();
        assert!(object.contains("n1, node n2"), "{object}");
        assert!(found("CVE-2022-23471").is_some() || audit.findings.len() > 1, "{:?}", audit.findings);
    }

    #[test]
    fn builds_of_vendors_are_gaps_and_not_findings() {
        let audit = judge(&facts("v1.28.3-eks-e71965b", "containerd://1.6.20~ds1"));
        assert!(audit.findings.is_empty(), "{:?}", audit.findings);
        assert_eq!(audit.gaps.len(), 2, "{:?}", audit.gaps);
    }

    #[test]
    fn components_are_known_by_their_images() {
        let mut facts = ClusterFacts::new("a", "b");
        let text = r#"{"kind":"Deployment","metadata":{"name":"i","namespace":"n"},"spec":{"template":{"spec":{"containers":[{"image":"registry.k8s.io/ingress-nginx/controller:v1.11.0@sha256:00"}]}}}}"#;
        facts.add(workload::parse_json(text.as_bytes()).unwrap());
        let audit = judge(&facts);
        assert!(
            audit.findings.iter().any(|f| f.aliases.iter().any(|alias| alias == "CVE-2025-1974")),
            "{:?}",
            audit.findings
        );
    }
}
