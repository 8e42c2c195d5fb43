//! Services, tasks, secrets and configs belong to whom made them.

use super::{call, decide, decide_with, policy};
use control::{Decision, Found, SwarmFacts, SwarmKind, Verdict, explain};

const RULE: &str = "  - {id: guard/not-owner, mode: rewrite, label: owner}\n";
const ID: &str = "0123456789abcdefghijklmno";

fn of(owner: Option<&str>) -> Found<SwarmFacts> {
    let labels = owner.map(|owner| ("owner".to_owned(), owner.to_owned()));
    Found::Known(SwarmFacts { id: ID.to_owned(), labels: labels.into_iter().collect() })
}

fn decided(method: &str, target: &str, body: &str, kind: SwarmKind, found: Found<SwarmFacts>) -> Decision {
    decide_with(&policy(RULE), &call(method, target, body), |facts| {
        let all = facts.swarm_mut(kind);
        all.insert("web".to_owned(), found);
    })
}

const SERVICE: &str = r#"{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"example.com/web:1"}}}"#;

#[test]
fn what_belongs_to_another_is_refused_and_own_goes_by_its_id() {
    use SwarmKind::{Config, Secret, Service, Task};
    for (method, target, body, kind) in [
        ("GET", "/services/web", "", Service),
        ("GET", "/services/web/logs", "", Service),
        ("DELETE", "/services/web", "", Service),
        ("POST", "/services/web/update?version=3", SERVICE, Service),
        ("GET", "/tasks/web", "", Task),
        ("GET", "/tasks/web/logs", "", Task),
        ("GET", "/secrets/web", "", Secret),
        ("DELETE", "/secrets/web", "", Secret),
        ("POST", "/secrets/web/update?version=3", r#"{"Labels":{}}"#, Secret),
        ("GET", "/configs/web", "", Config),
        ("DELETE", "/configs/web", "", Config),
        ("POST", "/configs/web/update?version=3", r#"{"Labels":{}}"#, Config),
    ] {
        for (owner, verdict) in
            [(Some("ci"), Verdict::Allow), (Some("other"), Verdict::Deny), (None, Verdict::Deny)]
        {
            let decision = decided(method, target, body, kind, of(owner));
            let is_denied = decision.verdict == Verdict::Deny;
            assert_eq!(is_denied, verdict == Verdict::Deny, "{target} {owner:?}: {}", explain(&decision));
            assert!(is_denied || decision.call.target().contains(ID), "{}", decision.call.target());
            assert!(!is_denied || decision.rules[0].rule == "guard/not-owner", "{target}");
        }
        let decision = decided(method, target, body, kind, Found::Unknown("no answer".to_owned()));
        assert_eq!((decision.verdict, decision.rules[0].rule.as_str()), (Verdict::Deny, "guard/not-known"));
        let decision = decided(method, target, body, kind, Found::Missing);
        assert_ne!(decision.verdict, Verdict::Deny, "the engine tells that {target} is not there");
    }
}

#[test]
fn what_is_made_or_changed_gets_its_owners_label() {
    let made = |decision: &Decision| decision.call.body().unwrap().at(&["Labels", "owner"]).unwrap().clone();
    let ci = calls::Json::Text("ci".to_owned());
    let policy = policy(RULE);
    for (target, body) in [
        ("/services/create", SERVICE),
        ("/secrets/create", r#"{"Name":"a","Data":"eA=="}"#),
        ("/configs/create", r#"{"Name":"a","Data":"eA==","Labels":{"owner":"other"}}"#),
    ] {
        let decision = decide(&policy, "POST", target, body);
        assert_eq!(made(&decision), ci, "{}", explain(&decision));
    }
    // A change cannot give it away.
    let given = SERVICE.replacen('{', r#"{"Labels":{"owner":"other"},"#, 1);
    let decision =
        decided("POST", "/services/web/update?version=3", &given, SwarmKind::Service, of(Some("ci")));
    assert_ne!(decision.verdict, Verdict::Deny, "{}", explain(&decision));
    assert_eq!(made(&decision), ci);
}

#[test]
fn a_service_takes_secrets_and_configs_of_its_owner_alone() {
    for (part, kind) in [
        (
            r#""Secrets":[{"SecretID":"web","SecretName":"x","File":{"Name":"x","UID":"0","GID":"0","Mode":292}}]"#,
            SwarmKind::Secret,
        ),
        (
            r#""Configs":[{"ConfigID":"web","ConfigName":"x","File":{"Name":"x","UID":"0","GID":"0","Mode":292}}]"#,
            SwarmKind::Config,
        ),
        (r#""Privileges":{"CredentialSpec":{"Config":"web"}}"#, SwarmKind::Config),
    ] {
        let body = SERVICE.replace(r#""Image""#, &format!(r#"{part},"Image""#));
        for (owner, is_denied) in [("ci", false), ("other", true)] {
            let decision = decided("POST", "/services/create", &body, kind, of(Some(owner)));
            assert_eq!(decision.verdict == Verdict::Deny, is_denied, "{owner}: {}", explain(&decision));
        }
    }
}
