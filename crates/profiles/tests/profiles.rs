//! Profiles hold what was learned, tell what departs from it, and survive the disk.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use profiles::{Done, Profile, ProfileError, Protocol};
use std::net::IpAddr;

const DONE: &[Done<'_>] = &[
    Done::Executed("/bin/sh"),
    Done::Read("/etc/hosts"),
    Done::Wrote("/tmp/x"),
    Done::Listened(80, Protocol::Tcp),
    Done::Called("openat"),
    Done::Used("CHOWN"),
];

fn learned(done: &[Done<'_>]) -> Profile {
    let mut profile = Profile::new("sha256:ab");
    profile.containers = 1;
    for one in done {
        assert!(profile.learn(one) && !profile.learn(one), "{one:?} is new once");
    }
    profile
}

#[test]
fn what_was_learned_is_known_and_nothing_else() {
    let profile = learned(DONE);
    assert!(DONE.iter().all(|done| profile.knows(done)));
    let others = [
        Done::Executed("/bin/ls"),
        Done::Read("/etc/shadow"),
        Done::Wrote("/etc/hosts"),
        Done::Listened(80, Protocol::Udp),
        Done::Connected(IpAddr::from([192, 0, 2, 1]), 443, Protocol::Tcp),
        Done::Called("mount"),
        Done::Used("SYS_ADMIN"),
    ];
    for other in &others {
        assert!(!profile.knows(other), "{other:?}");
    }
    assert_eq!(others[4].what(), "192.0.2.1:443/tcp");
}

#[test]
fn what_a_profile_could_not_see_it_does_not_judge() {
    let profile = learned(&DONE[..4]);
    assert!(profile.knows(&Done::Called("mount")) && profile.knows(&Done::Used("SYS_ADMIN")));
    let mut both = learned(DONE);
    both.merge(&profile);
    assert_eq!((both.calls, both.capabilities), (None, None));
    let mut fresh = Profile::new("sha256:ab");
    fresh.merge(&learned(DONE));
    assert!(!fresh.knows(&Done::Called("mount")) && fresh.containers == 1);
}

#[test]
fn a_profile_survives_the_disk_and_damaged_ones_are_refused() {
    let profile = learned(DONE);
    let good = profile.to_json();
    assert_eq!(Profile::parse(good.as_bytes()).unwrap(), profile);
    for at in 0..good.len() * 8 {
        let mut bytes = good.clone().into_bytes();
        bytes[at / 8] ^= 1 << (at % 8);
        let _ = Profile::parse(&bytes);
    }
    let newer = good.replacen("\"seawall_profile\": 1", "\"seawall_profile\": 2", 1);
    assert!(matches!(Profile::parse(newer.as_bytes()), Err(ProfileError::Version { found: 2 })));
}
