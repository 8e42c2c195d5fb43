//! What fields say of a container that its engine has described.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use detect::{Engine, Matching, Options, Session, Stream, View, Words};
use events::snapshot::{Group, User};
use events::{EventBuilder, Kind, OwnedEvent};
use falco::{Limits, Loader};
use state::{Accounts, Container, State};

const CONTAINER: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";
const SANDBOX: &str = "99d7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

fn exec(thread: i64, parent: i64, arguments: &[&str]) -> OwnedEvent {
    EventBuilder::new(Kind::EXECVE)
        .at(1000, thread)
        .number("res", 0)
        .text("exe", arguments[0])
        .texts("args", &arguments[1..])
        .number("tid", thread)
        .number("pid", thread)
        .number("ptid", parent)
        .text("comm", arguments[0])
        .texts("cgroups", [format!("cpuset=/docker/{CONTAINER}").as_str()])
        .number("uid", 33)
        .build()
}

/// A process begins, as the kernel tells it of the child.
fn clone(thread: i64, inside: i64, parent: i64) -> OwnedEvent {
    EventBuilder::new(Kind::CLONE)
        .at(900, thread)
        .number("res", 0)
        .number("tid", thread)
        .number("pid", thread)
        .number("ptid", parent)
        .texts("cgroups", [format!("cpuset=/docker/{CONTAINER}").as_str()])
        .number("flags", 0)
        .number("uid", 33)
        .number("gid", 0)
        .number("vtid", inside)
        .number("vpid", inside)
        .build()
}

fn container() -> Container {
    Container {
        id: CONTAINER.to_owned(),
        name: "shop".to_owned(),
        labels: vec![("io.kubernetes.sandbox.id".to_owned(), SANDBOX.to_owned())],
        health_check: ["/bin/sh", "-c", "curl localhost"].map(str::to_owned).to_vec(),
        ..Container::default()
    }
}

/// What an output says of the last of some events.
#[track_caller]
fn check(output: &str, events: &[OwnedEvent], expected: &str) {
    let rule = format!(
        "- rule: one\n  desc: d\n  condition: evt.type = execve\n  output: '{output}'\n  priority: NOTICE\n"
    );
    let mut loader = Loader::new(&Words, Limits::default());
    assert!(loader.load("rules", &rule).successful);
    let options = Options { matching: Matching::All, adds_container_fields: false, ..Options::default() };
    let engine = Engine::new(loader.ruleset(), &options).unwrap();
    let mut state = State::new(state::Limits::default());
    state.set_container(container());
    let labels = vec![("app".to_owned(), "web".to_owned())];
    state.set_container(Container { id: SANDBOX.to_owned(), labels, ..Container::default() });
    let text = |text: &str| text.as_bytes().to_vec();
    let user = User { uid: 33, gid: 33, name: text("www"), home: text("/srv"), shell: text("/bin/sh") };
    let mut accounts = Accounts::default();
    accounts.users.insert(33, user);
    accounts.groups.insert(0, Group { gid: 0, name: text("wheel") });
    state.set_accounts(CONTAINER, accounts);
    let mut said = String::new();
    for event in events {
        let event = event.event();
        state.process(&event);
        let view = View::new(event, &state, Stream { first_ns: 0, previous_ns: 0, hostname: "box" });
        let mut session = Session::default();
        for rule in engine.matches(&view, &mut session) {
            said = engine.template(*rule).alert(&view, event.time_ns, "box").output;
        }
    }
    assert_eq!(said.split_once("Notice ").unwrap().1, expected);
}

#[test]
fn users_are_named_as_the_container_names_them() {
    let program = exec(20, 10, &["/bin/server"]);
    check("%user.name %user.homedir %user.shell", &[program], "www /srv /bin/sh");
}

#[test]
fn what_the_engine_begins_to_see_whether_it_is_well_is_a_health_check() {
    let first = [clone(20, 1, 10), exec(20, 10, &["/bin/server"])];
    let then = |parent, arguments: &[&str]| {
        let mut events = first.to_vec();
        events.extend([clone(30, 7, parent), exec(30, parent, arguments)]);
        events
    };
    let command = ["/bin/sh", "-c", "curl localhost"];
    let output = "%proc.is_container_healthcheck %container.healthcheck";
    check(output, &then(10, &command), "true /bin/sh -c curl localhost");
    let mut below = then(10, &command);
    below.extend([clone(40, 8, 30), exec(40, 30, &["curl", "localhost"])]);
    check("%proc.is_container_healthcheck", &below, "true");
    // The same words, said by the container's own program.
    check("%proc.is_container_healthcheck", &then(20, &command), "false");
    check("%proc.is_container_healthcheck", &then(10, &["/bin/sh", "-c", "id"]), "false");
}

#[test]
fn labels_of_a_pod_are_those_of_its_sandbox() {
    let program = exec(20, 10, &["/bin/server"]);
    check("%k8s.pod.labels %k8s.pod.label[app] %k8s.pod.sandbox_id", &[program], "app:web web 99d7b26ded6d");
}
