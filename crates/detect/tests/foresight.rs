//! What is said of events before they are told, for the rules of a file written here.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use detect::{Engine, Facts, Options, PathPart, SocketFact, Words};
use events::Kind;
use falco::{Limits, Loader};

fn engine(condition: &str) -> Engine {
    let rules = format!("- rule: r\n  desc: d\n  condition: {condition}\n  output: o\n  priority: NOTICE\n");
    let mut loader = Loader::new(&Words, Limits::default());
    let result = loader.load("rules.yaml", &rules);
    assert!(result.successful, "{}", result.text());
    Engine::new(&loader.finish(), &Options::default()).unwrap()
}

const OPEN: Facts = Facts {
    failed: Some(false),
    opened_nothing: Some(false),
    in_container: Some(true),
    reads: Some(true),
    writes: Some(false),
    creates: Some(false),
    socket: None,
    is_tcp: None,
    has_path_part: Some(true),
};

#[track_caller]
fn check(condition: &str, kind: Kind, facts: &Facts, could: bool) {
    assert_eq!(engine(condition).could_match(kind, facts), could, "{condition} {facts:?}");
}

#[test]
fn what_cannot_match_is_known_by_flags_result_place_and_path() {
    let condition = "evt.type = openat and evt.is_open_read = true and fd.num >= 0 and container.id != host and fd.name startswith /etc/";
    check(condition, Kind::OPENAT, &OPEN, true);
    for facts in [
        Facts { failed: Some(true), opened_nothing: Some(true), ..OPEN },
        Facts { in_container: Some(false), ..OPEN },
        Facts { reads: Some(false), writes: Some(true), ..OPEN },
        Facts { has_path_part: Some(false), ..OPEN },
    ] {
        check(condition, Kind::OPENAT, &facts, false);
    }
    check(condition, Kind::OPEN, &OPEN, false);
    check(condition, Kind::OPENAT, &Facts::default(), true);
}

#[test]
fn what_is_not_known_may_match() {
    let nothing = Facts { has_path_part: Some(false), ..OPEN };
    for condition in [
        "evt.type = openat and proc.name = cat",
        "evt.type = openat and fd.name icontains SHADOW",
        "evt.type = openat and fd.name regex '.*'",
        "evt.type = openat and not fd.name startswith /usr/",
        "evt.type = openat and fd.name != /x",
        "evt.type = openat and (fd.name = /x or user.uid = 0)",
        "evt.type = openat and fd.name startswith /",
        "evt.type = openat and tolower(fd.name) = /x",
    ] {
        check(condition, Kind::OPENAT, &nothing, true);
    }
    // Its descriptor is an argument, which a failed call has too.
    let failed = Facts { failed: Some(true), ..Facts::default() };
    check("evt.type = connect and fd.num >= 0", Kind::CONNECT, &failed, true);
    check("evt.type = connect and evt.rawres >= 0", Kind::CONNECT, &failed, false);
    check("evt.type = connect and evt.res = EINPROGRESS", Kind::CONNECT, &failed, true);
    check("evt.type = connect and evt.rawres in (0, -115)", Kind::CONNECT, &failed, true);
}

#[test]
fn sockets_are_told_apart() {
    let with = |socket, is_tcp| Facts { socket: Some(socket), is_tcp: Some(is_tcp), ..Facts::default() };
    let condition = "evt.type = sendto and fd.type in (ipv4, ipv6) and fd.l4proto != tcp";
    check(condition, Kind::SENDTO, &with(SocketFact::Internet, false), true);
    check(condition, Kind::SENDTO, &with(SocketFact::Internet, true), false);
    check(condition, Kind::SENDTO, &with(SocketFact::Unix, false), false);
    check(condition, Kind::SENDTO, &with(SocketFact::None, false), false);
    check("evt.type = sendto and fd.typechar = u", Kind::SENDTO, &with(SocketFact::None, false), true);
    check("evt.type = sendto and not fd.type = ipv4", Kind::SENDTO, &with(SocketFact::Internet, true), true);
}

#[test]
fn parts_of_paths_are_those_that_conditions_name() {
    let engine = engine(
        "evt.type = openat and (fd.name in (/etc/shadow) or fd.directory in (/, /etc/pam.d) or fd.filename = id_rsa or \
         fd.name endswith .key or fd.name pmatch (/run/x, /srv/*/y) or fd.name glob \"/dev/sd[a-z]*\" or fd.nameraw contains ../)",
    );
    let expected = [
        PathPart::Whole(b"/etc/pam.d".to_vec()),
        PathPart::Whole(b"/etc/shadow".to_vec()),
        PathPart::Start(b"/dev/sd".to_vec()),
        PathPart::Start(b"/etc/pam.d/".to_vec()),
        PathPart::Start(b"/run/x".to_vec()),
        PathPart::Start(b"/srv".to_vec()),
        PathPart::End(b".key".to_vec()),
        PathPart::End(b"/id_rsa".to_vec()),
        PathPart::Inside(b"../".to_vec()),
    ];
    assert_eq!(engine.path_parts(Kind::OPENAT).into_iter().collect::<Vec<_>>(), expected);
    assert!(engine.path_parts(Kind::CONNECT).is_empty());
}

#[test]
fn parts_under_not_make_nothing_false_and_are_not_looked_for() {
    let engine = engine(
        "evt.type = openat and fd.name startswith /etc/ and not fd.name startswith /etc/ssl/ \
         and not (fd.name endswith .tmp and not fd.filename = key)",
    );
    let expected = [PathPart::Start(b"/etc/".to_vec()), PathPart::End(b"/key".to_vec())];
    assert_eq!(engine.path_parts(Kind::OPENAT).into_iter().collect::<Vec<_>>(), expected);
    assert!(!engine.could_match(Kind::OPENAT, &Facts { has_path_part: Some(false), ..OPEN }));
}

#[test]
fn what_is_asked_both_ways_may_be_either_under_not() {
    let condition = "evt.type = openat and (not fd.name = /x/y or (fd.name = /x/y and user.uid = 0))";
    check(condition, Kind::OPENAT, &Facts { has_path_part: Some(false), ..OPEN }, true);
    let condition = "evt.type = openat and fd.name = /x/y and not (fd.name = /x/y and user.uid = 0)";
    check(condition, Kind::OPENAT, &Facts { has_path_part: Some(false), ..OPEN }, false);
    check(condition, Kind::OPENAT, &OPEN, true);
}
