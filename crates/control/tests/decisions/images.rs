//! Verdicts about images, pulls by digest, owners of what is no container, services rewritten, archives.

use super::{call, decide_with, policy, sent};
use calls::{ArchiveEntry, ArchiveReader, EntryKind, Inspect as _};
use control::{Decision, Found, ImageFacts, NetworkFacts, Policy, Verdict, VolumeFacts};

fn with_images(rules: &str) -> Policy {
    let yaml = format!(
        "version: 1\nimages: {{scan_policy: p.toml, keys: [k.pub]}}\nclients:\n  - {{name: ci, match: {{any: true}}, allow: [R0, R1, R1o, R2, R3, R4, R5]}}\nrules:\n{rules}"
    );
    Policy::parse(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}")).0
}

fn explained(decision: &Decision) -> String {
    control::explain(decision)
}

#[test]
fn pulls_go_by_the_digest_that_was_judged() {
    let policy = with_images(
        "  - {id: guard/image-failed-scan, mode: deny}\n  - {id: guard/image-not-signed, mode: deny}\n",
    );
    let digest = format!("sha256:{}", "d".repeat(64));
    let pull = |target: &str, change: &dyn Fn(&mut ImageFacts)| {
        let mut image = ImageFacts {
            digest: Some(digest.clone()),
            passed_scan: Some(true),
            is_signed: Some(true),
            ..ImageFacts::default()
        };
        change(&mut image);
        decide_with(&policy, &call("POST", target, ""), |facts| {
            for found in facts.remotes.values_mut() {
                *found = Found::Known(image.clone());
            }
        })
    };
    let passed = pull("/images/create?fromImage=web&tag=1", &|_| ());
    assert_ne!(passed.verdict, Verdict::Deny, "{}", explained(&passed));
    assert_eq!(
        (passed.call.query("fromImage"), passed.call.query("tag")),
        (Some("web"), Some(digest.as_str()))
    );
    let tagging = passed.tag_after.unwrap();
    assert_eq!(
        (tagging.image, tagging.repository.as_str(), tagging.tag.as_str()),
        (format!("web@{digest}"), "web", "1")
    );
    let failed = pull("/images/create?fromImage=web&tag=1", &|image| {
        image.passed_scan = Some(false);
        image.scan_reasons = vec!["a key in app/config.env".to_owned()];
    });
    assert!(failed.message.unwrap().contains("a key in app/config.env"));
    assert_eq!(
        pull("/images/create?fromImage=web&tag=1", &|image| image.is_signed = None).verdict,
        Verdict::Deny
    );
    // All tags at once cannot be judged; one by digest keeps it, and gets no name.
    assert_eq!(pull("/images/create?fromImage=web", &|_| ()).verdict, Verdict::Deny);
    let by_digest = pull(&format!("/images/create?fromImage=web&tag={digest}"), &|_| ());
    assert!(by_digest.verdict != Verdict::Deny && by_digest.tag_after.is_none(), "{}", explained(&by_digest));
}

#[test]
fn volumes_networks_and_images_have_owners() {
    let policy = policy("  - {id: guard/not-owner, mode: rewrite, label: owner}\n");
    let labels = |owner: &str| [("owner".to_owned(), owner.to_owned())].into();
    let verdict = |method: &str, target: &str, body: &str, owner: &str| {
        decide_with(&policy, &call(method, target, body), |facts| {
            for found in facts.volumes.values_mut() {
                *found = Found::Known(VolumeFacts {
                    name: "v".into(),
                    driver: "local".into(),
                    labels: labels(owner),
                    ..VolumeFacts::default()
                });
            }
            for found in facts.networks.values_mut() {
                *found = Found::Known(NetworkFacts {
                    id: "n".repeat(64),
                    name: "n".into(),
                    driver: "bridge".into(),
                    labels: labels(owner),
                });
            }
            for found in facts.images.values_mut() {
                if let Found::Known(image) = found {
                    image.labels = labels(owner);
                }
            }
        })
    };
    for (method, target, body) in [
        ("GET", "/volumes/v", ""),
        ("DELETE", "/volumes/v", ""),
        ("GET", "/networks/n", ""),
        ("DELETE", "/networks/n", ""),
        ("DELETE", "/images/built:1", ""),
        ("POST", "/images/built:1/push", ""),
        ("GET", "/images/get?names=built:1", ""),
        ("POST", "/containers/create", r#"{"Image":"a","HostConfig":{"Binds":["v:/x"]}}"#),
        ("POST", "/containers/create", r#"{"Image":"a","HostConfig":{"NetworkMode":"n"}}"#),
    ] {
        for (owner, expected) in [("ci", false), ("other", true)] {
            let decision = verdict(method, target, body, owner);
            assert_eq!(
                decision.verdict == Verdict::Deny,
                expected,
                "{method} {target} {owner}: {}",
                explained(&decision)
            );
        }
    }
    // What a client makes is its own.
    for (target, body, expected) in [
        ("/volumes/create", r#"{"Name":"v"}"#, r#"{"Name":"v","Labels":{"owner":"ci"}}"#),
        (
            "/networks/create",
            r#"{"Name":"n","Labels":{"owner":"other"}}"#,
            r#"{"Name":"n","Labels":{"owner":"ci"}}"#,
        ),
        (
            "/containers/create",
            r#"{"Image":"a","HostConfig":{"Binds":["new:/x:ro"]}}"#,
            r#"{"Image":"a","HostConfig":{"Binds":[],"Mounts":[{"Type":"volume","Source":"new","Target":"/x","ReadOnly":true,"VolumeOptions":{"Labels":{"owner":"ci"},"NoCopy":false}}]},"Labels":{"owner":"ci"}}"#,
        ),
    ] {
        let decision = decide_with(&policy, &call("POST", target, body), |_| ());
        assert_eq!(sent(&decision), expected, "{}", explained(&decision));
    }
    let built = decide_with(&policy, &call("POST", "/build?t=a", ""), |_| ());
    assert_eq!(built.call.query("labels"), Some(r#"{"owner":"ci"}"#));
    for target in ["/volumes", "/networks"] {
        let list = decide_with(&policy, &call("GET", target, ""), |_| ());
        assert_eq!(list.call.query("filters"), Some(r#"{"label":{"owner=ci":true}}"#), "{target}");
    }
    let prune = decide_with(&policy, &call("POST", "/volumes/prune", ""), |_| ());
    assert_eq!(prune.call.query("filters"), Some(r#"{"label":{"owner=ci":true}}"#));
}

#[test]
fn services_are_rewritten_as_containers_are() {
    let policy = policy(
        "  - {id: container/capabilities-not-dropped, mode: rewrite}\n  - {id: container/no-pids-limit, mode: rewrite, pids: 64}\n  - {id: container/no-memory-limit, mode: rewrite, memory: 64m}\n  - {id: container/writable-root, mode: rewrite}\n",
    );
    let body = r#"{"Name":"s","TaskTemplate":{"ContainerSpec":{"Image":"a"}}}"#;
    let decision = decide_with(&policy, &call("POST", "/v1.41/services/create", body), |_| ());
    assert_ne!(decision.verdict, Verdict::Deny, "{}", explained(&decision));
    let json: serde_json::Value = serde_json::from_str(&sent(&decision)).unwrap();
    let task = &json["TaskTemplate"];
    assert_eq!(task["ContainerSpec"]["CapabilityDrop"], serde_json::json!(["ALL"]));
    assert_eq!(task["ContainerSpec"]["ReadOnly"], true);
    assert_eq!(task["Resources"]["Limits"], serde_json::json!({"MemoryBytes": 67_108_864, "Pids": 64}));
    // An engine of that API drops what it does not know: refused, not changed in vain.
    let decision = decide_with(&policy, &call("POST", "/v1.40/services/create", body), |_| ());
    assert_eq!(decision.verdict, Verdict::Deny, "{}", explained(&decision));
}

#[test]
fn archives_are_judged_entry_by_entry() {
    let policy = Policy::profile("guarded").unwrap();
    let entry = |name: &str, kind, link: &str, mode| ArchiveEntry {
        name: name.into(),
        kind,
        link: link.into(),
        mode,
        modified: "0".into(),
        ..ArchiveEntry::default()
    };
    let check = |target: &str, method: &str, entries: &[ArchiveEntry]| {
        let decision = decide_with(&policy, &call(method, target, ""), |_| ());
        let mut inspection = *decision.inspection.unwrap();
        entries
            .iter()
            .try_for_each(|entry| inspection.entry(entry).map(|_| ()))
            .map_err(|refused| refused.rule)
    };
    let (put, build) = ("/containers/web/archive?path=/srv", "/build");
    let file = |name: &str| entry(name, EntryKind::File, "", 0o644);
    let link = |name: &str, to: &str| entry(name, EntryKind::SymbolicLink, to, 0o777);
    for (target, method, entries) in [
        (put, "PUT", vec![file("a"), link("l", "a"), entry("d", EntryKind::Directory, "", 0o2755)]),
        (put, "PUT", vec![link("d/l", "../a"), link("m", "/srv/x")]),
        (put, "PUT", vec![entry("p", EntryKind::Pipe, "", 0o644)]),
        (
            build,
            "POST",
            vec![link("bin/x", "../lib/x"), link("y", "/usr/bin/y"), entry("s", EntryKind::File, "", 0o4755)],
        ),
    ] {
        assert_eq!(check(target, method, &entries), Ok(()), "{entries:?}");
    }
    for (target, method, rule, entries) in [
        (put, "PUT", "guard/archive-escapes", vec![file("../x")]),
        (put, "PUT", "guard/archive-escapes", vec![file("/x")]),
        (put, "PUT", "guard/archive-escapes", vec![link("l", "/etc")]),
        (put, "PUT", "guard/archive-escapes", vec![link("l", "..")]),
        (put, "PUT", "guard/archive-escapes", vec![link("l", "d"), file("./l//x")]),
        (
            put,
            "PUT",
            "guard/archive-escapes",
            vec![link("l", "d"), entry("h", EntryKind::HardLink, "l", 0), file("h/x")],
        ),
        (put, "PUT", "guard/archive-device", vec![entry("n", EntryKind::BlockDevice, "", 0)]),
        (put, "PUT", "guard/archive-privileged-file", vec![entry("s", EntryKind::File, "", 0o4755)]),
        (build, "POST", "guard/archive-escapes", vec![link("l", "../x")]),
        (build, "POST", "guard/archive-device", vec![entry("p", EntryKind::Pipe, "", 0)]),
    ] {
        assert_eq!(check(target, method, &entries), Err(rule), "{entries:?}");
    }
}

/// The same header by hand, in the dialect of V7 tar.
#[test]
fn archives_are_written_in_one_form() {
    struct All;
    impl calls::Inspect for All {
        type Refused = calls::Refusal;
        fn entry(&mut self, _: &ArchiveEntry) -> Result<Option<u64>, calls::Refusal> {
            Ok(None)
        }
        fn content(&mut self, _: &ArchiveEntry, _: &[u8]) -> Result<(), calls::Refusal> {
            Ok(())
        }
    }
    let mut block = [0_u8; 512];
    block[..5].copy_from_slice(b"a/b.c");
    block[100..106].copy_from_slice(b"   644");
    block[124..127].copy_from_slice(b"5  ");
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut archive = block.to_vec();
    archive.extend_from_slice(b"hello");
    archive.resize(1024 + 1024, 0);
    let written = |bytes: &[u8], step: usize| {
        let (mut reader, mut out) = (ArchiveReader::default(), Vec::new());
        for piece in bytes.chunks(step) {
            reader.push(piece, &mut out, &mut All)?;
        }
        reader.finish(&mut out).map(|()| out)
    };
    let once = written(&archive, 4096).unwrap();
    assert_eq!(&once[257..265], b"ustar\x0000");
    // What was written once is left as it is, whatever pieces it comes in.
    for step in [1, 7, 512, 4096] {
        assert_eq!(written(&archive, step).unwrap(), once);
        assert_eq!(written(&once, step).unwrap(), once);
    }
    // No change of a byte, and no end too early, makes it panic, and nothing of it is passed on unread.
    for at in 0..archive.len() {
        let mut changed = archive.clone();
        changed[at] ^= 0x55;
        let again = written(&changed, 100).ok();
        assert!(again.is_none_or(|again| written(&again, 100).is_ok_and(|third| third == again)), "{at}");
        let _ = written(&archive[..at], 100);
    }
}
