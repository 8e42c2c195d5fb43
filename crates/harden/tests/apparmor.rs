//! Profiles are shown to AppArmor's own parser.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "profiles are given to the parser as files"
)]

use harden::apparmor::{Mode, parse_bane, profile};
use std::process::{Command, Stdio};

const NGINX: &str = r#"
Name = "nginx-sample"
[Filesystem]
ReadOnlyPaths = ["/bin/**", "/etc/**", "/proc/**", "/usr/**", "/var/{lib,cache}/**"]
LogOnWritePaths = ["/**"]
WritablePaths = ["/var/run/nginx.pid", "/etc/motd"]
AllowExec = ["/usr/sbin/nginx"]
DenyExec = ["/bin/dash", "/bin/sh"]
[Capabilities]
Allow = ["chown", "CAP_SETUID", "net_bind_service"]
[Network]
Raw = false
Packet = false
Protocols = ["tcp", "udp", "icmp"]
"#;

#[test]
fn the_parser_accepts_every_profile() {
    let Some(parser) = testkit::find_program("apparmor_parser") else {
        testkit::skip("profiles are not shown to apparmor_parser: it is not installed");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let accepts = |text: &str| {
        let file = directory.path().join("profile");
        std::fs::write(&file, text).unwrap();
        // -Q: the kernel is not asked; -K: no cache; the features are those of the parser's own release.
        let output = Command::new(&parser)
            .args(["-Q", "-K", "--features-file=/etc/apparmor.d/abi/3.0"])
            .arg(&file)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let plain = accepts("profile x { file, }\n");
    if !plain.0 {
        testkit::skip(&format!("profiles are not shown to apparmor_parser: {}", plain.1));
        return;
    }
    assert!(!accepts("profile x { nonsense, }\n").0, "the judge is awake");
    for wish in [
        NGINX,
        "Name = \"least\"\n",
        "Name = \"all\"\n[Capabilities]\nDeny = [\"sys_admin\"]\n[Network]\nRaw = true\nPacket = true\n",
    ] {
        for mode in [Mode::Complain, Mode::Enforce] {
            let profile = profile(&parse_bane(wish).unwrap(), mode);
            let (is_accepted, said) = accepts(&profile.text);
            assert!(is_accepted, "{said}\n{}", profile.text);
        }
    }
}

#[test]
fn what_the_base_denies_is_denied_in_every_profile() {
    let least = profile(&parse_bane("Name = \"least\"").unwrap(), Mode::Enforce);
    for rule in [
        "deny mount,",
        "deny network alg,",
        "deny /sys/firmware/** rwklx,",
        "deny /sys/devices/virtual/powercap/** rwklx,",
        "deny @{PROC}/kcore rwklx,",
        "signal (send,receive) peer=\"docker-least\",",
    ] {
        assert!(least.text.contains(rule), "{rule}");
    }
    assert!(profile(&parse_bane(NGINX).unwrap(), Mode::Complain).text.contains("complain"));
}

#[test]
fn wishes_without_effect_are_told() {
    let profile = profile(&parse_bane(NGINX).unwrap(), Mode::Enforce);
    assert!(
        profile.notes.iter().any(|note| note.contains("/etc/motd stays read-only")),
        "{:?}",
        profile.notes
    );
    assert!(!profile.notes.iter().any(|note| note.contains("nginx.pid")));
    assert!(profile.text.contains("capability setuid,") && !profile.text.contains("  file,"));
}

#[test]
fn a_value_never_becomes_a_rule() {
    for bad in [
        "Name = \"\"",
        "Name = \"a b\"",
        "Name = \"x{}\"",
        "Name = \"x\"\n[Filesystem]\nReadOnlyPaths = [\"/a, file\"]",
        "Name = \"x\"\n[Filesystem]\nReadOnlyPaths = [\"/a}\"]",
        "Name = \"x\"\n[Filesystem]\nReadOnlyPaths = [\"etc\"]",
        "Name = \"x\"\n[Filesystem]\nReadOnlyPaths = [\"/a\\nfile,\"]",
        "Name = \"x\"\n[Capabilities]\nAllow = [\"chown, capability\"]",
        "Name = \"x\"\n[Network]\nProtocols = [\"tcp,\"]",
        "Name = \"x\"\nOther = 1",
        "Name = ",
    ] {
        assert!(parse_bane(bad).is_err(), "{bad}");
    }
}

#[test]
fn damaged_wishes_do_not_panic() {
    for at in 0..NGINX.len() {
        let mut bytes = NGINX.as_bytes().to_vec();
        bytes[at] ^= 1 << (at % 7);
        if let Ok(wish) = parse_bane(&String::from_utf8_lossy(&bytes)) {
            let _ = profile(&wish, Mode::Enforce);
        }
        let _ = parse_bane(&NGINX[..at]);
    }
}
