//! The smallest policy that observed clients need.

use crate::policy::{Asked, Policy};
use crate::{Client, Date, Decision, Facts, Mode, Verdict};
use calls::{Call, Json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A call that a client was seen to make.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Who.
    pub client: Client,
    /// What.
    pub call: Call,
}

/// What one client needs.
#[derive(Debug, Default)]
struct Needed {
    calls: BTreeSet<&'static str>,
    lists: BTreeMap<&'static str, BTreeSet<String>>,
    /// Rules that it breaks: they are left to be thought about.
    broken: BTreeSet<String>,
}

/// The text of a policy that lets through what was observed, and little else: calls, images, paths, capabilities, ports and
/// commands by name. What it does against the rules of `guarded` is let through and stands in the text, to be looked at.
#[must_use]
pub fn learn(observed: &[Observed]) -> String {
    let mut clients: BTreeMap<String, (String, Needed)> = BTreeMap::new();
    for Observed { client, call } in observed {
        let (name, matcher) = identity(client);
        let needed = &mut clients.entry(name).or_insert_with(|| (matcher, Needed::default())).1;
        needed.calls.insert(call.route().id);
        lists(call, needed);
    }
    // A rule that a seen call breaks is found by judging it; each round names at least one more rule.
    for _ in 0..8 {
        let text = written(&clients);
        let Ok((policy, _)) = Policy::parse(&text) else { return text };
        let mut changed = false;
        for Observed { client, call } in observed {
            let decision = judged(&policy, client, call);
            if decision.verdict != Verdict::Deny {
                continue;
            }
            let needed = &mut clients.get_mut(&identity(client).0).expect("each client was entered above").1;
            for hit in decision.rules.iter().filter(|hit| hit.mode == Mode::Deny) {
                changed |= needed.broken.insert(hit.rule.clone());
            }
        }
        if !changed {
            return text;
        }
    }
    written(&clients)
}

fn judged(policy: &Policy, client: &Client, call: &Call) -> Decision {
    let facts = Facts::plain(&policy.needs(client, call));
    let today: Date = "2000-01-01".parse().expect("this is a day");
    policy.decide(Asked { client, call: call.clone(), facts: &facts, today })
}

/// The name of a client and the words that match it.
fn identity(client: &Client) -> (String, String) {
    if let Some(container) = &client.container
        && !container.name.is_empty()
    {
        return (
            format!("container-{}", word(&container.name)),
            format!("{{container: {}}}", quoted(&container.name)),
        );
    }
    if let Some(certificate) = &client.certificate {
        if let Some(uri) = certificate.uris.iter().find(|uri| uri.starts_with("spiffe://")) {
            return (format!("spiffe-{}", word(uri)), format!("{{spiffe: {}}}", quoted(uri)));
        }
        let name = certificate.names.first().unwrap_or(&certificate.common_name);
        return (format!("certificate-{}", word(name)), format!("{{certificate: {}}}", quoted(name)));
    }
    match client.uid {
        Some(uid) => (format!("uid-{uid}"), format!("{{uid: {uid}}}")),
        None => ("everyone".to_owned(), "{any: true}".to_owned()),
    }
}

fn word(text: &str) -> String {
    text.chars()
        .take(60)
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' })
        .collect()
}

/// A text of YAML: JSON's texts are such (YAML 1.2.2, section 1.3). A `*` of a name would be a pattern.
fn quoted(text: &str) -> String {
    Json::Text(text.to_owned()).to_value().to_string()
}

fn lists(call: &Call, needed: &mut Needed) {
    let mut add = |rule: &'static str, text: &str| {
        if !text.is_empty() && !text.contains('*') {
            needed.lists.entry(rule).or_default().insert(text.to_owned());
        }
    };
    if call.route().id == "images.create"
        && let Some(name) = call.query("fromImage")
    {
        let tag = call.query("tag").unwrap_or_default();
        let separator = if tag.contains(':') { "@" } else { ":" };
        add(
            "guard/image-not-allowed",
            &if tag.is_empty() { name.to_owned() } else { format!("{name}{separator}{tag}") },
        );
    }
    let Some(body) = call.body() else { return };
    if call.route().id == "containers.exec" {
        let command: Vec<&str> = body.texts_of("Cmd").collect();
        add("guard/exec-command", &command.join(" "));
    }
    if call.route().id != "containers.create" {
        return;
    }
    add("guard/image-not-allowed", body.text_of("Image"));
    let null = Json::Null;
    let host = body.get("HostConfig").unwrap_or(&null);
    for bind in host.texts_of("Binds") {
        let parts: Vec<&str> = bind.split(':').collect();
        let is_read_only =
            parts.get(2).is_some_and(|options| options.split(',').any(|option| option == "ro"));
        path(&mut add, parts[0], is_read_only);
    }
    for mount in host.get("Mounts").map(Json::items).unwrap_or_default() {
        if mount.text_of("Type") == "bind" {
            path(&mut add, mount.text_of("Source"), mount.get("ReadOnly").is_some_and(Json::is_true));
        }
    }
    for name in host.texts_of("CapAdd") {
        add("container/added-capability", name);
        add("container/dangerous-capability", name);
    }
    for (_, bindings) in host.get("PortBindings").map(Json::entries).unwrap_or_default() {
        for binding in bindings.items() {
            add("guard/publishes-port-not-allowed", binding.text_of("HostPort"));
        }
    }
    for device in host.get("Devices").map(Json::items).unwrap_or_default() {
        add("container/host-device", device.text_of("PathOnHost"));
    }
}

fn path(add: &mut impl FnMut(&'static str, &str), source: &str, is_read_only: bool) {
    let is_clean = source == "/"
        || source.starts_with('/') && source[1..].split('/').all(|part| !matches!(part, "" | "." | ".."));
    if is_clean {
        add(
            "guard/host-path-not-allowed",
            &if is_read_only { format!("{source}:ro") } else { source.to_owned() },
        );
    }
}

/// Rules with a list for each client that makes containers or processes.
const LISTS: [(&str, &str); 7] = [
    ("container/added-capability", "containers.create"),
    ("container/dangerous-capability", "containers.create"),
    ("container/host-device", "containers.create"),
    ("guard/exec-command", "containers.exec"),
    ("guard/host-path-not-allowed", "containers.create"),
    ("guard/image-not-allowed", "containers.create"),
    ("guard/publishes-port-not-allowed", "containers.create"),
];

fn written(clients: &BTreeMap<String, (String, Needed)>) -> String {
    let mut out = String::from("version: 1\nprofile: guarded\nclients:\n");
    let mut line = |text: String| {
        writeln!(out, "{text}").expect("memory takes every line");
    };
    for (name, (matcher, needed)) in clients {
        line(format!("  - name: {name}"));
        line(format!("    match: {matcher}"));
        line("    allow:".to_owned());
        for call in &needed.calls {
            line(format!("      - {call}"));
        }
        let makes = |call: &str| {
            needed.calls.contains(call)
                || call == "containers.create" && needed.calls.contains("images.create")
        };
        let rules: Vec<_> =
            LISTS.iter().filter(|(rule, call)| makes(call) && !needed.broken.contains(*rule)).collect();
        if !rules.is_empty() || !needed.broken.is_empty() {
            line("    rules:".to_owned());
        }
        for (rule, _) in rules {
            let list: Vec<String> =
                needed.lists.get(rule).into_iter().flatten().map(|text| quoted(text)).collect();
            line(format!("      - {{id: {rule}, mode: deny, allowed: [{}]}}", list.join(", ")));
        }
        for rule in &needed.broken {
            line("      # This client breaks the rule; decide whether it may.".to_owned());
            line(format!(
                "      - {{id: {rule}, mode: audit{}}}",
                if rule == "guard/image-not-allowed" { ", allowed: ['*']" } else { "" }
            ));
        }
    }
    out
}
