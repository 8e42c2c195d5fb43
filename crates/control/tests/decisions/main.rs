//! What policies say: rewriting, waivers, lists, owners, expressions, pins, other policies read and learned.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod elsewhere;
mod images;
mod swarm;

use calls::{Head, Json, Limits, read};
use control::{Asked, Client, ContainerFacts, Decision, Facts, Found, ImageFacts, Policy, Verdict};
use workload::{ContainerSpec, Stated};

fn policy(rules: &str) -> Policy {
    let yaml = format!(
        "version: 1\nclients:\n  - {{name: ci, match: {{any: true}}, allow: [R0, R1, R1o, R2, R3, R4, R5]}}\nrules:\n{rules}"
    );
    Policy::parse(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}")).0
}

fn call(method: &str, target: &str, body: &str) -> calls::Call {
    let content_type = (!body.is_empty()).then_some("application/json");
    let head = Head { method, target, content_type, has_body: !body.is_empty(), upgrade: None };
    let call = read(&head, &Limits::default()).unwrap();
    if body.is_empty() { call } else { call.with_body(body.as_bytes(), &Limits::default()).unwrap() }
}

fn decide_with(policy: &Policy, call: &calls::Call, change: impl FnOnce(&mut Facts)) -> Decision {
    let client = Client { uid: Some(1000), ..Client::default() };
    let mut facts = Facts::plain(&policy.needs(&client, call));
    change(&mut facts);
    policy.decide(Asked {
        client: &client,
        call: call.clone(),
        facts: &facts,
        today: "2026-11-22".parse().unwrap(),
    })
}

fn decide(policy: &Policy, method: &str, target: &str, body: &str) -> Decision {
    decide_with(policy, &call(method, target, body), |_| ())
}

fn create(policy: &Policy, body: &str) -> Decision {
    decide(policy, "POST", "/containers/create", body)
}

fn sent(decision: &Decision) -> String {
    String::from_utf8(decision.call.body_bytes()).unwrap()
}

/// Rewrites by one rule, sees that the rule holds then, and that doing it again changes nothing.
#[track_caller]
fn rewritten(rule: &str, body: &str, expected: &str) {
    let policy = policy(&format!("  - {rule}\n"));
    let decision = create(&policy, body);
    assert_ne!(decision.verdict, Verdict::Deny, "{}", control::explain(&decision));
    assert_eq!(sent(&decision), expected);
    assert_eq!(decision.rewrites.len(), 1, "{:?}", decision.rewrites);
    let again = create(&policy, expected);
    assert_eq!((sent(&again).as_str(), again.rewrites.len()), (expected, 0));
}

#[test]
fn calls_are_rewritten_so_that_rules_hold() {
    rewritten(
        "{id: container/capabilities-not-dropped, mode: rewrite}",
        r#"{"Image":"a"}"#,
        r#"{"Image":"a","HostConfig":{"CapDrop":["ALL"]}}"#,
    );
    rewritten(
        "{id: container/net-raw-kept, mode: rewrite}",
        r#"{"Image":"a","HostConfig":{"CapDrop":["mknod"]}}"#,
        r#"{"Image":"a","HostConfig":{"CapDrop":["mknod","NET_RAW"]}}"#,
    );
    rewritten(
        "{id: container/new-privileges-allowed, mode: rewrite}",
        r#"{"Image":"a","HostConfig":{"SecurityOpt":["no-new-privileges=false","label=level:s0"]}}"#,
        r#"{"Image":"a","HostConfig":{"SecurityOpt":["label=level:s0","no-new-privileges:true"]}}"#,
    );
    rewritten(
        "{id: container/no-pids-limit, mode: rewrite, pids: 64}",
        r#"{"Image":"a","HostConfig":{"PidsLimit":-1}}"#,
        r#"{"Image":"a","HostConfig":{"PidsLimit":64}}"#,
    );
    rewritten(
        "{id: container/no-memory-limit, mode: rewrite, memory: 64m}",
        r#"{"Image":"a"}"#,
        r#"{"Image":"a","HostConfig":{"Memory":67108864}}"#,
    );
    rewritten(
        "{id: container/no-cpu-limit, mode: rewrite, cpus: 1.5}",
        r#"{"Image":"a"}"#,
        r#"{"Image":"a","HostConfig":{"NanoCpus":1500000000}}"#,
    );
    rewritten(
        "{id: container/writable-root, mode: rewrite}",
        r#"{"Image":"a","HostConfig":{"ReadonlyRootfs":false}}"#,
        r#"{"Image":"a","HostConfig":{"ReadonlyRootfs":true}}"#,
    );
    rewritten(
        "{id: container/all-ports-published, mode: rewrite}",
        r#"{"Image":"a","HostConfig":{"PublishAllPorts":true}}"#,
        r#"{"Image":"a","HostConfig":{"PublishAllPorts":false}}"#,
    );
    rewritten(
        "{id: container/restarts-without-bound, mode: rewrite, retries: 3}",
        r#"{"Image":"a","HostConfig":{"RestartPolicy":{"Name":"always"}}}"#,
        r#"{"Image":"a","HostConfig":{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3}}}"#,
    );
    rewritten(
        "{id: container/logs-without-bound, mode: rewrite, size: 5m}",
        r#"{"Image":"a"}"#,
        r#"{"Image":"a","HostConfig":{"LogConfig":{"Type":"json-file","Config":{"max-size":"5m"}}}}"#,
    );
    rewritten(
        "{id: container/port-on-all-interfaces, mode: rewrite}",
        r#"{"Image":"a","HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"8080"},{"HostIp":"192.0.2.1","HostPort":"81"}]}}}"#,
        r#"{"Image":"a","HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"8080","HostIp":"127.0.0.1"},{"HostIp":"192.0.2.1","HostPort":"81"}]}}}"#,
    );
    rewritten(
        "{id: container/runs-as-root, mode: rewrite, user: '1000'}",
        r#"{"Image":"a","User":"0:0"}"#,
        r#"{"Image":"a","User":"1000"}"#,
    );
    rewritten(
        "{id: guard/label-missing, mode: rewrite, required: {team: web}}",
        r#"{"Image":"a"}"#,
        r#"{"Image":"a","Labels":{"team":"web"}}"#,
    );
    rewritten(
        "{id: guard/not-owner, mode: rewrite, label: owner}",
        r#"{"Image":"a","Labels":{"owner":"x"}}"#,
        r#"{"Image":"a","Labels":{"owner":"ci"}}"#,
    );
}

#[test]
fn images_are_pinned_to_what_was_judged() {
    let policy = policy("  - {id: container/image-without-digest, mode: rewrite}\n");
    let call = call("POST", "/containers/create", r#"{"Image":"example.com/web:1"}"#);
    let digest = format!("sha256:{}", "a".repeat(64));
    let image = |digest: Option<&String>| ImageFacts {
        id: format!("sha256:{}", "b".repeat(64)),
        digest: digest.cloned(),
        ..ImageFacts::default()
    };
    let decision = decide_with(&policy, &call, |facts| {
        facts.images.insert("example.com/web:1".into(), Found::Known(image(Some(&digest))));
    });
    assert_eq!(sent(&decision), format!(r#"{{"Image":"example.com/web@{digest}"}}"#));
    let built = decide_with(&policy, &call, |facts| {
        facts.images.insert("example.com/web:1".into(), Found::Known(image(None)));
    });
    assert_eq!(sent(&built), format!(r#"{{"Image":"sha256:{}"}}"#, "b".repeat(64)));
    let missing = decide_with(&policy, &call, |facts| {
        facts.images.insert("example.com/web:1".into(), Found::Missing);
    });
    assert_eq!(
        (missing.verdict, missing.status, missing.message.as_deref()),
        (Verdict::Deny, 404, Some("No such image: example.com/web:1"))
    );
}

#[test]
fn a_rule_that_rewriting_cannot_satisfy_refuses() {
    let policy = policy("  - {id: container/capabilities-not-dropped, mode: rewrite}\n");
    let decision = create(&policy, r#"{"Image":"a","HostConfig":{"Privileged":true}}"#);
    assert_eq!(decision.verdict, Verdict::Deny);
    assert!(decision.message.unwrap().contains("[container/capabilities-not-dropped]"));
}

#[test]
fn names_become_ids() {
    let policy = policy("  - {id: container/privileged, mode: deny}\n");
    let id = |decision: &Decision| decision.call.parameter("id").unwrap().len();
    let decision = decide(&policy, "POST", "/v1.43/containers/web/start", "");
    assert_eq!((decision.verdict, id(&decision)), (Verdict::Allow, 64), "{}", control::explain(&decision));
    assert_eq!(id(&decide(&policy, "POST", "/exec/abc/start", "{\"Detach\":true}")), 64);
    let decision = create(
        &policy,
        r#"{"Image":"a","HostConfig":{"VolumesFrom":["data:ro"],"PidMode":"container:data"}}"#,
    );
    let body = decision.call.body().unwrap();
    let from = body.at(&["HostConfig", "VolumesFrom"]).unwrap().items()[0].text().unwrap().to_owned();
    assert!(from.len() == 67 && from.ends_with(":ro"), "{from}");
    assert_eq!(
        body.at(&["HostConfig", "PidMode"]).and_then(Json::text),
        Some(format!("container:{}", &from[..64]).as_str())
    );
    let decision = decide(&policy, "POST", "/networks/app/connect", r#"{"Container":"web"}"#);
    assert_eq!(decision.call.body().unwrap().text_of("Container").len(), 64);
    assert_eq!(id(&decision), 64);
    let missing = decide_with(&policy, &call("POST", "/containers/web/start", ""), |facts| {
        facts.containers.insert("web".into(), Found::Missing);
    });
    assert_eq!((missing.status, missing.message.as_deref()), (404, Some("No such container: web")));
    assert_eq!(missing.word(), "absent");
    // As the engine: docker would pull the image after 404.
    let taken_from =
        call("POST", "/containers/create", r#"{"Image":"a","HostConfig":{"VolumesFrom":["web"]}}"#);
    let missing = decide_with(&policy, &taken_from, |facts| {
        facts.containers.insert("web".into(), Found::Missing);
    });
    assert_eq!((missing.status, missing.message.as_deref()), (400, Some("No such container: web")));
    assert_eq!(missing.word(), "absent");
    // What is refused anyway is a refusal, whether it is there or not.
    let reading =
        Policy::parse("version: 1\nclients:\n  - {name: a, match: {uid: 1}, allow: [R1]}\n").unwrap().0;
    let refused = decide_with(&reading, &call("DELETE", "/containers/web", ""), |facts| {
        facts.containers.insert("web".into(), Found::Missing);
    });
    assert_eq!(refused.word(), "deny");
}

#[test]
fn what_was_not_looked_up_is_refused() {
    let policy = Policy::profile("guarded").unwrap();
    let client = Client::default();
    for (target, body) in [
        ("/containers/create", r#"{"Image":"a","HostConfig":{"Binds":["/srv:/x"]}}"#),
        ("/containers/web/exec", r#"{"Cmd":["a"]}"#),
    ] {
        let call = call("POST", target, body);
        let facts = Facts::default();
        let decision = policy.decide(Asked {
            client: &client,
            call,
            facts: &facts,
            today: "2026-11-22".parse().unwrap(),
        });
        assert_eq!(decision.verdict, Verdict::Deny, "{target}");
        assert!(decision.rules.iter().any(|hit| hit.rule == "guard/not-known"), "{target}");
    }
}

#[test]
fn waivers_hold_until_their_day() {
    for (until, verdict) in [("2026-11-22", Verdict::Allow), ("2026-11-21", Verdict::Deny)] {
        let policy = policy(&format!(
            "  - {{id: container/privileged, mode: deny, waiver: {{reason: migration, until: {until}}}}}\n"
        ));
        let decision = create(&policy, r#"{"Image":"a","HostConfig":{"Privileged":true}}"#);
        assert_eq!(decision.verdict, verdict, "{until}");
        let hit = &decision.rules[0];
        assert_eq!(hit.waived.is_some(), verdict == Verdict::Allow);
    }
}

#[test]
fn the_last_setting_that_fits_holds() {
    let policy = policy(
        "  - {id: container/privileged, mode: deny}\n  - {id: container/privileged, mode: warn, match: {image: 'example.com/build/*'}}\n  - {id: container/privileged, mode: 'off', match: {labels: {role: installer}}}\n  - {id: container/privileged, mode: audit, match: {client: other}}\n",
    );
    let verdict = |body: &str| create(&policy, body).verdict;
    assert_eq!(verdict(r#"{"Image":"a","HostConfig":{"Privileged":true}}"#), Verdict::Deny);
    assert_eq!(verdict(r#"{"Image":"example.com/build/x","HostConfig":{"Privileged":true}}"#), Verdict::Warn);
    assert_eq!(
        verdict(r#"{"Image":"a","Labels":{"role":"installer"},"HostConfig":{"Privileged":true}}"#),
        Verdict::Allow
    );
}

#[test]
fn lists_allow_what_is_on_them() {
    let cases = [
        (
            "{id: guard/host-path-not-allowed, mode: deny, allowed: ['/srv/data', '/etc/localtime:ro']}",
            r#"{"Binds":["/srv/data/a:/x","/etc/localtime:/l:ro"]}"#,
            r#"{"Binds":["/srv/database:/x"]}"#,
        ),
        (
            "{id: guard/host-path-not-allowed, mode: deny, allowed: ['/srv:ro']}",
            r#"{"Binds":["/srv/a:/x:ro"]}"#,
            r#"{"Binds":["/srv/a:/x"]}"#,
        ),
        (
            "{id: container/sensitive-directory-mounted, mode: deny, allowed: ['/etc/ssl']}",
            r#"{"Binds":["/etc/ssl/x:/x"]}"#,
            r#"{"Binds":["/etc:/x"]}"#,
        ),
        (
            "{id: container/added-capability, mode: deny, allowed: [cap_sys_time]}",
            r#"{"CapAdd":["SYS_TIME"]}"#,
            r#"{"CapAdd":["SYS_NICE"]}"#,
        ),
        (
            "{id: container/host-device, mode: deny, allowed: ['/dev/ttyUSB*', gpu]}",
            r#"{"Devices":[{"PathOnHost":"/dev/ttyUSB0"}],"DeviceRequests":[{"Capabilities":[["gpu"]]}]}"#,
            r#"{"Devices":[{"PathOnHost":"/dev/sda"}]}"#,
        ),
        (
            "{id: guard/publishes-port-not-allowed, mode: deny, allowed: ['8000-8100', '443']}",
            r#"{"PortBindings":{"1/tcp":[{"HostPort":"8080"},{"HostPort":"443"}]}}"#,
            r#"{"PortBindings":{"1/tcp":[{"HostPort":"8090-8101"}]}}"#,
        ),
        (
            "{id: guard/limit-above-maximum, mode: deny, memory_max: 1g}",
            r#"{"Memory":1073741824}"#,
            r#"{"Memory":1073741825}"#,
        ),
        (
            "{id: guard/limit-above-maximum, mode: deny, cpus_max: 2}",
            r#"{"CpuQuota":200000}"#,
            r#"{"CpuQuota":200001}"#,
        ),
        (
            "{id: guard/limit-above-maximum, mode: deny, pids_max: 10}",
            r#"{"PidsLimit":10}"#,
            r#"{"PidsLimit":-1}"#,
        ),
        (
            "{id: guard/runtime-not-allowed, mode: deny, allowed: [runsc]}",
            r#"{"Runtime":"runsc"}"#,
            r#"{"Runtime":"kata"}"#,
        ),
        (
            "{id: container/unsafe-sysctl, mode: deny, allowed: ['net.core.*']}",
            r#"{"Sysctls":{"net.core.somaxconn":"1"}}"#,
            r#"{"Sysctls":{"kernel.core_pattern":"1"}}"#,
        ),
        (
            "{id: guard/volume-driver-mounts-host, mode: deny, allowed_types: [nfs], allowed: [':/exports/*']}",
            r#"{"Mounts":[{"Type":"volume","Target":"/x","VolumeOptions":{"DriverConfig":{"Options":{"type":"nfs","device":":/exports/a"}}}}]}"#,
            r#"{"Mounts":[{"Type":"volume","Target":"/x","VolumeOptions":{"DriverConfig":{"Options":{"type":"nfs","device":":/private"}}}}]}"#,
        ),
    ];
    for (rule, good, bad) in cases {
        let policy = policy(&format!("  - {rule}\n"));
        let of = |host: &str| create(&policy, &format!(r#"{{"Image":"a","HostConfig":{host}}}"#));
        let (good, bad) = (of(good), of(bad));
        assert_eq!(good.verdict, Verdict::Allow, "{rule}\n{}", control::explain(&good));
        assert_eq!(bad.verdict, Verdict::Deny, "{rule}\n{}", control::explain(&bad));
    }
    let policy =
        policy("  - {id: guard/image-not-allowed, mode: deny, allowed: ['example.com/*', 'alpine:3.*']}\n");
    for (image, verdict) in [
        ("example.com/a", Verdict::Allow),
        ("alpine:3.19", Verdict::Allow),
        ("alpine", Verdict::Deny),
        ("example.com.evil.example/a", Verdict::Deny),
    ] {
        assert_eq!(create(&policy, &format!(r#"{{"Image":"{image}"}}"#)).verdict, verdict, "{image}");
    }
    assert_eq!(
        decide(&policy, "POST", "/images/create?fromImage=evil.example%2Fa&tag=1", "").verdict,
        Verdict::Deny
    );
    assert_eq!(
        decide(&policy, "POST", "/images/create?fromImage=example.com%2Fa&tag=1", "").verdict,
        Verdict::Allow
    );
}

#[test]
fn an_image_asked_for_by_its_id_has_its_own_names() {
    let policy = policy("  - {id: guard/image-not-allowed, mode: deny, allowed: ['example.com/*']}\n");
    let call = call("POST", "/containers/create", r#"{"Image":"deadbeef"}"#);
    for (name, verdict) in [("evil.example/a:1", Verdict::Deny), ("example.com/a:1", Verdict::Allow)] {
        let decision = decide_with(&policy, &call, |facts| {
            let image = ImageFacts { names: vec![name.into()], ..ImageFacts::default() };
            facts.images.insert("deadbeef".into(), Found::Known(image));
        });
        assert_eq!(decision.verdict, verdict, "{name}");
    }
}

#[test]
fn names_on_the_list_are_not_given_to_other_images() {
    let policy = policy(
        "  - {id: guard/image-not-allowed, mode: deny, allowed: ['example.com/*']}\n  - {id: guard/listed-name-given, mode: deny}\n",
    );
    for (target, verdict) in [
        ("/images/evil/tag?repo=example.com%2Fweb&tag=1", Verdict::Deny),
        ("/images/example.com/a/tag?repo=example.com%2Fweb&tag=1", Verdict::Allow),
        ("/images/evil/tag?repo=other&tag=1", Verdict::Allow),
        ("/commit?container=web&repo=example.com%2Fweb", Verdict::Deny),
        ("/images/create?fromSrc=http://192.0.2.1/a.tar&repo=example.com%2Fweb", Verdict::Deny),
        ("/build?t=example.com%2Fweb:1&version=1", Verdict::Deny),
        ("/build?t=web:1&t=other&version=1", Verdict::Allow),
    ] {
        let decision = decide(&policy, "POST", target, "");
        assert_eq!(decision.verdict, verdict, "{target}: {}", control::explain(&decision));
    }
}

#[test]
fn clients_see_their_own_containers() {
    let policy = policy("  - {id: guard/not-owner, mode: rewrite, label: owner}\n");
    let of = |owner: &str| {
        let spec = ContainerSpec {
            labels: [("owner".to_owned(), owner.to_owned())].into(),
            ..ContainerSpec::default()
        };
        Found::Known(ContainerFacts {
            id: "c".repeat(64),
            name: "web".into(),
            spec,
            ..ContainerFacts::default()
        })
    };
    for (target, method, body) in [
        ("/containers/web/json", "GET", ""),
        ("/containers/web/stop", "POST", ""),
        ("/containers/web/exec", "POST", r#"{"Cmd":["a"]}"#),
        ("/commit?container=web", "POST", ""),
    ] {
        for (owner, verdict) in [("ci", Verdict::Allow), ("other", Verdict::Deny)] {
            let decision = decide_with(&policy, &call(method, target, body), |facts| {
                facts.containers.insert("web".into(), of(owner));
            });
            assert_eq!(decision.verdict, verdict, "{target} {owner}: {}", control::explain(&decision));
        }
    }
    let list = decide(
        &policy,
        "GET",
        r"/containers/json?filters=%7B%22label%22%3A%7B%22owner%3Dother%22%3Atrue%7D%7D",
        "",
    );
    let filters: serde_json::Value = serde_json::from_str(list.call.query("filters").unwrap()).unwrap();
    assert_eq!(filters["label"], serde_json::json!({"owner=other": true, "owner=ci": true}));
    // Lists of old clients and sets of new ones do not mix.
    let list = decide(&policy, "GET", r"/containers/json?filters=%7B%22name%22%3A%5B%22a%22%5D%7D", "");
    let filters: serde_json::Value = serde_json::from_str(list.call.query("filters").unwrap()).unwrap();
    assert_eq!(filters, serde_json::json!({"name": {"a": true}, "label": {"owner=ci": true}}));
}

#[test]
fn access_is_told_apart_by_object() {
    let yaml = "version: 1\nclients:\n  - name: a\n    match: {any: true}\n    allow: [R1, {call: containers.restart, name: 'web-*'}, {call: containers.stop, labels: {team: web}}]\n    deny: [{call: containers.restart, name: web-db}]\n";
    let policy = Policy::parse(yaml).unwrap().0;
    let verdict = |target: &str| decide(&policy, "POST", target, "").verdict;
    assert_eq!(verdict("/containers/web-1/restart"), Verdict::Allow);
    assert_eq!(verdict("/containers/web-db/restart"), Verdict::Deny);
    assert_eq!(verdict("/containers/other/restart"), Verdict::Deny);
    assert_eq!(verdict("/containers/web-1/stop"), Verdict::Deny);
    assert_eq!(decide(&policy, "GET", "/containers/json", "").verdict, Verdict::Allow);
    // Everybody may ask whether the daemon lives.
    let nobody =
        Policy::parse("version: 1\nclients:\n  - {name: a, match: {uid: 1}, allow: [R1]}\n").unwrap().0;
    assert_eq!(decide(&nobody, "GET", "/_ping", "").verdict, Verdict::Allow);
    assert_eq!(decide(&nobody, "GET", "/info", "").verdict, Verdict::Deny);
}

#[test]
fn expressions_see_the_canonical_call() {
    let policy = policy(
        "  - {id: custom/night, mode: deny, message: no shells here, when: 'call.route == \"containers.exec\" && call.body.Cmd.exists(c, c == \"sh\")'}\n",
    );
    let decision = decide(&policy, "POST", "/containers/web/exec", r#"{"cmd":["sh"]}"#);
    assert_eq!((decision.verdict, decision.rules[0].message.as_str()), (Verdict::Deny, "no shells here"));
    assert_eq!(
        decide(&policy, "POST", "/containers/web/exec", r#"{"Cmd":["true"]}"#).verdict,
        Verdict::Allow
    );
    // What cannot be evaluated is refused.
    assert_eq!(decide(&policy, "POST", "/containers/web/exec", r#"{"User":"a"}"#).verdict, Verdict::Deny);
    assert_eq!(decide(&policy, "GET", "/info", "").verdict, Verdict::Allow);
}

#[test]
fn updates_are_judged_by_what_comes_of_them() {
    let policy = policy(
        "  - {id: container/no-memory-limit, mode: deny}\n  - {id: container/no-pids-limit, mode: deny}\n  - {id: guard/limit-above-maximum, mode: deny, memory_max: 1g}\n",
    );
    let update = |body: &str, memory: i64, pids: i64| {
        decide_with(&policy, &call("POST", "/containers/web/update", body), |facts| {
            let mut spec = ContainerSpec::default();
            spec.limits.memory_bytes = Stated::Given(memory);
            spec.limits.pids = Stated::Given(pids);
            facts.containers.insert(
                "web".into(),
                Found::Known(ContainerFacts {
                    id: "c".repeat(64),
                    name: "web".into(),
                    spec,
                    ..ContainerFacts::default()
                }),
            );
        })
        .verdict
    };
    assert_eq!(update(r#"{"CpuShares":5}"#, 1 << 20, 10), Verdict::Allow);
    assert_eq!(update(r#"{"Memory":0}"#, 1 << 20, 10), Verdict::Allow, "0 changes nothing");
    assert_eq!(update(r#"{"Memory":-1}"#, 1 << 20, 10), Verdict::Deny);
    assert_eq!(update(r#"{"PidsLimit":-1}"#, 1 << 20, 10), Verdict::Deny);
    assert_eq!(update(r#"{"Memory":2147483648}"#, 1 << 20, 10), Verdict::Deny);
}
