//! What events change. Numbers of threads: 10 is the parent, 11 its child, 12 a thread of the child.
#![allow(clippy::unwrap_used, reason = "tests")]

use events::snapshot::{Snapshot, User};
use events::{Endpoint, EventBuilder, Extension, Kind, Layer, SocketAddress, SocketTuple, flags};
use state::{Descriptor, Limits, Role, State, What};

const SECOND: u64 = 1_000_000_000;

fn event(kind: Kind, thread: i64) -> EventBuilder<'static> {
    EventBuilder::new(kind).at(SECOND, thread)
}

fn exec(thread: i64, comm: &str, arguments: &[&str]) -> EventBuilder<'static> {
    event(Kind::EXECVE, thread)
        .number("res", 0)
        .text("exe", comm)
        .texts("args", arguments)
        .number("tid", thread)
        .number("pid", thread)
        .number("ptid", 1)
        .text("comm", comm)
        .text("trusted_exepath", format!("/usr/bin/{comm}"))
        .number("uid", 0)
        .number("gid", 0)
}

fn open(thread: i64, fd: i64, path: &str) -> EventBuilder<'static> {
    event(Kind::OPEN, thread).number("fd", fd).text("name", path).number("flags", 1)
}

/// `clone` as its caller sees it.
fn clones(caller: i64, child: i64, how: &str) -> EventBuilder<'static> {
    event(Kind::CLONE, caller)
        .number("res", child)
        .number("pid", caller)
        .number("flags", flags::CLONE.number(how).unwrap_or(0).into())
        .number("uid", 0)
        .number("gid", 0)
}

#[track_caller]
fn feed(state: &mut State, events: &[EventBuilder<'_>]) {
    for event in events {
        state.process(&event.build().event());
    }
}

fn followed(events: &[EventBuilder<'_>]) -> State {
    let mut state = State::new(Limits::default());
    feed(&mut state, events);
    state
}

#[track_caller]
fn name_of(state: &State, thread: i64, fd: i64) -> Option<String> {
    let thread = state.thread(thread).expect("the thread is followed");
    state.descriptor(thread, fd).map(|descriptor| String::from_utf8_lossy(descriptor.name()).into_owned())
}

#[test]
fn execve_gives_name_arguments_and_executable() {
    let state = followed(&[exec(10, "nc", &["-l", "-p", "4444"])]);
    let thread = state.event_thread().unwrap();
    assert_eq!((&*thread.comm, &*thread.exe_path), (&b"nc"[..], &b"/usr/bin/nc"[..]));
    assert_eq!((thread.command_line(), thread.arguments()), (&b"nc -l -p 4444"[..], &b"-l -p 4444"[..]));
    assert_eq!((thread.uid, thread.exec_time_ns, thread.is_known), (0, SECOND, true));
}

#[test]
fn execve_that_failed_changes_nothing() {
    let failed = event(Kind::EXECVE, 10).number("res", -2).text("exe", "no").text("comm", "no");
    let state = followed(&[exec(10, "sh", &[]), failed]);
    assert_eq!(&*state.thread(10).unwrap().comm, b"sh");
}

#[test]
fn execve_closes_what_was_opened_for_that() {
    let close = i64::from(flags::FILE.number("O_CLOEXEC").unwrap());
    let state = followed(&[
        exec(10, "sh", &[]),
        open(10, 3, "/kept"),
        open(10, 4, "/closed").number("flags", close),
        exec(10, "ls", &[]),
    ]);
    assert_eq!((name_of(&state, 10, 3).as_deref(), name_of(&state, 10, 4)), (Some("/kept"), None));
}

#[test]
fn child_copies_descriptors_and_directory_and_goes_its_own_way() {
    let state = followed(&[
        exec(10, "sh", &[]).text("cwd", "/srv"),
        open(10, 3, "data"),
        clones(10, 11, ""),
        event(Kind::CLOSE, 10).number("res", 0).number("fd", 3),
        event(Kind::CHDIR, 11).number("res", 0).text("path", "sub"),
        open(11, 4, "x"),
    ]);
    let (parent, child) = (state.thread(10).unwrap(), state.thread(11).unwrap());
    assert_eq!((child.process, child.parent, &*child.comm), (11, 10, &b"sh"[..]));
    assert_eq!((name_of(&state, 10, 3), name_of(&state, 11, 3).as_deref()), (None, Some("/srv/data")));
    assert_eq!((state.cwd(parent), state.cwd(child)), (&b"/srv/"[..], &b"/srv/sub/"[..]));
    assert_eq!(name_of(&state, 11, 4).as_deref(), Some("/srv/sub/x"));
    assert_eq!(state.parent(child).unwrap().thread, 10);
}

#[test]
fn thread_shares_the_descriptors_of_its_process() {
    let state = followed(&[exec(10, "server", &[]), clones(10, 12, "CLONE_THREAD"), open(12, 3, "/shared")]);
    assert_eq!(name_of(&state, 10, 3).as_deref(), Some("/shared"));
    let thread = state.thread(12).unwrap();
    assert_eq!((thread.process, state.leader(thread).thread, state.thread_count(thread)), (10, 10, 2));
}

#[test]
fn leader_that_ends_first_keeps_descriptors_for_its_threads() {
    let end = |thread| event(Kind::PROCEXIT, thread).number("status", 0);
    let mut state =
        followed(&[exec(10, "s", &[]), open(10, 3, "/f"), clones(10, 12, "CLONE_THREAD"), end(10)]);
    feed(&mut state, &[event(Kind::READ, 12).number("res", 1).number("fd", 3)]);
    assert_eq!(state.event_descriptor().unwrap().name(), b"/f");
    feed(&mut state, &[end(12), event(Kind::SWITCH, 1)]);
    assert_eq!(state.threads().len(), 0);
}

#[test]
fn ended_thread_is_there_until_the_next_event() {
    let mut state = followed(&[exec(10, "a", &[]), event(Kind::PROCEXIT, 10)]);
    assert_eq!(&*state.event_thread().unwrap().comm, b"a");
    feed(&mut state, &[exec(20, "b", &[])]);
    assert!(state.thread(10).is_none());
}

#[test]
fn closed_descriptor_is_there_until_the_next_event() {
    let mut state = followed(&[open(10, 3, "/a"), event(Kind::CLOSE, 10).number("res", 0).number("fd", 3)]);
    assert_eq!(state.event_descriptor().unwrap().name(), b"/a");
    feed(&mut state, &[event(Kind::READ, 10).number("res", 0).number("fd", 3)]);
    assert!(state.event_descriptor().is_none());
    assert_eq!(state.event_fd(), Some(3));
}

#[test]
fn number_of_a_thread_that_comes_again_is_another_thread() {
    let later = clones(10, 11, "").at(100 * SECOND, 10);
    let state = followed(&[
        exec(10, "sh", &[]),
        clones(10, 11, ""),
        exec(11, "old", &[]),
        open(11, 9, "/old"),
        later,
    ]);
    let child = state.thread(11).unwrap();
    assert_eq!((&*child.comm, child.clone_time_ns), (&b"sh"[..], 100 * SECOND));
    assert_eq!((name_of(&state, 11, 9), state.losses().reused_threads), (None, 1));
}

#[test]
fn clone_that_comes_after_the_end_of_the_child_makes_no_thread() {
    let child =
        event(Kind::CLONE, 11).number("res", 0).number("pid", 11).number("ptid", 10).number("flags", 0);
    let state = followed(&[exec(10, "sh", &[]), child, event(Kind::PROCEXIT, 11), clones(10, 11, "")]);
    assert!(state.thread(11).is_none());
}

#[test]
fn children_of_an_ended_process_go_to_its_reaper() {
    let end = event(Kind::PROCEXIT, 11).number("reaper_tid", 1);
    let state = followed(&[
        exec(1, "init", &[]),
        exec(10, "sh", &[]),
        clones(10, 11, ""),
        clones(11, 13, ""),
        end,
        open(13, 3, "/x"),
    ]);
    let orphan = state.thread(13).unwrap();
    assert_eq!(state.parent(orphan).unwrap().thread, 1);
    assert_eq!(state.ancestors(orphan).count(), 1);
}

/// As `runc create` ends, thread by thread, before the first program of its container is executed.
#[test]
fn children_go_from_thread_to_thread_before_their_process_ends() {
    let thread = |number: i64| {
        let flags = i64::from(flags::CLONE.number("CLONE_THREAD").unwrap());
        event(Kind::CLONE, number)
            .number("res", 0)
            .number("tid", number)
            .number("pid", 20)
            .number("ptid", 10)
            .number("flags", flags)
    };
    let end = |number, reaper| event(Kind::PROCEXIT, number).number("reaper_tid", reaper);
    let child =
        event(Kind::CLONE, 30).number("res", 0).number("tid", 30).number("pid", 30).number("ptid", 23);
    let state = followed(&[
        exec(10, "containerd-shim", &[]),
        clones(10, 20, ""),
        exec(20, "runc", &["create"]),
        thread(21),
        thread(22),
        thread(23),
        child.number("flags", 0),
        end(20, 0),
        end(23, 21),
        end(21, 22),
        end(22, 10),
        open(30, 3, "/x"),
    ]);
    assert_eq!(&*state.parent(state.thread(30).unwrap()).unwrap().comm, b"containerd-shim");
}

#[test]
fn execve_tells_the_parent_where_nobody_else_does() {
    let state = followed(&[
        exec(10, "containerd-shim", &[]),
        exec(20, "runc", &["create"]),
        clones(20, 30, ""),
        event(Kind::PROCEXIT, 20).number("reaper_tid", 0),
        exec(30, "sh", &[]).number("ptid", 10),
    ]);
    assert_eq!(&*state.parent(state.thread(30).unwrap()).unwrap().comm, b"containerd-shim");
}

#[test]
fn parents_in_a_circle_end() {
    let mut state = State::new(Limits::default());
    for (thread, parent) in [(10, 11), (11, 10)] {
        let told = events::snapshot::Thread { thread, process: thread, parent, ..Default::default() };
        state.learn_thread(&told);
    }
    assert!(state.ancestors(state.thread(10).unwrap()).count() <= 100);
}

#[test]
fn clone_without_arguments_takes_those_of_the_parent() {
    let fork = event(Kind::CLONE, 11).number("res", 0).number("tid", 11).number("pid", 11).number("ptid", 10);
    let state = followed(&[exec(10, "sh", &["-c", "x"]).text("cwd", "/srv"), open(10, 3, "/f"), fork]);
    let child = state.thread(11).unwrap();
    assert_eq!(
        (child.command_line(), child.uid, &*child.exe_path),
        (&b"sh -c x"[..], 0, &b"/usr/bin/sh"[..])
    );
    assert_eq!((state.cwd(child), name_of(&state, 11, 3).as_deref()), (&b"/srv/"[..], Some("/f")));
}

#[test]
fn relative_paths_are_seen_from_the_open_directory() {
    let directory = i64::from(flags::FILE.number("O_DIRECTORY").unwrap());
    let at = |fd: i64, directory: i64, name: &str| {
        event(Kind::OPENAT, 10).number("fd", fd).number("dirfd", directory).text("name", name)
    };
    let state = followed(&[
        open(10, 3, "/etc").number("flags", directory),
        at(4, 3, "shadow"),
        at(5, 77, "x"),
        at(6, 77, "/abs"),
    ]);
    assert_eq!(name_of(&state, 10, 4).as_deref(), Some("/etc/shadow"));
    assert_eq!(name_of(&state, 10, 5).as_deref(), Some("<UNKNOWN>/x"));
    assert_eq!(name_of(&state, 10, 6).as_deref(), Some("/abs"));
}

#[test]
fn path_that_was_swapped_during_the_call_is_the_one_of_its_beginning() {
    let enter = event(Kind::OPEN_ENTER, 10).text("name", "/etc/shadow").number("flags", 1);
    let state = followed(&[enter, open(10, 3, "/tmp/harmless")]);
    assert_eq!(name_of(&state, 10, 3).as_deref(), Some("/etc/shadow"));
}

#[test]
fn dup_of_a_connection_onto_standard_input_is_that_connection() {
    let tuple = SocketTuple::Ip {
        source: Endpoint { ip: [192, 0, 2, 1].into(), port: 40_000 },
        destination: Endpoint { ip: [198, 51, 100, 1].into(), port: 4444 },
    };
    let state = followed(&[
        event(Kind::SOCKET, 10).number("fd", 3).number("domain", 2).number("type", 1).number("proto", 0),
        event(Kind::CONNECT, 10).number("res", 0).with("tuple", |out| tuple.write(out)).number("fd", 3),
        event(Kind::DUP2, 10).number("res", 0).number("oldfd", 3).number("newfd", 0),
    ]);
    let descriptor = state.event_descriptor().unwrap();
    assert_eq!(descriptor.name(), b"192.0.2.1:40000->198.51.100.1:4444");
    assert_eq!((state.event_fd(), descriptor.what, descriptor.role), (Some(0), What::Ipv4, Role::Client));
    assert!(descriptor.is_connected);
}

#[test]
fn connection_that_failed_is_not_connected() {
    let state = followed(&[
        event(Kind::SOCKET, 10).number("fd", 3).number("domain", 2).number("type", 1).number("proto", 0),
        event(Kind::CONNECT, 10).number("res", -111).number("fd", 3),
    ]);
    assert!(!state.event_descriptor().unwrap().is_connected);
}

#[test]
fn connection_from_an_ipv4_address_in_an_ipv6_one_is_ipv4() {
    let end = |last: u8, port| Endpoint {
        ip: std::net::Ipv4Addr::new(192, 0, 2, last).to_ipv6_mapped().into(),
        port,
    };
    let tuple = SocketTuple::Ip { source: end(1, 40_000), destination: end(2, 80) };
    let state = followed(&[event(Kind::ACCEPT, 10).number("fd", 4).with("tuple", |out| tuple.write(out))]);
    let descriptor = state.event_descriptor().unwrap();
    assert_eq!((descriptor.name(), descriptor.role), (&b"192.0.2.1:40000->192.0.2.2:80"[..], Role::Server));
}

#[test]
fn datagrams_to_two_hosts_change_the_name() {
    let send = |last: u8| {
        let tuple = SocketTuple::Ip {
            source: Endpoint { ip: [192, 0, 2, 1].into(), port: 5000 },
            destination: Endpoint { ip: [192, 0, 2, last].into(), port: 53 },
        };
        event(Kind::SENDTO, 10).number("res", 1).number("fd", 3).with("tuple", |out| tuple.write(out))
    };
    let udp =
        event(Kind::SOCKET, 10).number("fd", 3).number("domain", 2).number("type", 2).number("proto", 0);
    let mut state = followed(&[udp, send(7)]);
    assert_eq!(
        (state.event_descriptor().unwrap().name(), state.has_name_changed()),
        (&b"192.0.2.1:5000->192.0.2.7:53"[..], true)
    );
    feed(&mut state, &[send(7)]);
    assert!(!state.has_name_changed());
    feed(&mut state, &[send(8)]);
    assert_eq!(
        (state.event_descriptor().unwrap().name(), state.has_name_changed()),
        (&b"192.0.2.1:5000->192.0.2.8:53"[..], true)
    );
}

#[test]
fn bound_socket_is_a_server() {
    let address = SocketAddress::Ip(Endpoint { ip: [0, 0, 0, 0].into(), port: 8080 });
    let state = followed(&[
        event(Kind::SOCKET, 10).number("fd", 3).number("domain", 2).number("type", 1).number("proto", 6),
        event(Kind::BIND, 10).number("res", 0).with("addr", |out| address.write(out)).number("fd", 3),
    ]);
    let descriptor = state.event_descriptor().unwrap();
    assert_eq!(
        (descriptor.name(), descriptor.what, descriptor.role),
        (&b"0.0.0.0:8080"[..], What::Ipv4Server, Role::Server)
    );
}

#[test]
fn identity_follows_system_calls() {
    let rename = i64::from(flags::PRCTL_OPTIONS.number("PR_SET_NAME").unwrap());
    let state = followed(&[
        exec(10, "su", &["-"]),
        event(Kind::SETRESUID, 10).number("res", 0).number("ruid", 1).number("euid", 33).number("suid", 1),
        event(Kind::SETGID, 10).number("res", 0).number("gid", 34),
        event(Kind::SETUID, 10).number("res", -1).number("uid", 99),
        event(Kind::SETSID, 10).number("res", 10),
        event(Kind::PRCTL, 10).number("res", 0).number("option", rename).text("arg2_str", "kworker"),
        event(Kind::CAPSET, 10)
            .number("res", 0)
            .number("cap_inheritable", 0)
            .number("cap_permitted", 5)
            .number("cap_effective", 4),
    ]);
    let thread = state.thread(10).unwrap();
    assert_eq!((thread.uid, thread.gid, thread.session), (33, 34, 10));
    assert_eq!(thread.command_line(), b"kworker -");
    assert_eq!((thread.cap_permitted, thread.cap_effective), (5, 4));
}

#[test]
fn container_is_told_by_control_groups_and_by_the_sensor() {
    let id = "ab".repeat(32);
    let in_group = exec(10, "sh", &[]).texts("cgroups", [format!("cpu=/docker/{id}")]);
    let name = format!("docker-{id}.scope");
    let known = Extension {
        cgroup: 7,
        process: 20,
        container: name.as_bytes(),
        exe_inode: 1,
        exe_layer: Layer::Upper,
        ..Default::default()
    };
    let json = format!(r#"{{"container":{{"id":"{}","name":"web","type":0}}}}"#, &id[..12]);
    let state = followed(&[
        in_group,
        exec(20, "sh", &[]).extension(known),
        event(Kind::CONTAINER, -1).text("json", json),
    ]);
    for thread in [10, 20] {
        let thread = state.thread(thread).unwrap();
        assert_eq!(thread.container.as_deref(), Some(id.as_str()));
        assert_eq!(state.container(thread).unwrap().name, "web");
    }
    assert_eq!(
        (state.thread(20).unwrap().exe_layer, state.thread(20).unwrap().exe_links),
        (Layer::Upper, Some(0))
    );
}

#[test]
fn users_come_and_go() {
    let user = |kind| event(kind, -1).number("uid", 7).number("gid", 7).text("name", "lp");
    let mut state = followed(&[user(Kind::USERADDED)]);
    assert_eq!(state.user(7).map(|user| user.name.as_slice()), Some(&b"lp"[..]));
    feed(&mut state, &[user(Kind::USERDELETED)]);
    assert_eq!(state.user(7), None);
    let snapshot = Snapshot { users: vec![User { uid: 1, ..User::default() }], ..Snapshot::default() };
    assert!(State::from_snapshot(&snapshot, Limits::default()).user(1).is_some());
}

#[test]
fn what_the_sensor_says_of_a_descriptor_counts() {
    let mut state =
        followed(&[open(10, 3, "/wrong"), event(Kind::CLOSE, 10).number("res", 0).number("fd", 3)]);
    state.learn_descriptor(10, 3, Descriptor::file(b"/right"));
    feed(&mut state, &[event(Kind::READ, 10).number("res", 1).number("fd", 3)]);
    assert_eq!(state.event_descriptor().unwrap().name(), b"/right");
}

#[test]
fn placeholder_stands_for_a_thread_that_nobody_knows() {
    let state = followed(&[open(10, 3, "/x")]);
    let thread = state.thread(10).unwrap();
    assert_eq!((&*thread.comm, thread.is_known, state.losses().unknown_threads), (&b"<NA>"[..], false, 1));
}

#[test]
fn state_of_a_socket_is_about_a_connection_without_a_number() {
    let tuple = SocketTuple::Ip {
        source: Endpoint { ip: [192, 0, 2, 1].into(), port: 0 },
        destination: Endpoint { ip: [198, 51, 100, 1].into(), port: 443 },
    };
    let state = followed(&[
        exec(10, "app", &[]),
        event(Kind::SOCKET_STATE, 10).with("tuple", |out| tuple.write(out)).number("after", 2),
    ]);
    let descriptor = state.event_descriptor().unwrap();
    assert_eq!((state.event_fd(), descriptor.name()), (None, &b"192.0.2.1:0->198.51.100.1:443"[..]));
    assert_eq!(state.event_thread().unwrap().process, 10);
}
