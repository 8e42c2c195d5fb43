//! Promise: a swarm is begun, used and left through the guard where the policy lets it be, and what it keeps belongs to whom made
//! it. Against a private Docker Engine.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, dead_code, reason = "tests write their own files")]

mod support_guard;

use std::os::unix::{fs::PermissionsExt as _, process::CommandExt as _};
use support_guard::Guarded;

const POLICY: &str = "version: 1
profile: guarded
clients:
  - {name: operator, match: {uid: 0}, allow: [R0, R1, R2, R3, R4, R5]}
  - {name: team, match: {uid: 1001}, allow: [R0, R1, R2, R3, R4, R5]}
rules:
  - {id: guard/swarm-changed, mode: 'off'}
  # Tasks can be kept from gaining privileges from version 1.44 of the API on.
  - {id: container/new-privileges-allowed, mode: audit}
  - {id: guard/not-owner, mode: rewrite, label: com.example.owner}
";

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_swarm_is_used_through_the_guard_and_its_objects_have_owners() {
    let place = tempfile::tempdir().unwrap();
    let policy = place.path().join("policy.yaml");
    std::fs::write(&policy, "version: 1\nprofile: guarded\n").unwrap();
    let Some(guarded) = Guarded::start(policy.to_str().unwrap()) else { return };
    let Some(_image) = guarded.image() else { return };
    let docker = |words: &str, input: &str| guarded.docker(&guarded.host(), words, input);
    let init = format!(
        "swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:{} --data-path-port {}",
        free_port(),
        free_port().max(1024)
    );
    // Whoever rules the swarm rules the host.
    let (_, told) = docker(&init, "");
    assert!(told.contains("guard/swarm-changed"), "{told}");
    std::fs::write(&policy, POLICY).unwrap();
    guarded.signal(rustix::process::Signal::HUP);
    assert!(guarded.wait_for(|| guarded.stderr().contains("read again")));
    let (said, told) = docker(&init, "");
    if !told.ends_with("[0]") && !told.contains("seawall") && !told.contains("guard") {
        eprintln!("skipped: the engine begins no swarm here: {told}");
        return;
    }
    assert!(said.contains("Swarm initialized"), "{said}{told}");

    let files = guarded.socket().parent().unwrap().to_owned();
    std::fs::set_permissions(&files, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(guarded.socket(), std::fs::Permissions::from_mode(0o666)).unwrap();
    let team = |words: &str| {
        let output = guarded.command(&guarded.host(), words).uid(1001).gid(1001).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let done = |words: &str, input: &str| {
        let (said, told) = docker(words, input);
        assert!(told.ends_with("[0]"), "{words}: {said}{told}");
        said
    };
    done("secret create sign -", "hunter2");
    done("config create web.conf -", "listen 80");
    done(
        "service create --detach --no-resolve-image --name web --replicas 1 --secret sign --config web.conf % sleep 300",
        "",
    );
    // Tasks are made when the swarm comes to it.
    assert!(guarded.wait_for(|| done("service ps --format {{.Name}} web", "").contains("web.1")));
    done("service update --detach --label-add tier=web --replicas 0 web", "");
    done("service logs web", "");
    assert!(done("node ls --format {{.Status}}", "").contains("Ready"));
    let (labels, _) =
        guarded.docker(&guarded.dockerd.host(), "service inspect --format '{{json .Spec.Labels}}' web", "");
    assert!(labels.contains("\"com.example.owner\":\"operator\"") && labels.contains("tier"), "{labels}");
    for list in ["service ls", "secret ls", "config ls"] {
        let words = format!("{list} --format {{{{.Name}}}}");
        assert!(!done(&words, "").trim().is_empty(), "{list}");
        assert_eq!(team(&words).0.trim(), "", "{list}: nothing of others is shown");
    }
    for words in [
        "service inspect web",
        "service update --detach --force web",
        "service rm web",
        "service logs web",
        "secret inspect sign",
        "secret rm sign",
        "config inspect web.conf",
        "service create --detach --no-resolve-image --name thief --secret sign % cat /run/secrets/sign",
    ] {
        let (said, told) = team(words);
        // Lists show nothing of others, so some commands do not even find it.
        let is_refused =
            told.contains("guard/not-owner") || told.contains("not found") || told.contains("no such");
        assert!(is_refused, "{words}: {said}{told}");
    }
    // By its id, which lists would not tell.
    let (id, _) = guarded.docker(&guarded.dockerd.host(), "secret inspect --format {{.ID}} sign", "");
    let (_, told) = team(&format!("secret inspect {}", id.trim()));
    assert!(told.contains("guard/not-owner"), "{told}");
    done("service rm web", "");
    done("secret rm sign", "");
    done("config rm web.conf", "");
    done("swarm leave --force", "");
    assert!(guarded.verify_log().contains("whole"));
}
