//! Rules are shown to the programs that load them; nothing is loaded.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "rules are given to other programs as files"
)]

use harden::firewall::{Egress, IpVersion, Policy, Protocol, PublishedPort};
use std::process::{Command, Stdio};

fn policy() -> Policy {
    let networks = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
    Policy {
        external_interface: "eth0".to_owned(),
        published: vec![
            PublishedPort { port: 443, protocol: Protocol::Tcp, sources: Vec::new() },
            PublishedPort {
                port: 5432,
                protocol: Protocol::Tcp,
                sources: networks(&["192.0.2.0/24", "192.0.2.7", "2001:db8::/32"]),
            },
            PublishedPort { port: 53, protocol: Protocol::Udp, sources: networks(&["198.51.100.0/24"]) },
        ],
        egress: vec![
            Egress {
                bridge: "docker0".to_owned(),
                allowed: networks(&["203.0.113.0/24", "2001:db8:1::/48"]),
            },
            Egress { bridge: "br-0123456789ab".to_owned(), allowed: Vec::new() },
        ],
    }
}

/// The program's own words when it refuses; `None` and `skipped` when it cannot be asked here.
fn judged(program: &str, arguments: &[&str], text: &str) -> Option<Result<(), String>> {
    let Some(path) = testkit::find_program(program) else {
        testkit::skip(&format!("rules are not shown to {program}: it is not installed"));
        return None;
    };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rules");
    std::fs::write(&file, text).unwrap();
    let output = Command::new(path).args(arguments).arg(&file).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for reason in [
        "Operation not permitted",
        "Permission denied",
        "Protocol not supported",
        "Could not fetch rule set",
        "Extension conntrack revision 0 not supported",
        "missing kernel module",
    ] {
        if said.contains(reason) {
            testkit::skip(&format!("rules are not shown to {program}: {reason}"));
            return None;
        }
    }
    Some(if output.status.success() { Ok(()) } else { Err(said) })
}

#[test]
fn nft_accepts_the_rules() {
    let text = policy().nftables().unwrap();
    match judged("nft", &["-c", "-f"], &text) {
        Some(Err(said)) => panic!("{said}\n{text}"),
        Some(Ok(())) => {
            assert!(judged("nft", &["-c", "-f"], "table inet x { nonsense }\n").unwrap().is_err());
        }
        None => {}
    }
}

#[test]
fn iptables_restore_accepts_the_rules() {
    for (program, version) in [("iptables-restore", IpVersion::V4), ("ip6tables-restore", IpVersion::V6)] {
        let text = policy().iptables(version).unwrap();
        match judged(program, &["--noflush", "--test"], &text) {
            Some(Err(said)) => panic!("{said}\n{text}"),
            Some(Ok(())) => assert!(judged(program, &["--test"], "*filter\n-A NONE\n").unwrap().is_err()),
            None => {}
        }
    }
}

#[test]
fn what_is_not_named_is_closed_to_strangers() {
    let text = policy().iptables(IpVersion::V4).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let at = |part: &str| {
        lines.iter().position(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}\n{text}"))
    };
    assert!(at("--ctorigdstport 5432") < at("--ctstate DNAT -j DROP"));
    assert!(lines[at("--ctorigdstport 5432")].contains("-s 192.0.2.0/24"));
    assert!(at("-i docker0 -d 203.0.113.0/24") < at("-i docker0 -j DROP"));
    assert!(!text.contains("2001:db8"), "addresses of the other version stay out");
    let empty = Policy { external_interface: "eth0".to_owned(), ..Policy::default() }.nftables().unwrap();
    assert!(empty.contains("iifname \"eth0\" ct status dnat counter drop"));
}

#[test]
fn names_of_interfaces_cannot_be_rules() {
    for bad in ["", "eth0; drop", "eth0\n", "a b", "\"x\"", "0123456789abcdef", "-j"] {
        let policy = Policy { external_interface: bad.to_owned(), ..Policy::default() };
        assert!(policy.nftables().is_err() && policy.iptables(IpVersion::V4).is_err(), "{bad:?}");
    }
}
