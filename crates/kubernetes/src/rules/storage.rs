//! Secrets at rest, audit, and data in the wrong kind.

use crate::object::Object;
use crate::sink::{Hit, Judged, Rule};
use model::Severity;
use workload::{Node, Value};

pub(crate) const SECRET_IN_CONFIG_MAP: Rule = Rule::new(
    "kubernetes/secret-in-config-map",
    Severity::High,
    [
        "a config map holds a credential",
        "Config maps are readable for far more people and programs than secrets, and are never encrypted.",
        "Move it into a Secret, or into the store that your cluster reads secrets from. Change the credential.",
    ],
    &["C-0012", "KSV-01010", "KSV-0109"],
);

pub(crate) const SECRETS_NOT_ENCRYPTED: Rule = Rule::new(
    "kubernetes/secrets-not-encrypted",
    Severity::High,
    [
        "secrets are not encrypted at rest",
        "Whoever reads etcd's disk or a backup reads every secret. The first provider of the list writes; 'identity' \
         writes in clear.",
        "Put kms or secretbox (aescbc where nothing else is there) before 'identity', for secrets, and rewrite all secrets.",
    ],
    &["C-0066", "C-0141", "CIS-Kubernetes-1.2.28"],
);

pub(crate) const AUDIT_POLICY_INCOMPLETE: Rule = Rule::new(
    "kubernetes/audit-policy-incomplete",
    Severity::Medium,
    [
        "the audit policy leaves out what an investigation needs",
        "Reading of secrets and running of commands in pods are what one looks for first.",
        "Log secrets, config maps and token reviews at Metadata, pods/exec, attach, portforward and proxy at Metadata or \
         more, and end with a rule for everything at Metadata.",
    ],
    &["C-0254", "CIS-Kubernetes-3.2.2"],
);

/// Config maps, encryption configurations and audit policies.
pub(crate) fn judge(object: &Object, out: &mut Judged) {
    match object.kind.as_str() {
        "ConfigMap" => config_map(object, out),
        "EncryptionConfiguration" | "EncryptionConfig" => encryption(object, out),
        "Policy" if object.group() == "audit.k8s.io" => audit(object, out),
        _ => {}
    }
}

fn config_map(object: &Object, out: &mut Judged) {
    let mut hits = Vec::new();
    for entry in object.node.get("data").map_or(&[][..], Node::entries) {
        let Some(text) = entry.value.text() else { continue };
        let mut reasons = Vec::new();
        if let Some(why) = workload::why_secret(&entry.key, text).filter(|_| !text.contains('\n')) {
            reasons.push(why);
        }
        // Files of settings: one assignment a line.
        for line in text.lines().take(5_000) {
            if let Some((key, value)) = workload::setting(line)
                && let Some(why) = workload::why_secret(key, value)
            {
                reasons.push(format!("{}: {why}", clean(key)));
                break;
            }
        }
        if !reasons.is_empty() {
            let title = format!("{} holds a credential", clean(&entry.key));
            hits.push(Hit::new(title, entry.key_place.or_else(|| object.start()), reasons.join("; ")));
        }
    }
    out.answer(&SECRET_IN_CONFIG_MAP, object, hits, "no credential in clear");
}

fn encryption(object: &Object, out: &mut Judged) {
    let mut hits = Vec::new();
    let mut covers_secrets = false;
    for resource in object.node.get("resources").map_or(&[][..], Node::items) {
        let names: Vec<&str> =
            resource.get("resources").map_or(&[][..], Node::items).iter().filter_map(Node::text).collect();
        if !names.iter().any(|name| matches!(*name, "secrets" | "*." | "*.*")) {
            continue;
        }
        covers_secrets = true;
        let first = resource.get("providers").map_or(&[][..], Node::items).first();
        let provider = first.and_then(|node| node.entries().first()).map_or("", |entry| entry.key.as_str());
        if matches!(provider, "" | "identity") {
            let place = first.and_then(|node| node.place).or_else(|| object.start());
            hits.push(Hit::new("secrets are written in clear", place, "the first provider is identity"));
        }
        // The first entry that names a resource counts for it.
        break;
    }
    if !covers_secrets {
        hits.push(Hit::new("secrets are not encrypted", object.start(), "no entry names secrets"));
    }
    out.answer(&SECRETS_NOT_ENCRYPTED, object, hits, "encrypted");
}

fn audit(object: &Object, out: &mut Judged) {
    let rules = object.node.get("rules").map_or(&[][..], Node::items);
    // The first rule that is about a request decides (API reference, audit Policy).
    let level = |resource: &str, group: &str| -> &str {
        for rule in rules {
            let lists = |key: &str| rule.get(key).map_or(&[][..], Node::items);
            // A rule for some users, verbs or namespaces is none for all.
            if ["users", "userGroups", "verbs", "namespaces", "nonResourceURLs"]
                .iter()
                .any(|key| !lists(key).is_empty())
            {
                continue;
            }
            let resources = lists("resources");
            let about = resources.is_empty()
                || resources.iter().any(|item| {
                    let own = item.get("group").and_then(Node::text).unwrap_or_default();
                    let names = item.get("resources").map_or(&[][..], Node::items);
                    let part = resource.split_once('/').map(|(_, part)| format!("*/{part}"));
                    own == group
                        && (names.is_empty()
                            || names.iter().filter_map(Node::text).any(|name| {
                                name == resource
                                    || name == "*"
                                    || Some(name) == part.as_deref()
                                    || name.strip_suffix("/*").is_some_and(|base| resource.starts_with(base))
                            }))
                });
            if about {
                return rule.get("level").and_then(Node::text).unwrap_or("None");
            }
        }
        "None"
    };
    let mut hits = Vec::new();
    for (resource, group) in [
        ("secrets", ""),
        ("configmaps", ""),
        ("tokenreviews", "authentication.k8s.io"),
        ("pods", ""),
        ("deployments", "apps"),
        ("pods/exec", ""),
        ("pods/portforward", ""),
        ("pods/proxy", ""),
        ("services/proxy", ""),
    ] {
        if level(resource, group) == "None" {
            hits.push(Hit::new(
                format!("nothing is logged of {resource}"),
                object.start(),
                format!("{resource}: level None"),
            ));
        }
    }
    out.answer(&AUDIT_POLICY_INCOMPLETE, object, hits, "logged");
}

fn clean(text: &str) -> String {
    text.chars().take(80).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

/// Whether a node is a mapping with nothing in it.
pub(crate) fn is_empty_map(node: &Node) -> bool {
    matches!(&node.value, Value::Map(entries) if entries.is_empty())
}
