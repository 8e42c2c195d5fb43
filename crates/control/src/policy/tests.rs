use super::*;
use crate::profiles::{CLIENTS, PROFILES};

#[track_caller]
fn wrong(yaml: &str, line: u32, part: &str) {
    let error = Policy::parse(yaml).map(|_| ()).unwrap_err();
    assert!(error.message.contains(part), "'{}' lacks '{part}'", error.message);
    assert_eq!(error.line, line, "{error}");
}

#[test]
fn every_built_in_policy_is_read_without_a_warning() {
    for (name, text) in PROFILES {
        let (policy, warnings) = Policy::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
        assert!(!policy.clients.is_empty() && policy.settings.len() > 40, "{name}");
    }
    for (name, _) in CLIENTS {
        let yaml = format!(
            "version: 1\nprofile: guarded\nclients:\n  - {{name: a, match: {{any: true}}, profile: {name}}}\n"
        );
        let (_, warnings) = Policy::parse(&yaml).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
    }
}

#[test]
fn errors_say_the_line_and_what_was_meant() {
    wrong("", 0, "empty");
    wrong("rules: []\n", 1, "version: 1");
    wrong("version: 2\n", 1, "version '2'");
    wrong("version: 1\nruls: []\n", 2, "did you mean 'rules'?");
    wrong("version: 1\nversion: 1\n", 2, "twice");
    wrong(
        "version: 1\nrules:\n  - {id: container/priviledged, mode: deny}\n",
        3,
        "did you mean 'container/privileged'?",
    );
    wrong("version: 1\nrules:\n  - {id: container/privileged, mode: block}\n", 3, "'block' is no mode");
    wrong("version: 1\nrules:\n  - {id: container/privileged, mode: rewrite}\n", 3, "cannot rewrite");
    wrong(
        "version: 1\nrules:\n  - id: container/privileged\n    mode: deny\n    allowed: [x]\n",
        5,
        "has no 'allowed'",
    );
    wrong("version: 1\nrules:\n  - {id: container/no-memory-limit, mode: rewrite}\n", 3, "needs 'memory'");
    wrong("version: 1\nrules:\n  - {id: guard/own-files-mounted, mode: off}\n", 3, "cannot be changed");
    wrong(
        "version: 1\nrules:\n  - {id: container/privileged, mode: deny, match: {call: container.create}}\n",
        3,
        "containers.create",
    );
    wrong(
        "version: 1\nrules:\n  - {id: container/privileged, mode: deny, waiver: {reason: x}}\n",
        3,
        "'until'",
    );
    wrong(
        "version: 1\nrules:\n  - {id: container/privileged, mode: deny, waiver: {reason: x, until: 2026-02-30}}\n",
        3,
        "is not a date",
    );
    wrong(
        "version: 1\nrules:\n  - {id: guard/host-path-not-allowed, mode: deny, allowed: [/a/../b]}\n",
        3,
        "clean absolute path",
    );
    wrong("version: 1\nrules:\n  - {id: custom/x, mode: deny}\n", 3, "'when'");
    wrong("version: 1\nrules:\n  - {id: guard/mine, mode: deny, when: 'true'}\n", 3, "named custom/NAME");
    wrong("version: 1\nrules:\n  - {id: custom/x, mode: deny, when: '1 +'}\n", 3, "no expression");
    wrong("version: 1\nprofile: gaurded\n", 2, "did you mean 'guarded'?");
    wrong("version: 1\nclients:\n  - {name: a, match: {}}\n", 3, "says nothing");
    wrong("version: 1\nclients:\n  - {name: a, match: {any: true, uid: 1}}\n", 3, "stands alone");
    wrong("version: 1\nclients:\n  - {name: a, match: {uid: 1}, allow: [R9]}\n", 3, "no call is named 'R9'");
    wrong(
        "version: 1\nclients:\n  - {name: a, match: {uid: 1}, profile: trafik}\n",
        3,
        "did you mean 'traefik'?",
    );
    wrong("version: 1\nmode: rewrite\n", 2, "audit, warn or deny");
    wrong("version: 1\n---\nversion: 1\n", 2, "one document");
}

#[test]
fn clients_are_told_apart() {
    let yaml = "version: 1\nclients:\n\
        - {name: ci, match: {certificate: ['*.ci.example.com']}, allow: [R1]}\n\
        - {name: mesh, match: {spiffe: 'spiffe://example.com/web/*'}, allow: [R1]}\n\
        - {name: proxy, match: {container_labels: {role: proxy}}, allow: [R1]}\n\
        - {name: root, match: {uid: 0, gid: 0}, allow: [R1]}\n";
    let (policy, _) = Policy::parse(yaml).unwrap();
    let certificate = |names: &[&str], uris: &[&str], common: &str| Client {
        certificate: Some(crate::ClientCertificate {
            common_name: common.into(),
            names: names.iter().map(|name| (*name).into()).collect(),
            uris: uris.iter().map(|uri| (*uri).into()).collect(),
            sha256: String::new(),
        }),
        ..Client::default()
    };
    let name = |client: &Client| policy.client_name(client).map(str::to_owned);
    assert_eq!(name(&certificate(&["a.ci.example.com"], &[], "")).as_deref(), Some("ci"));
    assert_eq!(name(&certificate(&[], &[], "a.ci.example.com")).as_deref(), Some("ci"));
    // A common name beside other names says nothing.
    assert_eq!(name(&certificate(&["x.example.com"], &[], "a.ci.example.com")), None);
    assert_eq!(name(&certificate(&[], &["spiffe://example.com/web/1"], "")).as_deref(), Some("mesh"));
    assert_eq!(name(&certificate(&[], &["spiffe://example.com.evil.example/web/1"], "")), None);
    let labels = [("role".to_owned(), "proxy".to_owned())].into();
    let container = crate::ClientContainer { labels, ..crate::ClientContainer::default() };
    assert_eq!(
        name(&Client { uid: Some(5), container: Some(container), ..Client::default() }).as_deref(),
        Some("proxy")
    );
    assert_eq!(name(&Client { uid: Some(0), gids: vec![0], ..Client::default() }).as_deref(), Some("root"));
    assert_eq!(name(&Client { uid: Some(0), gids: vec![1], ..Client::default() }), None);
    assert_eq!(name(&Client::default()), None);
}
