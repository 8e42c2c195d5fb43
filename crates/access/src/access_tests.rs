//! Tests of the file of rights.

use super::*;
use crate::{Failure, Secrets, hash_secret, scopes};

const FILE: &str = "version: 1
service: registry.example.com
users:
  - {name: alice, secret: 'SECRET'}
robots:
  - {name: ci, secret: 'SECRET', expires: 2027-01-01}
groups:
  developers: ['user:alice']
rules:
  - {principals: ['group:developers'], repositories: ['team-a/**'], allow: [pull, push, tag-list, catalog]}
  - {principals: ['robot:ci'], repositories: ['**'], allow: [admin]}
  - {principals: [anyone], repositories: ['public/*'], allow: [pull]}
  - {principals: [anyone], repositories: ['team-a/secret', 'public/hidden'], deny: [admin]}
immutable:
  - {repositories: ['release/**'], tags: ['v*']}
quotas:
  - {repositories: ['**'], blob_bytes_max: 1000}
  - {repositories: ['team-a/**'], blob_bytes_max: 10, repository_bytes_max: 500}
rates:
  - {principals: [anonymous], requests_per_minute: 60}
admission:
  - {repositories: ['**'], mode: warn, wait_seconds: 5, artifacts: [a, b]}
  - {repositories: ['release/**'], mode: enforce, artifacts: [b]}
";

fn access() -> Access {
    let secret = hash_secret("correct horse");
    Access::parse(&FILE.replace("SECRET", &secret)).unwrap().0
}

fn user() -> Principal {
    Principal::User("alice".to_owned())
}

fn robot() -> Principal {
    Principal::Robot("ci".to_owned())
}

#[test]
fn deny_overrides_whatever_is_allowed_elsewhere() {
    let access = access();
    assert!(access.rights(&user(), "team-a/app").has(Right::Push));
    assert!(!access.rights(&user(), "team-a/app").has(Right::Delete));
    assert!(access.rights(&user(), "team-b/app").is_empty());
    assert!(access.rights(&robot(), "team-b/app").has(Right::Overwrite));
    assert!(access.rights(&robot(), "team-a/secret").is_empty());
    assert!(access.rights(&Principal::Anonymous, "public/app").has(Right::Pull));
    assert!(access.rights(&Principal::Anonymous, "public/hidden").is_empty());
}

#[test]
fn grant_is_the_exact_intersection() {
    let access = access();
    let asked =
        scopes(["repository:team-a/app:pull,push,delete repository:team-b/app:pull", "registry:catalog:*"]);
    let granted = access.grant(&user(), &asked);
    let words: Vec<String> = granted
        .iter()
        .map(|scope| {
            format!(
                "{}:{}:{}",
                scope.kind,
                scope.name,
                scope.actions.iter().cloned().collect::<Vec<_>>().join(",")
            )
        })
        .collect();
    assert_eq!(words, ["repository:team-a/app:pull,push", "registry:catalog:*"]);
    assert!(access.grant(&Principal::Anonymous, &asked).is_empty());
}

#[test]
fn strictest_setting_counts() {
    let access = access();
    assert_eq!(access.quota("team-a/app").blob_bytes_max, Some(10));
    assert_eq!(access.quota("x").repository_bytes_max, None);
    assert!(access.is_immutable("release/app", "v1") && !access.is_immutable("release/app", "latest"));
    assert_eq!(access.rate(&Principal::Anonymous).unwrap().requests_per_minute, 60);
    assert_eq!(access.rate(&user()), None);
    let release = access.admission("release/app");
    assert_eq!(
        (release.mode, release.wait_secs, release.artifacts),
        (Mode::Enforce, 5, vec!["b".to_owned()])
    );
    assert_eq!(access.admission("x").mode, Mode::Warn);
    let (empty, _) = Access::parse("version: 1\nservice: a\n").unwrap();
    assert_eq!(empty.admission("x").mode, Mode::Enforce, "silence is no permission");
}

#[test]
fn secrets_are_verified_and_expire_with_their_robot() {
    let (access, secrets) = (access(), Secrets::default());
    let log_in = |name: &str, secret: &str, today: &str| access.log_in(name, secret, &secrets, 1_000, today);
    assert_eq!(log_in("alice", "correct horse", "2026-11-22"), Ok(user()));
    // Remembered now, and still compared.
    assert_eq!(log_in("alice", "correct horse", "2026-11-22"), Ok(user()));
    assert_eq!(log_in("alice", "wrong", "2026-11-22"), Err(Failure::Secret));
    assert_eq!(log_in("mallory", "correct horse", "2026-11-22"), Err(Failure::Secret));
    assert_eq!(log_in("ci", "correct horse", "2026-11-22"), Ok(robot()));
    assert_eq!(log_in("ci", "correct horse", "2027-01-02"), Err(Failure::Secret));
    assert!(!access.still_knows(&robot(), "2027-01-02"));
}

#[track_caller]
fn is_wrong(text: &str, line: usize, part: &str) {
    let error = Access::parse(text).unwrap_err();
    assert_eq!(error.line, line, "{error}");
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn mistakes_are_told_with_line_and_hint() {
    let head = "version: 1\nservice: a\n";
    is_wrong(&format!("{head}ruls: []\n"), 3, "did you mean 'rules'?");
    is_wrong(
        &format!("{head}rules:\n  - principals: [anyone]\n    repositories: ['**']\n    allow: [pul]\n"),
        6,
        "did you mean 'pull'?",
    );
    is_wrong(
        &format!("{head}rules:\n  - {{principals: [bob], repositories: ['**'], allow: [pull]}}\n"),
        4,
        "no principal",
    );
    is_wrong(
        &format!("{head}rules:\n  - {{principals: ['group:x'], repositories: ['**']}}\n"),
        4,
        "no group 'x'",
    );
    is_wrong(&format!("{head}users:\n  - {{name: bob, secret: plain}}\n"), 4, "argon2id");
    is_wrong("version: 2\nservice: a\n", 1, "version 2");
    is_wrong(&format!("{head}version: 1\n"), 1, "duplicate field");
    is_wrong(
        &format!("{head}ldap:\n  - {{name: d, address: 'ldap://d.example.com', dn: 'uid={{user}}'}}\n"),
        4,
        "do not travel in clear",
    );
}
