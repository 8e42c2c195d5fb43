//! Promise: what is copied, built and loaded through the guard is looked at entry by entry, and what is refused is not applied.
//! Against a private Docker Engine.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, dead_code, reason = "tests write their own files")]

mod support_guard;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;
use support_guard::Guarded;
use testkit::Tar;

/// An archive with one entry whose header is made by hand.
fn entry(name: &str, kind: u8, mode: &str, link: &str, content: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(mode.as_bytes());
    block[108..115].copy_from_slice(b"0000000");
    block[116..123].copy_from_slice(b"0000000");
    block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    block[136..147].copy_from_slice(b"00000000000");
    block[148..156].copy_from_slice(b"        ");
    block[156] = kind;
    block[157..157 + link.len()].copy_from_slice(link.as_bytes());
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[329..336].copy_from_slice(b"0000001");
    block[337..344].copy_from_slice(b"0000003");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out = block.to_vec();
    out.extend_from_slice(content);
    out.resize(out.len().div_ceil(512) * 512, 0);
    out
}

fn file(name: &str, content: &[u8]) -> Vec<u8> {
    entry(name, b'0', "0000644", "", content)
}

fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 1024]].concat()
}

/// Sends a body with a call and gives the whole answer.
fn send(guarded: &Guarded, method: &str, target: &str, body: &[u8]) -> String {
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-tar\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = UnixStream::connect(guarded.host().trim_start_matches("unix://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // A refusal may come before all is sent.
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
    let mut answer = Vec::new();
    let mut bytes = [0; 4096];
    let is_whole = |answer: &[u8]| {
        answer.ends_with(b"}\n") && answer.starts_with(b"HTTP/1.1 4")
            || answer.ends_with(b"\r\n0\r\n\r\n")
            || answer.ends_with(b"\r\n\r\n")
                && answer.windows(19).any(|text| text == b"Content-Length: 0\r\n")
    };
    while !is_whole(&answer) {
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => break,
            Ok(size) => answer.extend_from_slice(&bytes[..size]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// What must not be copied, each with the rule.
fn hostile() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let link = |name: &str, to: &str| entry(name, b'2', "0000777", to, b"");
    let capability: &[u8] =
        b"\x01\x00\x00\x02\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00";
    let record = [b"52 SCHILY.xattr.security.capability=".as_slice(), &capability[..15], b"\n"].concat();
    assert_eq!(record.len(), 52);
    vec![
        ("A1 climbs", "guard/archive-escapes", archive(&[file("a/../../etc/x", b"x")])),
        ("A2 absolute name", "guard/archive-escapes", archive(&[file("/etc/x", b"x")])),
        ("A3 absolute link", "guard/archive-escapes", archive(&[link("l", "/etc")])),
        ("A4 climbing link", "guard/archive-escapes", archive(&[link("d/l", "../../etc")])),
        ("A5 through a link", "guard/archive-escapes", archive(&[link("l", "d"), file("l/x", b"x")])),
        (
            "A6 hard link",
            "guard/archive-escapes",
            archive(&[entry("h", b'1', "0000644", "/etc/passwd", b"")]),
        ),
        (
            "A7 hard link",
            "guard/archive-escapes",
            archive(&[entry("h", b'1', "0000644", "../etc/passwd", b"")]),
        ),
        ("A8 device", "guard/archive-device", archive(&[entry("n", b'3', "0000666", "", b"")])),
        ("A8 device", "guard/archive-device", archive(&[entry("n", b'4', "0000666", "", b"")])),
        ("A9 setuid", "guard/archive-privileged-file", archive(&[entry("s", b'0', "0004755", "", b"x")])),
        ("A9 setgid", "guard/archive-privileged-file", archive(&[entry("s", b'0', "0002755", "", b"x")])),
        (
            "A10 capabilities",
            "guard/archive-privileged-file",
            archive(&[entry("p", b'x', "0000644", "", &record), file("c", b"x")]),
        ),
        (
            "A11 name of pax",
            "guard/archive-escapes",
            archive(&[entry("p", b'x', "0000644", "", b"16 path=../../x\n"), file("ok", b"x")]),
        ),
        (
            "A12 name of GNU tar",
            "guard/archive-escapes",
            archive(&[entry("././@LongLink", b'L', "0000644", "", b"../../x\0"), file("ok", b"x")]),
        ),
        (
            "A13 two names",
            "guard/malformed-archive",
            archive(&[
                entry("p", b'x', "0000644", "", b"11 path=ok\n"),
                entry("././@LongLink", b'L', "0000644", "", b"../../x\0"),
                file("ok", b"x"),
            ]),
        ),
        ("A14 sparse", "guard/malformed-archive", archive(&[entry("s", b'S', "0000644", "", b"")])),
        ("A15 kind", "guard/malformed-archive", archive(&[entry("s", b'Z', "0000644", "", b"")])),
        (
            "A16 behind the end",
            "guard/malformed-archive",
            [archive(&[file("a", b"x")]), file("b", b"x")].concat(),
        ),
        ("A17 cut off", "guard/malformed-archive", file("a", b"hello")[..700].to_vec()),
        ("A18 no archive", "guard/malformed-archive", vec![b'x'; 2048]),
        ("A19 late", "guard/archive-escapes", {
            let mut entries: Vec<Vec<u8>> =
                (0..200).map(|number| file(&format!("late{number}"), &[b'x'; 3000])).collect();
            entries.push(link("l", "/etc"));
            archive(&entries)
        }),
    ]
}

#[test]
fn archives_that_lead_out_are_refused_and_plain_ones_arrive() {
    let Some(guarded) = Guarded::start("guarded") else { return };
    let Some(_image) = guarded.image() else { return };
    let direct = |words: &str| guarded.docker(&guarded.dockerd.host(), words, "").0;
    direct("create --name web --network none --cgroupns private % sleep 300");
    direct("start web");
    direct("exec web sh -c ':>/before'");
    let put = |target: &str, body: &[u8]| {
        send(&guarded, "PUT", &format!("/v1.41/containers/web/archive?path={target}"), body)
    };
    let mut wrong = Vec::new();
    let cases = hostile();
    for (id, rule, body) in &cases {
        let answer = put("/tmp", body);
        let there = direct("exec web ls /");
        let is_untouched =
            there.lines().any(|name| name == "before") && there.lines().all(|name| name != "tmp");
        if !is_untouched || !answer.contains(rule) {
            wrong.push(format!("{id}: {rule}: {answer}\nin the container: {there}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {}", wrong.len(), cases.len(), wrong.join("\n"));
    eprintln!("{} of {} archives refused", cases.len(), cases.len());
    // What is small is refused before the engine hears of it.
    direct("exec web sh -c 'ls / > /list'");
    let plain =
        Tar::new().directory("d").file("d/f", b"hello").symlink("d/l", "f").hard_link("d/h", "d/f").finish();
    let answer = put("/", &plain);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(direct("exec web cat /d/f /d/l /d/h"), "hellohellohello");
    for (program, kind) in [("gzip", "gz"), ("bzip2", "bz2"), ("zstd", "zst"), ("xz", "xz")] {
        let Some(packed) = packed(program, &Tar::new().file(kind, kind.as_bytes()).finish()) else {
            continue;
        };
        let answer = put("/d", &packed);
        assert!(answer.starts_with("HTTP/1.1 200"), "{program}: {answer}");
        assert_eq!(direct(&format!("exec web cat /d/{kind}")), kind);
        let hostile = packed_hostile(program);
        let answer = put("/d", &hostile);
        assert!(answer.contains("guard/archive-escapes"), "{program}: {answer}");
        let answer = put("/d", &packed[..packed.len() - 3]);
        assert!(answer.contains("archive-cut-off"), "{program}: {answer}");
    }
    // Long names, as another program writes them.
    let long = format!("{}/{}", "a".repeat(120), "b".repeat(180));
    let answer = put("/d", &Tar::new().file(&long, b"long").finish());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(direct(&format!("exec web cat /d/{long}")), "long");
    // Late in a large archive: the engine has what was before, and nothing behind.
    let mut large: Vec<Vec<u8>> = vec![file("first", b"1")];
    large.extend((0..64).map(|number| file(&format!("part{number}"), &vec![7; 64 << 10])));
    large.push(entry("escape", b'2', "0000777", "/etc", b""));
    large.push(file("behind", b"x"));
    let answer = put("/d", &archive(&large));
    assert!(answer.contains("guard/archive-escapes") && answer.contains("65 entries before it"), "{answer}");
    assert!(!direct("exec web ls /d").contains("behind"));
    assert!(!direct("exec web ls /d").contains("escape"));
    assert!(guarded.log().contains("guard/archive-escapes") && guarded.verify_log().contains("whole"));
}

fn packed(program: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let path = testkit::find_program(program)?;
    let mut child = std::process::Command::new(path)
        .arg("-c")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(bytes).ok()?;
    Some(child.wait_with_output().ok()?.stdout)
}

fn packed_hostile(program: &str) -> Vec<u8> {
    packed(program, &archive(&[file("a/../../x", b"x")])).unwrap()
}

#[test]
fn contexts_and_saved_images_are_looked_at() {
    let place = tempfile::tempdir().unwrap();
    let policy = place.path().join("policy.yaml");
    let text = "version: 1\nprofile: guarded\nrules:\n\
        - {id: guard/image-from-address, mode: 'off'}\n\
        - {id: guard/loaded-name-not-allowed, mode: deny, allowed: ['local.example.com/*']}\n";
    std::fs::write(&policy, text).unwrap();
    let Some(guarded) = Guarded::start(policy.to_str().unwrap()) else { return };
    let Some(_image) = guarded.image() else { return };
    let direct = |words: &str| guarded.docker(&guarded.dockerd.host(), words, "");
    let build = |body: &[u8]| {
        send(&guarded, "POST", "/v1.41/build?t=local.example.com%2Fbuilt:1&networkmode=none", body)
    };
    let dockerfile = file("Dockerfile", b"FROM scratch\nCOPY d /d\n");
    for (rule, bad) in [
        ("guard/archive-escapes", file("../x", b"x")),
        ("guard/archive-escapes", entry("l", b'2', "0000777", "../../etc", b"")),
        ("guard/archive-device", entry("n", b'3', "0000666", "", b"")),
        ("guard/archive-device", entry("n", b'6', "0000666", "", b"")),
    ] {
        let answer = build(&archive(&[dockerfile.clone(), file("d", b"x"), bad]));
        assert!(answer.contains(rule), "{answer}");
    }
    assert!(!direct("images").0.contains("built"));
    // Late: the engine threw away what had come.
    let mut large = vec![dockerfile.clone(), file("d", b"x")];
    large.extend((0..40).map(|number| file(&format!("part{number}"), &vec![7; 64 << 10])));
    large.push(file("../x", b"x"));
    let answer = build(&archive(&large));
    assert!(answer.contains("nothing of the archive is used"), "{answer}");
    assert!(!direct("images").0.contains("built"));
    let answer =
        build(&archive(&[dockerfile, file("d", b"x"), entry("l", b'2', "0000777", "/usr/bin/x", b"")]));
    assert!(answer.contains("Successfully built"), "{answer}");
    // Images that an archive names.
    direct("tag root:1 example.com/web:1");
    direct("tag root:1 local.example.com/web:1");
    let (stranger, own) = (place.path().join("stranger.tar"), place.path().join("own.tar"));
    direct(&format!("save -o {} example.com/web:1", stranger.display()));
    direct(&format!("save -o {} local.example.com/web:1", own.display()));
    direct("rmi example.com/web:1 local.example.com/web:1");
    let load =
        |path: &std::path::Path| guarded.docker(&guarded.host(), &format!("load -i {}", path.display()), "");
    let (_, refused) = load(&stranger);
    assert!(
        refused.contains("guard/loaded-name-not-allowed") && refused.contains("example.com/web:1"),
        "{refused}"
    );
    assert!(!direct("images").0.contains("example.com/web"), "nothing was loaded");
    let (loaded, told) = load(&own);
    assert!(loaded.contains("Loaded image: local.example.com/web:1"), "{loaded}{told}");
}

/// A Dockerfile that runs what it downloads; its comment counts for nothing here.
const CARELESS: &[u8] =
    b"FROM scratch\n# hadolint ignore=dockerfile/download-run-unverified\nRUN curl -s https://example.com/x | sh\n";

#[test]
fn dockerfiles_of_contexts_are_judged() {
    let place = tempfile::tempdir().unwrap();
    let policy = place.path().join("policy.yaml");
    let write = |mode: &str| {
        let text = format!(
            "version: 1\nprofile: guarded\nrules:\n  - {{id: guard/image-from-address, mode: 'off'}}\n  - {{id: guard/dockerfile-finding, mode: {mode}, severity_min: high}}\n"
        );
        std::fs::write(&policy, text).unwrap();
    };
    write("deny");
    let Some(guarded) = Guarded::start(policy.to_str().unwrap()) else { return };
    let build = |query: &str, entries: &[Vec<u8>]| {
        let target = format!("/v1.41/build?t=local.example.com%2Fbuilt:1&networkmode=none{query}");
        send(&guarded, "POST", &target, &archive(entries))
    };
    let rule = "dockerfile/download-run-unverified";
    let plain = file("Dockerfile", b"FROM scratch\nCOPY d /d\n");
    let d = file("d", b"x");
    let linked = entry("Dockerfile", b'2', "0000777", "other", b"");
    for (query, entries, told) in [
        ("", vec![file("Dockerfile", CARELESS)], rule),
        ("", vec![file("./Dockerfile", CARELESS)], rule),
        ("", vec![file("dockerfile", CARELESS)], rule),
        ("&dockerfile=", vec![file("Dockerfile", CARELESS)], rule),
        ("&dockerfile=a%2F..%2Fb", vec![plain.clone(), d.clone(), file("b", CARELESS)], rule),
        ("&dockerfile=%2Fb", vec![plain.clone(), d.clone(), file("b", CARELESS)], rule),
        ("", vec![plain.clone(), d.clone(), file("Dockerfile", CARELESS)], rule),
        ("", vec![file("other", CARELESS), linked], "is no file"),
        ("&dockerfile=none", vec![plain.clone(), d.clone()], "has no file none"),
    ] {
        let answer = build(query, &entries);
        assert!(answer.contains("guard/dockerfile-finding") && answer.contains(told), "{query}: {answer}");
    }
    let answer = build("", &[plain.clone(), d.clone(), file("other", CARELESS)]);
    assert!(answer.contains("Successfully built"), "{answer}");
    // Where it is a warning, the build tells it.
    write("warn");
    assert!(guarded.wait_for(|| build("", &[file("Dockerfile", CARELESS)]).contains("\"stream\":\"Step")));
    let answer = build("", &[file("Dockerfile", CARELESS)]);
    let warned = answer.find("seawall: warning: Dockerfile:3: ").expect(&answer);
    assert!(warned < answer.find("Step 1").unwrap() && answer.contains(rule), "{answer}");
    let answer = build("", &[plain, d]);
    assert!(!answer.contains("seawall: warning"), "{answer}");
    assert!(guarded.log().contains("guard/dockerfile-finding") && guarded.verify_log().contains("whole"));
}
