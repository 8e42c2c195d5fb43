//! Promise: rights, tokens, immutable tags, rates and modes are kept, verdicts follow the advisories, and the log tells of all.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

mod support_registry;

use serde_json::json;
use support_registry::{Guarded, SECRET, access, digest, guarded};
use testkit::registry;

macro_rules! registry_or_skip {
    () => {
        match registry() {
            Some(registry) => registry,
            None => return,
        }
    };
}

fn token(guard: &Guarded, who: &str, scope: &str) -> (u16, String, String) {
    let answer = guard.ask(who, "GET", &format!("/token?service=registry.test&scope={scope}"));
    let text = |name: &str| answer.json()[name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("token"), text("scope"))
}

#[test]
fn tokens_allow_what_was_asked_for_and_is_allowed() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    guard.push_image("alice", "team-a/app", "1", "layer");
    let challenge = guard.ask("", "GET", "/v2/team-a/app/tags/list");
    assert_eq!(challenge.status, 401);
    let challenge = challenge.header("www-authenticate").unwrap().to_owned();
    assert!(challenge.contains("scope=\"repository:team-a/app:pull\""), "{challenge}");
    let (status, pull, scope) =
        token(&guard, "alice", "repository:team-a/app:pull,delete%20repository:team-b/app:pull");
    assert_eq!((status, scope.as_str()), (200, "repository:team-a/app:pull"));
    let bearer = format!("Bearer {pull}");
    let with =
        |method: &str, target: &str| guard.send("", method, target, &[("Authorization", &bearer)], b"");
    assert_eq!(with("GET", "/v2/").status, 200);
    assert_eq!(with("GET", "/v2/team-a/app/tags/list").status, 200);
    assert_eq!(with("GET", "/v2/team-a/other/tags/list").status, 401, "another repository");
    let push = with("POST", "/v2/team-a/app/blobs/uploads/");
    assert_eq!(push.status, 401, "another action");
    assert!(push.header("www-authenticate").unwrap().contains("pull,push"));
    // Rights count at each call, whatever a token said.
    guard
        .guard
        .reload(access("  - {principals: ['user:alice'], repositories: ['team-a/app'], deny: [tag-list]}\n"));
    assert_eq!(with("GET", "/v2/team-a/app/tags/list").status, 403);
    let forged = format!("Bearer {}x", pull);
    assert_eq!(guard.send("", "GET", "/v2/", &[("Authorization", &forged)], b"").status, 401);
    assert_eq!(guard.ask("mallory", "GET", "/v2/").status, 401);
    assert_eq!(token(&guard, "", "repository:team-a/app:pull").0, 401, "nothing is given to nobody");
    let form = format!(
        "grant_type=password&service=registry.test&username=alice&password={}&scope=repository:team-a/app:push",
        SECRET.replace(' ', "+")
    );
    let fields = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = guard.send("", "POST", "/token", &fields, form.as_bytes());
    assert_eq!((answer.status, answer.json()["scope"].as_str()), (200, Some("repository:team-a/app:push")));
}

#[test]
fn tags_are_overwritten_by_right_and_never_when_immutable() {
    let registry = registry_or_skip!();
    let more = "  - {principals: ['user:bob'], repositories: ['team-a/**'], allow: [push, overwrite, delete]}
immutable:
  - {repositories: ['**'], tags: ['v*']}
";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    let (first, _) = guard.push_image("alice", "team-a/app", "latest", "one");
    guard.push_image("alice", "team-a/app", "v1", "one");
    let two = guard.image("alice", "team-a/app", "two");
    let put = |who: &str, tag: &str| guard.put_manifest(who, "team-a/app", tag, &two).status;
    assert_eq!(put("alice", "latest"), 403, "no right to overwrite");
    assert_eq!(put("alice", "new"), 201);
    assert_eq!(put("alice", "new"), 201, "the same again changes nothing");
    assert_eq!(put("bob", "v1"), 403, "immutable");
    assert_eq!(
        guard.ask("bob", "DELETE", &format!("/v2/team-a/app/manifests/{first}")).status,
        403,
        "v1 names it"
    );
    assert_eq!(put("bob", "latest"), 201);
    let second = digest(two.to_string().as_bytes());
    assert_eq!(guard.ask("alice", "DELETE", &format!("/v2/team-a/app/manifests/{second}")).status, 403);
    assert_eq!(guard.ask("bob", "DELETE", &format!("/v2/team-a/app/manifests/{second}")).status, 202);
}

#[test]
fn verdict_is_asked_for_again_when_advisories_change() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    guard.judge.hold(true);
    let (image, layer) = guard.push_image("alice", "team-a/app", "1", "layer");
    guard.judge.pass(&image);
    guard.judge.hold(false);
    let pull = || guard.ask("puller", "GET", "/v2/team-a/app/manifests/1").status;
    for _ in 0..5 {
        assert_eq!(pull(), 200);
    }
    assert_eq!(guard.judge.asked.lock().unwrap().len(), 1);
    guard.judge.say(&image, guard::registry::Judgement::failed(vec!["CVE-2026-1".to_owned()]));
    assert_eq!(pull(), 200, "of the same advisories");
    *guard.judge.edition.lock().unwrap() = "next".to_owned();
    assert_eq!(pull(), 403);
    assert_eq!(guard.ask("puller", "GET", &format!("/v2/team-a/app/blobs/{layer}")).status, 403);
}

/// Without its manifest nobody could sign an image; its content stays where it is.
#[test]
fn who_may_sign_sees_the_manifest_that_lacks_a_signature_alone() {
    let registry = registry_or_skip!();
    let more = "  - {principals: ['user:bob'], repositories: ['team-a/**'], allow: [sign, pull]}\n";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    let (image, layer) = guard.push_image("alice", "team-a/app", "1", "layer");
    let unsigned = |lacks_signature_alone| guard::registry::Judgement::Failed {
        reasons: vec!["it is not signed".to_owned()],
        lacks_signature_alone,
    };
    let get = |who: &str| guard.ask(who, "GET", "/v2/team-a/app/manifests/1").status;
    guard.judge.say(&image, unsigned(true));
    *guard.judge.edition.lock().unwrap() += "x";
    assert_eq!((get("puller"), get("bob")), (403, 200));
    assert_eq!(guard.ask("bob", "GET", &format!("/v2/team-a/app/blobs/{layer}")).status, 403);
    guard.judge.say(&image, unsigned(false));
    *guard.judge.edition.lock().unwrap() += "x";
    assert_eq!((get("puller"), get("bob")), (403, 403), "something else is wrong, too");
}

#[test]
fn warn_mode_warns_and_off_is_silent() {
    let registry = registry_or_skip!();
    let more = "admission:\n  - {repositories: ['team-a/**'], mode: warn}\n  - {repositories: ['team-b/**'], mode: 'off'}\n";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    guard.push_image("alice", "team-a/app", "1", "layer");
    guard.push_image("bob", "team-b/app", "1", "layer");
    let warned = guard.ask("puller", "GET", "/v2/team-a/app/manifests/1");
    assert_eq!(warned.status, 200);
    assert!(warned.header("warning").unwrap().contains("vulnerable/critical"), "{warned:?}");
    let silent = guard.ask("bob", "GET", "/v2/team-b/app/manifests/1");
    assert_eq!((silent.status, silent.header("warning")), (200, None));
}

#[test]
fn artifacts_leave_when_their_type_is_allowed() {
    let registry = registry_or_skip!();
    let more = "admission:\n  - {repositories: ['**'], mode: enforce, artifacts: [application/vnd.cncf.helm.config.v1+json]}\n";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    for (tag, kind, expected) in
        [("chart", "application/vnd.cncf.helm.config.v1+json", 200), ("other", "application/x.y", 403)]
    {
        let mut manifest = guard.image("alice", "team-a/app", "layer");
        manifest["config"]["mediaType"] = json!(kind);
        assert_eq!(guard.put_manifest("alice", "team-a/app", tag, &manifest).status, 201);
        assert_eq!(guard.ask("puller", "GET", &format!("/v2/team-a/app/manifests/{tag}")).status, expected);
    }
}

#[test]
fn rates_are_kept_for_each_principal() {
    let registry = registry_or_skip!();
    let more = "rates:\n  - {principals: ['robot:*'], requests_per_minute: 1, burst: 3}\n";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    let statuses: Vec<u16> = (0..5).map(|_| guard.ask("puller", "GET", "/v2/").status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    assert_eq!(guard.ask("alice", "GET", "/v2/").status, 200);
}

#[test]
fn asking_how_to_log_in_is_no_pull_that_counts() {
    let registry = registry_or_skip!();
    let more = "rates:\n  - {principals: [anonymous], requests_per_minute: 1, burst: 2}\n";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    let probes: Vec<u16> = (0..5).map(|_| guard.ask("", "GET", "/v2/").status).collect();
    assert!(probes.iter().all(|status| *status != 429), "{probes:?}");
    let pulls: Vec<u16> = (0..4).map(|_| guard.ask("", "GET", "/v2/team-a/app/tags/list").status).collect();
    assert_eq!((pulls[0] == 429, pulls[3]), (false, 429), "{pulls:?}");
}

#[test]
fn who_guesses_secrets_of_one_name_locks_no_other_out() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    let guess = |name: &str| guard.ask_with(name, "wrong", "GET", "/v2/").status;
    let guesses: Vec<u16> = (0..22).map(|_| guess("bob")).collect();
    assert_eq!((guesses[0], guesses[21]), (401, 429), "{guesses:?}");
    assert_eq!(guard.ask("bob", "GET", "/v2/").status, 429, "his name is being guessed");
    assert_eq!(guard.ask("alice", "GET", "/v2/").status, 200);
    let many: Vec<u16> = (0..300).map(|at| guess(&format!("name-{at}"))).collect();
    assert!(many.contains(&429), "one address tries names without end");
}

#[test]
fn log_tells_of_every_decision_and_is_whole() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    let (image, _) = guard.push_image("alice", "team-a/app", "1", "layer");
    assert_eq!(guard.ask("puller", "GET", "/v2/team-a/app/manifests/1").status, 403);
    assert_eq!(guard.ask("bob", "GET", "/v2/team-a/app/manifests/1").status, 403);
    let log = guard.log();
    let find = |principal: &str, route: &str, decision: &str| {
        log.iter().find(|record| {
            record["principal"] == principal && record["route"] == route && record["decision"] == decision
        })
    };
    let denied = find("robot:puller", "manifest.get", "deny").expect("the refused pull");
    assert_eq!((&denied["digest"], &denied["rule"]), (&json!(image), &json!("not-passed")));
    assert_eq!(find("user:bob", "manifest.get", "deny").expect("without right")["rule"], json!("no-right"));
    assert!(find("user:alice", "manifest.put", "allow").is_some());
    let verification = ledger::verify(&guard.ledger, &ledger::VerifyOptions::default()).unwrap();
    assert!(verification.problems.is_empty(), "{verification:?}");
}
