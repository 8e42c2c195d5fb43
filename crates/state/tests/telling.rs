//! What is known can be told, and known again.
#![allow(clippy::unwrap_used, reason = "tests")]

use events::{
    Endpoint, EventBuilder, Extension, FdKind, Kind, Layer, snapshot, snapshot::Named, snapshot::Protocol,
    snapshot::User,
};
use state::{Accounts, Container, Descriptor, Limits, Role, State, What};

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn retold(state: &State) -> State {
    let mut again = State::new(Limits::default());
    state.tell(b"host", &mut |event| {
        again.process(&event.event());
        true
    });
    again
}

fn known() -> State {
    let mut state = State::new(Limits::default());
    state.set_container(Container { id: ID.to_owned(), name: "web".to_owned(), ..Container::default() });
    let extension = Extension {
        cgroup: 99,
        process: 10,
        parent: 1,
        mount_namespace: 7,
        exe_inode: 5,
        exe_links: 0,
        exe_layer: Layer::Upper,
        stdio: [FdKind::Internet; 3],
        container: ID.as_bytes(),
        ..Extension::default()
    };
    let task = EventBuilder::new(Kind::TASK)
        .at(0, 10)
        .number("ppid", 1)
        .text("comm", "sh")
        .texts("argv", ["/bin/sh", "-c", "id"])
        .text("exepath", "/tmp/sh")
        .text("cwd", "/tmp")
        .number("exe_ino_num", 5)
        .number("start_time", 123)
        .number("euid", 33)
        .extension(extension);
    state.process(&task.build().event());
    let user = User { uid: 33, gid: 33, name: b"www-data".to_vec(), ..User::default() };
    state.set_accounts(ID, Accounts { users: [(33, user)].into(), ..Accounts::default() });
    state
}

#[test]
fn threads_and_containers_are_known_again() {
    let state = known();
    let again = retold(&state);
    let (before, after) = (state.thread(10).unwrap(), again.thread(10).unwrap());
    assert_eq!(before.exe_layer, Layer::Upper, "what the sensor told of a task that ran already");
    for thread in [before, after] {
        assert_eq!(thread.command_line(), b"sh -c id");
        assert_eq!((thread.exe_links, thread.exe_layer, thread.exe_inode), (Some(0), Layer::Upper, 5));
        assert_eq!((thread.stdio[2], thread.mount_namespace, thread.cgroup), (FdKind::Internet, 7, 99));
        assert_eq!((thread.uid, thread.clone_time_ns, thread.parent), (33, 123, 1));
        assert_eq!(thread.container.as_deref(), Some(ID));
    }
    assert_eq!(again.user_of(after, 33).unwrap().name, b"www-data");
    assert_eq!(again.cwd(after), b"/tmp/");
    assert_eq!(again.container(after).unwrap().name, "web");
}

#[test]
fn descriptors_are_known_again() {
    let mut state = known();
    let end = |port| Endpoint { ip: [192, 0, 2, 1].into(), port };
    let connection = |role| Descriptor::connection(end(40_000), end(80), Protocol::Tcp, role);
    let told = [
        Descriptor::file(b"/etc/shadow"),
        connection(Role::Client),
        connection(Role::Server),
        Descriptor::unix(1, 0, b"/run/docker.sock"),
        Descriptor::named(Named::Pipe, b"pipe:[1]"),
        Descriptor::named(Named::Event, b""),
    ];
    for (fd, descriptor) in (3..).zip(&told) {
        state.learn_descriptor(10, fd, descriptor.clone());
    }
    let again = retold(&state);
    let thread = again.thread(10).unwrap();
    for (fd, before) in (3..).zip(&told) {
        let after = again.descriptor(thread, fd).unwrap();
        assert_eq!((after.what, after.name(), after.role), (before.what, before.name(), before.role), "{fd}");
    }
    assert_eq!(again.descriptors(thread).len(), told.len());
    assert_ne!(told[0].what, What::Unknown);
}

#[test]
fn telling_ends_when_nobody_wants_more() {
    let mut count = 0;
    known().tell(b"host", &mut |_| {
        count += 1;
        count < 2
    });
    assert_eq!(count, 2);
}

#[test]
fn a_process_has_nothing_of_the_one_whose_end_was_lost() {
    let mut state = State::new(Limits::default());
    let second = 1_000_000_000;
    let task = |number: i64, start_time_ns: u64, cgroup: &str| snapshot::Thread {
        thread: number,
        process: number,
        start_time_ns,
        cgroups: cgroup.as_bytes().to_vec(),
        ..snapshot::Thread::default()
    };
    let inside = format!("pids=/docker/{ID}");
    for number in [10, 11, 12] {
        state.learn_thread(&task(number, 5 * second, &inside));
        state.learn_descriptor(number, 3, Descriptor::file(b"/etc/shadow"));
        assert!(state.thread(number).unwrap().container.is_some());
    }
    // 10 goes on, 11 ended and another has its number, 12 ended.
    state.learn_thread(&task(10, 5 * second + 1000, &inside));
    state.learn_thread(&task(11, 60 * second, "pids=/"));
    state.keep_threads(&[10, 11].into());
    let has_file = |number| state.descriptor(state.thread(number).unwrap(), 3).is_some();
    assert!(state.thread(10).unwrap().container.is_some() && has_file(10));
    assert!(state.thread(11).unwrap().container.is_none() && !has_file(11));
    assert!(state.thread(12).is_none());
}
