//! Policies that come from elsewhere, and other doors that ask.

use super::{call, decide};
use control::{Asked, Client, Facts, Mode, Observed, Policy, Scope, Verdict, learn};
use std::collections::BTreeMap;
use workload::{ContainerSpec, Stated};

#[test]
fn other_doors_ask_about_a_specification_alone() {
    let policy = Policy::profile("guarded").unwrap();
    let labels = BTreeMap::new();
    let scope = Scope { client: Some("deployer"), labels: &labels };
    let spec = ContainerSpec { privileged: Stated::Given(true), ..ContainerSpec::default() };
    let hits = policy.judge_spec(&spec, &scope, "2026-11-22".parse().unwrap());
    assert_eq!((hits[0].rule.as_str(), hits[0].mode), ("container/privileged", Mode::Deny));
}

#[test]
fn variables_of_docker_socket_proxy_are_read_as_they_are() {
    let variables = |list: &[(&str, &str)]| -> BTreeMap<String, String> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let check = |list: &[(&str, &str)], expected: &[(&str, &str, bool)]| {
        let (policy, _) = Policy::from_socket_proxy(&variables(list)).unwrap();
        for (method, target, is_allowed) in expected {
            let verdict = decide(&policy, method, target, "").verdict;
            assert_eq!(verdict != Verdict::Deny, *is_allowed, "{list:?} {method} {target}");
        }
    };
    check(
        &[],
        &[
            ("GET", "/_ping", true),
            ("GET", "/version", true),
            ("GET", "/events", true),
            ("GET", "/containers/json", false),
            ("GET", "/info", false),
        ],
    );
    check(
        &[("CONTAINERS", "1"), ("POST", "0")],
        &[
            ("GET", "/containers/json", true),
            ("GET", "/containers/a/logs", true),
            ("POST", "/containers/a/stop", false),
            ("GET", "/images/json", false),
            ("GET", "/containers/a/archive?path=/", false),
        ],
    );
    check(
        &[("CONTAINERS", "1"), ("POST", "1")],
        &[("POST", "/containers/a/stop", true), ("DELETE", "/containers/a", true)],
    );
    check(
        &[("ALLOW_START", "1"), ("ALLOW_RESTARTS", "1"), ("PATH", "/bin")],
        &[
            ("POST", "/containers/a/start", true),
            ("POST", "/containers/a/kill", true),
            ("POST", "/containers/a/pause", false),
            ("GET", "/containers/a/json", false),
        ],
    );
    for wrong in [[("CONTAINERS", "maybe")], [("ALLOW_EXEC", "1")]] {
        assert!(Policy::from_socket_proxy(&variables(&wrong)).is_err(), "{wrong:?}");
    }
    let (_, warnings) = Policy::from_socket_proxy(&variables(&[("CONTAINER", "1")])).unwrap();
    assert!(warnings[0].message.contains("did you mean 'CONTAINERS'"), "{warnings:?}");
}

#[test]
fn a_learned_policy_lets_through_what_was_seen_and_no_more() {
    let proxy = Client {
        uid: Some(0),
        container: Some(control::ClientContainer {
            name: "proxy".into(),
            ..control::ClientContainer::default()
        }),
        ..Client::default()
    };
    let ci = Client { uid: Some(1000), ..Client::default() };
    let seen = |client: &Client, method: &str, target: &str, body: &str| Observed {
        client: client.clone(),
        call: call(method, target, body),
    };
    let observed = [
        seen(&proxy, "GET", "/v1.43/containers/json", ""),
        seen(&proxy, "GET", "/v1.43/events", ""),
        seen(&ci, "POST", "/images/create?fromImage=example.com%2Fbuild&tag=1", ""),
        seen(
            &ci,
            "POST",
            "/containers/create",
            r#"{"Image":"example.com/build:1","HostConfig":{"Binds":["/srv/ci:/w","/etc/localtime:/l:ro"],"CapAdd":["SYS_PTRACE"],"PidMode":"host","PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}]}}}"#,
        ),
        seen(&ci, "POST", "/containers/web/exec", r#"{"Cmd":["make","test"]}"#),
    ];
    let yaml = learn(&observed);
    let (policy, _) = Policy::parse(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    let verdict = |observed: &Observed| {
        let facts = Facts::plain(&policy.needs(&observed.client, &observed.call));
        policy
            .decide(Asked {
                client: &observed.client,
                call: observed.call.clone(),
                facts: &facts,
                today: "2026-11-22".parse().unwrap(),
            })
            .verdict
    };
    for one in &observed {
        assert_ne!(verdict(one), Verdict::Deny, "{}\n{yaml}", one.call.target());
    }
    for one in [
        seen(&proxy, "POST", "/containers/create", r#"{"Image":"example.com/build:1"}"#),
        seen(&proxy, "GET", "/info", ""),
        seen(&ci, "POST", "/containers/create", r#"{"Image":"example.com/other:1"}"#),
        seen(
            &ci,
            "POST",
            "/containers/create",
            r#"{"Image":"example.com/build:1","HostConfig":{"Binds":["/srv/other:/w"]}}"#,
        ),
        seen(
            &ci,
            "POST",
            "/containers/create",
            r#"{"Image":"example.com/build:1","HostConfig":{"CapAdd":["SYS_ADMIN"]}}"#,
        ),
        seen(&ci, "POST", "/containers/web/exec", r#"{"Cmd":["sh"]}"#),
    ] {
        assert_eq!(verdict(&one), Verdict::Deny, "{:?}\n{yaml}", one.call.body());
    }
    assert!(
        yaml.contains("# This client breaks the rule") && yaml.contains("container/host-pid-namespace"),
        "{yaml}"
    );
}
