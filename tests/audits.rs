//! Promise: audit judges what is so, not what files say. Each test prepares a host of its own, with a real Docker Engine; without
//! root or an engine it is skipped.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read what audit wrote")]

mod support;

use facts::{Container, EndpointAnswer, Fact, HostFacts, Image, ImageSignature, SCHEMA_VERSION, TlsFacts};
use model::{OutcomeState, Report};
use std::path::Path;
use std::process::Command;
use testkit::LayerEncoding;

/// What one audit of a prepared host said.
struct Audited {
    facts: HostFacts,
    report: Report,
}

impl Audited {
    fn read(directory: &Path, name: &str) -> Self {
        let read = |kind: &str| std::fs::read(directory.join(format!("{name}.{kind}"))).unwrap();
        let facts = HostFacts::read(&read("facts")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&read("report")).unwrap();
        Self { facts, report: serde_json::from_value(report).unwrap() }
    }

    fn states(&self, rule: &str) -> Vec<(OutcomeState, &str)> {
        let of_rule = self.report.outcomes.iter().filter(|outcome| outcome.rule == rule);
        of_rule.map(|outcome| (outcome.state, outcome.detail.as_str())).collect()
    }

    #[track_caller]
    fn answers(&self, rule: &str, state: OutcomeState, detail: &str) {
        let states = self.states(rule);
        assert!(states.iter().any(|(s, d)| *s == state && d.contains(detail)), "{rule}: {states:?}");
    }
}

/// Runs a script whose function `audit NAME` looks at the host as it is then.
fn on_a_host(script: &str, names: &[&str]) -> Option<Vec<Audited>> {
    let host = testkit::private_host()?;
    let out = tempfile::tempdir().unwrap();
    let shared = r#"
audit() {
  "$SEAWALL" audit --facts-out "$OUT/$1.facts" --format json --output "$OUT/$1.report" || [ $? = 1 ]
}
"#;
    let mut command = host.command(&format!("{shared}\n{script}"));
    command.env("OUT", out.path()).env("SEAWALL", env!("CARGO_BIN_EXE_seawall"));
    host.run(command)?;
    Some(names.iter().map(|name| Audited::read(out.path(), name)).collect())
}

fn tls(audited: &Audited) -> &TlsFacts {
    match audited.facts.engine_endpoints.known().unwrap()[0].answer.known().unwrap() {
        EndpointAnswer::Tls(tls) => tls,
        EndpointAnswer::Plain => panic!("it speaks no TLS"),
    }
}

#[test]
fn what_the_engines_port_answers_is_tried_and_not_read() {
    let script = r#"
place=/etc/docker/tls
"$SEAWALL" harden tls --directory $place --name localhost > /dev/null
socket="--host unix:///var/run/docker.sock"
files="--tlscacert $place/ca.pem --tlscert $place/server-cert.pem --tlskey $place/server-key.pem"
start_engine $socket --host tcp://127.0.0.1:2375
audit plain
stop_engine
start_engine $socket --host tcp://0.0.0.0:2376 --tls --tlsverify=false $files
audit strangers
stop_engine
# Without a word about tlsverify the engine asks for certificates, whatever one may read into --tls.
start_engine $socket --host tcp://127.0.0.1:2376 --tls $files
audit silent
stop_engine
start_engine $socket --host tcp://127.0.0.1:2376 --tlsverify $files
audit verified
"#;
    let Some(audited) = on_a_host(script, &["plain", "strangers", "silent", "verified"]) else { return };
    let rule = "audit/engine-tcp-without-tls";
    let [plain, strangers, silent, verified] = &audited[..] else { panic!("four audits") };
    assert_eq!(
        plain.facts.engine_endpoints.known().unwrap()[0].answer.known().unwrap(),
        &EndpointAnswer::Plain
    );
    assert!(plain.states(rule).iter().all(|(state, _)| *state == OutcomeState::Failed));
    assert!(tls(strangers).answers_strangers && !tls(strangers).asks_for_certificate);
    strangers.answers(rule, OutcomeState::Failed, "without a certificate");
    silent.answers(rule, OutcomeState::Passed, "as was tried");
    let shown = tls(verified);
    assert!(shown.asks_for_certificate && !shown.answers_strangers);
    assert_eq!(shown.versions, ["1.2", "1.3"]);
    let certificate = shown.certificate.known().unwrap();
    assert!(certificate.names.iter().any(|name| name == "127.0.0.1"), "{certificate:?}");
    assert!(!certificate.is_self_issued && certificate.not_after_secs > certificate.not_before_secs);
    verified.answers(rule, OutcomeState::Passed, "as was tried");
    verified.answers("audit/engine-certificate-unsound", OutcomeState::Passed, "127.0.0.1");
    verified.answers("audit/engine-speaks-old-tls", OutcomeState::Passed, "1.2, 1.3");
}

#[test]
fn published_ports_are_judged_by_the_rules_that_are_loaded() {
    let script = r#"
start_engine --icc=false
root_of sleep > "$WORK/sleep.tar"
docker import --change 'CMD ["sleep","1000000"]' "$WORK/sleep.tar" sleep:1 > /dev/null
docker run --detach --name web --publish 0.0.0.0:8080:80 sleep:1 > /dev/null
audit open
iptables -P INPUT DROP
iptables -A INPUT -i lo -j ACCEPT
audit past
iptables -I DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP
audit guarded
iptables -F DOCKER-USER
nft add table inet own
nft add chain inet own forward '{ type filter hook forward priority -10; policy accept; }'
nft add rule inet own forward iifname '{ "eth0", "eth1" }' ct status dnat ip saddr != 192.0.2.0/24 drop
audit guarded-by-nft
# Where nothing was forwarded before, the engine makes this policy DROP.
iptables -P FORWARD ACCEPT
iptables -D FORWARD -i docker0 -o docker0 -j DROP
audit icc
"#;
    let names = ["open", "past", "guarded", "guarded-by-nft", "icc"];
    let Some(audited) = on_a_host(script, &names) else { return };
    let [open, past, guarded, by_nft, icc] = &audited[..] else { panic!("five audits") };
    let rule = "audit/published-port-past-firewall";
    open.answers(rule, OutcomeState::Passed, "stops nothing");
    past.answers(rule, OutcomeState::Failed, "8080");
    guarded.answers(rule, OutcomeState::Passed, "8080 (DOCKER-USER)");
    by_nft.answers(rule, OutcomeState::Passed, "8080 (forward)");
    let rule = "audit/inter-container-traffic";
    open.answers(rule, OutcomeState::Passed, "FORWARD stops it");
    icc.answers(rule, OutcomeState::Failed, "no rule of the packet filter stops it");
}

#[test]
fn images_in_use_are_signed_when_their_registry_says_so_and_a_key_verifies_it() {
    let Some(server) = testkit::registry() else { return };
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_seawall")).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let image = support::layout(&directory.path().join("image"), LayerEncoding::Gzip);
    server.push_layout(&image, "sample", "shop/app:1");
    let name = format!("{}/shop/app:1", server.address());
    let address = server.address().to_owned();
    let insecure = ["--insecure", address.as_str()];
    for key in ["a", "b"] {
        run(&["sign", "--generate-key", &at(key)]);
    }
    let verified = run(&[&["verify", &name, "--key", &at("a.pub")][..], &insecure].concat());
    let digest = verified.split('@').nth(1).unwrap().split(": ").next().unwrap();
    let mut facts = HostFacts { schema_version: SCHEMA_VERSION.to_owned(), ..HostFacts::default() };
    facts.engine.images = Fact::Known(vec![Image {
        id: "sha256:1".to_owned(),
        digests: vec![format!("{}/shop/app@{digest}", server.address())],
        ..Image::default()
    }]);
    let container = Container { image_id: "sha256:1".to_owned(), ..Container::default() };
    facts.engine.containers = Fact::Known(vec![container]);
    std::fs::write(at("facts"), facts.to_json()).unwrap();
    let audit = |more: &[&str]| {
        let (from, report, out) = (at("facts"), at("now.report"), at("now.facts"));
        let fixed =
            ["audit", "--facts-in", &from, "--facts-out", &out, "--format", "json", "--output", &report];
        run(&[&fixed[..], more, &insecure].concat());
        let audited = Audited::read(directory.path(), "now");
        let signature = audited.facts.engine.images.known().unwrap()[0].signature.clone();
        (signature, audited.states("audit/image-unsigned")[0].0)
    };
    let (signature, state) = audit(&[]);
    assert!(matches!(signature, Fact::Missing(_)) && state == OutcomeState::Unknown, "{signature:?}");
    let asked = audit(&["--ask-registries"]);
    assert_eq!(asked, (Fact::Known(ImageSignature::Unsigned), OutcomeState::Failed));
    run(&[&["sign", &name, "--key", &at("a.key")][..], &insecure].concat());
    let asked = audit(&["--ask-registries"]);
    assert_eq!(asked, (Fact::Known(ImageSignature::Unverified { documents: 1 }), OutcomeState::Manual));
    let asked = audit(&["--ask-registries", "--signature-key", &at("a.pub")]);
    assert_eq!(asked, (Fact::Known(ImageSignature::Verified), OutcomeState::Passed));
    let (signature, state) = audit(&["--ask-registries", "--signature-key", &at("b.pub")]);
    assert!(matches!(signature, Fact::Known(ImageSignature::Refused(_))) && state == OutcomeState::Failed);
    drop(server);
    let (signature, state) = audit(&["--ask-registries"]);
    assert!(matches!(signature, Fact::Missing(_)) && state == OutcomeState::Unknown, "{signature:?}");
}

#[test]
fn root_by_exec_is_told_and_who_came_by_it() {
    let script = r#"
start_engine
root_of sleep > "$WORK/sleep.tar"
docker import --change 'CMD ["sleep","1000000"]' "$WORK/sleep.tar" sleep:1 > /dev/null
docker run --detach --name web --user 1000:1000 sleep:1 > /dev/null
docker exec --detach web sleep 1000001
audit as-itself
docker exec --detach --user 0 web sleep 1000002
audit as-root
"#;
    let Some(audited) = on_a_host(script, &["as-itself", "as-root"]) else { return };
    audited[0].answers("audit/privileged-exec", OutcomeState::Passed, "");
    audited[1].answers("audit/privileged-exec", OutcomeState::Failed, "is root, the first process is not");
    let execs = audited[1].facts.engine.containers.known().unwrap()[0].execs.known().unwrap();
    let mut users: Vec<&str> = execs.iter().map(|exec| exec.user.as_str()).collect();
    users.sort_unstable();
    assert_eq!(users, ["0", "1000:1000"]);
    assert!(execs.iter().all(|exec| exec.is_running && exec.program == "sleep"), "{execs:?}");
}
