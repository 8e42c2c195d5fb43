//! Findings about the daemon that a key of `daemon.json` repairs.

use super::{Action, Change, Class, Pending, Situation, diff::unified};
use crate::daemon_json::{Effect, EngineVersion, KeyChange, harden, set_keys};
use std::collections::BTreeSet;

/// Where the daemon looks unless it is told otherwise (moby, daemon/command, defaultDaemonConfigFile).
const DEFAULT_PATH: &str = "/etc/docker/daemon.json";

/// Which keys repair the findings of which rule.
const KEYS: &[(&str, &[&str])] = &[
    ("audit/default-seccomp-off", &["seccomp-profile"]),
    ("audit/descriptors-unbounded", &["default-ulimits"]),
    ("audit/engine-ignores-selinux", &["selinux-enabled"]),
    ("audit/engine-without-packet-filter", &["iptables"]),
    ("audit/experimental-engine", &["experimental"]),
    ("audit/forwarding-open", &["ip-forward-no-drop", "allow-direct-routing"]),
    ("audit/insecure-registry", &["insecure-registries"]),
    ("audit/inter-container-traffic", &["icc"]),
    ("audit/live-restore-off", &["live-restore"]),
    ("audit/log-level-not-info", &["log-level", "debug"]),
    ("audit/logs-without-bound", &["log-driver", "log-opts"]),
    ("audit/new-privileges-by-default", &["no-new-privileges"]),
    ("audit/no-default-ulimits", &["default-ulimits"]),
    ("audit/userland-proxy", &["userland-proxy"]),
];

pub(super) fn plan(pending: &mut Pending, situation: &Situation<'_>) {
    let engine = &situation.facts.engine;
    let path = match engine.configuration.path.as_str() {
        "" => DEFAULT_PATH,
        path => path,
    };
    let version = engine.info.known().and_then(|info| info.version.parse::<EngineVersion>().ok());
    let is_local = situation.facts.is_engine_local;
    // Builds without a version know what every release knows.
    let version = version.unwrap_or(EngineVersion { major: 20, minor: 10 });
    let hardened = harden(situation.daemon_json, &version, &situation.hardening);
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut has_packet_filter = true;
    for (rule, keys) in KEYS {
        let objects = pending.take(rule);
        let Some(object) = objects.first().cloned() else { continue };
        has_packet_filter &= *rule != "audit/engine-without-packet-filter";
        if *rule == "audit/userland-proxy" && !has_packet_filter {
            let why = "published ports need it as long as the engine does not manage the packet filter";
            pending.leave(rule, &object, why);
            continue;
        }
        if !is_local {
            pending.leave(
                rule,
                &object,
                "the engine is on another machine: its configuration is changed there",
            );
            continue;
        }
        let hardened = match &hardened {
            Ok(hardened) => hardened,
            Err(error) => {
                pending.leave(rule, &object, format!("{error}"));
                continue;
            }
        };
        let wanted: Vec<&KeyChange> =
            hardened.changes.iter().filter(|change| keys.contains(&change.key.as_str())).collect();
        if wanted.is_empty() {
            let note = hardened
                .notes
                .iter()
                .find(|note| keys.iter().any(|key| note.starts_with(&format!("{key}:"))));
            let why = note.cloned().unwrap_or_else(|| {
                format!("{path} says it already: the daemon was not restarted since, or is told otherwise by an argument or a container")
            });
            pending.leave(rule, &object, why);
            continue;
        }
        if !done.insert(keys[0]) {
            // Another finding of the same key: the change repairs both.
            if let Some(change) = pending.plan.changes.iter_mut().find(|change| change.id == id(keys[0])) {
                change.rules.push((*rule).to_owned());
                change.rules.sort();
            }
            continue;
        }
        pending.plan.changes.push(change(rule, &object, path, situation.daemon_json, &wanted));
    }
}

fn id(key: &str) -> String {
    format!("daemon-json/{key}")
}

fn change(rule: &str, object: &str, path: &str, present: &str, wanted: &[&KeyChange]) -> Change {
    let keys: Vec<(String, Option<serde_json::Value>)> =
        wanted.iter().map(|change| (change.key.clone(), change.after.clone())).collect();
    let needs_restart = wanted.iter().any(|change| change.effect == Effect::Restart);
    let text = set_keys(present, &keys).unwrap_or_default();
    let mut side_effects: Vec<String> = Vec::new();
    for effect in wanted.iter().flat_map(|change| &change.side_effects) {
        if !side_effects.contains(effect) {
            side_effects.push(effect.clone());
        }
    }
    let names: Vec<&str> = wanted.iter().map(|change| change.key.as_str()).collect();
    // Named by the rule's first key, so that a change keeps its id while some of its keys are set already.
    let first = KEYS.iter().find(|(name, _)| *name == rule).map_or(names[0], |(_, keys)| keys[0]);
    Change {
        id: id(first),
        title: format!(
            "{} in {path}: {}",
            names.join(", "),
            wanted.last().map_or("", |change| change.why.as_str())
        ),
        rules: vec![rule.to_owned()],
        object: object.to_owned(),
        class: if needs_restart { Class::Restart } else { Class::Reload },
        diff: unified(path, present, &text),
        action: Action::DaemonKeys { path: path.to_owned(), keys },
        side_effects,
    }
}
